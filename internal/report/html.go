package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"maps"
	"slices"

	"sallyport/internal/finding"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// HTML writes one page that needs nothing else: no script, no image, no font, and a policy that lets none in,
// whatever the text that it shows says. It keeps findings until the summary. It is not safe for concurrent use.
type HTML struct {
	w      io.Writer
	title  string
	words  map[string]finding.Rule
	rules  map[string]*htmlRule // by id, those with findings
	hidden []htmlFinding
}

// NewHTML returns a writer to w. title names what was audited; words are the rules'.
func NewHTML(w io.Writer, title string, words []finding.Rule) *HTML {
	h := &HTML{w: w, title: printable(title), words: map[string]finding.Rule{}, rules: map[string]*htmlRule{}}
	for _, r := range words {
		h.words[r.ID] = r
	}
	return h
}

// htmlRule is one section: a rule and what was found of it.
type htmlRule struct {
	finding.Rule
	Worst    finding.Severity
	Counts   map[finding.Severity]int
	Findings []htmlFinding
}

type htmlFinding struct {
	finding.Finding
	Place, Line, Past string
}

// Count returns the number of findings of a severity, or nothing for none.
func (r *htmlRule) Count(s finding.Severity) string { return orNothing(r.Counts[s]) }

func orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return lineNumber(n)
}

// Finding keeps one finding.
func (h *HTML) Finding(f finding.Finding) error {
	shown := htmlFinding{Finding: f, Place: place(f.Location), Line: lineNumber(f.Line), Past: past(f)}
	shown.Snippet, shown.Message, shown.Fix = printable(f.Snippet), printable(f.Message), printable(f.Fix)
	if f.HiddenBy != "" {
		h.hidden = append(h.hidden, shown)
		return nil
	}
	r := h.rules[f.Rule]
	if r == nil {
		r = &htmlRule{Rule: h.words[f.Rule], Counts: map[finding.Severity]int{}}
		r.ID, r.Class = f.Rule, f.Class
		h.rules[f.Rule] = r
	}
	r.Worst = max(r.Worst, f.Severity)
	r.Counts[f.Severity]++
	r.Findings = append(r.Findings, shown)
	return nil
}

// htmlPage is what the template shows.
type htmlPage struct {
	Title, Totals string
	Style         template.CSS
	Policy        string
	Severities    []finding.Severity // worst first
	Rules         []*htmlRule        // worst first
	Hidden        []htmlFinding
	Checklist     []htmlStage
	Skipped       map[string]int
	NotAnalysed   []finding.NotAnalysed
}

// htmlStage are the points of the checklist of one moment.
type htmlStage struct {
	When    string
	Entries []finding.ChecklistEntry
}

// Summary writes the page.
func (h *HTML) Summary(s finding.Summary) error {
	page, err := template.New("page").Funcs(template.FuncMap{"remark": remark}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	return page.Execute(h.w, h.page(s))
}

func (h *HTML) page(s finding.Summary) htmlPage {
	page := htmlPage{
		Title: h.title, Style: template.CSS(pageStyle), Policy: contentPolicy(pageStyle), Severities: finding.Severities(), Skipped: s.Skipped, Hidden: h.hidden,
	}
	slices.Reverse(page.Severities)
	page.Rules = slices.SortedFunc(maps.Values(h.rules), func(x, y *htmlRule) int {
		return cmp.Or(cmp.Compare(y.Worst, x.Worst), cmp.Compare(x.ID, y.ID))
	})
	total := 0
	for _, r := range page.Rules {
		total += len(r.Findings)
		slices.SortStableFunc(r.Findings, func(x, y htmlFinding) int { return cmp.Compare(y.Severity, x.Severity) })
	}
	page.Totals = totals(total, s)
	for _, e := range s.Checklist {
		if last := len(page.Checklist) - 1; last < 0 || page.Checklist[last].When != e.When {
			page.Checklist = append(page.Checklist, htmlStage{When: e.When})
		}
		stage := &page.Checklist[len(page.Checklist)-1]
		stage.Entries = append(stage.Entries, e)
	}
	for _, n := range s.NotAnalysed {
		page.NotAnalysed = append(page.NotAnalysed, finding.NotAnalysed{Class: n.Class, Path: printable(n.Path), Reason: printable(n.Reason)})
	}
	return page
}

// contentPolicy allows the one style by its digest, and nothing else.
func contentPolicy(style string) string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}
