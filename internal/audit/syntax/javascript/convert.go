package javascript

import (
	"sort"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// maxDepth is how deep a tree may be.
const maxDepth = 5000

// converter builds the tree of one file from goja's.
type converter struct {
	file                   *File
	source                 string
	firstLine, firstColumn int

	code                   string // normalised
	codeLines, sourceLines []int
	places                 *sourceMap
	modules                map[string]string // by the name that esbuild gave the module's object
	scopes                 []openScope
	depth                  int
	tooDeep                bool
	exports                []pendingExport
}

// openScope is a scope that is being filled.
type openScope struct {
	names    scope
	function bool
}

func (c *converter) open(n *Node, function bool) {
	s := scope{}
	c.file.scopes[n] = s
	c.scopes = append(c.scopes, openScope{s, function})
}

func (c *converter) close() { c.scopes = c.scopes[:len(c.scopes)-1] }

// declare adds a name to the nearest scope, or to the function's for var.
func (c *converter) declare(name string, b *Binding, hoisted bool) {
	i := len(c.scopes) - 1
	for hoisted && i > 0 && !c.scopes[i].function {
		i--
	}
	if known := c.scopes[i].names[name]; known != nil && hoisted {
		if b.Value != nil {
			known.Assigned = append(known.Assigned, b.Value)
		}
		return
	}
	b.Name = name
	c.scopes[i].names[name] = b
}

// add makes n belong to the file.
func (c *converter) add(n *Node) *Node {
	n.file = c.file
	if n.EndLine < n.Line {
		n.EndLine = n.Line
	}
	return n
}

// node returns a new node that begins at a place of goja's.
func (c *converter) node(kind Kind, at file.Idx, kids ...*Node) *Node {
	if at == 0 { // goja does not say where these begin
		return c.named(kind, "", kids...)
	}
	line, column, _ := c.place(at)
	return c.add(&Node{Kind: kind, Line: line, Column: column, Kids: kids})
}

// ending sets where n ends.
func (c *converter) ending(n *Node, at file.Idx) *Node {
	if line, _, _ := c.place(at); line > n.EndLine {
		n.EndLine = line
	}
	return n
}

// place returns the original line and column of a place of goja's, and the name that stood there if esbuild
// changed it.
func (c *converter) place(at file.Idx) (line, column int, name string) {
	offset := min(max(int(at)-1-len(wrapper), 0), len(c.code))
	row := lineAt(c.codeLines, offset)
	s, ok := c.places.find(row, offset-c.codeLines[row])
	if !ok || s.line >= len(c.sourceLines) {
		return c.firstLine, c.firstColumn, ""
	}
	if s.name >= 0 && s.name < len(c.places.names) && s.column == offset-c.codeLines[row] {
		name = c.places.names[s.name]
	}
	text := c.source[c.sourceLines[s.line]:]
	text, _, _ = strings.Cut(text, "\n")
	column = byteColumn(text, s.origin) + 1
	if s.line == 0 {
		column += c.firstColumn - 1
	}
	return c.firstLine + s.line, column, name
}

// generated names the helpers that esbuild puts before the code.
func generated(name string) bool {
	helpers := []string{
		"__accessCheck", "__async", "__asyncGenerator", "__await", "__commonJS", "__copyProps", "__create", "__decorateClass",
		"__decorateParam", "__defNormalProp", "__defProp", "__defProps", "__export", "__forAwait", "__getOwnPropDesc", "__getOwnPropDescs",
		"__getOwnPropNames", "__getOwnPropSymbols", "__getProtoOf", "__hasOwnProp", "__knownSymbol", "__objRest", "__privateAdd",
		"__privateGet", "__privateIn", "__privateMethod", "__privateSet", "__propIsEnum", "__publicField", "__reExport",
		"__spreadProps", "__spreadValues", "__toCommonJS", "__toESM", "__typeError", "__yieldStar",
	}
	i := sort.SearchStrings(helpers, name)
	return i < len(helpers) && helpers[i] == name
}

// preamble takes in what esbuild wrote about modules, and says whether the statement is not the file's own.
func (c *converter) preamble(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.VariableStatement:
		return len(s.List) == 1 && c.preambleVar(s.List[0])
	case *ast.LexicalDeclaration:
		id, ok := s.List[0].Target.(*ast.Identifier)
		return ok && id.Name == "import_meta"
	case *ast.ExpressionStatement:
		return c.preambleCall(s.Expression)
	}
	return false
}

