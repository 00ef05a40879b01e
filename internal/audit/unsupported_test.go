package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// TestUnsupportedLanguagesAreNotClean wants one entry for each language that no rule reads, when rules about code ran.
func TestUnsupportedLanguagesAreNotClean(t *testing.T) {
	code := &audit.Rule{Rule: finding.Rule{ID: "SP1", Class: "xss-sink"}, Detectors: map[string]audit.Detector{"python": func(*audit.Pass) {}}}
	text := &audit.Rule{Rule: finding.Rule{ID: "SP2", Class: "hardcoded-secret"}, Detectors: map[string]audit.Detector{"text": func(*audit.Pass) {}}}
	tree := func() *source.Tree {
		return &source.Tree{Files: []*source.File{
			{Path: "web/b.php", Tracked: true}, {Path: "web/a.php", Tracked: true}, {Path: "main.py", Tracked: true}, {Path: "Main.java"},
			{Path: "spec/main_spec.rb", Test: true}, {Path: "out/x.rs", Ignored: true}, {Path: "style.css"},
		}}
	}
	for name, c := range map[string]struct {
		rules []*audit.Rule
		want  []finding.NotAnalysed
	}{
		"rules about code": {[]*audit.Rule{text, code}, []finding.NotAnalysed{
			{Class: "unsupported-language", Path: "Main.java", Reason: "Java, 1 file: read for secrets alone"},
			{Class: "unsupported-language", Path: "web/a.php", Reason: "PHP, 2 files, of which this is the first: read for secrets alone"},
		}},
		"rules about text": {[]*audit.Rule{text}, nil},
	} {
		result, err := audit.Scan(t.Context(), audit.NewProject(tree()), audit.Options{Rules: c.rules})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, result.NotAnalysed); diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
}
