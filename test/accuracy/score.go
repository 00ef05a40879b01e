package main

import (
	"cmp"
	"fmt"
	"slices"
)

// tolerance is how many lines a finding may stand off its label.
const tolerance = 2

// A finding is the part of the audit's JSON that is scored.
type finding struct {
	Rule    string `json:"rule"`
	Class   string `json:"class"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Message string `json:"message"`
}

// A kind is how a finding, or a label that got none, counts.
type kind string

const (
	truePositive  kind = "TP"
	falsePositive kind = "FP"
	falseNegative kind = "FN"
	duplicate     kind = "duplicate" // a second finding at a place that is counted already
	neutral       kind = "either"
)

// An outcome is one counted thing.
type outcome struct {
	kind     kind
	class    string
	app      string
	label    *label
	finding  *finding
	lookLike bool // a false positive at a place labelled good
}

// A pairing is a finding near a label of its class.
type pairing struct {
	finding, label, distance int
}

// score matches the findings of one app with its labels. Each label counts once; the nearest pairs are made first,
// and at the same distance a bad label goes before a good one.
func score(name string, labels []label, findings []finding) []outcome {
	pairs := pairings(labels, findings)
	taken := make([]bool, len(labels))
	results := make([]*outcome, len(findings))
	for _, p := range pairs {
		l := &labels[p.label]
		if results[p.finding] != nil || l.verdict == bad && taken[p.label] {
			continue
		}
		taken[p.label] = true
		results[p.finding] = &outcome{kind: kindAt(l.verdict), label: l, lookLike: l.verdict == good}
	}
	for _, p := range pairs {
		if results[p.finding] == nil {
			results[p.finding] = &outcome{kind: duplicate, label: &labels[p.label]}
		}
	}
	var all []outcome
	for i, result := range results {
		if result == nil {
			result = &outcome{kind: falsePositive}
		}
		result.app, result.class, result.finding = name, findings[i].Class, &findings[i]
		all = append(all, *result)
	}
	for i := range labels {
		if labels[i].verdict == bad && !taken[i] {
			all = append(all, outcome{kind: falseNegative, class: labels[i].class, app: name, label: &labels[i]})
		}
	}
	return all
}

func kindAt(v verdict) kind {
	switch v {
	case bad:
		return truePositive
	case good:
		return falsePositive
	default:
		return neutral
	}
}

func pairings(labels []label, findings []finding) []pairing {
	var pairs []pairing
	for f := range findings {
		pairs = append(pairs, near(f, labels, findings[f])...)
	}
	slices.SortStableFunc(pairs, func(x, y pairing) int {
		return cmp.Or(cmp.Compare(x.distance, y.distance), rank(labels[x.label])-rank(labels[y.label]))
	})
	return pairs
}

// near pairs one finding with the labels in reach. A finding that stands on a label never counts for a neighbour.
func near(index int, labels []label, f finding) []pairing {
	var reached, exact []pairing
	for l := range labels {
		d, ok := distance(labels[l], f)
		switch {
		case ok && d == 0:
			exact = append(exact, pairing{index, l, d})
		case ok:
			reached = append(reached, pairing{index, l, d})
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return reached
}

// rank puts bad before either before good, and a place before a whole file before a whole app.
func rank(l label) int {
	order := map[verdict]int{bad: 0, either: 3, good: 6}[l.verdict]
	switch {
	case l.path == "*":
		return order + 2
	case l.first == 0:
		return order + 1
	default:
		return order
	}
}

// distance is the number of lines between a label and a finding of its class, 0 when they overlap.
func distance(l label, f finding) (lines int, reached bool) {
	if l.class != f.Class || l.path != "*" && l.path != f.Path {
		return 0, false
	}
	if l.first == 0 {
		return 0, true
	}
	end := max(f.Line, f.EndLine)
	switch {
	case f.Line == 0:
		return 0, false
	case end < l.first:
		lines = l.first - end
	case f.Line > l.last:
		lines = f.Line - l.last
	}
	return lines, lines <= tolerance
}

// String is the line that -v prints.
func (o outcome) String() string {
	if o.finding == nil {
		return fmt.Sprintf("%s  %s  %s/%s  %s", o.kind, o.class, o.app, o.label, o.label.reason)
	}
	place := fmt.Sprintf("%s/%s:%d", o.app, o.finding.Path, o.finding.Line)
	note := "unlabelled"
	if o.label != nil {
		note = fmt.Sprintf("labelled %s: %s", o.label.verdict, o.label.reason)
	}
	return fmt.Sprintf("%s  %s  %s  [%s]  %s", o.kind, o.class, place, note, o.finding.Message)
}
