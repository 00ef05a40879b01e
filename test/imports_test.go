package test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of docs/ARCHITECTURE.md: which packages of the module each may import. A package
// that is not in it may not exist.
var mayImport = map[string][]string{
	"":                                 {"secret", "limit", "problem"},
	"secret":                           {},
	"problem":                          {},
	"limit":                            {},
	"limit/limittest":                  {"limit"},
	"internal/dataset":                 {},
	"internal/dataset/sqlite":          {"internal/dataset"},
	"internal/dataset/sourcetest":      {"internal/dataset"},
	"internal/dataset/build":           {"internal/dataset", "internal/dataset/sqlite"},
	"internal/dataset/generation":      {"internal/dataset", "internal/dataset/sqlite"},
	"internal/serve":                   {"internal/dataset", "problem"},
	"internal/openapi":                 {"internal/dataset"},
	"internal/ingredients":             {"internal/dataset"},
	"internal/server":                  {"secret"},
	"internal/telemetry":               {""},
	"internal/alert":                   {"secret"},
	"internal/watch":                   {"", "internal/telemetry", "internal/alert"},
	"internal/config":                  {"secret"},
	"internal/servicetest":             {},
	"internal/scaffold":                {},
	"internal/finding":                 {},
	"internal/audit":                   {"internal/finding", "internal/audit/source"},
	"internal/audit/source":            {},
	"internal/audit/python":            {"internal/audit", "internal/finding", "internal/audit/syntax/python"},
	"internal/audit/javascript":        {"internal/audit", "internal/finding", "internal/audit/syntax/javascript", "internal/audit/syntax/markup"},
	"internal/audit/golang":            {"internal/audit", "internal/finding"},
	"internal/audit/deploy":            {"internal/audit", "internal/finding"},
	"internal/audit/dependencies":      {"internal/audit", "internal/finding"},
	"internal/audit/mend":              {"internal/audit", "internal/finding"},
	"internal/audit/secrets":           {"internal/audit", "internal/audit/source", "internal/finding"},
	"internal/audit/markup":            {"internal/audit", "internal/finding", "internal/audit/syntax/markup"},
	"internal/audit/syntax/javascript": {},
	"internal/audit/syntax/markup":     {},
	"internal/audit/syntax/python":     {},
	"internal/audit/rules": {
		"internal/audit", "internal/finding", "internal/audit/python", "internal/audit/javascript", "internal/audit/golang",
		"internal/audit/deploy", "internal/audit/dependencies", "internal/audit/secrets", "internal/audit/markup",
	},
	"internal/report":  {"internal/finding"},
	"internal/compare": {},
	"internal/app": {
		"", "secret", "problem", "limit", "internal/config", "internal/server", "internal/serve", "internal/dataset",
		"internal/dataset/build", "internal/dataset/generation", "internal/dataset/sqlite", "internal/ingredients", "internal/openapi", "internal/telemetry", "internal/alert", "internal/watch",
	},
}

// free lists packages that may import anything, and that nothing imports.
var free = []string{"cmd/sallyport", "test", "test/prove", "test/bench", "test/benchaudit", "test/corpus", "test/docs", "test/accuracy", "test/deploy", "test/e2e", "test/compat"}

// TestImportsFollowTheTable reads import clauses itself: a test that asked the go command would be cached
// although a package changed.
func TestImportsFollowTheTable(t *testing.T) {
	seen := map[string]bool{}
	for file, imports := range importClauses(t) {
		pkg := strings.TrimPrefix(path.Dir(file), ".")
		if slices.Contains(free, pkg) {
			continue
		}
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("%s: package %q is not in the table", file, pkg)
			continue
		}
		seen[pkg] = true
		for _, imported := range imports {
			own, inModule := moduleRelative(imported)
			switch {
			case pkg == "" && !inModule && strings.Contains(imported, "."):
				t.Errorf("%s: the public library imports %s, which is not the standard library", file, imported)
			case inModule && !slices.Contains(allowed, own):
				t.Errorf("%s: %q may not import %q", file, pkg, own)
			}
		}
	}
	if len(seen) < 8 {
		t.Fatalf("only %d packages were found: is the test looking in the right place?", len(seen))
	}
}

func moduleRelative(imported string) (string, bool) {
	if imported == "sallyport" {
		return "", true
	}
	return strings.CutPrefix(imported, "sallyport/")
}

// importClauses returns the imports of every file that is not a test, by slash-separated path.
func importClauses(t *testing.T) map[string][]string {
	t.Helper()
	clauses := map[string][]string{}
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative := filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		clauses[relative] = nil
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			clauses[relative] = append(clauses[relative], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return clauses
}
