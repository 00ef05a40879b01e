package limit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/limit"
	"sallyport/limit/limittest"
)

// clock is a time that tests move.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_700_000_000, c.ns.Load()) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

func TestMemoryStoreConforms(t *testing.T) {
	for _, full := range []limit.WhenFull{limit.RefuseNew, limit.ForgetOldest} {
		t.Run(strconv.Itoa(int(full)), func(t *testing.T) {
			limittest.Run(t, func(*testing.T) (limit.Store, func(time.Duration)) {
				c := new(clock)
				return limit.NewMemoryStore(limit.MemoryOptions{WhenFull: full, Now: c.now}), c.advance
			})
		})
	}
}

func TestFullStoreRefusesNewKeysAndKeepsLiveOnes(t *testing.T) {
	c := new(clock)
	s := limit.NewMemoryStore(limit.MemoryOptions{Capacity: 10, Now: c.now})
	policies := []limit.Policy{{Name: "minute", Quota: 2, Window: time.Minute}}
	ctx := context.Background()
	for i := range 10 {
		if _, err := s.Take(ctx, fmt.Sprint(i), 2, policies); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Take(ctx, "new", 1, policies); !errors.Is(err, limit.ErrFull) {
		t.Fatalf("a new key in a full store: %v", err)
	}
	if r, err := s.Take(ctx, "3", 1, policies); err != nil || r.Allowed {
		t.Errorf("a live key was forgotten: %+v, %v", r, err)
	}
	c.advance(2 * time.Minute)
	if r, err := s.Take(ctx, "new", 1, policies); err != nil || !r.Allowed {
		t.Errorf("idle keys hold their room: %+v, %v", r, err)
	}
	if s.Len() != 1 {
		t.Errorf("%d counters after all but one went idle", s.Len())
	}
}

func TestLiveKeyHasRoomForAllItsPolicies(t *testing.T) {
	c := new(clock)
	s := limit.NewMemoryStore(limit.MemoryOptions{Capacity: 1, Now: c.now})
	policies := []limit.Policy{{Name: "minute", Quota: 2, Window: time.Minute}}
	ctx := context.Background()
	if _, err := s.Take(ctx, "a", 1, policies); err != nil {
		t.Fatal(err)
	}
	both := append(policies, limit.Policy{Name: "day", Quota: 9, Window: 24 * time.Hour})
	if r, err := s.Take(ctx, "a", 1, both); err != nil || !r.Allowed {
		t.Errorf("a second policy of a live key: %+v, %v", r, err)
	}
}

func TestForgettingStoreStaysBounded(t *testing.T) {
	s := limit.NewMemoryStore(limit.MemoryOptions{Capacity: 100, WhenFull: limit.ForgetOldest})
	policies := []limit.Policy{{Name: "minute", Quota: 2, Window: time.Minute}}
	for i := range 10_000 {
		if r, err := s.Take(context.Background(), fmt.Sprint(i), 1, policies); err != nil || !r.Allowed {
			t.Fatalf("key %d: %+v, %v", i, r, err)
		}
	}
	if s.Len() > 100 {
		t.Errorf("%d counters, capacity 100", s.Len())
	}
}

// TestNeverMoreThanTheQuotaInAnInstant compares with a plain model: in any stretch of time d, GCRA grants at
// most the quota and what comes back in d.
func TestNeverMoreThanTheQuotaInAnInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := new(clock)
		s := limit.NewMemoryStore(limit.MemoryOptions{Now: c.now})
		p := limit.Policy{
			Name:   "p",
			Quota:  rapid.Int64Range(1, 50).Draw(t, "quota"),
			Window: time.Duration(rapid.IntRange(1, 100).Draw(t, "window")) * time.Second,
		}
		var elapsed time.Duration
		var granted int64
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			step := time.Duration(rapid.Int64Range(0, int64(p.Window)/4).Draw(t, "step"))
			c.advance(step)
			elapsed += step
			cost := rapid.Int64Range(0, p.Quota+1).Draw(t, "cost")
			r, err := s.Take(context.Background(), "k", cost, []limit.Policy{p})
			if err != nil {
				t.Fatal(err)
			}
			if r.Allowed {
				granted += cost
			}
			if most := p.Quota + int64(elapsed/p.Interval()); granted > most {
				t.Fatalf("granted %d in %s, at most %d", granted, elapsed, most)
			}
		}
	})
}

func TestScaleNeverGrantsMoreThanTheShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := limit.Policy{Name: "p", Quota: rapid.Int64Range(1, 1000).Draw(t, "quota"), Window: time.Minute}
		n := rapid.IntRange(1, 64).Draw(t, "replicas")
		scaled := p.Scale(n)
		whole := float64(p.Quota) / float64(p.Window)
		if share := float64(scaled.Quota) / float64(scaled.Window) * float64(n); share > whole*1.0001 {
			t.Fatalf("%d replicas of %+v grant %g times the rate", n, scaled, share/whole)
		}
	})
}

func TestPolicyValidate(t *testing.T) {
	good := limit.Policy{Name: "minute", Quota: 60, Window: time.Minute}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []limit.Policy{
		{}, {Name: `a"b`, Quota: 1, Window: time.Second}, {Name: "a", Window: time.Second},
		{Name: "a", Quota: -1, Window: time.Second}, {Name: "a", Quota: 1, Window: time.Millisecond},
		{Name: "a", Quota: 1, Window: 1500 * time.Millisecond}, {Name: "a", Quota: limit.MaxQuota + 1, Window: time.Second},
		{Name: "a", Quota: 1, Window: 367 * 24 * time.Hour},
	} {
		if p.Validate() == nil {
			t.Errorf("%+v is valid", p)
		}
	}
}

func BenchmarkMemoryStoreTake(b *testing.B) {
	s := limit.NewMemoryStore(limit.MemoryOptions{})
	policies := []limit.Policy{{Name: "minute", Quota: 1 << 30, Window: time.Hour}}
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("customer-%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Take(context.Background(), keys[i%len(keys)], 1, policies)
	}
}

// BenchmarkMemoryStoreMillionKeys reports the memory of a counter.
func BenchmarkMemoryStoreMillionKeys(b *testing.B) {
	policies := []limit.Policy{{Name: "day", Quota: 100, Window: 24 * time.Hour}}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := limit.NewMemoryStore(limit.MemoryOptions{Capacity: 2 << 20})
		for i := range 1_000_000 {
			s.Take(context.Background(), strconv.Itoa(i), 1, policies)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(s.Len()), "bytes/key")
		runtime.KeepAlive(s)
	}
}
