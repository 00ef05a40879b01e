package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// start runs a server on a free loopback port until the test ends. It returns its address, and a func that
// stops it and returns what Run returned.
func start(t *testing.T, c Config) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Listener = listener
	c.MaxConnections = cmp.Or(c.MaxConnections, 100)
	if c.Handler == nil {
		c.Handler = http.NotFoundHandler()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []*time.Duration{&c.ReadHeaderTimeout, &c.ReadTimeout, &c.WriteTimeout, &c.IdleTimeout, &c.DrainTimeout} {
		*d = cmp.Or(*d, time.Minute)
	}
	done := make(chan error, 1)
	go func() { done <- Run(ctx, c) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { stop() })
	return listener.Addr().String(), stop
}

func TestSecondStartOnThePortSaysSo(t *testing.T) {
	address, _ := start(t, Config{})
	_, err := Listen(t.Context(), address)
	want := "listening on " + address + ": the port is taken by another program: address already in use; hint: stop it, or choose another port with --listen"
	if err == nil || err.Error() != want || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error %v, want %q", err, want)
	}
	if _, err := Listen(t.Context(), "192.0.2.1:0"); err == nil || !strings.Contains(err.Error(), "this machine does not have that address") {
		t.Errorf("error %v", err)
	}
	if _, err := Listen(t.Context(), "127.0.0.1:http-but-no-port"); err == nil {
		t.Error("a port that is none")
	}
}

func TestRunRefusesWhatWouldBeUnlimited(t *testing.T) {
	whole := Config{Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler), MaxConnections: 1,
		ReadHeaderTimeout: 1, ReadTimeout: 1, WriteTimeout: 1, IdleTimeout: 1, DrainTimeout: 1}
	for name, spoil := range map[string]func(*Config){
		"handler":             func(c *Config) { c.Handler = nil },
		"log":                 func(c *Config) { c.Log = nil },
		"connections":         func(c *Config) { c.MaxConnections = 0 },
		"read header timeout": func(c *Config) { c.ReadHeaderTimeout = 0 },
		"read timeout":        func(c *Config) { c.ReadTimeout = 0 },
		"write timeout":       func(c *Config) { c.WriteTimeout = -1 },
		"idle timeout":        func(c *Config) { c.IdleTimeout = 0 },
		"drain timeout":       func(c *Config) { c.DrainTimeout = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := Listen(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			c := whole
			c.Listener = listener
			spoil(&c)
			if err := Run(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), "configuring the server: ") {
				t.Errorf("error %v", err)
			}
			if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the listener stays open: %v", err)
			}
		})
	}
	if err := Run(t.Context(), whole); err == nil {
		t.Error("a server without listener runs")
	}
}

func TestPartialHeaderIsCut(t *testing.T) {
	address, _ := start(t, Config{ReadHeaderTimeout: 50 * time.Millisecond})
	if reply := exchange(t, address, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "); reply != "" {
		t.Errorf("reply %q", reply)
	}
	if reply := exchange(t, address, ""); reply != "" {
		t.Errorf("reply to nothing %q", reply)
	}
}

func TestPartialBodyIsCut(t *testing.T) {
	failed := make(chan error, 1)
	address, _ := start(t, Config{ReadTimeout: 50 * time.Millisecond, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
	})})
	exchange(t, address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	if err := <-failed; err == nil {
		t.Error("half a body is taken for a whole one")
	}
}

func TestConnectionsBeyondTheCapWait(t *testing.T) {
	const most = 3
	address, _ := start(t, Config{MaxConnections: most, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	var held []net.Conn
	for range most {
		conn := dial(t, address)
		ask(t, conn)
		held = append(held, conn)
	}
	waiting := dial(t, address)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		ask(t, waiting)
	}()
	for _, conn := range held { // those inside are still served
		ask(t, conn)
	}
	select {
	case <-answered:
		t.Error("a connection beyond the cap is served")
	default:
	}
	held[0].Close()
	<-answered
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends one request and reads its answer, which has no body.
func ask(t *testing.T, conn net.Conn) {
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	var reply []byte
	for !bytes.HasSuffix(reply, []byte("\r\n\r\n")) {
		chunk := make([]byte, 512)
		n, err := conn.Read(chunk)
		if err != nil {
			t.Errorf("after %q: %v", reply, err)
			return
		}
		reply = append(reply, chunk[:n]...)
	}
}

func TestStopLetsRequestsFinish(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	address, stop := start(t, Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		io.WriteString(w, "whole")
	})})
	conn := dial(t, address)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	waitUntilRefused(t, address)
	close(leave)
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(reply), "whole") {
		t.Errorf("reply %q, %v", reply, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// waitUntilRefused returns when nobody listens any more.
func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	for {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		conn.Close()
	}
}

func TestStopCutsWhatDoesNotFinish(t *testing.T) {
	entered := make(chan struct{})
	address, stop := start(t, Config{DrainTimeout: 20 * time.Millisecond, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})})
	conn := dial(t, address)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	if err := stop(); !errors.Is(err, ErrCut) {
		t.Errorf("Run returned %v", err)
	}
	if reply, _ := io.ReadAll(conn); len(reply) > 0 {
		t.Errorf("reply %q", reply)
	}
}

func TestReadyIsToldOnceWithTheAddress(t *testing.T) {
	ready := make(chan net.Addr, 2)
	address, stop := start(t, Config{OnReady: func(a net.Addr) { ready <- a }})
	if a := <-ready; a.String() != address {
		t.Errorf("ready on %s, listens on %s", a, address)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(ready) > 0 {
		t.Error("told twice")
	}
}

func TestRunReportsAListenerThatFails(t *testing.T) {
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	err = Run(t.Context(), Config{Listener: listener, Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler),
		MaxConnections: 1, ReadHeaderTimeout: 1, ReadTimeout: 1, WriteTimeout: 1, IdleTimeout: 1, DrainTimeout: 1})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run returned %v", err)
	}
}
