package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// logLines keeps what is logged.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

func (l *logLines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func (l *logLines) count(word string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		if strings.Contains(line, word) {
			n++
		}
	}
	return n
}

// TestTargetThatIsDown waits for hours: delays grow to a limit, and nothing is lost or told twice.
func TestTargetThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := &receiver{name: "r", answer: down}, new(logLines)
		n := start(t, Config{Targets: []Route{{Target: r}}, Log: log.logger()})
		for i := range 10 {
			n.Raise(failure(fmt.Sprint(i)))
		}
		after(6 * time.Hour)
		tried := r.tried()
		for i := 1; i < len(tried); i++ {
			if gap := tried[i].Sub(tried[i-1]); gap < firstRetry/2 || gap > lastRetry*3/2+time.Second {
				t.Errorf("attempt %d came after %s", i, gap)
			}
		}
		if len(tried) < 6*4 || len(tried) > 10+6*12 {
			t.Errorf("%d attempts in six hours", len(tried))
		}
		s := n.Stats().Targets[0]
		if s.Queued != 10 || s.Retried != int64(len(tried)) || s.LastError != "connection refused" || !s.NextAttempt.After(time.Now()) {
			t.Errorf("%+v", s)
		}
		r.setAnswer(nil)
		after(30 * time.Minute)
		if got := r.deliveries(); len(got) != 10 {
			t.Errorf("%d messages: %q", len(got), r.titles())
		}
		if log.count("they wait") != 1 || log.count("works again") != 1 || len(log.lines) != 2 {
			t.Errorf("%q", log.lines)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r", answer: func(Alert) error {
			return &RetryError{After: 37 * time.Minute, Err: errors.New("too many requests")}
		}}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 5)
		after(4 * time.Hour)
		tried := r.tried()
		if len(tried) != 7 {
			t.Fatalf("%d attempts", len(tried))
		}
		for i := 1; i < len(tried); i++ {
			if gap := tried[i].Sub(tried[i-1]); gap < 37*time.Minute {
				t.Errorf("attempt %d came after %s", i, gap)
			}
		}
		_ = stop(n, 5*time.Second) // does not override the wish
		if len(r.tried()) != 7 {
			t.Errorf("%d attempts after the end", len(r.tried()))
		}
	})
}

// TestRefusedAlertsAreNotSentAgain has a wrong token: each alert is one probe, probes are rare, and the log and
// the summary say so once.
func TestRefusedAlertsAreNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, log := &receiver{name: "r"}, new(logLines)
		seen := map[string]int{}
		r.setAnswer(func(a Alert) error {
			seen[a.ID]++
			return errors.New("401: wrong token")
		})
		n := start(t, Config{Targets: []Route{{Target: r}}, Log: log.logger()})
		flood(n, 6)
		after(12 * time.Hour)
		tried := r.tried()
		if len(tried) != 6 || most(tried, time.Minute) != 1 {
			t.Errorf("%d attempts, up to %d in a minute", len(tried), most(tried, time.Minute))
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s was sent %d times", id, times)
			}
		}
		if s := n.Stats().Targets[0]; s.Failed != 6 || s.Queued != 0 || s.Pending != 6 || !s.Refusing {
			t.Errorf("%+v", s)
		}
		r.setAnswer(nil)
		n.Raise(Alert{Kind: Started, Title: "works"})
		after(2 * time.Hour)
		want := []string{"works x1", "Alerts held back: 0, not delivered: 6 x6"}
		if got := r.titles(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if log.count("refused") != 1 || log.count("works again") != 1 || len(log.lines) != 2 {
			t.Errorf("%q", log.lines)
		}
	})
}

// TestRefusedSummaryIsKept refuses the summary itself: what it would have told is told later.
func TestRefusedSummaryIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		r.setAnswer(func(a Alert) error {
			if a.Kind == Trial || a.Kind == HeldBack {
				return errors.New("400: not understood")
			}
			return nil
		})
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 3)
		after(24 * time.Hour)
		n.Raise(Alert{Kind: Started, Title: "started"})
		after(24 * time.Hour)
		if len(r.tried()) != 5 {
			t.Errorf("%d attempts", len(r.tried()))
		}
		r.setAnswer(nil)
		n.Raise(Alert{Kind: Started, Title: "again"})
		after(time.Hour)
		got := r.deliveries()
		if last := got[len(got)-1]; last.Kind != HeldBack || last.Count != 3 {
			t.Errorf("the last message says %+v", last)
		}
	})
}

