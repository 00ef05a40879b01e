package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sallyport"
)

// Each kind of event may be logged eventBurst times in each eventWindow; the rest is counted.
const (
	eventWindow = time.Minute
	eventBurst  = 10
)

// EventLog writes events to a structured logger, a bounded number of each kind: a flood of one kind costs
// eventBurst lines a minute and one line that says how many more there were. It is safe for concurrent use.
// Give it a handler over a [Sink], so that a stalled reader cannot block the request that an event is about.
type EventLog struct {
	to    *slog.Logger
	mu    sync.Mutex
	kinds map[sallyport.EventKind]*eventCount // of the kinds that the program has, so it is bounded
}

type eventCount struct {
	logged     int
	suppressed uint64
	window     *time.Timer // running while logged > 0
}

// NewEventLog returns an EventLog that writes to logger.
func NewEventLog(logger *slog.Logger) *EventLog {
	return &EventLog{to: logger, kinds: map[sallyport.EventKind]*eventCount{}}
}

// Write logs e, or counts it when there were too many of its kind.
func (l *EventLog) Write(e sallyport.Event) {
	if !l.admit(e.Kind) {
		return
	}
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	if !e.Time.IsZero() {
		attrs = append(attrs, slog.Time("at", e.Time.UTC()))
	}
	if e.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", e.RequestID))
	}
	if e.Value != "" {
		attrs = append(attrs, slog.String("value", e.Value))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	if len(e.Stack) > 0 {
		attrs = append(attrs, slog.String("stack", string(e.Stack)))
	}
	l.to.LogAttrs(context.Background(), levelOf(e.Kind), "event", attrs...)
}

// Close logs what is still only counted.
func (l *EventLog) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind, c := range l.kinds {
		c.window.Stop()
		l.endWindow(kind, c)
	}
}

func levelOf(kind sallyport.EventKind) slog.Level {
	switch kind {
	case sallyport.EventNoSecret, sallyport.EventPanic:
		return slog.LevelError
	case sallyport.EventStoreHealed:
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// admit counts an event and says whether it may be logged.
func (l *EventLog) admit(kind sallyport.EventKind) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.kinds[kind]
	if c == nil {
		c = &eventCount{}
		l.kinds[kind] = c
	}
	if c.logged == 0 {
		c.window = time.AfterFunc(eventWindow, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.endWindow(kind, c)
		})
	}
	if c.logged >= eventBurst {
		c.suppressed++
		return false
	}
	c.logged++
	return true
}

// endWindow says how many events were not logged, and begins to count anew. The caller holds mu.
func (l *EventLog) endWindow(kind sallyport.EventKind, c *eventCount) {
	if c.suppressed > 0 {
		l.to.LogAttrs(context.Background(), levelOf(kind), "events not logged",
			slog.String("kind", string(kind)), slog.Uint64("suppressed", c.suppressed))
	}
	c.logged, c.suppressed = 0, 0
}
