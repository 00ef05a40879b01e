package alert

import (
	"fmt"
	"strings"
	"time"
)

const (
	// maxGroups bounds the open groups. Fingerprints can be of a client's making; beyond the bound each kind
	// has one more group that counts the rest.
	maxGroups = 256
	// others is the fingerprint of that group.
	others = "(others)"
	// quietAfter is how long a group has no occurrence before it is closed.
	quietAfter = 10 * time.Minute
)

// grouping says what becomes of repeated occurrences of a kind.
type grouping int

const (
	// counted: first at once, then counts at growing intervals; closed without a word when it is quiet. The zero
	// value, so that a kind that nobody thought of cannot flood.
	counted grouping = iota
	// resolved: as counted, and when a group that went on is quiet, a Recovered alert says so.
	resolved
	// single: each is an alert of its own.
	single
)

// groupingOf decides for each kind. That no more datasets, configurations or plans are refused does not mean that
// they are right now, so these are closed silently; each digest of refusals stands for itself, and a series of
// them is counted.
func groupingOf(k Kind) grouping {
	switch k {
	case Started, Stopped, Crashed, DatasetSwapped, HeldBack, Trial:
		return single
	case ErrorGroup, Rejected, LogDropped, StoreFull, StoreFailed:
		return resolved
	}
	return counted
}

// told is when a group that goes on is told again, since its first alert; after the last one each hour.
func told(step int) time.Duration {
	schedule := [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	if step < len(schedule) {
		return schedule[step]
	}
	return time.Duration(step-len(schedule)+2) * time.Hour
}

type groupKey struct {
	kind        Kind
	fingerprint string
}

// group is what goes on under one fingerprint. It is on disk, too.
type group struct {
	Next     Alert     `json:"next"`     // what is told next: the first occurrence since the last alert
	Severity Severity  `json:"severity"` // the highest that was told
	Total    int64     `json:"total"`
	Untold   int64     `json:"untold"`
	Opened   time.Time `json:"opened"`
	Last     time.Time `json:"last"`

	watched time.Time // the opening, or a restart: the schedule counts from it
	step    int       // of the schedule
}

// groups holds the open groups.
type groups struct {
	open     map[groupKey]*group
	overflow int64 // occurrences that had no group of their own
}

// add counts an occurrence and returns the alert to send now, if there is one.
func (gs *groups) add(a Alert, now time.Time) (send Alert, ok bool) {
	key := groupKey{a.Kind, a.Fingerprint}
	g := gs.open[key]
	if g == nil && len(gs.open) >= maxGroups {
		gs.overflow += a.Count
		key = overflowKey(a.Kind)
		a.Fingerprint, a.Title = others, fmt.Sprintf("More alerts of kind %s than are told apart", key.kind)
		g = gs.open[key]
	}
	if g == nil {
		g = &group{Severity: a.Severity, Opened: now, watched: now}
		key.fingerprint = strings.Clone(key.fingerprint) // it may be a part of something large
		gs.open[key] = g
		g.count(a, now)
		return g.tell(a.Window), true
	}
	g.count(a, now)
	if a.Severity > g.Severity { // worse than what was told
		return g.tell(now.Sub(g.Next.Time)), true
	}
	return Alert{}, false
}

// overflowKey keeps the number of these groups to that of the kinds.
func overflowKey(k Kind) groupKey {
	for _, known := range Kinds() {
		if k == known {
			return groupKey{k, others}
		}
	}
	return groupKey{ErrorGroup, others}
}

func (g *group) count(a Alert, now time.Time) {
	if g.Untold == 0 {
		g.Next = bounded(a)
	}
	g.Next.Severity = max(g.Next.Severity, a.Severity)
	g.Total += a.Count
	g.Untold += a.Count
	g.Last = now
}

// tell returns what the group has to say.
func (g *group) tell(window time.Duration) Alert {
	a := identified(g.Next)
	a.Count, a.Window = g.Untold, max(0, window)
	g.Severity, g.Untold = max(g.Severity, a.Severity), 0
	return a
}

// due returns the alert of a group that went on since the last one.
func (g *group) due(now time.Time) (a Alert, ok bool) {
	if now.Sub(g.watched) < told(g.step) {
		return Alert{}, false
	}
	for now.Sub(g.watched) >= told(g.step) {
		g.step++
	}
	if g.Untold == 0 {
		return Alert{}, false
	}
	return g.tell(now.Sub(g.Next.Time)), true
}

// quiet says whether the group is over.
func (g *group) quiet(now time.Time) bool { return now.Sub(g.Last) >= quietAfter }

// recovered says that a group is quiet.
func (g *group) recovered(now time.Time) Alert {
	took := g.Last.Sub(g.Opened).Round(time.Second)
	return Alert{
		ID: newID(), Kind: Recovered, Time: now, Title: "Quiet again: " + g.Next.Title, Next: "sallyport status",
		Detail: fmt.Sprintf("%d occurrences in %s, the last at %s", g.Total, took, g.Last.UTC().Format(time.RFC3339)),
		Count:  1, Window: took, Fingerprint: g.Next.Fingerprint,
	}
}
