// Package limittest is the conformance suite of [limit.Store].
package limittest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/limit"
)

// Open returns an empty store and a function that lets time pass for it: a fake clock moves, a store with a
// clock of its own sleeps. The suite lets at most three seconds pass in one test.
type Open func(t *testing.T) (store limit.Store, advance func(time.Duration))

// Run tests that a store does what [limit.Store] promises.
func Run(t *testing.T, open Open) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, limit.Store, func(time.Duration))
	}{
		{"QuotaIsGrantedOnceThenRefused", quotaIsGrantedOnceThenRefused},
		{"UnitsComeBackOneByOne", unitsComeBackOneByOne},
		{"AllPoliciesOrNone", allPoliciesOrNone},
		{"KeysAreApart", keysAreApart},
		{"CostZeroOnlyLooks", costZeroOnlyLooks},
		{"LookingTellsWhatIsUsedUp", lookingTellsWhatIsUsedUp},
		{"PoliciesOfAKeyAreApart", policiesOfAKeyAreApart},
		{"CostAboveQuotaNeverFits", costAboveQuotaNeverFits},
		{"WaitingRetryAfterIsEnough", waitingRetryAfterIsEnough},
		{"ConcurrentCallsNeverOverdraw", concurrentCallsNeverOverdraw},
		{"NoPolicyIsAnError", noPolicyIsAnError},
		{"ChangedQuotaKeepsTheShareUsed", changedQuotaKeepsTheShareUsed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, advance := open(t)
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Errorf("closing store: %v", err)
				}
			})
			tt.test(t, store, advance)
		})
	}
}

func hourly(quota int64) []limit.Policy {
	return []limit.Policy{{Name: "hour", Quota: quota, Window: time.Hour}}
}

func take(t *testing.T, s limit.Store, key string, cost int64, policies []limit.Policy) limit.Result {
	t.Helper()
	r, err := s.Take(context.Background(), key, cost, policies)
	if err != nil {
		t.Fatalf("Take(%q, %d): %v", key, cost, err)
	}
	return r
}

func quotaIsGrantedOnceThenRefused(t *testing.T, s limit.Store, _ func(time.Duration)) {
	for i := range int64(5) {
		r := take(t, s, "a", 1, hourly(5))
		if !r.Allowed || r.Tightest().Remaining != 4-i {
			t.Fatalf("take %d: %+v", i, r)
		}
	}
	r := take(t, s, "a", 1, hourly(5))
	if r.Allowed || r.RetryAfter <= 0 || r.RetryAfter > 12*time.Minute || r.Tightest().Remaining != 0 {
		t.Errorf("sixth take: %+v", r)
	}
	if diff := cmp.Diff([]string{"hour"}, r.Violated()); diff != "" {
		t.Error(diff)
	}
}

func unitsComeBackOneByOne(t *testing.T, s limit.Store, advance func(time.Duration)) {
	policies := []limit.Policy{{Name: "second", Quota: 2, Window: 2 * time.Second}}
	take(t, s, "a", 2, policies)
	advance(1100 * time.Millisecond)
	if r := take(t, s, "a", 2, policies); r.Allowed {
		t.Errorf("two units after one interval: %+v", r)
	}
	if r := take(t, s, "a", 1, policies); !r.Allowed {
		t.Errorf("one unit after one interval: %+v", r)
	}
	if r := take(t, s, "a", 1, policies); r.Allowed {
		t.Errorf("a second unit after one interval: %+v", r)
	}
}

func allPoliciesOrNone(t *testing.T, s limit.Store, _ func(time.Duration)) {
	policies := []limit.Policy{
		{Name: "day", Quota: 100, Window: 24 * time.Hour},
		{Name: "hour", Quota: 3, Window: time.Hour},
	}
	for range 10 {
		take(t, s, "a", 2, policies)
	}
	r := take(t, s, "a", 0, policies)
	if got := r.States()[0].Remaining; got != 98 {
		t.Errorf("refused calls were charged to the other policy: %d left of day, want 98", got)
	}
	if diff := cmp.Diff("hour", r.Tightest().Policy); diff != "" {
		t.Error(diff)
	}
}

func keysAreApart(t *testing.T, s limit.Store, _ func(time.Duration)) {
	for i := range 100 {
		if r := take(t, s, fmt.Sprintf("customer-%d", i), 1, hourly(1)); !r.Allowed {
			t.Fatalf("customer %d pays for another: %+v", i, r)
		}
	}
}

func costZeroOnlyLooks(t *testing.T, s limit.Store, _ func(time.Duration)) {
	for range 3 {
		if r := take(t, s, "a", 0, hourly(2)); !r.Allowed || r.Tightest().Remaining != 2 {
			t.Fatalf("looking: %+v", r)
		}
	}
}

