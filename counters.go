package sallyport

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/limit"
)

// CountersConfig configures [NewCounters]. The zero value counts in this process alone.
type CountersConfig struct {
	// Store counts the customers' limits for all processes together. When nil each process counts in memory,
	// and refuses new customers when that is full.
	Store limit.Store
	// Capacity is how many counters the stores in memory hold; [limit.DefaultCapacity] when 0.
	Capacity int
	// Replicas is how many processes serve. Without Store, or when it fails, each grants that part of the
	// limits: two processes that cannot count together must not double them.
	Replicas int
	// Now is the clock of the stores in memory; time.Now when nil.
	Now func() time.Time
}

// Counters is what outlives a [Middleware]: limits in use, failure budgets, requests in flight, and tiers
// already reported. Share one between the generations of a reload. Safe for concurrent use.
type Counters struct {
	store        limit.Store        // nil without one that processes share
	local        *limit.MemoryStore // counts without store, and takes over when it fails
	failures     *limit.MemoryStore
	inFlight     inFlight
	unknownTiers firsts
	replicas     int
	retryAt      atomic.Int64 // unix nanoseconds before which a failed store is left alone; 0 when healthy
}

// storeRetry is how long a failed store is left alone.
const storeRetry = time.Second

// NewCounters returns empty counters.
func NewCounters(c CountersConfig) *Counters {
	memory := limit.MemoryOptions{Capacity: c.Capacity, Now: c.Now}
	local := limit.NewMemoryStore(memory)
	memory.WhenFull = limit.ForgetOldest
	counters := &Counters{store: c.Store, local: local, failures: limit.NewMemoryStore(memory), replicas: c.Replicas}
	counters.inFlight.seed = maphash.MakeSeed()
	return counters
}

// Len returns how many counters of customers the store in memory holds: one for each customer and policy,
// forgotten ones included until they are swept.
func (c *Counters) Len() int { return c.local.Len() }

// Close closes the store.
func (c *Counters) Close() error {
	if c.store == nil {
		return nil
	}
	return c.store.Close()
}

// take asks the store and, when there is none or it fails, the local one at this process's share. It is never
// without an answer, and a full store is an answer.
func (c *Counters) take(ctx context.Context, x *exchange, cost int64) (limit.Result, error) {
	if c.store == nil {
		return c.takeLocal(x, cost)
	}
	retryAt := c.retryAt.Load()
	if retryAt > time.Now().UnixNano() {
		return c.takeLocal(x, cost)
	}
	result, err := c.store.Take(ctx, x.limitKey(), cost, x.tier.Limits)
	if err == nil || errors.Is(err, limit.ErrFull) {
		if retryAt != 0 && c.retryAt.CompareAndSwap(retryAt, 0) {
			x.event(EventStoreHealed, "", nil)
		}
		return result, err
	}
	if ctx.Err() == nil && c.retryAt.CompareAndSwap(retryAt, time.Now().Add(storeRetry).UnixNano()) && retryAt == 0 {
		x.event(EventStoreFailed, "", err)
	}
	return c.takeLocal(x, cost)
}

func (c *Counters) takeLocal(x *exchange, cost int64) (limit.Result, error) {
	var scaled [limit.MaxPolicies]limit.Policy
	for i, p := range x.tier.Limits {
		scaled[i] = p.Scale(c.replicas)
	}
	return c.local.Take(context.Background(), x.limitKey(), cost, scaled[:len(x.tier.Limits)])
}

// inFlight counts the requests that each key has under way.
type inFlight struct {
	seed   maphash.Seed
	shards [64]struct {
		mu    sync.Mutex
		count map[string]int
	}
}

func (f *inFlight) enter(key string, most int) bool {
	sh := &f.shards[maphash.String(f.seed, key)%uint64(len(f.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.count[key] >= most {
		return false
	}
	if sh.count == nil {
		sh.count = map[string]int{}
	}
	sh.count[key]++
	return true
}

func (f *inFlight) leave(key string) {
	sh := &f.shards[maphash.String(f.seed, key)%uint64(len(f.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.count[key]--; sh.count[key] <= 0 {
		delete(sh.count, key)
	}
}

// firsts remembers a bounded number of values, so that each is reported once.
type firsts struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

// maxFirsts bounds the memory that clients can fill with values of their own.
const maxFirsts = 100

func (f *firsts) first(value string) bool {
	value = cut(value, 64)
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.seen[value]; ok || len(f.seen) >= maxFirsts {
		return false
	}
	if f.seen == nil {
		f.seen = map[string]struct{}{}
	}
	f.seen[value] = struct{}{}
	return true
}
