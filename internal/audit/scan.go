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
}

// Result is what a scan found, in order of path, line and rule.
type Result struct {
	Findings    []finding.Finding
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
			found[i] = j.run(p)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("scanning: %w", err)
	}
	all := append(slices.Concat(found...), o.Extra...)
	return settle(p, all, o.Baseline), nil
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

func (j job) run(p *Project) (found []finding.Finding) {
	pass := &Pass{Project: p, Rule: j.rule}
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
func settle(p *Project, all []finding.Finding, baseline *Baseline) *Result {
	slices.SortStableFunc(all, order)
	all = slices.CompactFunc(all, func(a, b finding.Finding) bool { return order(a, b) == 0 })
	number(all)
	result := &Result{Known: map[string]int{}}
	suppressions := suppressionsOf(p)
	for _, f := range all {
		file := p.File(f.Path)
		known, stands := baseline.knows(f)
		switch {
		case f.Commit == "" && file != nil && !file.Touches(f.Line, f.EndLine):
		case f.Commit == "" && suppressions.cover(f):
			result.Suppressed++
		case known:
			result.Baselined++
			if stands {
				result.Known[f.Class]++
			}
		default:
			result.Findings = append(result.Findings, f)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	result.NotAnalysed = slices.Clone(p.not)
	slices.SortFunc(result.NotAnalysed, func(a, b finding.NotAnalysed) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	result.NotAnalysed = slices.Compact(result.NotAnalysed)
	return result
}

func order(a, b finding.Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Commit, b.Commit), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Fingerprint, b.Fingerprint))
}
