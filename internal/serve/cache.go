package serve

import (
	"fmt"

	"github.com/maypok86/otter/v2"

	"sallyport/problem"
)

// overhead is what an entry of the cache takes besides its texts, in bytes: measured, and rounded up.
const overhead = 640

// cache keeps answers by the identity of their question, which holds the tier. It belongs to one API, and with
// it to one generation of the data: nothing in it can outlive either. What is asked for once must prove itself
// against what is asked for often before it takes its place (W-TinyLFU), so that a scan flushes nothing.
//
// The nil cache keeps nothing. A cache is safe for concurrent use.
type cache struct{ answers *otter.Cache[string, *answer] }

// newCache returns a cache of at most size bytes.
func newCache(size int64) (*cache, error) {
	answers, err := otter.New(&otter.Options[string, *answer]{
		MaximumWeight: uint64(size),
		Weigher:       func(key string, a *answer) uint32 { return uint32(min(a.size()+len(key), 1<<30)) },
	})
	if err != nil {
		return nil, fmt.Errorf("making the cache of answers: %w", err)
	}
	return &cache{answers}, nil
}

// get returns the answer that may be given in epoch, or nil.
func (c *cache) get(identity string, epoch int64) *answer {
	if c == nil {
		return nil
	}
	kept, ok := c.answers.GetIfPresent(identity)
	if !ok || kept.epoch != 0 && kept.epoch != epoch {
		return nil
	}
	return kept
}

func (c *cache) put(identity string, a *answer) {
	if c != nil {
		c.answers.Set(identity, a)
	}
}

// answer is what a question gets: a body in the codings that were asked for so far, or the refusal that there
// is no such row. It never changes.
type answer struct {
	absent   *problem.Error
	epoch    int64 // in which the cursor to the next page was made; 0 without one
	variants [codings]*variant
}

// variant is a body in one coding, with the values of its headers.
type variant struct {
	body                []byte
	length, tag, coding []string // coding is nil for identity
}

// size is about how many bytes a takes.
func (a *answer) size() int {
	n := overhead
	for _, v := range a.variants {
		if v != nil {
			n += cap(v.body)
		}
	}
	return n
}

// plain is the body as it is.
func (a *answer) plain() []byte { return a.variants[identity].body }

// with returns a copy that has v besides.
func (a *answer) with(c coding, v *variant) *answer {
	more := *a
	more.variants[c] = v
	return &more
}
