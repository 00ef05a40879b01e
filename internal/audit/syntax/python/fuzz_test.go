package python

import (
	"reflect"
	"strings"
	"testing"
)

// FuzzParse wants a tree for any source, whose positions lie within it, twice the same.
func FuzzParse(f *testing.F) {
	for _, s := range snippets(f) {
		f.Add([]byte(s.source))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		module, errs := Parse(src, "fuzz.py")
		lines := strings.Split(module.Source, "\n")
		for _, e := range errs {
			checkPosition(t, module, lines, e.Pos)
		}
		Inspect(module, func(n Node) bool {
			if n == nil {
				return false
			}
			checkPosition(t, module, lines, n.Pos())
			checkPosition(t, module, lines, n.End())
			if _, bad := n.(*badExpr); bad {
				t.Error("an expression that failed is left in the tree")
			}
			if n.Pos().Offset > n.End().Offset {
				t.Errorf("%T begins at %v behind its end %v", n, n.Pos(), n.End())
			}
			return true
		})
		again, errsAgain := Parse(src, "fuzz.py")
		if !reflect.DeepEqual(errs, errsAgain) || dumpText(t, module) != dumpText(t, again) {
			t.Error("parsing again gives another tree")
		}
	})
}

func checkPosition(t *testing.T, m *Module, lines []string, at Position) {
	t.Helper()
	if at.Offset < 0 || at.Offset > len(m.Source) || at.Line < 1 || at.Line > len(lines) ||
		at.Column < 0 || at.Column > len(lines[at.Line-1]) {
		t.Fatalf("position %+v is outside of the source", at)
	}
	if start := strings.LastIndexByte(m.Source[:at.Offset], '\n') + 1; at.Column != at.Offset-start {
		t.Fatalf("position %+v: the line begins at %d", at, start)
	}
}

func dumpText(t *testing.T, n Node) string {
	t.Helper()
	var text strings.Builder
	if err := Dump(&text, n); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
