package rules_test

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sallyport/internal/audit"
	"sallyport/internal/audit/rules"
	"sallyport/internal/audit/source"
)

// TestRulesHaveWords wants what people and reports read.
func TestRulesHaveWords(t *testing.T) {
	ids, classes := map[string]bool{}, map[string]bool{}
	for _, r := range rules.All() {
		if ids[r.ID] || classes[r.Class] {
			t.Errorf("%s %s stands twice", r.ID, r.Class)
		}
		ids[r.ID], classes[r.Class] = true, true
		for what, text := range map[string]string{"name": r.Name, "why": r.Why, "fix": r.Fix, "bad": r.Bad, "good": r.Good} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: no %s", r.ID, what)
			}
		}
		if len(r.CWE) == 0 || len(r.OWASP2021) == 0 || len(r.OWASP2025) == 0 {
			t.Errorf("%s: CWE %v, OWASP %v %v", r.ID, r.CWE, r.OWASP2021, r.OWASP2025)
		}
	}
}

// TestRulesFindWhatTheyClaim runs each detector over its cases: testdata/<class>.<language>.txtar. Folders
// directly below bad/ and good/ are projects of their own.
func TestRulesFindWhatTheyClaim(t *testing.T) {
	for _, r := range rules.All() {
		for language, detect := range r.Detectors {
			name := r.Class + "." + language
			t.Run(name, func(t *testing.T) { runCase(t, r, detect, filepath.Join("testdata", name+".txtar")) })
		}
	}
}

func runCase(t *testing.T, r *audit.Rule, detect audit.Detector, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatalf("a rule has cases for each language that it claims: %v", err)
	}
	want, projects := split(archive)
	if len(want) == 0 {
		t.Fatalf("%s wants no finding: there is no bad case", file)
	}
	good := false
	var got []string
	for name, tree := range projects {
		good = good || strings.HasPrefix(name, "good")
		only := &audit.Rule{Rule: r.Rule, Detectors: map[string]audit.Detector{"x": detect}}
		result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{only}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			got = append(got, fmt.Sprintf("%s:%d", path.Join(name, f.Path), f.Line))
		}
		for _, n := range result.NotAnalysed {
			if n.Class == "internal" {
				t.Error(n.Reason)
			}
		}
	}
	if !good {
		t.Errorf("%s has no good case", file)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// joint is taken out of cases: it keeps their made-up secrets from looking like some before the test runs.
const joint = "‖"

// split returns the lines of want and the projects by name: "bad", "good", "bad/app1", ... Files that a section
// "untracked" lists before them are not in git.
func split(archive *txtar.Archive) (want []string, projects map[string]*source.Tree) {
	projects = map[string]*source.Tree{}
	var untracked []string
	for _, f := range archive.Files {
		switch f.Name {
		case "want":
			want = linesOf(f.Data)
			continue
		case "untracked":
			untracked = linesOf(f.Data)
			continue
		}
		name, rest := project(f.Name)
		if projects[name] == nil {
			projects[name] = &source.Tree{Skipped: map[string]int{}, Tracked: map[string]bool{}, Git: true}
		}
		tree, tracked := projects[name], !slices.Contains(untracked, f.Name)
		if tracked {
			tree.Tracked[rest] = true
		}
		content := []byte(strings.ReplaceAll(string(f.Data), joint, ""))
		tree.Files = append(tree.Files, &source.File{Path: rest, Content: content, Mode: 0o644, Tracked: tracked})
	}
	return want, projects
}

func linesOf(data []byte) (list []string) {
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func project(name string) (project, rest string) {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) == 3 {
		return parts[0] + "/" + parts[1], parts[2]
	}
	return parts[0], strings.Join(parts[1:], "/")
}

func TestSelect(t *testing.T) {
	all := rules.All()
	some, unknown := rules.Select(all, []string{"SP101", "xss-sink"}, nil)
	if len(some) != 2 || len(unknown) != 0 {
		t.Errorf("only: %d rules, unknown %v", len(some), unknown)
	}
	rest, unknown := rules.Select(all, nil, []string{"SP101", "SP999"})
	if len(rest) != len(all)-1 || !slices.Equal(unknown, []string{"SP999"}) {
		t.Errorf("skip: %d rules, unknown %v", len(rest), unknown)
	}
}
