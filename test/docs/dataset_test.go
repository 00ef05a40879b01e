package docs

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/dataset"
	"sallyport/internal/ingredients"
)

// TestEveryKeyIsListed compares the tables of the reference with the structs that descriptions are read into.
func TestEveryKeyIsListed(t *testing.T) {
	d := load(t, "docs/dataset.md")
	sections := map[string]reflect.Type{"Top level": reflect.TypeFor[dataset.Description]()}
	gather(sections, reflect.TypeFor[dataset.Description]())
	if len(sections) < 12 {
		t.Fatalf("only %d kinds of mapping were found", len(sections))
	}
	for title, kind := range sections {
		var want []string
		for i := range kind.NumField() {
			if key := kind.Field(i).Tag.Get("yaml"); key != "" {
				want = append(want, key)
			}
		}
		compareSets(t, title, want, firstSpans(t, d, title))
	}
}

// gather collects the structs below kind by the key that leads to them.
func gather(sections map[string]reflect.Type, kind reflect.Type) {
	for i := range kind.NumField() {
		f := kind.Field(i)
		inner := f.Type
		for slices.Contains([]reflect.Kind{reflect.Slice, reflect.Pointer}, inner.Kind()) {
			inner = inner.Elem()
		}
		if key := f.Tag.Get("yaml"); key != "" && inner.Kind() == reflect.Struct {
			sections[key] = inner
			gather(sections, inner)
		}
	}
}

// TestEveryWordIsListed compares the words that keys can have with the constants.
func TestEveryWordIsListed(t *testing.T) {
	d := load(t, "docs/dataset.md")
	for title, from := range map[string][2]string{
		"Kinds":   {"internal/dataset/description.go", "Kind"},
		"Types":   {"internal/dataset/description.go", "Type"},
		"Indexes": {"internal/dataset/description.go", "Index"},
		"Folds":   {"internal/dataset/fold.go", "Fold"},
	} {
		compareSets(t, title, constants(t, from[0], from[1]), firstSpans(t, d, title))
	}
}

// TestIngredientsReference writes what the bundled description publishes.
func TestIngredientsReference(t *testing.T) {
	d, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	var paths strings.Builder
	fmt.Fprintf(&paths, "Rows a page: %s.\n\n", byTier(d.Rows))
	paths.WriteString("| path | parameters | lowest tier | pages | cost | answers |\n|---|---|---|---|---|---|\n")
	for _, e := range d.Endpoints {
		pages := cmp.Or(byTier(e.Pages), "all")
		fmt.Fprintf(&paths, "| `%s` | %s | %s | %s | %d | %s |\n", e.Path, parametersOf(&e), e.Tier, pages, e.Cost, cell(e.Summary))
	}
	generated(t, "docs/ingredients.md", "paths", paths.String())
	for _, table := range d.Tables {
		var fields strings.Builder
		fields.WriteString("| field | type | lowest tier | is |\n|---|---|---|---|\n")
		for _, c := range table.Columns {
			if !c.Hidden {
				fmt.Fprintf(&fields, "| `%s` | %s | %s | %s |\n", c.Name, typeOf(&c), c.Tier, cell(c.Summary))
			}
		}
		generated(t, "docs/ingredients.md", table.Name, fields.String())
	}
}

// byTier lists the numbers from the lowest on.
func byTier(numbers map[string]int) string {
	var list []string
	for _, tier := range slices.SortedFunc(maps.Keys(numbers), func(a, b string) int {
		return cmp.Or(cmp.Compare(numbers[a], numbers[b]), cmp.Compare(b, a))
	}) {
		list = append(list, fmt.Sprintf("%s %d", tier, numbers[tier]))
	}
	return strings.Join(list, ", ")
}

func parametersOf(e *dataset.Endpoint) string {
	var names []string
	for _, p := range e.Parameters {
		name := span(p.Name)
		for _, alias := range p.Aliases {
			name += " or " + span(alias)
		}
		if p.Required {
			name += " (required)"
		}
		var values []string
		for _, c := range p.Enum {
			values = append(values, c.Value)
		}
		if values != nil {
			name += ": " + strings.Join(values, ", ")
		}
		names = append(names, name)
	}
	if e.Kind != dataset.KindGet && e.Kind != dataset.KindStats {
		names = append(names, "`limit`, `cursor`")
	}
	return strings.Join(names, "; ")
}

func typeOf(c *dataset.Column) string {
	kind := string(cmp.Or(c.Type, dataset.Text))
	if c.List {
		return "list of " + kind
	}
	return kind
}
