package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport"
)

func TestEventsAreLoggedWhole(t *testing.T) {
	var out bytes.Buffer
	l := NewEventLog(slog.New(slog.NewJSONHandler(&out, nil)))
	l.Write(sallyport.Event{Kind: sallyport.EventPanic, Time: time.Unix(1, 0), RequestID: "01J", Value: `"GOLD"`,
		Err: errors.New("index\nout of range"), Stack: []byte("goroutine 1\nmain.f()")})
	l.Close()
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	delete(got, "time")
	want := map[string]any{"level": "ERROR", "msg": "event", "kind": "panic", "at": "1970-01-01T00:00:01Z", "request_id": "01J",
		"value": `"GOLD"`, "error": "index\nout of range", "stack": "goroutine 1\nmain.f()"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("more than one line:\n%s", out.String())
	}
}

func TestFloodOfOneKindIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := NewEventLog(slog.New(slog.NewTextHandler(&out, nil)))
		for range 1000 {
			l.Write(sallyport.Event{Kind: sallyport.EventNoSecret})
		}
		l.Write(sallyport.Event{Kind: sallyport.EventStoreFull})
		time.Sleep(eventWindow)
		synctest.Wait()
		got := out.String()
		if n := strings.Count(got, "kind=no-secret\n"); n != eventBurst {
			t.Errorf("%d lines, want %d", n, eventBurst)
		}
		if !strings.Contains(got, "kind=no-secret suppressed=990") || !strings.Contains(got, "kind=store-full\n") {
			t.Errorf("log:\n%s", got)
		}
		out.Reset()
		for range eventBurst + 5 {
			l.Write(sallyport.Event{Kind: sallyport.EventNoSecret})
		}
		l.Close()
		got = out.String()
		if strings.Count(got, "kind=no-secret\n") != eventBurst || !strings.Contains(got, "suppressed=5") {
			t.Errorf("log of the second window:\n%s", got)
		}
	})
}

func TestLevels(t *testing.T) {
	for kind, want := range map[sallyport.EventKind]slog.Level{
		sallyport.EventNoSecret: slog.LevelError, sallyport.EventPanic: slog.LevelError, sallyport.EventStoreHealed: slog.LevelInfo,
		sallyport.EventStoreFailed: slog.LevelWarn, sallyport.EventUnknownTier: slog.LevelWarn, sallyport.EventStoreFull: slog.LevelWarn,
	} {
		if got := levelOf(kind); got != want {
			t.Errorf("%s is logged as %s, want %s", kind, got, want)
		}
	}
}
