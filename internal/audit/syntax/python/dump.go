package python

import (
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// Dump writes a tree with one node a line, indented by its depth: the field that holds it, its type, its
// position (line:column-line:column) unless CPython gives it none, and its plain fields. Absent fields and
// empty lists are left out. It is meant for tests and for people, and follows the order of CPython's fields;
// names are in lower case without underscores.
func Dump(w io.Writer, n Node) error {
	d := dumper{w: w}
	d.node(0, "", n)
	return d.err
}

type dumper struct {
	w   io.Writer
	err error
}

func (d *dumper) line(depth int, text string) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, "%*s%s\n", depth, "", text)
	}
}

func (d *dumper) node(depth int, field string, n Node) {
	value := reflect.ValueOf(n).Elem()
	head := field + typeName(n) + place(n)
	var children []reflect.StructField
	for _, f := range reflect.VisibleFields(value.Type()) {
		switch {
		case f.Anonymous || len(f.Index) > 1 || skipField(n, f.Name):
		case holdsNodes(f.Type):
			children = append(children, f)
		default:
			head += plainField(strings.ToLower(f.Name), value.FieldByIndex(f.Index))
		}
	}
	if c, ok := n.(*Constant); ok {
		head += constantField(c)
	}
	d.line(depth, head)
	for _, f := range children {
		d.children(depth+1, strings.ToLower(f.Name)+": ", value.FieldByIndex(f.Index))
	}
}

func (d *dumper) children(depth int, field string, value reflect.Value) {
	if value.Kind() == reflect.Slice {
		for i := range value.Len() {
			if item := value.Index(i); item.IsNil() {
				d.line(depth, field+"None")
			} else {
				d.node(depth, field, item.Interface().(Node))
			}
		}
		return
	}
	if !value.IsNil() {
		d.node(depth, field, value.Interface().(Node))
	}
}

// typeName is CPython's name of the type of a node, in lower case.
func typeName(n Node) string {
	name := strings.ToLower(reflect.TypeOf(n).Elem().Name())
	switch n := n.(type) {
	case *ExprStmt:
		return "expr"
	case *FunctionDef:
		return asyncPrefix(n.Async) + name
	case *For:
		return asyncPrefix(n.Async) + name
	case *With:
		return asyncPrefix(n.Async) + name
	case *Try:
		if n.Star {
			return "trystar"
		}
	}
	return name
}

func asyncPrefix(async bool) string {
	if async {
		return "async"
	}
	return ""
}

func place(n Node) string {
	switch n.(type) {
	case *Module, *Arguments, *Comprehension, *WithItem, *MatchCase:
		return ""
	}
	from, to := n.Pos(), n.End()
	return fmt.Sprintf(" %d:%d-%d:%d", from.Line, from.Column, to.Line, to.Column)
}

// skipField tells the fields that CPython's trees have not, or that are written in another way.
func skipField(n Node, field string) bool {
	switch n.(type) {
	case *Module:
		return field != "Body"
	case *Constant:
		return true
	}
	return field == "Async" || field == "Star"
}

var nodeType = reflect.TypeFor[Node]()

func holdsNodes(t reflect.Type) bool {
	return t.Implements(nodeType) || t.Kind() == reflect.Slice && t.Elem().Implements(nodeType)
}

func plainField(name string, value reflect.Value) string {
	switch value.Kind() {
	case reflect.String:
		if value.Len() == 0 {
			return ""
		}
	case reflect.Bool:
		return fmt.Sprintf(" %s=%d", name, map[bool]int{true: 1}[value.Bool()])
	case reflect.Slice:
		if value.Len() == 0 {
			return ""
		}
		items := strings.Fields(strings.Trim(fmt.Sprint(value.Interface()), "[]"))
		return " " + name + "=" + strings.Join(items, ",")
	}
	return fmt.Sprintf(" %s=%v", name, value.Interface())
}

func constantField(c *Constant) string {
	kind := ""
	if c.Unicode {
		kind = " kind=u"
	}
	return " value=" + constantValue(c) + kind
}

// constantValue writes a value so that equal values are equal text: whole numbers in base 16, the bits of
// others, and strings as bytes.
func constantValue(c *Constant) string {
	switch c.Kind {
	case String:
		return quoteBytes(c.Value)
	case Bytes:
		return "b" + quoteBytes(c.Value)
	case Int:
		if value, ok := new(big.Int).SetString(c.Value, 0); ok {
			return fmt.Sprintf("%#x", value)
		}
	case Float:
		return floatBits(c.Value)
	case Imaginary:
		return floatBits(c.Value[:len(c.Value)-1]) + "j"
	}
	return c.Kind.String()
}

func floatBits(text string) string {
	value, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil && !math.IsInf(value, 0) {
		return text
	}
	return fmt.Sprintf("float:%016x", math.Float64bits(value))
}

func quoteBytes(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&out, "\\x%02x", c)
		} else {
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}
