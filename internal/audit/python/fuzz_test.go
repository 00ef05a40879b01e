package python_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sallyport/internal/audit"
	"sallyport/internal/audit/python"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// FuzzScan runs every detector over any source, beginning with the cases of the rules.
func FuzzScan(f *testing.F) {
	cases, err := filepath.Glob(filepath.FromSlash("../rules/testdata/*.python.txtar"))
	if err != nil || len(cases) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if strings.HasSuffix(file.Name, ".py") {
				f.Add(file.Data)
			}
		}
	}
	var rules []*audit.Rule
	for class, detect := range python.Detectors() {
		rules = append(rules, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"python": detect}})
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 20_000 {
			return
		}
		p := audit.NewProject(&source.Tree{Files: []*source.File{{Path: "main.py", Content: content}}})
		result, err := audit.Scan(t.Context(), p, audit.Options{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range result.NotAnalysed {
			if n.Class == "internal" {
				t.Fatal(n.Reason)
			}
		}
	})
}
