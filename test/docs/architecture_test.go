package docs

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

// TestImportTable compares the table of the architecture with the one that test/imports_test.go enforces. What a
// package is for is written from its own documentation with -update, and not compared: it changes more often.
func TestImportTable(t *testing.T) {
	allowed := importTable(t)
	var want []string
	var b strings.Builder
	b.WriteString("| package | what it is | may import |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		imports := make([]string, len(allowed[name]))
		for i, one := range allowed[name] {
			imports[i] = span(shown(one))
		}
		list := cmp.Or(strings.Join(imports, ", "), "nothing")
		want = append(want, span(shown(name))+" "+list)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", shown(name), cell(synopsis(t, name)), list)
	}
	if *update {
		generated(t, "docs/ARCHITECTURE.md", "imports", b.String())
	}
	var have []string
	for _, row := range load(t, "docs/ARCHITECTURE.md").tableUnder(t, "Packages") {
		have = append(have, row[0]+" "+row[2])
	}
	if difference := diff.Diff(want, have); difference != "" {
		t.Errorf("the table differs from test/imports_test.go; go test ./test/docs -update writes it\n%s", difference)
	}
}

// shown is the name of a package for a reader: the public library has none in the table of the test.
func shown(name string) string {
	if name == "" {
		return "sallyport"
	}
	return name
}

// importTable reads the map literal mayImport, so that there is no second copy of it in Go.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "test", "imports_test.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "mayImport" {
			return true
		}
		for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
			pair := element.(*ast.KeyValueExpr)
			list := []string{}
			for _, one := range pair.Value.(*ast.CompositeLit).Elts {
				list = append(list, literal(t, one))
			}
			table[literal(t, pair.Key)] = list
		}
		return false
	})
	if len(table) < 10 {
		t.Fatalf("%d packages were found in the table", len(table))
	}
	return table
}

func literal(t *testing.T, e ast.Expr) string {
	t.Helper()
	text, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// synopsis returns the first sentence of a package's documentation, without the words "Package name".
func synopsis(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(name), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if file.Doc != nil && !strings.HasSuffix(path, "_test.go") {
			sentence := new(doc.Package).Synopsis(file.Doc.Text())
			sentence = regexp.MustCompile(`\[([\w.]+)\]`).ReplaceAllString(sentence, "$1") // links to identifiers
			return strings.TrimSuffix(strings.TrimPrefix(sentence, "Package "+file.Name.Name+" "), ".")
		}
	}
	return "not built yet"
}

// TestPictureIsPlain keeps the picture to shapes and text: well-formed, with a title, without scripts and without
// anything from elsewhere.
func TestPictureIsPlain(t *testing.T) {
	f, err := os.Open(filepath.Join(root, "docs", "chain.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]int{}
	for decoder := xml.NewDecoder(f); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			seen[start.Name.Local]++
			for _, a := range start.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
					t.Errorf("<%s> has %s", start.Name.Local, a.Name.Local)
				}
			}
		}
	}
	for name := range seen {
		if !slices.Contains([]string{"svg", "title", "desc", "style", "rect", "text", "path"}, name) {
			t.Errorf("the picture has <%s>", name)
		}
	}
	if seen["title"] != 1 || seen["desc"] != 1 {
		t.Error("the picture says nothing to those who cannot see it")
	}
}

// TestDecisionsAreListed wants the records of decisions numbered without a gap, in one form, and each in the list
// of the architecture.
func TestDecisionsAreListed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "adr", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no records of decisions: %v", err)
	}
	list := load(t, "docs/ARCHITECTURE.md").section(t, "Decisions")
	for i, file := range files {
		name := filepath.Base(file)
		d := load(t, "docs/adr/"+name)
		if !strings.HasPrefix(name, fmt.Sprintf("%04d-", i+1)) || len(d.headings) != 1 {
			t.Errorf("%s is not record %d with one heading", name, i+1)
			continue
		}
		number, title, _ := strings.Cut(d.headings[0].title, ". ")
		if number != strconv.Itoa(i+1) || !strings.Contains(list, fmt.Sprintf("%s. [%s](adr/%s)", number, title, name)) {
			t.Errorf("%s: the architecture does not list %q", name, d.headings[0].title)
		}
		for _, part := range []string{"**Context.**", "**Decision.**", "**Consequences.**"} {
			if strings.Count(d.text, "\n"+part+" ") != 1 {
				t.Errorf("%s has no %s", name, part)
			}
		}
	}
}
