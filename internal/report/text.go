package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport/internal/finding"
)

// Text writes for people: the worst first, and of each the place, the line, what an attacker does with it, and the
// smallest fix. It keeps findings until the summary. It is not safe for concurrent use.
type Text struct {
	w         io.Writer
	color     bool
	words     map[string]finding.Rule // by id
	explained map[string]bool         // rules whose risk was told
	worst     map[string]finding.Severity
	found     []finding.Finding
	hidden    []finding.Finding
}

// NewText returns a writer to w, with colours on a terminal. words are the rules', for what an attacker does.
func NewText(w io.Writer, color bool, words []finding.Rule) *Text {
	t := &Text{w: w, color: color, words: map[string]finding.Rule{}, explained: map[string]bool{}, worst: map[string]finding.Severity{}}
	for _, r := range words {
		t.words[r.ID] = r
	}
	return t
}

// Finding keeps one finding.
func (t *Text) Finding(f finding.Finding) error {
	if f.HiddenBy != "" {
		t.hidden = append(t.hidden, f)
		return nil
	}
	t.worst[f.Class] = max(t.worst[f.Class], f.Severity)
	t.found = append(t.found, f)
	return nil
}

// worstFirst orders findings by severity, then by confidence, then by place.
func worstFirst(list []finding.Finding) {
	sure := []finding.Confidence{finding.Sure, finding.Likely, finding.Possible}
	slices.SortStableFunc(list, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(slices.Index(sure, a.Confidence), slices.Index(sure, b.Confidence)),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
}

// findings writes a heading for each severity and a paragraph for each finding.
func (t *Text) findings(b *strings.Builder) {
	worstFirst(t.found)
	for i, f := range t.found {
		if i == 0 || f.Severity != t.found[i-1].Severity {
			n := 0
			for _, other := range t.found {
				if other.Severity == f.Severity {
					n++
				}
			}
			fmt.Fprintf(b, "== %s: %s ==\n\n", f.Severity, counted(n, "finding"))
		}
		t.paragraph(b, f)
	}
}

// paragraph writes one finding. Text of the audited project is shown without control characters, and the risk of
// a rule is told once.
func (t *Text) paragraph(b *strings.Builder, f finding.Finding) {
	fmt.Fprintf(b, "%s  %s  %s %s%s\n", t.paint(f.Severity), t.bold(place(f.Location)), f.Rule, f.Class, doubt(f.Confidence))
	if f.Snippet != "" {
		fmt.Fprintf(b, "  %5s | %s\n", lineNumber(f.Line), printable(f.Snippet))
	}
	fmt.Fprintf(b, "  what  %s\n", printable(f.Message))
	if why := t.words[f.Rule].Why; why != "" && !t.explained[f.Rule] {
		fmt.Fprintf(b, "  risk  %s\n", why)
		t.explained[f.Rule] = true
	}
	fmt.Fprintf(b, "  fix   %s\n", printable(f.Fix))
	if past := past(f); past != "" {
		fmt.Fprintf(b, "  when  %s\n", past)
	}
	fmt.Fprintf(b, "  id    %s\n\n", f.Fingerprint)
}

// doubt tells of findings that are not sure.
func doubt(c finding.Confidence) string {
	switch c {
	case finding.Likely:
		return " (likely)"
	case finding.Possible:
		return " (possible)"
	}
	return ""
}

// accepted lists what does not count, and why, one line each.
func (t *Text) accepted(b *strings.Builder) {
	if len(t.hidden) == 0 {
		return
	}
	worstFirst(t.hidden)
	fmt.Fprintf(b, "%s\n", t.bold("hidden, and by what:"))
	for _, f := range t.hidden {
		fmt.Fprintf(b, "  %-12s  %s  %s  %s %s\n", f.HiddenBy, t.paint(f.Severity), place(f.Location), f.Rule, f.Class)
	}
	fmt.Fprintln(b)
}

// Summary writes the findings, counts by class, worst first, the checklist, and what was left out or not analysed.
func (t *Text) Summary(s finding.Summary) error {
	var b strings.Builder
	t.findings(&b)
	t.accepted(&b)
	total := 0
	classes := slices.SortedFunc(maps.Keys(s.Findings), func(x, y string) int {
		return cmp.Or(cmp.Compare(t.worst[y], t.worst[x]), cmp.Compare(s.Findings[y], s.Findings[x]), cmp.Compare(x, y))
	})
	for _, class := range classes {
		fmt.Fprintf(&b, "%s %5d  %s\n", t.paint(t.worst[class]), s.Findings[class], class)
		total += s.Findings[class]
	}
	fmt.Fprintln(&b, t.bold(totals(total, s)))
	for _, why := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&b, "left out: %d %s\n", s.Skipped[why], why)
	}
	when := ""
	for _, e := range s.Checklist {
		if e.When != when {
			when = e.When
			fmt.Fprintf(&b, "\n%s\n", when)
		}
		fmt.Fprintf(&b, "  [%s] %s %s%s\n", mark(e.State), e.ID, e.What, remark(e.State))
	}
	b.WriteString(notAnalysed(s.NotAnalysed))
	_, err := io.WriteString(t.w, b.String())
	return err
}

func totals(total int, s finding.Summary) string {
	text := counted(total, "finding") + " in " + counted(s.Files, "file")
	if s.Commits > 0 {
		text += " and " + counted(s.Commits, "commit") + " of " + printable(strings.Join(s.Refs, ", "))
	}
	return fmt.Sprintf("%s; %d suppressed, %d known", text, s.Suppressed, s.Baselined)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// maxNotAnalysed bounds what is listed of one kind, in lines.
const maxNotAnalysed = 20

func notAnalysed(list []finding.NotAnalysed) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nnot analysed, so nothing is said about it:\n")
	byClass := map[string]int{}
	for _, n := range list {
		if byClass[n.Class]++; byClass[n.Class] <= maxNotAnalysed {
			fmt.Fprintf(&b, "  %s  %s: %s\n", n.Class, printable(n.Path), printable(n.Reason))
		}
	}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		if more := byClass[class] - maxNotAnalysed; more > 0 {
			fmt.Fprintf(&b, "  %s  and %d more, which --format json lists\n", class, more)
		}
	}
	kinds := strings.Join(slices.Sorted(maps.Keys(byClass)), ",")
	fmt.Fprintf(&b, "--allow-not-analysed %s accepts that\n", printable(kinds))
	return b.String()
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

func remark(state string) string {
	if state == "done" {
		return ""
	}
	return " (" + strings.ReplaceAll(state, "-", " ") + ")"
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
