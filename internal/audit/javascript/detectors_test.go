package javascript_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sallyport/internal/audit"
	"sallyport/internal/audit/javascript"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// TestCases runs each detector over the cases that the rules' own test reads, too.
func TestCases(t *testing.T) {
	for class, detect := range javascript.Detectors() {
		t.Run(class, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("..", "rules", "testdata", class+".javascript.txtar"))
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			projects := map[string]*source.Tree{}
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = strings.Fields(string(f.Data))
					continue
				}
				parts := strings.SplitN(f.Name, "/", 3)
				name, rest := path.Join(parts[:len(parts)-1]...), parts[len(parts)-1]
				if projects[name] == nil {
					projects[name] = &source.Tree{}
				}
				projects[name].Files = append(projects[name].Files, &source.File{Path: rest, Content: f.Data, Tracked: true})
			}
			for name, tree := range projects {
				for _, f := range scan(t, tree, class, detect) {
					got = append(got, fmt.Sprintf("%s:%d", path.Join(name, f.Path), f.Line))
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func scan(t *testing.T, tree *source.Tree, class string, detect audit.Detector) []finding.Finding {
	t.Helper()
	rule := &audit.Rule{Rule: finding.Rule{ID: "SP1", Class: class}, Detectors: map[string]audit.Detector{"javascript": detect}}
	result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{rule}})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range result.NotAnalysed {
		t.Errorf("not analysed: %s %s: %s", n.Class, n.Path, n.Reason)
	}
	return result.Findings
}

// TestPackages runs all detectors over the npm packages that are installed: they must end, and say little.
// With SALLYPORT_TEST_NODE_MODULES another folder is read.
func TestPackages(t *testing.T) {
	root := os.Getenv("SALLYPORT_TEST_NODE_MODULES")
	if root == "" {
		root = "/usr/lib/node_modules"
	}
	tree, lines := &source.Tree{}, 0
	filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"}, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || len(text) > 300_000 || strings.Contains(name, ".min.") || strings.HasSuffix(name, ".d.ts") || strings.Contains(name, "/test") {
			return nil
		}
		lines += strings.Count(string(text), "\n")
		rel, _ := filepath.Rel(root, name)
		tree.Files = append(tree.Files, &source.File{Path: filepath.ToSlash(rel), Content: text, Tracked: true})
		return nil
	})
	if len(tree.Files) == 0 {
		t.Skip("no npm packages are installed; name a folder of some by SALLYPORT_TEST_NODE_MODULES")
	}
	project, found := audit.NewProject(tree), 0
	for class, detect := range javascript.Detectors() {
		rule := &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"javascript": detect}}
		result, err := audit.Scan(t.Context(), project, audit.Options{Rules: []*audit.Rule{rule}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			found++
			t.Logf("%s:%d %s: %s: %s", f.Path, f.Line, f.Class, f.Message, f.Snippet)
		}
		for _, n := range result.NotAnalysed {
			if n.Class == "internal" {
				t.Error(n.Reason)
			}
		}
	}
	t.Logf("%d findings in %d files, %d lines", found, len(tree.Files), lines)
	if found*1000 > lines {
		t.Errorf("more than one finding in 1,000 lines")
	}
}

// TestHostile gives the detectors code that is made to keep them busy: names that double at each step, cycles of
// imports, functions that call each other, deep chains.
func TestHostile(t *testing.T) {
	var doubling, chain, calls strings.Builder
	for i := range 60 {
		fmt.Fprintf(&doubling, "const a%d = a%d + a%d; const o%d = { p: o%d.p.p, q: o%d };\n", i, i+1, i+1, i, i+1, i+1)
		fmt.Fprintf(&calls, "function f%d(err) { %s if (err) return err.message }\n", i, strings.Repeat(fmt.Sprintf("f%d(err); ", (i+1)%60), 20))
	}
	fmt.Fprintf(&chain, "res.send(x%s)\n", strings.Repeat(".p", 3000))
	files := map[string]string{
		"a.js": doubling.String() + "app.get('/x', (req, res) => { el.innerHTML = a0; res.json(o0.p); db.query(`SELECT ${a0}`); fs.writeFile(a0) })",
		"b.js": "export * from './c'\nexport * from './d'\nimport { nothing } from './c'\nnothing()",
		"c.js": "export * from './b'\nexport * from './d'",
		"d.js": "export * from './b'\nexport * from './c'",
		"e.js": calls.String() + "app.post('/y', (req, res) => { try { f0() } catch (e) { res.send(f0(e)) } })",
		"f.js": chain.String(),
		"g.js": "const x = y, y = x; let z = z + z; var r = express(); r = r.use(r); r.get('/', r)\nfunction s(p) { return s(p) + p } el.innerHTML = s(s(z))",
		"i.js": "async function send({ req, res, result }) { const payload = result.isDynamic ? null : result.text(); if (payload !== null) { res.end(payload); return } }",
		"h.js": "a = { b: a }; module.exports = require('./h'); const { q } = require('./h'); q()",
	}
	tree := &source.Tree{}
	for name, text := range files {
		tree.Files = append(tree.Files, &source.File{Path: name, Content: []byte(text), Tracked: true})
	}
	for class, detect := range javascript.Detectors() {
		scan(t, &source.Tree{Files: slices.Clone(tree.Files)}, class, detect)
	}
}

// TestQuietPlaces wants nothing about tests, ignored files and what cannot be read, which is noted.
func TestQuietPlaces(t *testing.T) {
	leak := []byte("app.get('/x', (req, res) => { try { f() } catch (e) { res.send(e.message) } })")
	tree := &source.Tree{Files: []*source.File{
		{Path: "a.test.js", Content: leak, Tracked: true, Test: true},
		{Path: "local.js", Content: leak, Ignored: true},
		{Path: "broken.js", Content: append(leak, "\n}}}"...), Tracked: true},
	}}
	rule := &audit.Rule{Rule: finding.Rule{ID: "SP1", Class: "error-leak"}, Detectors: map[string]audit.Detector{"javascript": javascript.Detectors()["error-leak"]}}
	result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{rule}})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 0 {
		t.Errorf("findings: %v", result.Findings)
	}
	if len(result.NotAnalysed) != 1 || result.NotAnalysed[0].Path != "broken.js" || !strings.Contains(result.NotAnalysed[0].Reason, "broken.js:2") {
		t.Errorf("not analysed: %v", result.NotAnalysed)
	}
}
