package golang

import (
	"context"
	"fmt"
	"go/parser"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// scan runs every detector over files and returns "class path:line".
func scan(t testing.TB, files map[string]string) (found []string, not []finding.NotAnalysed) {
	t.Helper()
	tree := &source.Tree{Skipped: map[string]int{}, Tracked: map[string]bool{}}
	for name, content := range files {
		tree.Files = append(tree.Files, &source.File{Path: name, Content: []byte(content), Tracked: true, Test: strings.HasSuffix(name, "_test.go")})
	}
	var rules []*audit.Rule
	for class, detect := range Detectors() {
		rules = append(rules, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"go": detect}})
	}
	result, err := audit.Scan(context.Background(), audit.NewProject(tree), audit.Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		found = append(found, fmt.Sprintf("%s %s:%d", f.Class, f.Path, f.Line))
	}
	return found, result.NotAnalysed
}

func TestWords(t *testing.T) {
	for name, want := range map[string]string{
		"APIKey": "api key", "jwtSecret": "jwt secret", "JWT_SECRET": "jwt secret", "HTTPServer2": "http server2", "x": "x", "": "",
		"rapidAPIProxySecret": "rapid api proxy secret", "/api/v1/users": "api v1 users", "Schlüssel": "schlüssel",
	} {
		if got := strings.Join(words(name), " "); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"apiKey": true, "APIKey": true, "JWTSecret": true, "password": true, "adminToken": true, "dbPass": true, "signingKey": true, "credentials": true,
		"key": false, "cacheKey": false, "nextPageToken": false, "publicKey": false, "tokens": false, "passwordLength": false, "PublishableKey": false, "": false, "pass": false,
	} {
		if got := isSecretName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestEmptyTests(t *testing.T) {
	for source, want := range map[string]string{
		`x == ""`: "x true", `x != ""`: "x false", `len(x) == 0`: "x true", `len(x) > 0`: "x false", `len(x) != 0`: "x false", `len(x) < 1`: "x true",
		`len(x) >= 1`: "x false", `strings.TrimSpace(c.Key) == ""`: "c.Key true", `x == nil`: "x true", `(x == "")`: "x true",
		`x == "a"`: "none", `len(x) < 16`: "none", `x`: "none", `x > 0`: "none", `a == "" && b == ""`: "none", `len(x) == 1`: "none",
	} {
		e, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		if subject, empty, ok := isEmptyTest(e); ok {
			got = fmt.Sprint(text(subject), " ", empty)
		}
		if got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{"%s and %5.2f%%": "sf", "%[1]d %+v": "dv", "100%": "", "%": "", "%-10s|%x": "sx", "%%%s%%": "s"} {
		if got := string(verbs(format)); got != want {
			t.Errorf("%q: %q", format, got)
		}
	}
}

// TestOrderOfAssignments wants the last assignment before a place to count alone, except in loops and closures, and
// those of other variables of the same name not at all.
func TestOrderOfAssignments(t *testing.T) {
	found, _ := scan(t, map[string]string{"main.go": `package main

import "net/http"

func one(w http.ResponseWriter, r *http.Request) {
	msg := "fixed"
	http.Error(w, msg, 500)
	msg = err.Error()
	http.Error(w, msg, 500)
	msg = "fixed"
	http.Error(w, msg, 500)
	if r != nil {
		msg = err.Error()
	}
	http.Error(w, msg, 500)
	answer := "fixed"
	for {
		http.Error(w, answer, 500)
		answer = err.Error()
	}
	for {
		answer := "fixed"
		http.Error(w, answer, 500)
		answer = err.Error()
	}
}
`})
	want := []string{"error-leak main.go:9", "error-leak main.go:15", "error-leak main.go:18"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTestsAndScriptsAreQuiet(t *testing.T) {
	body := "\n\nimport \"net/http\"\n\nfunc f() { http.Get(\"x\") }\n"
	found, not := scan(t, map[string]string{
		"a_test.go": "package a" + body, "gen.go": "//go:build ignore\n\npackage a" + body, "clienttest/a.go": "package clienttest" + body,
		"examples/a.go": "package a" + body, "_old/a.go": "package a" + body, "b/a.go": "package a" + body,
	})
	if diff := cmp.Diff([]string{"missing-timeout b/a.go:5"}, found); diff != "" || len(not) != 0 {
		t.Errorf("not analysed %v, (-want +got):\n%s", not, diff)
	}
}

func TestRestOfABrokenFileIsAnalysed(t *testing.T) {
	found, not := scan(t, map[string]string{"main.go": "package main\n\nimport \"net/http\"\n\nfunc f() { http.Get(\"x\") }\n\nfunc g( {\n", "empty.go": ""})
	if len(not) != 2 || not[0].Class != "unparsable" {
		t.Error(not)
	}
	if diff := cmp.Diff([]string{"missing-timeout main.go:5"}, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHostileFilesEnd gives files that would take for ever if work multiplied.
func TestHostileFilesEnd(t *testing.T) {
	head := "package main\n\nimport \"net/http\"\n\nfunc f(w http.ResponseWriter, r *http.Request) {\n"
	var assignments, calls strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&assignments, "\tx%d := x%d + y\n\ty = x%d\n", i+1, i, i)
		fmt.Fprintf(&calls, "func f%d() { f%d(); f%d(); db.Query(\"SELECT \" + x) }\n", i, (i+1)%3000, (i+7)%3000)
	}
	scan(t, map[string]string{
		"sum.go":    head + "\tx := \"SELECT \" + " + strings.Repeat("a + ", 20_000) + "b\n\tdb.Query(x)\n\tw.Write([]byte(x))\n}\n",
		"deep.go":   head + "\tx := " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000) + "\n\tlog.Print(x != 1)\n}\n",
		"flow.go":   head + assignments.String() + "\tdb.Query(\"SELECT \" + x3000)\n\tw.Write(y)\n}\n",
		"calls.go":  "package main\n" + calls.String(),
		"router.go": head + strings.Repeat("\tr := r.Group(\"/a\", auth)\n", 3000) + "\tr.GET(\"/x\", f)\n}\n",
		"ifs.go":    head + strings.Repeat("if secret != \"\" {\n", 1000) + strings.Repeat("}\n", 1000) + "}\n",
	})
}

func FuzzScan(f *testing.F) {
	for _, body := range []string{
		"if key != \"\" && r.Header.Get(\"X\") != key { http.Error(w, \"\", 401); return }", "mux.HandleFunc(\"/x\", f)", "f, err := os.CreateTemp(\"\", \"\"); return f",
		"db.Query(fmt.Sprintf(\"SELECT %s\", r.FormValue(\"x\")))", "x := a + b; x += c", "r.Route(\"/\", func(r chi.Router) { r.Use(auth) })", "switch tier { case \"a\": w.WriteHeader(403) }",
		"for i, v := range x { v = i }", "var x, y = f()", "defer func() { recover() }()", "template.HTML(x)",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		imports := "package main\n\nimport (\n\t\"fmt\"\n\t\"html/template\"\n\t\"net/http\"\n\t\"os\"\n\t\"github.com/go-chi/chi/v5\"\n)\n\n"
		_, not := scan(t, map[string]string{"main.go": imports + "func f(w http.ResponseWriter, r *http.Request) {\n" + body + "\n}\n", "other.go": body})
		for _, n := range not {
			if n.Class == "internal" {
				t.Error(n.Reason)
			}
		}
	})
}
