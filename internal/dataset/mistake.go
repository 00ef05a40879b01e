package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in a description. [Parse] and [Description.Validate] join all that they
// find; errors.As finds the first, an interface with Unwrap() []error all.
type Mistake struct {
	File    string // as given to Parse
	Line    int    // from 1; 0 when the place is not known
	Path    string // such as "tables[0].columns[2].tier"
	Message string // what is wrong
	Hint    string // how to mend it; may be empty
}

// Error returns "file:line: path: message (hint)", without the parts that are not known.
func (m *Mistake) Error() string {
	var b strings.Builder
	if m.File != "" {
		b.WriteString(m.File + ":")
	}
	if m.Line > 0 {
		fmt.Fprintf(&b, "%d:", m.Line)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Message)
	if m.Hint != "" {
		b.WriteString(" (" + m.Hint + ")")
	}
	return b.String()
}

// mistakes collects what is wrong with one file.
type mistakes struct {
	file  string
	lines map[string]int
	list  []*Mistake
}

func (m *mistakes) add(path, hint, format string, args ...any) {
	m.list = append(m.list, &Mistake{
		File: m.file, Line: m.line(path), Path: path, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// line finds the place of path, or of the nearest thing around it that is written in the file.
func (m *mistakes) line(path string) int {
	for path != "" {
		if n, ok := m.lines[path]; ok {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

// err joins the mistakes in the order of their lines; nil when there are none.
func (m *mistakes) err() error {
	slices.SortStableFunc(m.list, func(a, b *Mistake) int { return a.Line - b.Line })
	errs := make([]error, len(m.list))
	for i, one := range m.list {
		errs[i] = one
	}
	return errors.Join(errs...)
}

// nearest names the known word that a mistyped one probably meant, as a hint.
func nearest(word string, known []string) string {
	best, distance := "", max(2, len(word)/2)+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return ""
	}
	return "known: " + strings.Join(known, ", ")
}

// editDistance counts the single-character changes between a and b, a swap of neighbours being one.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