func (c *converter) preambleVar(b *ast.Binding) bool {
	id, ok := b.Target.(*ast.Identifier)
	if !ok {
		return false
	}
	name := id.Name.String()
	if strings.HasSuffix(name, "_exports") && b.Initializer != nil {
		object, ok := b.Initializer.(*ast.ObjectLiteral)
		return ok && len(object.Value) == 0
	}
	module, ok := requiredModule(b.Initializer)
	if !ok {
		return generated(name)
	}
	if strings.HasPrefix(name, "import_") {
		c.modules[name] = module
		c.file.Requires = append(c.file.Requires, module)
		return true
	}
	return false
}

// preambleCall reads __export(…), __reExport(…), module.exports = __toCommonJS(…) and bare requires.
func (c *converter) preambleCall(e ast.Expression) bool {
	if assign, ok := e.(*ast.AssignExpression); ok {
		call, ok := assign.Right.(*ast.CallExpression)
		return ok && calls(call, "__toCommonJS")
	}
	call, ok := e.(*ast.CallExpression)
	if !ok {
		return false
	}
	switch {
	case calls(call, "__reExport") && len(call.ArgumentList) > 1:
		if module, ok := requiredModule(call.ArgumentList[1]); ok {
			c.file.From = append(c.file.From, module)
		}
		return true
	case calls(call, "__export") && len(call.ArgumentList) > 1:
		c.exported(call.ArgumentList[1])
		return true
	}
	return false
}

// exported reads the object of getters that __export is given. Values are converted when the imports are
// known, which esbuild writes below.
func (c *converter) exported(e ast.Expression) {
	object, ok := e.(*ast.ObjectLiteral)
	if !ok {
		return
	}
	for _, p := range object.Value {
		keyed, ok := p.(*ast.PropertyKeyed)
		if !ok {
			continue
		}
		arrow, ok := keyed.Value.(*ast.ArrowFunctionLiteral)
		if !ok {
			continue
		}
		if body, ok := arrow.Body.(*ast.ExpressionBody); ok {
			c.exports = append(c.exports, pendingExport{keyName(keyed.Key), body.Expression})
		}
	}
}

func keyName(e ast.Expression) string {
	switch e := e.(type) {
	case *ast.StringLiteral:
		return e.Value.String()
	case *ast.Identifier:
		return e.Name.String()
	case *ast.NumberLiteral:
		return e.Literal
	case *ast.PrivateIdentifier:
		return "#" + e.Name.String()
	}
	return ""
}

func calls(call *ast.CallExpression, name string) bool {
	id, ok := call.Callee.(*ast.Identifier)
	return ok && id.Name.String() == name
}

// requiredModule returns what require("…") or __toESM(require("…")) asks for.
func requiredModule(e ast.Expression) (string, bool) {
	call, ok := e.(*ast.CallExpression)
	if !ok || len(call.ArgumentList) == 0 {
		return "", false
	}
	if calls(call, "__toESM") {
		return requiredModule(call.ArgumentList[0])
	}
	text, ok := call.ArgumentList[0].(*ast.StringLiteral)
	if !ok || !calls(call, "require") {
		return "", false
	}
	return strings.TrimPrefix(text.Value.String(), "node:"), true
}

// pendingExport is an export whose value is converted last.
type pendingExport struct {
	name  string
	value ast.Expression
}

// loadedModule is requiredModule, also of the promise that import(…) becomes.
func loadedModule(call *ast.CallExpression) (string, bool) {
	then, ok := call.Callee.(*ast.DotExpression)
	if !ok {
		return requiredModule(call)
	}
	resolve, ok := then.Left.(*ast.CallExpression)
	if !ok || then.Identifier.Name != "then" || len(resolve.ArgumentList) > 0 || len(call.ArgumentList) != 1 {
		return "", false
	}
	arrow, ok := call.ArgumentList[0].(*ast.ArrowFunctionLiteral)
	if !ok {
		return "", false
	}
	body, ok := arrow.Body.(*ast.ExpressionBody)
	if !ok {
		return "", false
	}
	return requiredModule(body.Expression)
}

// require returns a plain call of require.
func (c *converter) require(module string, call *ast.CallExpression) *Node {
	name, text := c.node(Ident, call.Idx0()), c.node(String, call.LeftParenthesis)
	name.Name, text.Text = "require", module
	c.file.Requires = append(c.file.Requires, module)
	return c.named(Call, "", name, text)
}
