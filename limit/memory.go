package limit

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

// WhenFull says what a [MemoryStore] does when a new key finds no room.
type WhenFull int

const (
	// RefuseNew answers [ErrFull] and never forgets a key that is being counted.
	RefuseNew WhenFull = iota
	// ForgetOldest makes room by forgetting a key that is close to being whole again.
	ForgetOldest
)

// DefaultCapacity is the number of counters of a [MemoryStore] whose options name none. A counter takes
// about 38 bytes, and a key has one for each of its policies.
const DefaultCapacity = 1 << 20

// MemoryOptions configures [NewMemoryStore]. The zero value is usable.
type MemoryOptions struct {
	Capacity int              // counters, see [DefaultCapacity]; enforced for each shard
	WhenFull WhenFull         // RefuseNew when zero
	Now      func() time.Time // time.Now when nil
}

// MemoryStore counts in this process by the generic cell rate algorithm (GCRA): one instant a counter, the
// theoretical arrival time, from which the quota is whole again. Keys are kept as 64-bit hashes under a
// random seed; two of a million live keys share a counter with a chance of about 3 in 100 million. A
// counter whose quota is whole is the same as none and is forgotten.
type MemoryStore struct {
	seed   maphash.Seed
	base   time.Time
	now    func() time.Time
	full   WhenFull
	shards []shard
}

// sweepEvery bounds how often one shard is searched for counters to forget.
const sweepEvery = int64(time.Second)

type shard struct {
	mu        sync.Mutex
	tat       map[uint64]int64 // theoretical arrival time, in nanoseconds since base
	capacity  int
	nextSweep int64
	peak      int // most counters since the map was made: Go maps never shrink
	_         [64]byte
}

// NewMemoryStore returns an empty store.
func NewMemoryStore(o MemoryOptions) *MemoryStore {
	if o.Capacity <= 0 {
		o.Capacity = DefaultCapacity
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	n := 64
	if o.Capacity < n*n { // too few to spread evenly
		n = 1
	}
	s := &MemoryStore{seed: maphash.MakeSeed(), base: o.Now(), now: o.Now, full: o.WhenFull, shards: make([]shard, n)}
	for i := range s.shards {
		s.shards[i].tat = map[uint64]int64{}
		s.shards[i].capacity = (o.Capacity + n - 1) / n
	}
	return s
}

// Close does nothing.
func (s *MemoryStore) Close() error { return nil }

// Len returns the number of counters, forgotten ones included until they are swept.
func (s *MemoryStore) Len() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		n += len(sh.tat)
		sh.mu.Unlock()
	}
	return n
}

// Take implements [Store]. It never blocks on anything but other calls, and ignores ctx.
func (s *MemoryStore) Take(_ context.Context, key string, cost int64, policies []Policy) (Result, error) {
	if err := check(cost, policies); err != nil {
		return Result{}, err
	}
	hash := maphash.String(s.seed, key)
	sh := &s.shards[hash>>32%uint64(len(s.shards))]
	now := int64(s.now().Sub(s.base))
	var t take
	for i, p := range policies {
		t.id[i] = hash ^ maphash.String(s.seed, p.Name)
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	result := t.weigh(sh, now, cost, policies)
	if !result.Allowed || cost == 0 {
		return result, nil
	}
	if err := sh.makeRoom(&t, now, len(policies), s.full); err != nil {
		return Result{}, err
	}
	for i := range policies {
		sh.tat[t.id[i]] = t.next[i]
	}
	sh.peak = max(sh.peak, len(sh.tat))
	return result, nil
}

// take is the work of one call: counters by policy, before and after.
type take struct {
	id   [MaxPolicies]uint64
	next [MaxPolicies]int64
	live bool // the key has a counter already
}

// weigh tells what each policy says to cost, and leaves the shard as it is.
func (t *take) weigh(sh *shard, now, cost int64, policies []Policy) Result {
	result := NewResult()
	allowed := true
	var before [MaxPolicies]int64
	for i, p := range policies {
		tat, ok := sh.tat[t.id[i]]
		t.live = t.live || ok
		before[i] = max(tat, now)
		interval := int64(p.Interval())
		t.next[i] = before[i] + min(cost, p.Quota+1)*interval
		allowed = allowed && t.next[i] <= now+p.Quota*interval
	}
	for i, p := range policies {
		after := before[i]
		if allowed {
			after = t.next[i]
		}
		interval := int64(p.Interval())
		spare := now + p.Quota*interval
		state := State{Policy: p.Name, Quota: p.Quota, Remaining: max(0, (spare-after)/interval), Reset: time.Duration(after - now)}
		violated := t.next[i] > spare
		result.Add(state, violated, wait(cost, p, t.next[i]-spare))
	}
	return result
}

// wait is how long a refused call must wait; 0 when the cost never fits.
func wait(cost int64, p Policy, nanoseconds int64) time.Duration {
	if cost > p.Quota {
		return 0
	}
	return time.Duration(nanoseconds)
}

// makeRoom forgets counters that are whole again and, when the shard stays full, follows its rule for a new
// key. The counters of a key that is live always have room, so that a full store cannot hurt it.
func (sh *shard) makeRoom(t *take, now int64, n int, full WhenFull) error {
	if now >= sh.nextSweep {
		sh.sweep(now)
	}
	if t.live || len(sh.tat)+n <= sh.capacity {
		return nil
	}
	if full == RefuseNew {
		return ErrFull
	}
	for len(sh.tat) > 0 && len(sh.tat)+n > sh.capacity {
		sh.forgetOldest()
	}
	return nil
}

func (sh *shard) sweep(now int64) {
	sh.nextSweep = now + sweepEvery
	for id, tat := range sh.tat {
		if tat <= now {
			delete(sh.tat, id)
		}
	}
	if sh.peak > 1024 && len(sh.tat) < sh.peak/4 {
		kept := make(map[uint64]int64, len(sh.tat))
		for id, tat := range sh.tat {
			kept[id] = tat
		}
		sh.tat, sh.peak = kept, len(kept)
	}
}

// forgetOldest removes the counter nearest to being whole among a random few: maps iterate from a random
// place.
func (sh *shard) forgetOldest() {
	const sample = 8
	var oldest uint64
	var at int64
	seen := 0
	for id, tat := range sh.tat {
		if seen == 0 || tat < at {
			oldest, at = id, tat
		}
		if seen++; seen == sample {
			break
		}
	}
	delete(sh.tat, oldest)
}
