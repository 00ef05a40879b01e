package alert

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCloseDeliversTheLastAlert stops amid a storm that has used up what is not reserved.
func TestCloseDeliversTheLastAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 100)
		after(30 * time.Second)
		n.Raise(Alert{Kind: Stopped, Title: "stopped: terminated"})
		begin := time.Now()
		err := stop(n, 5*time.Second)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if titles := r.titles(); titles[len(titles)-1] != "stopped: terminated x1" {
			t.Errorf("%q", titles)
		}
		if err == nil || !strings.Contains(err.Error(), "are lost") {
			t.Errorf("100 alerts do not fit into a minute: %v", err)
		}
		n.Raise(failure("too late"))
		if s := n.Stats(); s.Late != 1 || s.Targets[0].Dropped != 100-18 {
			t.Errorf("%+v", s)
		}
	})
}

// TestCloseTellsWhatGroupsCounted does not leave the last counts to a next minute that never comes.
func TestCloseTellsWhatGroupsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}, {Target: &receiver{name: "other"}, Minimum: Critical}}})
		for range 50 {
			n.Raise(failure("a"))
			n.Raise(failure("b"))
		}
		after(10 * time.Second)
		n.Raise(Alert{Kind: Stopped, Title: "stopped"})
		begin := time.Now()
		if err := stop(n, 5*time.Second); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("with all delivered it took %s", took)
		}
		want := []string{"500: a x1", "500: b x1", "stopped x1", "Alerts held back: 2, not delivered: 0 x98"}
		if got := r.titles(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// TestCloseTriesOnceMore what our own backoff would have put off.
func TestCloseTriesOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r", answer: down}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		flood(n, 2)
		after(time.Hour)
		r.setAnswer(nil)
		if err := stop(n, 5*time.Second); err != nil || len(r.deliveries()) != 2 {
			t.Errorf("%d messages: %v", len(r.deliveries()), err)
		}
	})
}

// TestCloseIsBounded has the worst targets.
func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deaf{make(chan struct{})}
		defer close(d.until)
		n := start(t, Config{Targets: []Route{{Target: blackHole{}}, {Target: d}}, Dir: t.TempDir()})
		flood(n, 3)
		synctest.Wait()
		begin := time.Now()
		err := stop(n, 5*time.Second)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if err == nil || !strings.Contains(err.Error(), "6 wait on disk") {
			t.Error(err)
		}
	})
}
