package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const maxTitles = 5 // that a summary names

// tally counts what a target was not sent. The zero value is empty.
type tally struct {
	Since    time.Time    `json:"since"`
	Severity Severity     `json:"severity"` // the highest
	Held     map[Kind]sum `json:"held,omitempty"`
	Failed   map[Kind]sum `json:"failed,omitempty"` // refused by the receiver, or given up
	Titles   []string     `json:"titles,omitempty"` // of the first few
}

type sum struct {
	Alerts      int64 `json:"alerts"`
	Occurrences int64 `json:"occurrences"`
}

func (s sum) plus(other sum) sum {
	return sum{s.Alerts + other.Alerts, s.Occurrences + other.Occurrences}
}

func (t *tally) empty() bool { return len(t.Held) == 0 && len(t.Failed) == 0 }

// hold adds what had no room; fail adds what was refused or given up. A summary gives back what it would have
// told.
func (t *tally) hold(e *entry, now time.Time) { t.addEntry(&t.Held, e, now) }
func (t *tally) fail(e *entry, now time.Time) { t.addEntry(&t.Failed, e, now) }

func (t *tally) addEntry(sums *map[Kind]sum, e *entry, now time.Time) {
	if e.tally != nil {
		t.absorb(*e.tally)
		return
	}
	t.add(sums, e.alert.Kind, sum{1, occurrences(e.alert)}, now)
	t.name(e.alert.Severity, e.alert.Title)
}

// add counts s for kind.
func (t *tally) add(sums *map[Kind]sum, kind Kind, s sum, since time.Time) {
	if t.empty() || since.Before(t.Since) {
		t.Since = since
	}
	if *sums == nil {
		*sums = map[Kind]sum{}
	}
	(*sums)[kind] = (*sums)[kind].plus(s)
}

func (t *tally) name(s Severity, titles ...string) {
	t.Severity = max(t.Severity, s)
	for _, title := range titles {
		title, _ = cutUnits(title, maxTitle/3)
		if len(t.Titles) < maxTitles && !slices.Contains(t.Titles, title) {
			t.Titles = append(t.Titles, title)
		}
	}
}

// absorb adds another tally.
func (t *tally) absorb(other tally) {
	for kind, s := range other.Held {
		t.add(&t.Held, kind, s, other.Since)
	}
	for kind, s := range other.Failed {
		t.add(&t.Failed, kind, s, other.Since)
	}
	t.name(other.Severity, other.Titles...)
}

// clone returns a copy that shares nothing.
func (t *tally) clone() *tally {
	c := *t
	c.Held, c.Failed, c.Titles = maps.Clone(t.Held), maps.Clone(t.Failed), slices.Clone(t.Titles)
	return &c
}

// occurrences returns what an alert adds to the sum. That a group is quiet again is news, not an occurrence.
func occurrences(a Alert) int64 {
	if a.Kind == Recovered {
		return 0
	}
	return a.Count
}

// total returns what all kinds add up to.
func total(sums map[Kind]sum) (all sum) {
	for _, s := range sums {
		all = all.plus(s)
	}
	return all
}

// alert makes the summary.
func (t *tally) alert(now time.Time) Alert {
	held, failed := total(t.Held), total(t.Failed)
	var detail strings.Builder
	describe(&detail, "held back by the budget or a full queue", t.Held)
	describe(&detail, "refused by the receiver or given up", t.Failed)
	for _, title := range t.Titles {
		fmt.Fprintf(&detail, "- %s\n", title)
	}
	return Alert{
		ID: newID(), Kind: HeldBack, Severity: max(Warning, t.Severity), Time: t.Since,
		Title:  fmt.Sprintf("Alerts held back: %d, not delivered: %d", held.Alerts, failed.Alerts),
		Detail: strings.TrimSpace(detail.String()), Next: "sallyport status",
		Fingerprint: string(HeldBack), Count: held.Occurrences + failed.Occurrences, Window: max(0, now.Sub(t.Since)),
	}
}

func describe(b *strings.Builder, how string, sums map[Kind]sum) {
	for _, kind := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(b, "%s: %d alerts for %d occurrences, %s\n", kind, sums[kind].Alerts, sums[kind].Occurrences, how)
	}
}
