package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
)

// private asks the private listener.
func (w *watched) private(t testing.TB, path string) string {
	t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", w.socket)
		},
	}}
	resp, err := client.Get("http://localhost" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, resp.StatusCode, text, err)
	}
	return string(text)
}

// TestNextProcessComesByTheSocket: of two with one state directory, as in a rolling restart.
func TestNextProcessComesByTheSocket(t *testing.T) {
	d := deploy(t, "prod")
	dir, err := os.MkdirTemp("", "e2e") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d.configure(t, strings.Replace(plainConfig, "$STATE", dir, 1))
	first := d.start(t)
	second := d.start(t)
	mustContain(t, second.logs.String(), "no metrics and no status of this process")
	second.get(t, "/v1/stats", "PRO")
	first.stop(t)
	waitFor(t, "the second process answers", func() bool {
		return strings.Contains(d.run(t, "status").stdout, "requests  1, 1 accepted")
	})
}
