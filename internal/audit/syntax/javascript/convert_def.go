package javascript

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

func (c *converter) identifier(name string, at file.Idx) *Node {
	n := c.node(Ident, at)
	n.Name = name
	if _, _, original := c.place(at); original != "" {
		n.Name = original
	}
	return n
}

func (c *converter) call(kind Kind, callee ast.Expression, args []ast.Expression, end file.Idx) *Node {
	target := c.expression(callee)
	n := c.add(&Node{Kind: kind, Line: target.Line, Column: target.Column, Kids: append([]*Node{target}, c.expressions(args)...)})
	n.EndLine = max(n.EndLine, target.EndLine)
	for _, k := range n.Kids {
		if k != nil {
			n.EndLine = max(n.EndLine, k.EndLine)
		}
	}
	return c.ending(n, end)
}

// definition converts functions, classes and patterns.
func (c *converter) definition(e ast.Expression) *Node {
	switch e := e.(type) {
	case *ast.FunctionLiteral:
		return c.function(e, false)
	case *ast.ArrowFunctionLiteral:
		return c.arrow(e)
	case *ast.ClassLiteral:
		return c.class(e)
	case *ast.ObjectPattern, *ast.ArrayPattern:
		return c.pattern(e, nil, nil)
	case *ast.Binding:
		return c.named(Assign, "=", c.expression(e.Target), c.expression(e.Initializer))
	case *ast.PropertyShort:
		return c.identifier(e.Name.Name.String(), e.Name.Idx)
	case *ast.PropertyKeyed:
		return c.expression(e.Value)
	}
	return c.add(&Node{Kind: Bad, Line: c.firstLine, Column: c.firstColumn})
}

// function converts a function; a method's or accessor's name is its key's.
func (c *converter) function(e *ast.FunctionLiteral, declared bool) *Node {
	n := c.node(Function, e.Function)
	n.Async = e.Async
	if e.Name != nil {
		id := c.identifier(e.Name.Name.String(), e.Name.Idx)
		n.Name, n.Line, n.Column = id.Name, id.Line, id.Column
		n.EndLine = n.Line
		if declared {
			c.declare(n.Name, &Binding{Kind: FunctionBinding, Node: n, Value: n}, true)
		}
	}
	c.open(n, true)
	if e.Name != nil && !declared {
		c.declare(n.Name, &Binding{Kind: FunctionBinding, Node: n, Value: n}, false)
	}
	c.parameters(n, e.ParameterList)
	n.Kids = append(n.Kids, c.block(e.Body))
	c.close()
	return c.ending(n, e.Body.RightBrace)
}

func (c *converter) arrow(e *ast.ArrowFunctionLiteral) *Node {
	n := c.node(Function, e.Start)
	n.Async = e.Async
	c.open(n, true)
	c.parameters(n, e.ParameterList)
	var body *Node
	switch b := e.Body.(type) {
	case *ast.BlockStatement:
		body = c.block(b)
	case *ast.ExpressionBody:
		body = c.expression(b.Expression)
	}
	if body == nil {
		body = c.add(&Node{Kind: Bad, Line: n.Line})
	}
	n.Kids = append(n.Kids, body)
	n.EndLine = max(n.EndLine, body.EndLine)
	c.close()
	return n
}

func (c *converter) parameters(n *Node, list *ast.ParameterList) {
	for _, b := range list.List {
		n.Kids = append(n.Kids, c.parameter(b.Target, b.Initializer, ""))
	}
	if list.Rest != nil {
		n.Kids = append(n.Kids, c.parameter(list.Rest, nil, "..."))
	}
}

func (c *converter) parameter(target, initial ast.Expression, rest string) *Node {
	p := c.node(Param, target.Idx0())
	p.Text = rest
	value := c.expression(initial)
	if id, ok := target.(*ast.Identifier); ok {
		t := c.identifier(id.Name.String(), id.Idx)
		p.Name = t.Name
		p.Kids = []*Node{t, value}
		c.declare(t.Name, &Binding{Kind: ParamBinding, Node: p, Value: value}, false)
		return p
	}
	p.Kids = []*Node{c.pattern(target, p, nil), value}
	return p
}

