package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/ingredients"
)

// The columns of every table of docs/practices.md.
const (
	practiceID = iota
	practiceWhat
	practiceProtection
	practiceRule
	practiceCheck
	practiceTests
)

// practices returns the numbers that must be mapped.
func practices() []string {
	ids := []string{"P6", "P7"}
	for group, n := range []int{3, 4, 4, 4, 5} {
		for i := range n {
			ids = append(ids, fmt.Sprintf("P%d.%d", group+1, i+1))
		}
	}
	for i := range 8 {
		ids = append(ids, fmt.Sprintf("B%d", i+1), fmt.Sprintf("C%d", i+1))
	}
	for i := range 10 {
		ids = append(ids, fmt.Sprintf("A%02d:2021", i+1), fmt.Sprintf("A%02d:2025", i+1), fmt.Sprintf("API%d:2023", i+1))
	}
	return ids
}

// TestPracticesAreMapped wants one row for each number, no empty cell, no "None" without a reason, and nothing
// named that does not exist.
func TestPracticesAreMapped(t *testing.T) {
	known := knownNames(t)
	var mapped []string
	for _, table := range load(t, "docs/practices.md").tables {
		for _, row := range table.rows[1:] {
			if len(row) != practiceTests+1 {
				t.Fatalf("%v has %d cells", row, len(row))
			}
			id := row[practiceID]
			if slices.Contains(mapped, id) {
				t.Errorf("%s is mapped twice", id)
			}
			mapped = append(mapped, id)
			checkRow(t, known, row)
		}
	}
	compareSets(t, "practices", practices(), mapped)
}

func checkRow(t *testing.T, known *names, row []string) {
	t.Helper()
	for column, text := range row {
		spans := codeSpans(text)
		reason, none := strings.CutPrefix(text, "None: ")
		switch {
		case text == "" || text == "None" || none && len(reason) < 20:
			t.Errorf("%s: column %d says nothing, and gives no reason", row[practiceID], column)
		case column == practiceProtection && !none && len(spans) == 0,
			column == practiceTests && !none && !slices.ContainsFunc(spans, known.isTest):
			t.Errorf("%s: %q names nothing that exists", row[practiceID], text)
		case (column == practiceRule || column == practiceCheck) && !none && text != "not built yet" && len(spans) == 0:
			t.Errorf("%s: %q is neither a name, nor a reason, nor what is not built yet", row[practiceID], text)
		}
		if column <= practiceWhat {
			continue
		}
		for _, name := range spans {
			if !known.has(name) {
				t.Errorf("%s: there is no %s", row[practiceID], name)
			}
		}
	}
}

// names are what the tables may name.
type names struct {
	tests, keys, paths, commands, headers, rules, options []string
}

func knownNames(t *testing.T) *names {
	t.Helper()
	n := &names{tests: testNames(t), headers: firstColumn(load(t, "docs/http.md"), "Headers of answers")}
	for line := range strings.Lines(run(t, t.TempDir(), "rules")) {
		n.rules = append(n.rules, strings.Fields(line + " -")[0])
	}
	for _, k := range config.Keys() {
		n.keys = append(n.keys, k.Name)
	}
	for _, s := range config.SecretNames() {
		n.keys = append(n.keys, s.Name)
	}
	d, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Endpoints {
		n.paths = append(n.paths, e.Path)
	}
	n.paths = append(n.paths, "/health", "/ready")
	for _, c := range commands(t) {
		n.commands = append(n.commands, "sallyport "+c)
	}
	n.commands = append(n.commands, "sallyport audit") // short for "sallyport audit project"
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		n.commands = append(n.commands, "make "+m[1])
	}
	return n
}

// firstColumn returns the first column of a table whose other cells may be empty.
func firstColumn(d *document, title string) []string {
	var names []string
	for _, one := range d.tables {
		if one.under == title {
			for _, row := range one.rows[1:] {
				names = append(names, strings.Trim(row[0], "`"))
			}
		}
	}
	return names
}

func (n *names) isTest(name string) bool { return slices.Contains(n.tests, name) }

func (n *names) has(name string) bool {
	for _, list := range [][]string{n.tests, n.keys, n.paths, n.commands, n.headers, n.rules} {
		if slices.Contains(list, name) {
			return true
		}
	}
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// testNames returns the tests, fuzz targets and examples of the repository.
func testNames(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Recv == nil && regexp.MustCompile(`^(Test|Fuzz|Example)`).MatchString(f.Name.Name) {
				found = append(found, f.Name.Name)
			}
		}
	}
	if len(found) < 100 {
		t.Fatalf("%d tests were found: is the test looking in the right place?", len(found))
	}
	return found
}

// TestServingMakesNoRequests keeps the serving half from asking anybody anything: there is no client, and nothing is
// dialled, so no request of a user can make the server send one. Alerts go where the operator says, whatever users do;
// internal/server/private.go dials the operator's own listener, and nothing of a request reaches it.
func TestServingMakesNoRequests(t *testing.T) {
	serving := []string{".", "secret", "problem", "limit", "internal/app", "internal/config", "internal/server", "internal/serve",
		"internal/dataset", "internal/dataset/build", "internal/dataset/sqlite", "internal/dataset/generation", "internal/ingredients",
		"internal/openapi", "internal/telemetry", "internal/watch"}
	forbidden := regexp.MustCompile(`\b(http\.(Client|Get|Post|PostForm|Head|DefaultClient|DefaultTransport|Transport|NewRequest\w*)|net\.(Dial\w*|Resolver|Lookup\w*)|tls\.Dial\w*|exec\.Command\w*)\b`)
	seen := 0
	for _, file := range goFiles(t) {
		file = filepath.ToSlash(file)
		if !slices.Contains(serving, path.Dir(file)) || strings.HasSuffix(file, "_test.go") || file == "internal/server/private.go" {
			continue
		}
		seen++
		if found := forbidden.FindString(read(t, file)); found != "" {
			t.Errorf("%s uses %s", file, found)
		}
	}
	if seen < 50 {
		t.Fatalf("%d files were read: is the test looking in the right place?", seen)
	}
}

// TestNothingIsProvisional wants no comment that puts something off, in code that is shipped or in its tests.
func TestNothingIsProvisional(t *testing.T) {
	later := regexp.MustCompile(`^(//|/\*)\s*(TODO|FIXME|XXX|HACK)\b`)
	for _, file := range goFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range parsed.Comments {
			for _, c := range group.List {
				if later.MatchString(c.Text) {
					t.Errorf("%s: %s", file, c.Text)
				}
			}
		}
	}
}
