package javascript

import (
	"fmt"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// expression converts an expression; nil stays nil.
func (c *converter) expression(e ast.Expression) *Node {
	if e == nil {
		return nil
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.tooDeep = true
		return c.add(&Node{Kind: Bad})
	}
	if n := c.literal(e); n != nil {
		return n
	}
	if n := c.operation(e); n != nil {
		return n
	}
	if n := c.access(e); n != nil {
		return n
	}
	return c.definition(e)
}

func (c *converter) expressions(list []ast.Expression) []*Node {
	nodes := make([]*Node, 0, len(list))
	for _, e := range list {
		nodes = append(nodes, c.expression(e))
	}
	return nodes
}

func (c *converter) literal(e ast.Expression) *Node {
	var n *Node
	switch e := e.(type) {
	case *ast.StringLiteral:
		n = c.node(String, e.Idx)
		n.Text = e.Value.String()
	case *ast.NumberLiteral:
		n = c.node(Number, e.Idx)
		n.Text = e.Literal
	case *ast.BooleanLiteral:
		n = c.node(Bool, e.Idx)
		n.Name = e.Literal
	case *ast.NullLiteral:
		n = c.node(Null, e.Idx)
	case *ast.RegExpLiteral:
		n = c.node(Regexp, e.Idx)
		n.Name, n.Text = e.Flags, e.Pattern
	case *ast.ThisExpression:
		n = c.node(This, e.Idx)
	case *ast.SuperExpression:
		n = c.identifier("super", e.Idx0())
	case *ast.Identifier:
		n = c.identifier(e.Name.String(), e.Idx)
	case *ast.MetaProperty:
		n = c.identifier(fmt.Sprintf("%s.%s", e.Meta.Name, e.Property.Name), e.Idx)
	case *ast.TemplateLiteral:
		n = c.template(e)
	case *ast.ArrayLiteral:
		n = c.ending(c.node(Array, e.LeftBracket, c.expressions(e.Value)...), e.RightBracket)
	case *ast.ObjectLiteral:
		n = c.ending(c.node(Object, e.LeftBrace, c.properties(e.Value)...), e.RightBrace)
	}
	return n
}

func (c *converter) template(e *ast.TemplateLiteral) *Node {
	n := c.node(Template, e.OpenQuote)
	for i, part := range e.Elements {
		if text := part.Parsed.String(); text != "" {
			s := c.node(String, part.Idx)
			s.Text = text
			n.Kids = append(n.Kids, s)
		}
		if i < len(e.Expressions) {
			n.Kids = append(n.Kids, c.expression(e.Expressions[i]))
		}
	}
	c.ending(n, e.CloseQuote)
	if e.Tag == nil {
		return n
	}
	tag := c.expression(e.Tag)
	return c.ending(c.add(&Node{Kind: Tagged, Line: tag.Line, Column: tag.Column, Kids: []*Node{tag, n}}), e.CloseQuote)
}

func (c *converter) properties(list []ast.Property) []*Node {
	nodes := make([]*Node, 0, len(list))
	for _, p := range list {
		switch p := p.(type) {
		case *ast.PropertyShort:
			n := c.node(Property, p.Name.Idx, c.identifier(p.Name.Name.String(), p.Name.Idx))
			n.Name = n.Kids[0].Name
			nodes = append(nodes, n)
		case *ast.PropertyKeyed:
			nodes = append(nodes, c.property(p.Key, p.Value, p.Computed, string(p.Kind)))
		case *ast.SpreadElement:
			nodes = append(nodes, c.expression(p))
		}
	}
	return nodes
}

func (c *converter) property(key, value ast.Expression, computed bool, kind string) *Node {
	n := c.node(Property, key.Idx0(), c.expression(value))
	switch kind {
	case "get", "set":
		n.Text = kind
	}
	if !computed {
		n.Name = keyName(key)
		return n
	}
	k := c.expression(key)
	if text, ok := Constant(k); ok {
		n.Name = text
	}
	n.Kids = append(n.Kids, k)
	return n
}

func (c *converter) operation(e ast.Expression) *Node {
	switch e := e.(type) {
	case *ast.BinaryExpression:
		return c.named(Binary, e.Operator.String(), c.expression(e.Left), c.expression(e.Right))
	case *ast.AssignExpression:
		name := "="
		if e.Operator != token.ASSIGN {
			name = strings.TrimSuffix(e.Operator.String(), "=") + "="
		}
		return c.named(Assign, name, c.expression(e.Left), c.expression(e.Right))
	case *ast.ConditionalExpression:
		return c.named(Conditional, "", c.expression(e.Test), c.expression(e.Consequent), c.expression(e.Alternate))
	case *ast.SequenceExpression:
		if number, ok := e.Sequence[0].(*ast.NumberLiteral); ok && number.Literal == "0" && len(e.Sequence) == 2 {
			return c.expression(e.Sequence[1])
		}
		return c.named(Sequence, "", c.expressions(e.Sequence)...)
	case *ast.UnaryExpression:
		return c.unary(e)
	case *ast.AwaitExpression:
		return c.node(Await, e.Await, c.expression(e.Argument))
	case *ast.YieldExpression:
		if made, ok := e.Argument.(*ast.NewExpression); ok && keyName(made.Callee) == "__await" {
			return c.node(Await, e.Yield, c.expressions(made.ArgumentList)...)
		}
		return c.node(Yield, e.Yield, c.expression(e.Argument))
	case *ast.SpreadElement:
		return c.node(Spread, e.Idx0(), c.expression(e.Expression))
	}
	return nil
}

// named returns a node that begins where its first kid does.
func (c *converter) named(kind Kind, name string, kids ...*Node) *Node {
	n := &Node{Kind: kind, Name: name, Kids: kids}
	for _, k := range kids {
		if k != nil {
			if n.Line == 0 {
				n.Line, n.Column = k.Line, k.Column
			}
			n.EndLine = max(n.EndLine, k.EndLine)
		}
	}
	if n.Line == 0 {
		n.Line, n.Column = c.firstLine, c.firstColumn
	}
	return c.add(n)
}

func (c *converter) unary(e *ast.UnaryExpression) *Node {
	operand := c.expression(e.Operand)
	n := c.node(Unary, e.Idx0(), operand)
	n.Name = e.Operator.String()
	if n.Name != "void" {
		return n
	}
	if operand.Is(Number) {
		n.Kind, n.Name, n.Kids = Ident, "undefined", nil
		return n
	}
	n.Kind, n.Name = Await, ""
	return n
}

// access converts what reaches into a value: members, calls.
func (c *converter) access(e ast.Expression) *Node {
	switch e := e.(type) {
	case *ast.OptionalChain:
		return c.expression(e.Expression)
	case *ast.Optional:
		return c.expression(e.Expression)
	case *ast.DotExpression:
		return c.member(e.Left, e.Identifier)
	case *ast.PrivateDotExpression:
		id := e.Identifier.Identifier
		id.Name = "#" + id.Name
		return c.member(e.Left, id)
	case *ast.BracketExpression:
		left, key := c.expression(e.Left), c.expression(e.Member)
		if text, ok := Constant(key); ok {
			n := c.named(Member, text, left)
			n.Line, n.Column = key.Line, key.Column
			return n
		}
		return c.named(Index, "", left, key)
	case *ast.CallExpression:
		if module, ok := loadedModule(e); ok {
			return c.require(module, e)
		}
		return c.call(Call, e.Callee, e.ArgumentList, e.RightParenthesis)
	case *ast.NewExpression:
		n := c.call(New, e.Callee, e.ArgumentList, max(e.RightParenthesis, e.New))
		n.Line, n.Column, _ = c.place(e.New)
		return n
	}
	return nil
}

func (c *converter) member(object ast.Expression, id ast.Identifier) *Node {
	if base, ok := object.(*ast.Identifier); ok {
		if base.Name == "import_meta" {
			n := c.named(Member, id.Name.String(), c.identifier("import.meta", base.Idx))
			return n
		}
		if module, ok := c.modules[base.Name.String()]; ok {
			return c.imported(module, id.Name.String(), base)
		}
	}
	n := c.named(Member, id.Name.String(), c.expression(object))
	n.Line, n.Column, _ = c.place(id.Idx)
	n.EndLine = max(n.EndLine, n.Line)
	return n
}

// imported turns import_x.name back into the name that the file gave it.
func (c *converter) imported(module, name string, base *ast.Identifier) *Node {
	n := c.node(Ident, base.Idx)
	_, _, local := c.place(base.Idx)
	switch {
	case local != "" && !strings.HasPrefix(local, "import_"):
		n.Name = local
	case name == "default":
		n.Name = strings.TrimPrefix(base.Name.String(), "import_")
	default:
		n.Name = name
	}
	c.file.Imports[n.Name] = Import{module, name}
	return n
}
