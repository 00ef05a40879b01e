package sallyport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sallyport"
)

func TestPanicIsA500WithEveryHeader(t *testing.T) {
	panics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Del("X-Content-Type-Options")
		panic("SELECT * FROM /etc/passwd")
	})
	c := newChain(t, panics, nil)
	resp := c.do(t, request("GET", "/item/1", header("X-Forwarded-Proto", "https")))
	text := body(t, resp)
	if resp.StatusCode != 500 || strings.Contains(text, "SELECT") || strings.Contains(text, "goroutine") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if got := resp.Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS on a recovered panic")
	}
	resp.Body = http.NoBody
	if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("nosniff is %q", got)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	rec := c.last(t)
	if rec.Status != 500 || rec.Err == nil || !strings.Contains(string(rec.Stack), "recover_test.go") {
		t.Errorf("record %+v", rec)
	}
	if len(c.events) != 1 || c.events[0].Kind != sallyport.EventPanic {
		t.Errorf("events %+v", c.events)
	}
}

func TestPanicGivesThePlaceInFlightBack(t *testing.T) {
	c := newChain(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }), nil)
	for range 5 { // more than may be in flight
		if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 500 {
			t.Fatalf("status %d", resp.StatusCode)
		}
	}
}

func TestPanicAfterTheFirstByteCutsTheConnection(t *testing.T) {
	c := newChain(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"half":`))
		http.NewResponseController(w).Flush()
		panic("x")
	}), func(config *sallyport.Config) { config.Hosts = []string{"127.0.0.1"} })
	server := httptest.NewServer(c.handler)
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+"/item/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = request("GET", "/item/1").Header
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 100)
	for err == nil {
		_, err = resp.Body.Read(buf)
	}
	if strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "unexpected") {
		t.Errorf("half an answer looks whole: %v", err)
	}
}

func TestHandlersAbortPassesThrough(t *testing.T) {
	c := newChain(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil)
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
		if len(c.records) != 1 {
			t.Error("no record of an aborted request")
		}
	}()
	c.handler.ServeHTTP(httptest.NewRecorder(), request("GET", "/item/1"))
}

func TestHandlerHasADeadline(t *testing.T) {
	c := newChain(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		if errors.Is(r.Context().Err(), context.DeadlineExceeded) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}), func(config *sallyport.Config) { config.Routes[1].Deadline = time.Millisecond })
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 503 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
