package watch

import (
	"sync"

	"sallyport"
)

// ringSize is how many requests are remembered.
const ringSize = 1024

// ring remembers the last requests. The zero value is empty.
type ring struct {
	mu      sync.Mutex
	records [ringSize]sallyport.Record
	next    int
}

// add keeps what tells of the decisions, and none of what the client sent.
func (r *ring) add(record *sallyport.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := &r.records[r.next]
	*kept = *record
	kept.Sent = sallyport.Sent{Marketplace: record.Sent.Marketplace}
	kept.Stack = nil
	kept.Method = cut(kept.Method, 24)
	r.next = (r.next + 1) % ringSize
}

func (r *ring) find(id string) (sallyport.Record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.records {
		if id != "" && r.records[i].RequestID == id {
			return r.records[i], true
		}
	}
	return sallyport.Record{}, false
}

func cut(text string, limit int) string { return text[:min(len(text), limit)] }