func (c *converter) class(e *ast.ClassLiteral) *Node {
	n := c.node(Class, e.Class, c.expression(e.SuperClass))
	if e.Name != nil {
		n.Name = c.identifier(e.Name.Name.String(), e.Name.Idx).Name
	}
	for _, element := range e.Body {
		switch m := element.(type) {
		case *ast.MethodDefinition:
			p := c.property(m.Key, m.Body, m.Computed, string(m.Kind))
			if f := p.Kid(0); f.Is(Function) && f.Name == "" {
				f.Name = p.Name
			}
			n.Kids = append(n.Kids, p)
		case *ast.FieldDefinition:
			n.Kids = append(n.Kids, c.property(m.Key, m.Initializer, m.Computed, ""))
		case *ast.ClassStaticBlock:
			n.Kids = append(n.Kids, c.block(m.Block))
		}
	}
	return c.ending(n, e.RightBrace)
}

// pattern converts the target of a destructuring. Each name that it declares is given the value that it takes
// out of source, so that const {a: {b = 1}} = x makes b the same as x.a.b ?? 1. With source nil and no scope
// of its own it assigns, and declares nothing.
func (c *converter) pattern(target ast.Expression, source *Node, declare *declaration) *Node {
	if source != nil && declare == nil {
		declare = &declaration{kind: ParamBinding}
	}
	switch t := target.(type) {
	case *ast.ObjectPattern:
		n := c.ending(c.node(Pattern, t.LeftBrace), t.RightBrace)
		for _, p := range t.Properties {
			n.Kids = append(n.Kids, c.patternProperty(p, source, declare))
		}
		if t.Rest != nil {
			n.Kids = append(n.Kids, c.pattern(t.Rest, source, declare))
		}
		return n
	case *ast.ArrayPattern:
		n := c.ending(c.node(Pattern, t.LeftBracket), t.RightBracket)
		for _, e := range t.Elements {
			n.Kids = append(n.Kids, c.pattern(e, c.part(source, "[]", e), declare))
		}
		if t.Rest != nil {
			n.Kids = append(n.Kids, c.pattern(t.Rest, c.part(source, "[]", t.Rest), declare))
		}
		return n
	case *ast.AssignExpression:
		initial := c.expression(t.Right)
		return c.named(Assign, "=", c.pattern(t.Left, c.orElse(source, initial), declare), initial)
	case *ast.Identifier:
		id := c.identifier(t.Name.String(), t.Idx)
		if declare != nil {
			c.declare(id.Name, &Binding{Kind: declare.kind, Node: id, Value: source}, declare.hoisted)
		}
		return id
	case *ast.Binding:
		return c.pattern(t.Target, source, declare)
	}
	return c.expression(target)
}

// declaration is how the names of a pattern are declared.
type declaration struct {
	kind    BindingKind
	hoisted bool
}

func (c *converter) patternProperty(p ast.Property, source *Node, declare *declaration) *Node {
	switch p := p.(type) {
	case *ast.PropertyShort:
		part := c.part(source, p.Name.Name.String(), &p.Name)
		var initial *Node
		if p.Initializer != nil {
			initial = c.expression(p.Initializer)
			part = c.orElse(part, initial)
		}
		id := c.pattern(&p.Name, part, declare)
		if initial == nil {
			return id
		}
		return c.named(Assign, "=", id, initial)
	case *ast.PropertyKeyed:
		return c.pattern(p.Value, c.part(source, keyName(p.Key), p.Value), declare)
	}
	return nil
}

// part returns a node for the member of source that a pattern takes out.
func (c *converter) part(source *Node, name string, at ast.Node) *Node {
	if source == nil || at == nil {
		return nil
	}
	n := c.node(Member, at.Idx0(), source)
	n.Name = name
	n.Parent = source
	return n
}

// orElse returns a node for a value with a default.
func (c *converter) orElse(value, initial *Node) *Node {
	if value == nil || initial == nil {
		return value
	}
	n := c.named(Binary, "??", value, initial)
	n.Line, n.Column, n.Parent = value.Line, value.Column, value
	return n
}

func (c *converter) bindings(list []*ast.Binding, kind BindingKind, hoisted bool) []*Node {
	nodes := make([]*Node, 0, len(list))
	for _, b := range list {
		nodes = append(nodes, c.binding(b, kind, hoisted))
	}
	return nodes
}

func (c *converter) binding(b *ast.Binding, kind BindingKind, hoisted bool) *Node {
	value := c.expression(b.Initializer)
	if value.Is(Function, Class) && value.Name == "" {
		if id, ok := b.Target.(*ast.Identifier); ok {
			value.Name = c.identifier(id.Name.String(), id.Idx).Name
		}
	}
	target := c.pattern(b.Target, value, &declaration{kind, hoisted})
	return c.named(Declarator, "", target, value)
}
