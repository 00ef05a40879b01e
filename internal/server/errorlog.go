package server

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Each kind of line may be logged errorBurst times in each errorWindow; the rest is counted.
const (
	errorWindow = time.Minute
	errorBurst  = 3
)

// newErrorLog returns the logger for net/http's own lines. They hold addresses and text of clients, so each
// is replaced by the name of its kind.
func newErrorLog(to *slog.Logger) *log.Logger {
	return log.New(&errorWriter{to: to, now: time.Now, kinds: map[string]*errorCount{}}, "", 0)
}

type errorWriter struct {
	to    *slog.Logger
	now   func() time.Time
	mu    sync.Mutex
	kinds map[string]*errorCount // one for each kind that kindOf knows, so it is bounded
}

type errorCount struct {
	since      time.Time
	logged     int
	suppressed int
}

// Write takes one line of net/http's log.
func (w *errorWriter) Write(line []byte) (int, error) {
	kind, detail := kindOf(string(bytes.TrimSpace(line)))
	if suppressed, ok := w.admit(kind); ok {
		attrs := []any{"kind", kind}
		if detail != "" {
			attrs = append(attrs, "detail", detail)
		}
		if suppressed > 0 {
			attrs = append(attrs, "suppressed_before", suppressed)
		}
		w.to.Warn("http server", attrs...)
	}
	return len(line), nil
}

// admit says whether a line may be logged now, and how many of its kind were not since the last one.
func (w *errorWriter) admit(kind string) (suppressed int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	count := w.kinds[kind]
	if count == nil {
		count = &errorCount{since: now}
		w.kinds[kind] = count
	}
	if now.Sub(count.since) >= errorWindow {
		count.since, count.logged = now, 0
	}
	if count.logged >= errorBurst {
		count.suppressed++
		return 0, false
	}
	count.logged++
	suppressed, count.suppressed = count.suppressed, 0
	return suppressed, true
}

// kindOf names a line of net/http. detail is the part of it that comes from this machine alone.
func kindOf(line string) (kind, detail string) {
	switch {
	case strings.HasPrefix(line, "http: TLS handshake error"):
		return "tls-handshake", ""
	case strings.HasPrefix(line, "http: Accept error"):
		return "accept", line // an error of the operating system: too many open files
	case strings.HasPrefix(line, "http: panic serving"), strings.HasPrefix(line, "http2: panic serving"):
		return "panic", stackOf(line)
	case strings.HasPrefix(line, "http: superfluous response.WriteHeader"):
		return "superfluous-write-header", line // names a place in the program
	}
	if strings.HasPrefix(line, "http2: ") {
		return "http2", ""
	}
	return "other", ""
}

// stackOf drops the first line of a panic, which holds the client's address and the panic's value.
func stackOf(line string) string {
	_, stack, _ := strings.Cut(line, "\ngoroutine ")
	return stack
}
