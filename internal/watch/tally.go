package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport"
)

// Requests counts requests since the start.
type Requests struct {
	Total     uint64            `json:"total"`
	Accepted  uint64            `json:"accepted"` // proven, and within tier and limits
	Failed    uint64            `json:"failed"`   // answered with 500 or above
	Cancelled uint64            `json:"cancelled"`
	Refused   map[string]uint64 `json:"refused"` // by the protection that refused
}

// tally counts requests. The zero value is empty.
type tally struct {
	mu    sync.Mutex
	count Requests
}

func (t *tally) add(r *sallyport.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count.Total++
	if r.Tier != "" && r.Refusal == "" {
		t.count.Accepted++
	}
	if r.Cancelled {
		t.count.Cancelled++
	}
	if failed(r) {
		t.count.Failed++
	}
	if r.Refusal != "" {
		if t.count.Refused == nil {
			t.count.Refused = map[string]uint64{}
		}
		t.count.Refused[string(r.Refusal)]++
	}
}

func (t *tally) read() Requests {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.count
	c.Refused = maps.Clone(c.Refused)
	return c
}

// When the marketplace is taken to be locked out.
const (
	rejectedFor   = 5 * time.Minute  // without an accepted request
	rejectedLeast = 3                // refusals with the marketplace's headers
	rejectedQuiet = 15 * time.Minute // without one, what came before is forgotten
)

// rejections notice that the marketplace calls and nobody gets in: then its secret was changed, and every
// customer is refused. The zero value is ready.
type rejections struct {
	mu          sync.Mutex
	first, last time.Time // refusal with the marketplace's headers since the last accepted request
	count       int64     // of them
	untold      int64     // of count
	told        bool
}

// add takes a record, and says whether it ends what was told of.
func (j *rejections) add(r *sallyport.Record) (ended bool) {
	accepted := r.Tier != ""
	refused := r.Sent.Marketplace && (r.Refusal == sallyport.RefusedSecret || r.Refusal == sallyport.RefusedNoSecret ||
		r.Refusal == sallyport.RefusedBudget)
	if !accepted && !refused {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if accepted {
		ended = j.told
		j.first, j.last, j.count, j.untold, j.told = time.Time{}, time.Time{}, 0, 0, false
		return ended
	}
	if j.count == 0 || r.Time.Sub(j.last) > rejectedQuiet {
		j.first, j.count, j.untold = r.Time, 0, 0
	}
	j.last = r.Time
	j.count++
	j.untold++
	return false
}

// due returns how many refusals there are to tell of.
func (j *rejections) due(now time.Time) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.count < rejectedLeast || now.Sub(j.first) < rejectedFor || now.Sub(j.last) > rejectedQuiet {
		return 0
	}
	n := j.untold
	j.told = j.told || n > 0
	j.untold = 0
	return n
}

// How often refusals are summed up, and from how many on.
const (
	digestEvery = time.Hour
	digestLeast = 10
)

// digest sums refusals up, so that nobody can flood a channel with probes. The zero value is ready.
type digest struct {
	mu    sync.Mutex
	since time.Time
	total int64
	count map[sallyport.Refusal]int64
}

func (d *digest) add(r *sallyport.Record) {
	if r.Refusal == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total == 0 {
		d.since, d.count = r.Time, map[sallyport.Refusal]int64{}
	}
	d.total++
	d.count[r.Refusal]++
}

// due returns the sum, once an hour. A few refusals wait for more.
func (d *digest) due(now time.Time) (text string, total int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total < digestLeast || now.Sub(d.since) < digestEvery {
		return "", 0
	}
	reasons := slices.SortedFunc(maps.Keys(d.count), func(a, b sallyport.Refusal) int {
		if d.count[a] != d.count[b] {
			return int(d.count[b] - d.count[a])
		}
		return strings.Compare(string(a), string(b))
	})
	var parts []string
	for _, r := range reasons {
		parts = append(parts, fmt.Sprintf("%s %d", r, d.count[r]))
	}
	total = d.total
	d.total, d.count = 0, nil
	return strings.Join(parts, ", "), total
}
