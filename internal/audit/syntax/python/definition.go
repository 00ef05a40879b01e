package python

// decorated parses a function or class with its decorators. One that cannot be parsed is reported, and what
// it decorates is kept.
func (p *parser) decorated() Stmt {
	var decorators []Expr
	for p.is(tokAt) {
		p.next()
		d := p.namedExpression()
		if !p.failed {
			p.expect(tokNewline, "the end of the decorator")
		}
		if p.failed {
			p.failed = false
			p.accept(tokNewline)
			continue
		}
		decorators = append(decorators, d)
	}
	start := p.tok.start
	if p.is(kwClass) {
		return p.class(start, decorators)
	}
	async := p.accept(kwAsync)
	if !p.is(kwDef) {
		p.fail("expected def or class after decorator")
		return &BadStmt{}
	}
	return p.function(start, async, decorators)
}

func (p *parser) function(start Position, async bool, decorators []Expr) Stmt {
	p.next()
	f := &FunctionDef{Async: async, DecoratorList: decorators, Name: p.identifier(), TypeParams: p.typeParameters()}
	p.expect(tokLParen, "(")
	f.Args = p.parameters(tokRParen, true)
	p.expect(tokRParen, ")")
	if p.accept(tokArrow) {
		f.Returns = p.expression()
	}
	f.Body = p.suite()
	f.statement = p.stmt(start)
	return f
}

func (p *parser) class(start Position, decorators []Expr) Stmt {
	p.next()
	c := &ClassDef{DecoratorList: decorators, Name: p.identifier(), TypeParams: p.typeParameters()}
	if p.is(tokLParen) {
		open := p.tok.start
		c.Bases, c.Keywords = p.callArguments()
		p.refuseBareGenerator(open, c.Bases)
	}
	c.Body = p.suite()
	c.statement = p.stmt(start)
	return c
}

// refuseBareGenerator fails for bases that are a generator which shares their parenthesis.
func (p *parser) refuseBareGenerator(open Position, bases []Expr) {
	if len(bases) != 1 {
		return
	}
	if g, ok := bases[0].(*GeneratorExp); ok && g.From == open {
		p.failAt(open, "a generator cannot be a base")
	}
}
