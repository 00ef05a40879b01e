package alert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestSoak raises 10,000 errors of 50 causes in ten seconds.
func TestSoak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total, causes = 10_000, 50
		r := &receiver{name: "r"}
		n := start(t, Config{Targets: []Route{{Target: r}}, Dir: t.TempDir()})
		for i := range total {
			n.Raise(failure(fmt.Sprint(i % causes)))
			time.Sleep(time.Millisecond)
		}
		after(2 * time.Hour)
		told, recovered := map[string]int64{}, 0
		for _, d := range r.deliveries() {
			if d.Kind == Recovered {
				recovered++
			} else {
				told[d.Fingerprint] += d.Count
			}
		}
		for i := range causes {
			if told[fmt.Sprint(i)] != total/causes {
				t.Errorf("cause %d was told %d times", i, told[fmt.Sprint(i)])
			}
		}
		if recovered != causes || len(r.deliveries()) > 3*causes {
			t.Errorf("%d messages, %d of them that it is quiet", len(r.deliveries()), recovered)
		}
		if most(r.tried(), time.Minute) > perMinute || most(r.tried(), time.Second) > 1 {
			t.Errorf("up to %d in a minute and %d in a second", most(r.tried(), time.Minute), most(r.tried(), time.Second))
		}
		t.Logf("%d messages for %d errors", len(r.deliveries()), total)
	})
}

// TestMemoryIsBounded raises large alerts with fingerprints that never repeat, while nobody takes them.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := start(t, Config{Targets: []Route{{Target: &receiver{name: "r", answer: down}}}})
		heap := func() int64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		before := heap()
		for i := range 5000 {
			text := fmt.Sprintf("%020000d", i)
			n.Raise(Alert{Kind: Kinds()[i%len(Kinds())], Fingerprint: text, Title: text, Detail: text, Next: text})
		}
		if grown := heap() - before; grown > 8<<20 {
			t.Errorf("the heap grew by %d bytes", grown)
		}
		runtime.KeepAlive(n)
	})
}

// TestEveryOccurrenceIsAccountedFor lets receivers fail in all ways, and the process restart, in any order. At
// any time what was raised is what was delivered, waits or is held back; in the end all was delivered.
func TestEveryOccurrenceIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 8).Draw(rt, "steps")
		capacity, daily := rapid.IntRange(1, 8).Draw(rt, "capacity"), rapid.IntRange(1, 40).Draw(rt, "daily")
		seed := rapid.Uint64().Draw(rt, "seed")
		var problem error
		synctest.Test(t, func(t *testing.T) { problem = account(t.TempDir(), steps, capacity, daily, seed) })
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

// step is one thing that happens: alerts of a kind, then time, then perhaps a restart; meanwhile the receiver
// fails with the given chance.
type step struct {
	kind    Kind
	causes  int
	times   int
	pause   time.Duration
	failing float64
	restart bool
}

func drawStep(t *rapid.T) step {
	return step{
		kind:    rapid.SampledFrom([]Kind{ErrorGroup, Trial, Started, StoreFull, UnknownTier, Refusals}).Draw(t, "kind"),
		causes:  rapid.IntRange(1, 30).Draw(t, "causes"),
		times:   rapid.IntRange(0, 60).Draw(t, "times"),
		pause:   rapid.SampledFrom([]time.Duration{0, time.Second, 30 * time.Second, 12 * time.Minute, 9 * time.Hour}).Draw(t, "pause"),
		failing: rapid.SampledFrom([]float64{0, 0.3, 0.9, 1}).Draw(t, "failing"),
		restart: rapid.Bool().Draw(t, "restart"),
	}
}

func account(dir string, steps []step, capacity, daily int, seed uint64) error {
	r, chance := &receiver{name: "r"}, rand.New(rand.NewPCG(seed, 1))
	config := Config{Targets: []Route{{Target: r, Daily: daily}}, Dir: dir, Capacity: capacity}
	n, err := NewNotifier(config)
	if err != nil {
		return err
	}
	synctest.Wait()
	defer func() { _ = stop(n, 5*time.Second) }()
	var raised int64
	for i, s := range steps {
		r.setAnswer(failing(chance, s.failing))
		for j := range s.times {
			n.Raise(Alert{Kind: s.kind, Fingerprint: fmt.Sprint(j % s.causes), Severity: Severity(j % 4), Count: int64(j % 3)})
			raised += max(1, int64(j%3))
		}
		after(s.pause)
		if s.restart {
			_ = stop(n, 5*time.Second)
			if n, err = NewNotifier(config); err != nil {
				return err
			}
			synctest.Wait()
		}
		if found := delivered(r) + held(n); found != raised {
			return fmt.Errorf("after step %d: %d were raised, %d are accounted for", i, raised, found)
		}
	}
	r.setAnswer(nil)
	n.Raise(Alert{Kind: Trial, Fingerprint: "works again"}) // a target that refuses is tried with news alone
	raised++
	after(15 * 24 * time.Hour)
	if found := delivered(r); found != raised || held(n) != 0 {
		return fmt.Errorf("in the end %d were raised, %d were delivered, %d are held", raised, found, held(n))
	}
	return nil
}

func failing(chance *rand.Rand, share float64) func(Alert) error {
	return func(Alert) error {
		if chance.Float64() >= share {
			return nil
		}
		return []error{errDown, &RetryError{After: time.Minute, Err: errDown}, errors.New("400")}[chance.IntN(3)]
	}
}

func delivered(r *receiver) (sum int64) {
	for _, count := range r.counts() {
		sum += count
	}
	return sum
}

// held returns what a notifier has not delivered yet.
func held(n *Notifier) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all int64
	for _, g := range n.groups.open {
		all += g.Untold
	}
	for _, t := range n.targets {
		all += total(t.queue.held.Held).Occurrences + total(t.queue.held.Failed).Occurrences
		for _, e := range t.queue.waiting {
			all += occurrences(e.alert)
		}
	}
	return all
}

// BenchmarkRaise raises alerts of one open group, of groups that are all taken, and that are queued each.
func BenchmarkRaise(b *testing.B) {
	titles := []string{"one group", "no group left", "queued each"}
	alerts := []Alert{failure("a"), failure("overflow"), {Kind: Started, Title: "started"}}
	for i, title := range titles {
		b.Run(title, func(b *testing.B) {
			n, err := NewNotifier(Config{Targets: []Route{{Target: blackHole{}}}, Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = stop(n, time.Second) }()
			n.Raise(failure("a"))
			for j := range maxGroups {
				n.Raise(failure(fmt.Sprint(j)))
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.Raise(alerts[i])
				}
			})
		})
	}
}

// BenchmarkSave writes a full queue with its groups to disk, synced.
func BenchmarkSave(b *testing.B) {
	one := waiting("a")
	one.Alert.Detail = string(slices.Repeat([]byte("detail "), 100))
	d := newDisk(b.TempDir())
	records := slices.Repeat([]record{one}, 3*DefaultCapacity)
	for b.Loop() {
		if _, err := d.save(records); err != nil {
			b.Fatal(err)
		}
	}
}
