package python

import (
	"strings"
	"testing"
)

// height is the number of levels of a tree, found without recursion of the test's own making.
func height(n Node) int {
	depth, deepest := 0, 0
	Inspect(n, func(n Node) bool {
		if n == nil {
			depth--
			return false
		}
		depth++
		deepest = max(deepest, depth)
		return true
	})
	return deepest
}

// TestHostileSourceIsBounded parses what would overflow a naive parser's stack or memory. Each source is wrong
// or too large, and must say so.
func TestHostileSourceIsBounded(t *testing.T) {
	const many = 100_000
	long, longest := 4<<20, 50<<20
	if testing.Short() {
		longest = long
	}
	sources := map[string]string{
		"brackets":            strings.Repeat("(", many),
		"brackets over lines": strings.Repeat("(\n", many),
		"mixed brackets":      strings.Repeat("[{(", many),
		"closed brackets":     strings.Repeat("(", many) + strings.Repeat(")", many),
		"closing brackets":    strings.Repeat(")", many),
		"subscripts":          "x" + strings.Repeat("[0]", many),
		"calls":               "f" + strings.Repeat("()", many),
		"attributes":          "x" + strings.Repeat(".a", many),
		"sums":                "x" + strings.Repeat("+x", many),
		"sums in brackets":    strings.Repeat("(", 150) + strings.Repeat("x"+strings.Repeat("+x", 1500)+")", 150),
		"powers":              "x" + strings.Repeat("**x", many),
		"signs":               strings.Repeat("-", many) + "x",
		"nots":                strings.Repeat("not ", many) + "x",
		"lambdas":             strings.Repeat("lambda:", many) + "x",
		"conditions":          strings.Repeat("x if x else ", many) + "x",
		"elifs":               "if a: b\n" + strings.Repeat("elif a: b\n", many),
		"else after else":     "if a: b\n" + strings.Repeat("else: b\n", many),
		"f-strings":           "x = " + strings.Repeat(`f"{`, many),
		"format specs":        `x = f"` + strings.Repeat("{x:", many),
		"indentation":         indented(2_000),
		"zigzag":              strings.Repeat("if a:\n        b\n    c\n", many),
		"decorators":          strings.Repeat("@", many),
		"decorator lines":     strings.Repeat("@a\n", many),
		"patterns":            "match x:\n case " + strings.Repeat("[", 190) + strings.Repeat("-", many) + ": pass",
		"triple quotes":       strings.Repeat(`"""`, many) + `"`,
		"backslashes":         strings.Repeat("\\\n", many) + "$",
		"long line":           "x = [" + strings.Repeat("1,", longest/2) + "]",
		"long open line":      strings.Repeat("a(", long/2),
		"long sum":            strings.Repeat("a+", long/2),
		"long string":         "x = '" + strings.Repeat("a", longest),
		"long name":           strings.Repeat("a", long) + " b",
		"long number":         strings.Repeat("1", long) + "x",
		"bytes":               strings.Repeat("\xff", long),
		"nulls":               strings.Repeat("\x00", long),
		"carriage returns":    strings.Repeat("\r", long) + "$",
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			module, errs := Parse([]byte(source), "hostile.py")
			if len(errs) == 0 {
				t.Error("no error")
			}
			if h := height(module); h > maxDepth+4*maxIndents {
				t.Errorf("the tree has %d levels", h)
			}
		})
	}
}

func indented(levels int) string {
	var source strings.Builder
	for i := range levels {
		source.WriteString(strings.Repeat(" ", i) + "if x:\n")
	}
	return source.String()
}

// TestOrdinaryDepthIsNotRefused shows that the bounds leave room for real programs.
func TestOrdinaryDepthIsNotRefused(t *testing.T) {
	for name, source := range map[string]string{
		"sum":      "x" + strings.Repeat(" + x", 1500),
		"list":     "x = [" + strings.Repeat("a.b.c(d)[1], ", 50_000) + "]",
		"brackets": strings.Repeat("[", 199) + strings.Repeat("]", 199),
		"chain":    "x = (a\n" + strings.Repeat("  .b(1)\n", 500) + ")",
		"elif":     "if a: b\n" + strings.Repeat("elif a: b\n", 1000),
		"indents":  indented(99) + strings.Repeat(" ", 99) + "pass\n",
	} {
		if _, errs := Parse([]byte(source), name); len(errs) > 0 {
			t.Error(errs[0])
		}
	}
}
