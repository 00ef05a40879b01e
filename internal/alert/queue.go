package alert

import (
	"cmp"
	"slices"
	"time"
)

const (
	// patience is how long an alert is tried before its target is told in a summary that it was given up.
	patience = 24 * time.Hour
	// rotation is after how many attempts an alert makes way for others: a receiver may fail at this one alone.
	rotation = 4
)

// entry is one alert on its way to one target.
type entry struct {
	alert    Alert
	tally    *tally // that a HeldBack alert tells
	since    time.Time
	order    uint64 // of arrival
	attempts int
	frozen   bool // the receiver may have it: its words and ID stay together
	sending  bool
}

// queue holds what waits for one target: at most capacity alerts and one summary. What has no room is folded
// into a tally, of which the next summary is made.
type queue struct {
	capacity int
	waiting  []*entry
	arrivals uint64
	held     tally
}

// put adds an alert: to one that waits with the same kind and fingerprint, or at the end, or in the place of the
// least severe, which is folded.
func (q *queue) put(a Alert, now time.Time) {
	for _, e := range q.waiting {
		if !e.frozen && e.tally == nil && e.alert.Kind == a.Kind && e.alert.Fingerprint == a.Fingerprint {
			e.alert = merge(e.alert, a)
			return
		}
	}
	q.insert(&entry{alert: a, since: now}, now)
}

// insert adds an entry of its own. There is one summary at a time.
func (q *queue) insert(e *entry, now time.Time) {
	if e.alert.Kind == HeldBack && q.summary() != nil {
		q.held.hold(e, now)
		return
	}
	e.order = q.arrivals
	q.arrivals++
	q.waiting = append(q.waiting, e)
	if q.len() > q.capacity {
		victim := q.least()
		q.remove(victim)
		q.held.hold(victim, now)
	}
}

// merge makes one alert of two about the same; the ID is of the first, the words are of the second.
func merge(first, second Alert) Alert {
	merged := second
	merged.ID, merged.Time = first.ID, first.Time
	merged.RequestID = cmp.Or(first.RequestID, second.RequestID)
	merged.Severity = max(first.Severity, second.Severity)
	merged.Count = first.Count + second.Count
	merged.Window = max(0, latest(first.Time.Add(first.Window), second.Time.Add(second.Window)).Sub(first.Time))
	return merged
}

// best returns what should be sent first, or nil.
func (q *queue) best() *entry {
	if len(q.waiting) == 0 {
		return nil
	}
	return slices.MinFunc(q.waiting, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.attempts/rotation, b.attempts/rotation), cmp.Compare(rank(b.alert), rank(a.alert)),
			a.age(b))
	})
}

// age compares times of arrival, also of alerts from before a restart.
func (e *entry) age(other *entry) int {
	return cmp.Or(e.since.Compare(other.since), cmp.Compare(e.order, other.order))
}

// least returns what may be folded first: the newest of the least severe.
func (q *queue) least() *entry {
	return slices.MaxFunc(q.waiting, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.spare(), b.spare()), a.age(b))
	})
}

// spare is greater for what can be folded sooner. What is on its way and the summary itself cannot.
func (e *entry) spare() int {
	if e.sending || e.alert.Kind == HeldBack {
		return -100
	}
	return -rank(e.alert)
}

// rank orders alerts by urgency. A summary is ahead of all that is not urgent: in a long storm it would never
// have its turn.
func rank(a Alert) int {
	switch {
	case urgent(a):
		return 5
	case a.Kind == HeldBack:
		return 4
	}
	return int(a.Severity)
}

// urgent alerts are ahead of others, and a share of each budget is reserved for them. That a deployment stopped
// is one of them: its process has no time to wait.
func urgent(a Alert) bool {
	return a.Kind == Stopped || a.Severity >= Critical && a.Kind != HeldBack
}

// len counts alerts; the summary is beside them.
func (q *queue) len() int {
	if q.summary() != nil {
		return len(q.waiting) - 1
	}
	return len(q.waiting)
}

// summary returns the HeldBack alert that waits, or nil.
func (q *queue) summary() *entry {
	for _, e := range q.waiting {
		if e.alert.Kind == HeldBack {
			return e
		}
	}
	return nil
}

// has says whether an alert with this ID waits.
func (q *queue) has(id string) bool {
	return slices.ContainsFunc(q.waiting, func(e *entry) bool { return e.alert.ID == id })
}

// summarize makes a waiting alert of the tally.
func (q *queue) summarize(now time.Time) {
	told := q.held
	q.held = tally{}
	q.insert(&entry{alert: told.alert(now), tally: &told, since: now}, now)
}

func (q *queue) remove(e *entry) {
	q.waiting = slices.DeleteFunc(q.waiting, func(other *entry) bool { return other == e })
}

// removeIf removes and returns what matches and is not on its way.
func (q *queue) removeIf(match func(*entry) bool) (removed []*entry) {
	q.waiting = slices.DeleteFunc(q.waiting, func(e *entry) bool {
		if e.sending || !match(e) {
			return false
		}
		removed = append(removed, e)
		return true
	})
	return removed
}
