package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// delivery is what a receiver got, and when.
type delivery struct {
	Alert
	at time.Time
}

// receiver is a target that keeps what it gets. It answers by the function, if there is one.
type receiver struct {
	name   string
	answer func(a Alert) error

	mu       sync.Mutex
	got      []delivery
	attempts []time.Time
}

func (r *receiver) Name() string { return r.name }

func (r *receiver) Send(_ context.Context, a Alert) error {
	r.mu.Lock()
	r.attempts = append(r.attempts, time.Now())
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		if err := answer(a); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, delivery{a, time.Now()})
	return nil
}

func (r *receiver) setAnswer(answer func(Alert) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) deliveries() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) tried() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts)
}

// counts returns the occurrences that were delivered, by kind, but not the news that groups are quiet.
func (r *receiver) counts() map[Kind]int64 {
	counts := map[Kind]int64{}
	for _, d := range r.deliveries() {
		if d.Kind != Recovered {
			counts[d.Kind] += d.Count
		}
	}
	return counts
}

func (r *receiver) titles() (titles []string) {
	for _, d := range r.deliveries() {
		titles = append(titles, fmt.Sprintf("%s x%d", d.Title, d.Count))
	}
	return titles
}

// start runs a notifier until the end of the test.
func start(t *testing.T, c Config) *Notifier {
	t.Helper()
	n, err := NewNotifier(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(n, 5*time.Second) })
	return n
}

func stop(n *Notifier, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return n.Close(ctx)
}

// after lets the test's clock run.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var errDown = &RetryError{Err: errors.New("connection refused")}

func down(Alert) error { return errDown }

func failure(cause string) Alert {
	return Alert{Kind: ErrorGroup, Severity: Error, Title: "500: " + cause, Fingerprint: cause}
}

func TestFirstAtOnceThenCountsThenRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}, Deployment: "shop"})
		begin := time.Now()
		for range 153 {
			n.Raise(failure("database"))
		}
		synctest.Wait()
		if got := r.titles(); !slices.Equal(got, []string{"500: database x1"}) {
			t.Fatalf("at once: %q", got)
		}
		after(time.Minute + 2*time.Second)
		n.Raise(failure("database"))
		after(20 * time.Minute)
		want := []string{"500: database x1", "500: database x152", "500: database x1", "Quiet again: 500: database x1"}
		if got := r.titles(); !slices.Equal(got, want) {
			t.Fatalf("in the end: %q", got)
		}
		got := r.deliveries()
		for i, late := range []time.Duration{0, time.Minute, 5 * time.Minute, 11 * time.Minute} {
			if at := got[i].at.Sub(begin).Round(time.Minute); at != late {
				t.Errorf("message %d came after %s, not %s", i, at, late)
			}
		}
		if got[1].Window != time.Minute || got[0].Deployment != "shop" || got[0].ID == got[1].ID || len(got[0].ID) < 16 {
			t.Errorf("the second message says %+v", got[1])
		}
		if got[3].Kind != Recovered || !strings.Contains(got[3].Detail, "154 occurrences in 1m2s") {
			t.Errorf("the last message says %+v", got[3])
		}
	})
}

func TestKindsAreGroupedByTheTable(t *testing.T) {
	for _, kind := range append(Kinds(), "never-heard-of") {
		if kind == Recovered || kind == HeldBack {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			r := &receiver{name: "r"}
			n := start(t, Config{Targets: []Route{{Target: r}}})
			for range 3 {
				n.Raise(Alert{Kind: kind, Title: "it"})
				after(2 * time.Second)
			}
			after(time.Hour)
			want := map[grouping][]string{
				single:   {"it x1", "it x1", "it x1"},
				counted:  {"it x1", "it x2"},
				resolved: {"it x1", "it x2", "Quiet again: it x1"},
			}[groupingOf(kind)]
			if got := r.titles(); !slices.Equal(got, want) {
				t.Errorf("%s: %q", kind, got)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, errorsOnly, starts := &receiver{name: "all"}, &receiver{name: "errors"}, &receiver{name: "starts"}
		n := start(t, Config{Targets: []Route{
			{Target: all}, {Target: errorsOnly, Minimum: Error}, {Target: starts, Kinds: []Kind{Started, Recovered}},
		}})
		n.Raise(Alert{Kind: Started, Title: "started"})
		for range 2 {
			n.Raise(failure("a"))
		}
		n.Raise(Alert{Kind: Trial, Title: "trial"})
		after(time.Hour)
		for r, want := range map[*receiver][]string{
			all:        {"started x1", "500: a x1", "trial x1", "500: a x1", "Quiet again: 500: a x1"},
			errorsOnly: {"500: a x1", "trial x1", "500: a x1", "Quiet again: 500: a x1"},
			starts:     {"started x1", "trial x1"},
		} {
			got := r.titles()
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", r.name, got, want)
			}
		}
	})
}

func TestProducersMayCloseGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		n.Raise(Alert{Kind: Recovered, Fingerprint: string(DatasetRefused), Title: "nothing was open"})
		n.Raise(Alert{Kind: DatasetRefused, Title: "bad file"})
		n.Raise(Alert{Kind: Recovered, Fingerprint: string(DatasetRefused), Title: "the file is good"})
		after(time.Hour)
		if got := r.titles(); !slices.Equal(got, []string{"bad file x1", "the file is good x1"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestWorseIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}})
		for _, s := range []Severity{Warning, Warning, Critical, Critical} {
			n.Raise(Alert{Kind: StoreFailed, Severity: s, Title: "store"})
			after(2 * time.Second)
		}
		if got := r.titles(); !slices.Equal(got, []string{"store x1", "store x2"}) {
			t.Errorf("%q", got)
		}
	})
}

// TestGroupsAreBounded raises alerts as a client could that chooses fingerprints.
func TestGroupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const raised = 5000
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r, Daily: 10_000}}})
		for i := range raised {
			n.Raise(failure(fmt.Sprint(strings.Repeat("x", 1000), i)))
		}
		s := n.Stats()
		if s.Groups > maxGroups+len(Kinds()) || s.Overflowed != raised-maxGroups {
			t.Fatalf("%d groups are open, %d occurrences have none", s.Groups, s.Overflowed)
		}
		after(2 * time.Hour)
		if counts := r.counts(); counts[ErrorGroup]+counts[HeldBack] != raised {
			t.Errorf("%v of %d occurrences were told", counts, raised)
		}
		if s := n.Stats(); s.Groups != 0 {
			t.Errorf("%d groups are open", s.Groups)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	_, err := NewNotifier(Config{Capacity: -1, Targets: []Route{
		{}, {Target: &receiver{}}, {Target: &receiver{name: "a"}}, {Target: &receiver{name: "a"}, Daily: -1},
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"capacity -1", "target 1 is missing", "target 2 needs", "target 4 needs", "-1 messages a day"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
}

func TestWithoutTargetsAlertsAreCounted(t *testing.T) {
	var missing *Notifier
	missing.Raise(failure("a"))
	if err := missing.Close(t.Context()); err != nil || missing.Stats().Raised != 0 {
		t.Errorf("no notifier: %v", err)
	}
	n := start(t, Config{})
	n.Raise(failure("a"))
	if s := n.Stats(); s.Raised != 1 {
		t.Errorf("%d were raised", s.Raised)
	}
}

// TestPartsAreBounded checks what an alert may hold on to.
func TestPartsAreBounded(t *testing.T) {
	huge := strings.Repeat("\xff€", 1<<20)
	a := bounded(complete(Alert{ID: huge, Title: huge, Detail: huge, Next: huge, Fingerprint: huge, RequestID: huge}, time.Now()))
	if !fits(a) {
		t.Error("too much is kept")
	}
	b := bounded(complete(Alert{Fingerprint: huge + "b"}, time.Now()))
	if a.Fingerprint == b.Fingerprint {
		t.Error("two fingerprints became one")
	}
	if strings.ToValidUTF8(a.Title, "") != a.Title {
		t.Error("the title is not text")
	}
}
