package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

func TestSuppressionsNeedARuleAndAReason(t *testing.T) {
	for text, want := range map[string][]audit.Suppression{
		"x = 1  # sallyport:ignore SP101 checked by the proxy":       {{Rules: []string{"SP101"}, Reason: "checked by the proxy", Line: 1}},
		"// sallyport:ignore SP101, SP303 both are fixed texts\ny()": {{Rules: []string{"SP101", "SP303"}, Reason: "both are fixed texts", Line: 1, Next: true}},
		"<!-- sallyport:ignore SP401 constant -->":                   {{Rules: []string{"SP401"}, Reason: "constant", Line: 1, Next: true}},
		"# sallyport:ignore SP101":                                   nil,
		"# sallyport:ignore everything please":                       nil,
		"sallyport:ignore SP101 no comment":                          nil,
		"nothing":                                                    nil,
	} {
		if diff := cmp.Diff(want, audit.ParseSuppressions([]byte(text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func FuzzParseSuppressions(f *testing.F) {
	f.Add([]byte("# sallyport:ignore SP101 reason"))
	f.Add([]byte("<!-- sallyport:ignore SP1,SP2 a -->\n/* sallyport:ignore SP3 b */"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, s := range audit.ParseSuppressions(content) {
			if s.Reason == "" || len(s.Rules) == 0 || s.Line < 1 || s.Line > strings.Count(string(content), "\n")+1 {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// marks reports every line with the word bad.
func marks(p *audit.Pass) {
	for _, f := range p.Project.Files {
		n := 0
		for line := range strings.Lines(string(f.Content)) {
			n++
			if strings.Contains(line, "bad") {
				p.Report(audit.Report{File: f, Line: n, Redact: []string{"hunter2"}})
			}
		}
	}
}

func scan(t *testing.T, baseline *audit.Baseline, content string, changed []source.Range, change ...func(*audit.Options)) *audit.Result {
	t.Helper()
	rule := &audit.Rule{Rule: finding.Rule{ID: "SP101", Class: "c", Name: "n"}, Detectors: map[string]audit.Detector{"x": marks}}
	tree := &source.Tree{Files: []*source.File{{Path: "a.py", Content: []byte(content), Changed: changed}}}
	options := audit.Options{Rules: []*audit.Rule{rule}, Baseline: baseline}
	for _, c := range change {
		c(&options)
	}
	result, err := audit.Scan(t.Context(), audit.NewProject(tree), options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestScanSuppressesKnowsAndRedacts(t *testing.T) {
	first := scan(t, nil, "bad one hunter2\n# sallyport:ignore SP101 for a reason\nbad two\nbad three\n", nil)
	if len(first.Findings) != 2 || first.Suppressed != 1 || strings.Contains(first.Findings[0].Snippet, "hunter2") {
		t.Fatalf("%+v", first)
	}
	known := audit.NewBaseline([]audit.BaselineEntry{audit.Entry(first.Findings[0])})
	moved := scan(t, known, "\n\n\n   bad one   hunter2\nbad three\n", nil)
	if len(moved.Findings) != 1 || moved.Baselined != 1 || moved.Findings[0].Fingerprint != first.Findings[1].Fingerprint {
		t.Errorf("after lines moved: %+v", moved)
	}
	changed := scan(t, nil, "bad one\nbad two\n", []source.Range{{From: 2, To: 2}})
	if len(changed.Findings) != 1 || changed.Findings[0].Line != 2 {
		t.Errorf("of a change: %+v", changed.Findings)
	}
}

func TestDetectorThatPanicsIsNotClean(t *testing.T) {
	rule := &audit.Rule{Rule: finding.Rule{ID: "SP101"}, Detectors: map[string]audit.Detector{"x": func(*audit.Pass) { panic("x") }}}
	result, err := audit.Scan(t.Context(), audit.NewProject(&source.Tree{}), audit.Options{Rules: []*audit.Rule{rule}})
	if err != nil || len(result.NotAnalysed) != 1 || result.NotAnalysed[0].Class != "internal" {
		t.Errorf("%+v, %v", result, err)
	}
}