// TestNewsBringsASummary to a target that refused an alert when nothing was left of the day for others.
func TestNewsBringsASummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r, Daily: 10}}})
		flood(n, 9)
		after(time.Minute)
		r.setAnswer(func(Alert) error { return errors.New("400: not understood") })
		n.Raise(Alert{Kind: Stopped, Title: "urgent"})
		after(time.Minute)
		r.setAnswer(nil)
		n.Raise(Alert{Kind: Started, Title: "not today"})
		after(24 * time.Hour)
		if got := r.deliveries(); len(got) != 10 || got[9].Title != "Alerts held back: 1, not delivered: 1" {
			t.Errorf("%q", r.titles())
		}
	})
}

// TestAlertsAreGivenUpAfterADay, and a summary tells them when the receiver is back although nothing else happens.
func TestAlertsAreGivenUpAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r", answer: down}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 5)
		after(patience + time.Hour)
		if s := n.Stats().Targets[0]; s.Failed != 5 {
			t.Errorf("%+v", s)
		}
		r.setAnswer(nil)
		after(time.Hour)
		if got := r.titles(); !slices.Equal(got, []string{"Alerts held back: 0, not delivered: 5 x5"}) {
			t.Errorf("%q", got)
		}
	})
}

// TestQueueIsBounded floods a target that is down: the least severe alerts are summed up, urgent ones stay.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r", answer: down}
		n := start(t, Config{Targets: []Route{{Target: r}}, Capacity: 20})
		flood(n, 500)
		n.Raise(Alert{Kind: Rejected, Severity: Critical, Title: "urgent"})
		flood(n, 500)
		after(time.Minute)
		if s := n.Stats().Targets[0]; s.Queued != 20 || s.HeldBack == 0 || s.Pending != s.HeldBack {
			t.Fatalf("%+v", s)
		}
		r.setAnswer(nil)
		after(time.Hour)
		counts := r.counts()
		if counts[Trial]+counts[HeldBack] != 1000 || counts[Rejected] != 1 || len(r.deliveries()) != 21 {
			t.Errorf("%d messages with %v", len(r.deliveries()), counts)
		}
	})
}

// TestWaitingAlertsAreMerged raises the same while the target cannot be told.
func TestWaitingAlertsAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		for range 60 {
			n.Raise(Alert{Kind: DatasetSwapped, Title: "swapped", Time: time.Now()})
			after(100 * time.Millisecond)
		}
		after(time.Minute)
		got := r.deliveries()
		if r.counts()[DatasetSwapped] != 60 || len(got) > 8 {
			t.Errorf("%q", r.titles())
		}
		if second := got[1]; second.Count < 2 || second.Window < time.Duration(second.Count-1)*100*time.Millisecond {
			t.Errorf("the second message says %+v", second)
		}
	})
}

// TestPoisonDoesNotBlock has a receiver that fails at one alert alone.
func TestPoisonDoesNotBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		r.setAnswer(func(a Alert) error {
			if a.Kind == Rejected {
				return errDown
			}
			return nil
		})
		n := start(t, Config{Targets: []Route{{Target: r}}})
		n.Raise(Alert{Kind: Rejected, Severity: Critical, Title: "poison"})
		flood(n, 3)
		after(time.Hour)
		if got := r.titles(); !slices.Equal(got, []string{"0 x1", "1 x1", "2 x1"}) {
			t.Errorf("%q", got)
		}
	})
}

// TestTargetsDoNotWaitForEachOther has a black hole beside one that works.
func TestTargetsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		works := &receiver{name: "works"}
		n := start(t, Config{Targets: []Route{{Target: blackHole{}}, {Target: works}}})
		flood(n, 5)
		after(10 * time.Second)
		if len(works.deliveries()) != 5 {
			t.Errorf("%q", works.titles())
		}
		after(time.Minute)
		if s := n.Stats().Targets[0]; s.Retried == 0 || s.Failed != 0 || s.Queued != 5 {
			t.Errorf("%+v", s)
		}
	})
}

// blackHole takes connections and never answers.
type blackHole struct{}

func (blackHole) Name() string { return "black hole" }
func (blackHole) Send(ctx context.Context, _ Alert) error {
	<-ctx.Done()
	return ctx.Err()
}

// deaf does not even listen to the context.
type deaf struct{ until chan struct{} }

func (deaf) Name() string { return "deaf" }
func (d deaf) Send(context.Context, Alert) error {
	<-d.until
	return nil
}

// broken panics with something that is nobody's business.
type broken struct{}

func (broken) Name() string                      { return "broken" }
func (broken) Send(context.Context, Alert) error { panic("bot-token") }

func TestPanicOfATargetIsARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(logLines)
		n := start(t, Config{Targets: []Route{{Target: broken{}}}, Log: log.logger()})
		flood(n, 2)
		after(time.Hour)
		s := n.Stats().Targets[0]
		if s.Failed != 2 || !strings.Contains(s.LastError, "panicked") {
			t.Errorf("%+v", s)
		}
		if strings.Contains(s.LastError+fmt.Sprint(log.lines), "bot-token") {
			t.Error("the panic's value is told")
		}
	})
}
