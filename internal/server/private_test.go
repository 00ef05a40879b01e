package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// socket returns a path that is short enough for one.
func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "private")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s.sock")
}

func TestPrivateListenerAnswersItsClient(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "unix:" + socket(t)} {
		l, err := ListenPrivate(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().Network() == "tcp" {
			address = l.Addr().String()
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
		go func() { done <- RunPrivate(ctx, l, handler, slog.New(slog.DiscardHandler)) }()
		answer, err := PrivateClient(address).Get("http://localhost/status")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if string(text) != "localhost" {
			t.Errorf("%s answered %q", address, text)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSocketIsForItsOwner(t *testing.T) {
	path := socket(t)
	defer syscall.Umask(syscall.Umask(0))
	l, err := ListenPrivate(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestSocketThatWasLeftBehindIsReplaced(t *testing.T) {
	path := socket(t)
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	if _, err := ListenPrivate(t.Context(), "unix:"+path); err == nil {
		t.Error("a socket that is answered was replaced")
	}
	old.Close()
	l, err := ListenPrivate(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(path, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenPrivate(t.Context(), "unix:"+path); err == nil {
		t.Error("a file was taken for a socket")
	}
	if text, err := os.ReadFile(path); string(text) != "data" || err != nil {
		t.Errorf("the file is %q, %v", text, err)
	}
}
