package python

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline shows the statements of a tree by type, nested blocks in parentheses.
func outline(list []Stmt) string {
	var parts []string
	for _, s := range list {
		text := strings.TrimPrefix(fmt.Sprintf("%T", s), "*python.")
		var blocks []string
		s.each(func(child Node) {
			switch child := child.(type) {
			case Stmt:
				blocks = append(blocks, outline([]Stmt{child}))
			case *ExceptHandler:
				blocks = append(blocks, "except:"+outline(child.Body))
			case *MatchCase:
				blocks = append(blocks, "case:"+outline(child.Body))
			}
		})
		if len(blocks) > 0 {
			text += "(" + strings.Join(blocks, " ") + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// recoveries are sources with errors: the statements that come of them, and the errors unless that is nil.
var recoveries = []struct {
	name, source, want string
	errors             []string
}{
	{"Python 2 print", "x = 1\nprint \"x\"\ny = 2\n", "Assign BadStmt Assign",
		[]string{"2:7: expected the end of the statement"}},
	{"Python 2 print to a file", "print >>f, 'x'\nexec code in ns\nx\n", "ExprStmt BadStmt ExprStmt",
		[]string{"2:6: expected the end of the statement"}},
	{"header", "if x y:\n  a = 1\n  def f(): pass\nb\n", "BadStmt(Assign FunctionDef(Pass)) ExprStmt",
		[]string{"1:6: expected :"}},
	{"bad parameters keep the body", "class A:\n  def f(self, (a, b)):\n    return 1\n  def g(self): pass\n",
		"ClassDef(BadStmt(Return) FunctionDef(Pass))", []string{"2:15: expected a name"}},
	{"else", "if a:\n  b\nelse c\nd\n", "If(ExprStmt BadStmt) ExprStmt", []string{"3:6: expected :"}},
	{"elif", "if a:\n  b\nelif c d:\n  e\nf\n", "If(ExprStmt BadStmt(ExprStmt)) ExprStmt", []string{"3:8: expected :"}},
	{"except", "try:\n  a\nexcept A B:\n  b\nfinally:\n  c\n", "Try(ExprStmt except:BadStmt(ExprStmt) ExprStmt)",
		[]string{"3:10: expected :"}},
	{"case", "match a:\n  case 1 2:\n    b\n  case 3: c\n  oops\nd\n",
		"Match(case:BadStmt(ExprStmt) case:ExprStmt case:BadStmt) ExprStmt",
		[]string{"2:10: expected :", "5:3: expected case"}},
	{"decorator", "@a b\n@c\ndef f(): pass\n", "FunctionDef(Pass)", []string{"1:4: expected the end of the decorator"}},
	{"decorator at the end of a block", "class A:\n  @c\nx = 1\n", "ClassDef(BadStmt) Assign",
		[]string{"3:1: expected def or class after decorator"}},
	{"bracket that is never closed", "x = f(1,\ny = 2\nimport os\nz\n", "BadStmt Import ExprStmt",
		[]string{"1:6: ( was never closed"}},
	{"bracket that is never closed at the end", "a\nx = [1,\n", "ExprStmt BadStmt", []string{"2:5: [ was never closed"}},
	{"wrong bracket", "x = (1]\ny)\nz\n", "BadStmt ExprStmt", []string{"1:7: unmatched ]"}},
	{"inner bracket left open", "x = (1, [2)\ny\n", "BadStmt ExprStmt",
		[]string{"1:11: closing ) does not match the bracket before it"}},
	{"string", "x = 'abc\ny\n", "BadStmt ExprStmt", []string{"1:5: unterminated string literal"}},
	{"f-string", "x = f'{a\ny = 1'\ndef f(): pass\n", "BadStmt FunctionDef(Pass)", nil},
	{"indent", "a\n  b\n  c\nd\n", "ExprStmt ExprStmt ExprStmt ExprStmt", []string{"2:3: unexpected indent"}},
	{"dedent", "if a:\n    b\n  c\nd\n", "If(ExprStmt) BadStmt ExprStmt",
		[]string{"3:3: unindent does not match any outer indentation level"}},
	{"missing block", "def f():\nx = 1\n", "FunctionDef Assign", []string{"2:1: expected an indented block"}},
	{"missing case block", "match x:\ny\n", "Match ExprStmt", []string{"2:1: expected an indented block"}},
	{"statements before the bad one", "a; b; c d; e\nf\n", "ExprStmt ExprStmt BadStmt ExprStmt",
		[]string{"1:9: expected the end of the statement"}},
	{"try alone", "try:\n  a\nb\n", "Try(ExprStmt) ExprStmt", []string{"1:1: try has neither except nor finally"}},
	{"target that is none", "f() += 1\na + b: int\nc\n", "BadStmt BadStmt ExprStmt",
		[]string{"1:1: this expression cannot be the only target", "2:1: this expression cannot be the only target"}},
	{"null byte", "x = \x00 1\ny\n", "BadStmt ExprStmt", []string{"1:5: source contains a null byte"}},
	{"statement too long", "if a:\n  b\n" + strings.Repeat("c,", maxLineTokens) + "\nd\n", "If(ExprStmt) BadStmt ExprStmt",
		[]string{"3:1: statement too long to be analysed"}},
	{"nothing", "", "", nil},
}

func TestParsingGoesOnAfterAnError(t *testing.T) {
	for _, test := range recoveries {
		t.Run(test.name, func(t *testing.T) {
			module, errs := Parse([]byte(test.source), "app.py")
			if got := outline(module.Body); got != test.want {
				t.Errorf("statements\n got %s\nwant %s", got, test.want)
			}
			var messages []string
			for _, e := range errs {
				messages = append(messages, strings.TrimPrefix(e.Error(), "app.py:"))
			}
			if diff := cmp.Diff(test.errors, messages); diff != "" && test.errors != nil {
				t.Errorf("errors (-want +got)\n%s", diff)
			}
			if len(errs) == 0 && test.source != "" {
				t.Error("no error")
			}
		})
	}
}

func TestErrorsAreBounded(t *testing.T) {
	_, errs := Parse([]byte(strings.Repeat("print 'x'\n", 10_000)), "old.py")
	if len(errs) != maxErrors {
		t.Errorf("%d errors, want %d", len(errs), maxErrors)
	}
}

func TestBadStatementCoversWhatIsSkipped(t *testing.T) {
	module, _ := Parse([]byte("a\nif x y:\n  b\n  c\nd\n"), "app.py")
	bad, ok := module.Body[1].(*BadStmt)
	if !ok {
		t.Fatalf("%T", module.Body[1])
	}
	if got := module.Text(bad); got != "if x y:\n  b\n  c" {
		t.Errorf("%q", got)
	}
}
