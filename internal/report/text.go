package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport/internal/finding"
)

// Text writes for people: the place, the line, what an attacker does with it, and the smallest fix.
type Text struct {
	w     io.Writer
	color bool
	words map[string]finding.Rule
	last  string // rule that was explained last
}

// NewText returns a writer to w, with colours on a terminal. words are the rules', for what an attacker does.
func NewText(w io.Writer, color bool, words []finding.Rule) *Text {
	t := &Text{w: w, color: color, words: map[string]finding.Rule{}}
	for _, r := range words {
		t.words[r.ID] = r
	}
	return t
}

// Finding writes one paragraph. Text of the audited project is shown without control characters.
func (t *Text) Finding(f finding.Finding) error {
	var b strings.Builder
	place := printable(f.Path)
	if f.Line > 0 {
		place += ":" + strconv.Itoa(f.Line)
	}
	if f.Commit != "" {
		place += " in commit " + f.Commit[:min(12, len(f.Commit))]
	}
	fmt.Fprintf(&b, "%s  %s  %s %s\n", t.paint(f.Severity), t.bold(place), f.Rule, f.Class)
	fmt.Fprintf(&b, "  %s\n", printable(f.Message))
	if f.Snippet != "" {
		fmt.Fprintf(&b, "  | %s\n", printable(f.Snippet))
	}
	if why := t.words[f.Rule].Why; why != "" && t.last != f.Rule {
		fmt.Fprintf(&b, "  risk: %s\n", why)
	}
	fmt.Fprintf(&b, "  fix:  %s\n\n", f.Fix)
	t.last = f.Rule
	_, err := io.WriteString(t.w, b.String())
	return err
}

// Summary writes counts by class, what was not analysed, and the checklist.
func (t *Text) Summary(s finding.Summary) error {
	var b strings.Builder
	total := 0
	for _, class := range slices.Sorted(maps.Keys(s.Findings)) {
		fmt.Fprintf(&b, "%5d  %s\n", s.Findings[class], class)
		total += s.Findings[class]
	}
	fmt.Fprintf(&b, "%d findings in %d files", total, s.Files)
	if s.Commits > 0 {
		fmt.Fprintf(&b, " and %d commits of %s", s.Commits, printable(strings.Join(s.Refs, ", ")))
	}
	fmt.Fprintf(&b, "; %d suppressed, %d known\n", s.Suppressed, s.Baselined)
	for _, why := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&b, "left out: %d %s\n", s.Skipped[why], why)
	}
	for _, n := range s.NotAnalysed {
		fmt.Fprintf(&b, "not analysed: %s: %s: %s\n", n.Class, printable(n.Path), printable(n.Reason))
	}
	when := ""
	for _, e := range s.Checklist {
		if e.When != when {
			when = e.When
			fmt.Fprintf(&b, "\n%s\n", when)
		}
		fmt.Fprintf(&b, "  [%s] %s %s\n", mark(e.State), e.ID, e.What)
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func mark(state string) string {
	switch state {
	case "done":
		return "x"
	case "missing":
		return " "
	}
	return "?"
}

// printable keeps a hostile file name or line from moving the cursor or hiding text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if !strconv.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func (t *Text) paint(s finding.Severity) string {
	name := fmt.Sprintf("%-8s", s)
	if !t.color {
		return name
	}
	colors := map[finding.Severity]string{finding.Critical: "1;31", finding.High: "31", finding.Medium: "33", finding.Low: "36", finding.Info: "37"}
	return "\x1b[" + colors[s] + "m" + name + "\x1b[0m"
}

func (t *Text) bold(s string) string {
	if !t.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}
