package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// most returns the greatest number of times within any window, which includes its beginning alone.
func most(times []time.Time, window time.Duration) int {
	found := 0
	for i, from := range times {
		n := 0
		for _, at := range times[i:] {
			if at.Sub(from) < window {
				n++
			}
		}
		found = max(found, n)
	}
	return found
}

// flood raises alerts that nothing groups.
func flood(n *Notifier, count int) {
	for i := range count {
		n.Raise(Alert{Kind: Trial, Title: fmt.Sprint(i), Fingerprint: fmt.Sprint(i)})
	}
}

func TestBudgetOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 10)
		after(time.Minute)
		if len(r.tried()) != 10 || most(r.tried(), time.Second) != 1 {
			t.Errorf("%d messages, up to %d in a second", len(r.tried()), most(r.tried(), time.Second))
		}
	})
}

func TestBudgetOfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		for range 10 {
			flood(n, 30)
			after(17 * time.Second)
		}
		n.Raise(Alert{Kind: Rejected, Severity: Critical, Title: "urgent"})
		after(10 * time.Minute)
		if got := most(r.tried(), time.Minute); got < perMinute-perMinute/reservedShare || got > perMinute {
			t.Errorf("up to %d messages in a minute", got)
		}
	})
}

// TestUrgentAlertsAreAhead fills the queue and raises an urgent alert: it is the next message, from the share of
// the minute that is reserved.
func TestUrgentAlertsAreAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 200)
		after(30 * time.Second)
		before := len(r.deliveries())
		n.Raise(Alert{Kind: Rejected, Severity: Critical, Title: "urgent"})
		after(time.Second)
		if got := r.deliveries(); len(got) != before+1 || got[before].Title != "urgent" {
			t.Errorf("%d messages, then %d", before, len(got))
		}
	})
}

func TestBudgetOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r, Daily: 50}}})
		for range 10 {
			flood(n, 20)
			after(30 * time.Minute)
		}
		for range 10 {
			n.Raise(Alert{Kind: Stopped, Title: "urgent"})
			after(2 * time.Minute)
		}
		got := r.deliveries()
		if len(got) != 50 {
			t.Fatalf("%d messages on a day", len(got))
		}
		if !strings.Contains(got[44].Detail, "not urgent") || got[45].Title != "urgent" {
			t.Errorf("message 45 does not say that it is the last: %+v", got[44])
		}
		if !strings.Contains(got[49].Detail, "last message today") || strings.Contains(got[49].Detail, "not urgent") {
			t.Errorf("message 50 does not say that it is the last: %+v", got[49])
		}
	})
}

// TestHeldBackIsSummedUp uses up a day. On the next one a single message tells what was not sent.
func TestHeldBackIsSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r, Daily: 10}}})
		flood(n, 40)
		after(time.Minute)
		for range 5 {
			n.Raise(Alert{Kind: DatasetSwapped, Title: "swapped"})
		}
		if s := n.Stats().Targets[0]; s.Queued != 0 || s.Sent != 9 || s.Pending != 36 || s.HeldBack != 36 {
			t.Fatalf("at the end of the day: %+v", s)
		}
		after(24 * time.Hour)
		got := r.deliveries()
		if len(got) != 10 {
			t.Fatalf("%d messages", len(got))
		}
		last := got[9]
		if last.Kind != HeldBack || last.Count != 36 || last.at.UTC().Hour() != 0 || last.Title != "Alerts held back: 36, not delivered: 0" {
			t.Errorf("the next day says %+v", last)
		}
		for _, want := range []string{"trial: 31 alerts for 31 occurrences", "dataset-swapped: 5 alerts for 5"} {
			if !strings.Contains(last.Detail, want) {
				t.Errorf("the summary lacks %q: %s", want, last.Detail)
			}
		}
	})
}

// TestBudgetsOutliveRestarts restarts again and again, as a program does that crashes in a loop.
func TestBudgetsOutliveRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, dir := &receiver{name: "r"}, t.TempDir()
		for range 60 {
			n := start(t, Config{Targets: []Route{{Target: r, Daily: 30}}, Dir: dir})
			n.Raise(Alert{Kind: Started, Title: "started"})
			n.Raise(Alert{Kind: Crashed, Severity: Error, Title: "crashed"})
			after(time.Second)
			_ = stop(n, 900*time.Millisecond)
		}
		start(t, Config{Targets: []Route{{Target: r, Daily: 30}}, Dir: dir})
		after(10 * time.Minute)
		if len(r.deliveries()) != 27 || most(r.tried(), time.Minute) > perMinute || most(r.tried(), time.Second) > 1 {
			t.Errorf("%d messages, up to %d in a minute and %d in a second", len(r.deliveries()),
				most(r.tried(), time.Minute), most(r.tried(), time.Second))
		}
	})
}

func TestBudgetRestoresNoTimesToCome(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := budget{daily: 10}
	recent := slices.Repeat([]time.Time{now.Add(time.Hour)}, 100)
	b.restore(budgetState{Day: dayOf(now), Sent: 1 << 40, Recent: recent}, now)
	if len(b.recent) != 0 || b.left(now, true) != 0 {
		t.Errorf("%d times, %d left", len(b.recent), b.left(now, true))
	}
	b.restore(budgetState{Day: dayOf(now) + 1, Sent: -5, Recent: slices.Repeat([]time.Time{now}, 100)}, now)
	if len(b.recent) != perMinute || b.left(now.Add(24*time.Hour), true) != 10 {
		t.Errorf("%d times, %d left tomorrow", len(b.recent), b.left(now.Add(24*time.Hour), true))
	}
}
