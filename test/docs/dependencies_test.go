package docs

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDependencies wants a line about every module that the code imports or go.mod names as a tool: about those of the
// program in the first table, about those of tests in either; and no line about a module that go.mod lacks.
func TestDependencies(t *testing.T) {
	shipped, others := dependencies(t)
	d := load(t, "docs/dependencies.md")
	inProgram := firstSpans(t, d, "In the program")
	all := append(slices.Clone(inProgram), firstSpans(t, d, "In tests and tools alone")...)
	for _, module := range shipped {
		if !slices.Contains(inProgram, module) {
			t.Errorf("the program imports %s, which no line is about", module)
		}
	}
	for _, module := range others {
		if !slices.Contains(all, module) {
			t.Errorf("tests import %s, which no line is about", module)
		}
	}
	modules := requiredModules(t)
	for _, module := range all {
		if !slices.Contains(modules, module) {
			t.Errorf("a line is about %s, which go.mod lacks", module)
		}
	}
}

// requiredModules returns the modules of go.mod.
func requiredModules(t *testing.T) []string {
	t.Helper()
	var modules []string
	for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+) v\S+`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		modules = append(modules, m[1])
	}
	return modules
}

// firstSpans returns the first column of a table, and wants every other cell filled.
func firstSpans(t *testing.T, d *document, title string) []string {
	t.Helper()
	var names []string
	for _, row := range d.tableUnder(t, title) {
		names = append(names, strings.Trim(row[0], "`"))
		if slices.Contains(row, "") {
			t.Errorf("%s: %s has an empty cell", d.path, row[0])
		}
	}
	return names
}

func compareSets(t *testing.T, what string, want, have []string) {
	t.Helper()
	for _, name := range want {
		if !slices.Contains(have, name) {
			t.Errorf("%s: %s is missing", what, name)
		}
	}
	for _, name := range have {
		if !slices.Contains(want, name) {
			t.Errorf("%s: %s is too much", what, name)
		}
	}
}

// dependencies returns the modules of go.mod that provide an imported package, apart from those that only tests
// import.
func dependencies(t *testing.T) (shipped, others []string) {
	t.Helper()
	modules := requiredModules(t)
	program, tests := importedPackages(t)
	for _, m := range regexp.MustCompile(`(?m)^tool (\S+)`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		tests = append(tests, m[1])
	}
	used := map[string]string{} // module, to "program" or "tests"
	for _, pkg := range tests {
		used[provider(modules, pkg)] = "tests"
	}
	for _, pkg := range program {
		used[provider(modules, pkg)] = "program"
	}
	delete(used, "") // the standard library and this module
	for module, in := range used {
		if in == "program" {
			shipped = append(shipped, module)
		} else {
			others = append(others, module)
		}
	}
	if len(shipped) < 3 {
		t.Fatalf("the program imports %d modules: is the test looking in the right place?", len(shipped))
	}
	return shipped, others
}

// provider returns the module with the longest path that pkg begins with.
func provider(modules []string, pkg string) string {
	best := ""
	for _, m := range modules {
		if (pkg == m || strings.HasPrefix(pkg, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// importedPackages returns what the packages of the module import, and what its tests do. A package or command
// that imports testing is for tests.
func importedPackages(t *testing.T) (program, tests []string) {
	t.Helper()
	packages, tests := importsByPackage(t)
	for name, imports := range packages {
		if slices.Contains(imports, "testing") || strings.HasPrefix(name, "sallyport/test/") {
			tests = append(tests, imports...)
			continue
		}
		program = append(program, imports...)
	}
	return program, tests
}

// importsByPackage returns the imports of each package, and those of all test files.
func importsByPackage(t *testing.T) (packages map[string][]string, tests []string) {
	t.Helper()
	packages = map[string][]string{}
	for _, file := range goFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Join("sallyport", path.Dir(filepath.ToSlash(file)))
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				tests = append(tests, imported)
			} else {
				packages[pkg] = append(packages[pkg], imported)
			}
		}
	}
	return packages, tests
}

// goFiles returns every Go file of the repository, from the root.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
