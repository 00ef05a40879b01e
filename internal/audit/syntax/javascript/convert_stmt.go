package javascript

import "github.com/dop251/goja/ast"

func (c *converter) block(b *ast.BlockStatement) *Node {
	if b == nil {
		return nil
	}
	n := c.node(Block, b.LeftBrace)
	c.open(n, false)
	n.Kids = c.statements(b.List)
	c.close()
	return c.ending(n, b.RightBrace)
}

func (c *converter) statements(list []ast.Statement) []*Node {
	nodes := make([]*Node, 0, len(list))
	for _, s := range list {
		if n := c.statement(s); n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// statement converts a statement; nil stays nil.
func (c *converter) statement(s ast.Statement) *Node {
	if s == nil {
		return nil
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.tooDeep = true
		return c.add(&Node{Kind: Bad})
	}
	if n := c.loop(s); n != nil {
		return n
	}
	if n := c.jump(s); n != nil {
		return n
	}
	return c.plain(s)
}

func (c *converter) plain(s ast.Statement) *Node {
	switch s := s.(type) {
	case *ast.ExpressionStatement:
		return c.named(ExpressionStatement, "", c.expression(s.Expression))
	case *ast.BlockStatement:
		return c.block(s)
	case *ast.VariableStatement:
		n := c.node(Var, s.Var, c.bindings(s.List, VarBinding, true)...)
		n.Name = "var"
		return n
	case *ast.LexicalDeclaration:
		return c.lexical(s)
	case *ast.FunctionDeclaration:
		return c.function(s.Function, true)
	case *ast.ClassDeclaration:
		n := c.class(s.Class)
		c.declare(n.Name, &Binding{Kind: ClassBinding, Node: n, Value: n}, false)
		return n
	case *ast.IfStatement:
		n := c.node(If, s.If, c.expression(s.Test), c.statement(s.Consequent), c.statement(s.Alternate))
		for _, k := range n.Kids {
			if k != nil {
				n.EndLine = max(n.EndLine, k.EndLine)
			}
		}
		return n
	case *ast.TryStatement:
		return c.try(s)
	case *ast.SwitchStatement:
		return c.choice(s)
	case *ast.LabelledStatement:
		n := c.named(Labelled, "", c.statement(s.Statement))
		n.Name = s.Label.Name.String()
		return n
	}
	return nil
}

func (c *converter) lexical(s *ast.LexicalDeclaration) *Node {
	kind, name := LetBinding, "let"
	if s.Token.String() == "const" {
		kind, name = ConstBinding, "const"
	}
	n := c.node(Var, s.Idx, c.bindings(s.List, kind, false)...)
	n.Name = name
	return n
}

func (c *converter) try(s *ast.TryStatement) *Node {
	n := c.node(Try, s.Try, c.block(s.Body), nil, nil)
	if s.Catch != nil {
		k := c.node(Catch, s.Catch.Catch)
		c.open(k, false)
		k.Kids = []*Node{nil, nil}
		if s.Catch.Parameter != nil {
			k.Kids[0] = c.pattern(s.Catch.Parameter, nil, &declaration{kind: CatchBinding})
		}
		k.Kids[1] = c.block(s.Catch.Body)
		c.close()
		n.Kids[1] = c.ending(k, s.Catch.Body.RightBrace)
	}
	if s.Finally != nil {
		n.Kids[2] = c.block(s.Finally)
	}
	return n
}

func (c *converter) choice(s *ast.SwitchStatement) *Node {
	n := c.node(Switch, s.Switch, c.expression(s.Discriminant))
	c.open(n, false)
	for _, k := range s.Body {
		kid := c.node(Case, k.Case, c.expression(k.Test))
		kid.Kids = append(kid.Kids, c.statements(k.Consequent)...)
		n.Kids = append(n.Kids, kid)
	}
	c.close()
	return c.ending(n, s.RightBrace)
}

func (c *converter) jump(s ast.Statement) *Node {
	switch s := s.(type) {
	case *ast.ReturnStatement:
		n := c.node(Return, s.Return, c.expression(s.Argument))
		return n
	case *ast.ThrowStatement:
		return c.node(Throw, s.Throw, c.expression(s.Argument))
	case *ast.BranchStatement:
		n := c.node(Branch, s.Idx)
		n.Name = s.Token.String()
		return n
	}
	return nil
}

func (c *converter) loop(s ast.Statement) *Node {
	switch s := s.(type) {
	case *ast.ForStatement:
		n := c.node(For, s.For)
		c.open(n, false)
		n.Kids = []*Node{c.initializer(s.Initializer), c.expression(s.Test), c.expression(s.Update), c.statement(s.Body)}
		c.close()
		return n
	case *ast.ForInStatement:
		n := c.node(ForIn, s.For)
		c.each(n, s.Into, s.Source, s.Body)
		return n
	case *ast.ForOfStatement:
		n := c.node(ForOf, s.For)
		c.each(n, s.Into, s.Source, s.Body)
		return n
	case *ast.WhileStatement:
		return c.node(While, s.While, c.expression(s.Test), c.statement(s.Body))
	case *ast.DoWhileStatement:
		n := c.node(While, s.Do, c.expression(s.Test), c.statement(s.Body))
		n.Name = "do"
		return n
	}
	return nil
}

func (c *converter) each(n *Node, into ast.ForInto, source ast.Expression, body ast.Statement) {
	from := c.expression(source)
	c.open(n, false)
	var target *Node
	element := c.part(from, "[]", source)
	if n.Kind == ForIn {
		element = nil
	}
	switch into := into.(type) {
	case *ast.ForIntoVar:
		target = c.pattern(into.Binding.Target, element, &declaration{VarBinding, true})
	case *ast.ForDeclaration:
		target = c.pattern(into.Target, element, &declaration{kind: LetBinding})
	case *ast.ForIntoExpression:
		target = c.expression(into.Expression)
	}
	n.Kids = []*Node{target, from, c.statement(body)}
	c.close()
}

func (c *converter) initializer(i ast.ForLoopInitializer) *Node {
	switch i := i.(type) {
	case *ast.ForLoopInitializerExpression:
		return c.expression(i.Expression)
	case *ast.ForLoopInitializerVarDeclList:
		n := c.node(Var, i.Var, c.bindings(i.List, VarBinding, true)...)
		n.Name = "var"
		return n
	case *ast.ForLoopInitializerLexicalDecl:
		return c.lexical(&i.LexicalDeclaration)
	}
	return nil
}
