package serve

import (
	"hash/maphash"
	"net/url"
	"sync/atomic"
)

// spelling is how a question was put, and what was understood.
type spelling struct {
	rank        *rank // of one endpoint and one tier
	path, query string
	identity    string
}

// maxSpelling bounds what is remembered of one request, in bytes.
const maxSpelling = 256

// spellings remembers the latest ways in which questions were put, one in each slot: clients ask in the same words
// again, and need not be understood again. Two spellings that share a slot push each other out.
type spellings struct {
	seed  maphash.Seed
	slots [1024]atomic.Pointer[spelling]
}

func newSpellings() *spellings { return &spellings{seed: maphash.MakeSeed()} }

func (s *spellings) slot(u *url.URL) *atomic.Pointer[spelling] {
	hash := maphash.String(s.seed, u.Path) ^ maphash.String(s.seed, u.RawQuery)
	return &s.slots[hash%uint64(len(s.slots))]
}

// identity returns the identity of the question that u puts with the rights of v, or "".
func (s *spellings) identity(v *rank, u *url.URL) string {
	if s == nil {
		return ""
	}
	known := s.slot(u).Load()
	if known == nil || known.rank != v || known.path != u.Path || known.query != u.RawQuery || u.RawPath != "" {
		return ""
	}
	return known.identity
}

// keep remembers a question that was understood. What a cursor says depends on the time.
func (s *spellings) keep(q *question, u *url.URL) {
	if s == nil || q.page.number != 0 || u.RawPath != "" || len(u.Path)+len(u.RawQuery) > maxSpelling {
		return
	}
	s.slot(u).Store(&spelling{q.rank, u.Path, u.RawQuery, q.identity})
}
