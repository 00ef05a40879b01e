package server

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestErrorLogHoldsNothingOfTheClient(t *testing.T) {
	var out lockedBuffer
	log := newErrorLog(slog.New(slog.NewTextHandler(&out, nil)))
	log.Printf("http: TLS handshake error from 192.0.2.9:1234: client sent %s", marker)
	log.Printf("http2: server: error reading preface from client 192.0.2.9:1234: %s", marker)
	log.Printf("http: panic serving 192.0.2.9:1234: %s\ngoroutine 7 [running]:\nmain.f()", marker)
	log.Printf("something new about %s 192.0.2.9", marker)
	log.Printf("http: Accept error: accept tcp 127.0.0.1:80: too many open files; retrying in 5ms")
	got := out.String()
	if strings.Contains(got, marker) || strings.Contains(got, "192.0.2.9") {
		t.Errorf("the log holds the client's data:\n%s", got)
	}
	for _, want := range []string{"kind=tls-handshake", "kind=http2", "kind=panic", "main.f()", "kind=other", "kind=accept", "too many open files"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestErrorLogIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lockedBuffer
		log := newErrorLog(slog.New(slog.NewTextHandler(&out, nil)))
		flood := func() {
			for range 1000 {
				log.Print("http: TLS handshake error from a: EOF")
			}
		}
		flood()
		if n := strings.Count(out.String(), "\n"); n != errorBurst {
			t.Errorf("%d lines of 1000, want %d", n, errorBurst)
		}
		time.Sleep(errorWindow)
		flood()
		if n := strings.Count(out.String(), "\n"); n != 2*errorBurst {
			t.Errorf("%d lines in two windows, want %d", n, 2*errorBurst)
		}
		if !strings.Contains(out.String(), "suppressed_before=997") {
			t.Errorf("the suppressed lines are not counted:\n%s", out.String())
		}
	})
}

func TestPanicBeforeTheMiddlewareIsLoggedWithoutItsValue(t *testing.T) {
	var out lockedBuffer
	address, stop := start(t, Config{Log: slog.New(slog.NewTextHandler(&out, nil)), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "")
		panic(r.URL.Path)
	})})
	exchange(t, address, "GET /"+marker+" HTTP/1.1\r\nHost: a\r\n\r\n")
	stop()
	if got := out.String(); strings.Contains(got, marker) || !strings.Contains(got, "kind=panic") || !strings.Contains(got, "errorlog_test.go") {
		t.Errorf("log:\n%s", got)
	}
}
