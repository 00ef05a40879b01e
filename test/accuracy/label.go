package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A verdict says what the audit must do at a place.
type verdict string

const (
	bad    verdict = "bad"    // must be reported
	good   verdict = "good"   // looks like a mistake and must stay quiet
	either verdict = "either" // a matter of taste: neither right nor wrong
)

// A label is what a person said about one place for one class. With no line it covers the whole file, and the
// path "*" covers the whole app: what is missing has no place of its own.
type label struct {
	verdict     verdict
	class       string
	path        string
	first, last int
	reason      string
	anchor      string // the beginning of the first line, so that an edited file cannot shift its labels unseen
}

// parseLabels reads lines of the form "verdict class path[:first[-last]] | reason | anchor".
func parseLabels(text string) ([]label, error) {
	var labels []label
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		parsed, err := parseLabel(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		labels = append(labels, parsed)
	}
	return labels, nil
}

func parseLabel(line string) (label, error) {
	parts := strings.SplitN(line, " | ", 3)
	words := strings.Fields(parts[0])
	if len(words) != 3 || len(parts) < 2 {
		return label{}, fmt.Errorf("%q is not: verdict class place | reason | anchor", line)
	}
	l := label{verdict: verdict(words[0]), class: words[1], path: words[2], reason: parts[1]}
	if l.verdict != bad && l.verdict != good && l.verdict != either {
		return label{}, fmt.Errorf("unknown verdict %q", words[0])
	}
	path, lines, found := strings.Cut(words[2], ":")
	if !found {
		return l, nil
	}
	if len(parts) < 3 {
		return label{}, fmt.Errorf("%q has a line and no anchor", line)
	}
	l.path, l.anchor = path, parts[2]
	var err error
	l.first, l.last, err = parseLines(lines)
	return l, err
}

func parseLines(text string) (first, last int, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	if first, err = strconv.Atoi(from); err == nil {
		last, err = strconv.Atoi(to)
	}
	if err == nil && (first < 1 || last < first) {
		err = fmt.Errorf("lines %q are out of order", text)
	}
	return first, last, err
}

// String is the place, as editors open it.
func (l label) String() string {
	if l.first == 0 {
		return l.path
	}
	return fmt.Sprintf("%s:%d", l.path, l.first)
}
