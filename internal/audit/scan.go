package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	"sallyport/internal/finding"
)

// Options say what a scan reports.
type Options struct {
	Rules    []*Rule
	Baseline *Baseline // findings that are known and not reported; nil for none
	// Extra are findings from elsewhere, such as history. They meet the same suppressions and baseline.
	Extra []finding.Finding
	// Redact takes secrets out of a text about lines of a file: see [Pass]. nil when none are known.
	Redact func(path string, from, to int, text string) string
	// NoComments gives comments of the project no say: what they accept is reported.
	NoComments bool
}

// Result is what a scan found, in order of path, line and rule.
type Result struct {
	Findings    []finding.Finding
	Hidden      []finding.Finding // what a comment or the baseline accepts
	Suppressed  int
	Baselined   int
	Known       map[string]int // by class, those of Baselined that still stand: no rotated secrets
	NotAnalysed []finding.NotAnalysed
}

// Scan runs every detector of every rule over the project, on all processors. The result does not depend on
// their order. A detector that panics is reported as not analysed.
func Scan(ctx context.Context, p *Project, o Options) (*Result, error) {
	noteUnsupported(p, o.Rules)
	jobs := jobsOf(o.Rules)
	found := make([][]finding.Finding, len(jobs))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, j := range jobs {
		if err := ctx.Err(); err != nil {
			break
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			found[i] = j.run(p, o.Redact)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("scanning: %w", err)
	}
	all := append(slices.Concat(found...), o.Extra...)
	return settle(p, all, o), nil
}

// job is one detector of one rule.
type job struct {
	rule     *Rule
	language string
	detect   Detector
}

func jobsOf(rules []*Rule) []job {
	var jobs []job
	for _, r := range rules {
		for _, language := range slices.Sorted(maps.Keys(r.Detectors)) {
			jobs = append(jobs, job{r, language, r.Detectors[language]})
		}
	}
	return jobs
}

func (j job) run(p *Project, redact func(path string, from, to int, text string) string) (found []finding.Finding) {
	pass := &Pass{Project: p, Rule: j.rule, Redact: redact}
	defer func() {
		if v := recover(); v != nil {
			p.NotAnalysed(finding.NotAnalysed{
				Class: "internal", Path: "", Reason: fmt.Sprintf("the detector of %s for %s failed: %v", j.rule.ID, j.language, v),
			})
		}
		found = pass.findings()
	}()
	j.detect(pass)
	return nil
}

// settle orders, takes out what is suppressed, unchanged or known, and drops doubles.
func settle(p *Project, all []finding.Finding, o Options) *Result {
	slices.SortStableFunc(all, order)
	all = slices.CompactFunc(all, func(a, b finding.Finding) bool { return order(a, b) == 0 })
	number(all)
	result := &Result{Known: map[string]int{}}
	comments := suppressions{}
	if !o.NoComments {
		comments = suppressionsOf(p)
	}
	for _, f := range all {
		if file := p.File(f.Path); f.Commit == "" && file != nil && !file.Touches(f.Line, f.EndLine) {
			continue
		}
		f.HiddenBy = hiddenBy(f, comments, o.Baseline)
		result.add(f)
	}
	result.NotAnalysed = p.notAnalysed()
	return result
}

// hiddenBy says what accepts a finding; "" for nothing.
func hiddenBy(f finding.Finding, comments suppressions, baseline *Baseline) string {
	known, stands := baseline.knows(f)
	switch {
	case f.Commit == "" && comments.cover(f):
		return finding.HiddenByComment
	case known && stands:
		return finding.HiddenByBaseline
	case known:
		return finding.HiddenByRotation
	}
	return ""
}

// add counts a finding where it belongs.
func (r *Result) add(f finding.Finding) {
	switch f.HiddenBy {
	case "":
		r.Findings = append(r.Findings, f)
		return
	case finding.HiddenByComment:
		r.Suppressed++
	case finding.HiddenByBaseline:
		r.Known[f.Class]++
		r.Baselined++
	default:
		r.Baselined++
	}
	r.Hidden = append(r.Hidden, f)
}

func order(a, b finding.Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Commit, b.Commit), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Fingerprint, b.Fingerprint))
}