// lookingTellsWhatIsUsedUp looks at a key before and after: looking is allowed, and changes nothing either way.
func lookingTellsWhatIsUsedUp(t *testing.T, s limit.Store, advance func(time.Duration)) {
	policies := []limit.Policy{{Name: "second", Quota: 2, Window: 2 * time.Second}, {Name: "hour", Quota: 100, Window: time.Hour}}
	take(t, s, "a", 2, policies)
	for range 5 {
		r := take(t, s, "a", 0, policies)
		second, hour := r.States()[0], r.States()[1]
		if !r.Allowed || second.Remaining != 0 || second.Reset <= 0 || second.Reset > 2*time.Second || second.Quota != 2 || hour.Remaining != 98 {
			t.Fatalf("looking at a key that is used up: %+v", r)
		}
	}
	advance(1100 * time.Millisecond)
	if r := take(t, s, "a", 0, policies); r.States()[0].Remaining != 1 {
		t.Errorf("looking kept a unit from coming back: %+v", r)
	}
	if r := take(t, s, "a", 1, policies); !r.Allowed {
		t.Errorf("a unit that was seen is refused: %+v", r)
	}
}

// policiesOfAKeyAreApart takes from one of two: what a call does not name it does not touch.
func policiesOfAKeyAreApart(t *testing.T, s limit.Store, _ func(time.Duration)) {
	both := []limit.Policy{{Name: "burst", Quota: 3, Window: time.Hour}, {Name: "day", Quota: 10, Window: 24 * time.Hour}}
	take(t, s, "a", 1, both)
	for range 2 {
		if r := take(t, s, "a", 1, both[:1]); !r.Allowed {
			t.Fatalf("within the quota: %+v", r)
		}
	}
	if r := take(t, s, "a", 1, both[:1]); r.Allowed {
		t.Errorf("a policy forgot what was taken of it among others: %+v", r)
	}
	r := take(t, s, "a", 0, both)
	if burst, day := r.States()[0].Remaining, r.States()[1].Remaining; burst != 0 || day != 9 {
		t.Errorf("%d and %d left, want 0 and 9", burst, day)
	}
}

func costAboveQuotaNeverFits(t *testing.T, s limit.Store, _ func(time.Duration)) {
	for _, cost := range []int64{6, limit.MaxQuota, 1 << 62} {
		if r := take(t, s, "a", cost, hourly(5)); r.Allowed || r.RetryAfter != 0 || r.Tightest().Remaining != 5 {
			t.Errorf("cost %d of 5: %+v", cost, r)
		}
	}
}

func waitingRetryAfterIsEnough(t *testing.T, s limit.Store, advance func(time.Duration)) {
	policies := []limit.Policy{{Name: "second", Quota: 3, Window: 2 * time.Second}}
	take(t, s, "a", 3, policies)
	r := take(t, s, "a", 2, policies)
	if r.Allowed {
		t.Fatalf("over the quota: %+v", r)
	}
	advance(r.RetryAfter)
	if r := take(t, s, "a", 2, policies); !r.Allowed {
		t.Errorf("refused after waiting: %+v", r)
	}
}

func concurrentCallsNeverOverdraw(t *testing.T, s limit.Store, _ func(time.Duration)) {
	var granted atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				r, err := s.Take(context.Background(), "a", 1, hourly(100))
				if err != nil {
					failed.Store(&err)
				} else if r.Allowed {
					granted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	if got := granted.Load(); got != 100 {
		t.Errorf("granted %d units of 100", got)
	}
}

func noPolicyIsAnError(t *testing.T, s limit.Store, _ func(time.Duration)) {
	for _, policies := range [][]limit.Policy{nil, {{}}, {{Name: "x", Quota: 1}}, {{Name: "x", Window: time.Second}}} {
		if r, err := s.Take(context.Background(), "a", 1, policies); err == nil || r.Allowed {
			t.Errorf("Take with %v = %+v, %v", policies, r, err)
		}
	}
	if _, err := s.Take(context.Background(), "a", -1, hourly(1)); err == nil || errors.Is(err, limit.ErrFull) {
		t.Errorf("a negative cost: %v", err)
	}
}

func changedQuotaKeepsTheShareUsed(t *testing.T, s limit.Store, _ func(time.Duration)) {
	take(t, s, "a", 100, hourly(100))
	for _, quota := range []int64{10, 1000} {
		if r := take(t, s, "a", quota/2, hourly(quota)); r.Allowed {
			t.Errorf("a used-up key was whole again under a quota of %d: %+v", quota, r)
		}
	}
}
