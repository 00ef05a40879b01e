package python

// compound parses a compound statement; nil when the line does not begin one.
func (p *parser) compound() Stmt {
	switch p.tok.kind {
	case kwIf:
		return p.ifStmt()
	case kwWhile:
		return p.while()
	case kwFor, kwWith, kwTry:
		return p.blockStmt(p.tok.start, false)
	case kwDef, kwClass, tokAt:
		return p.decorated()
	case kwAsync:
		return p.async()
	}
	if p.isWord("match") && p.endsInColon() && p.peek() != tokColon {
		return p.match()
	}
	return nil
}

func (p *parser) async() Stmt {
	if p.peek() == kwDef {
		return p.decorated()
	}
	start := p.tok.start
	p.next()
	if !p.is(kwFor) && !p.is(kwWith) {
		p.fail("expected def, for or with after async")
		return &BadStmt{}
	}
	return p.blockStmt(start, true)
}

func (p *parser) blockStmt(start Position, async bool) Stmt {
	switch p.tok.kind {
	case kwFor:
		return p.forStmt(start, async)
	case kwWith:
		return p.with(start, async)
	}
	return p.try()
}

// endsInColon tells whether the logical line does, as only the header of a block can.
func (p *parser) endsInColon() bool {
	return len(p.line) > 1 && p.line[len(p.line)-2].kind == tokColon
}

// suite parses the colon and the block of a compound statement. A missing block is reported and empty.
func (p *parser) suite() []Stmt {
	if !p.expect(tokColon, ":") {
		return nil
	}
	if !p.accept(tokNewline) {
		return p.simpleStatements()
	}
	if !p.indented() {
		return nil
	}
	return p.untilDedent()
}

func (p *parser) indented() bool {
	if p.accept(tokIndent) {
		return true
	}
	p.lexer.errors.add(p.tok.start, "expected an indented block")
	return false
}

// clause parses the suite of a clause such as else, whose failure spares what comes before it.
func (p *parser) clause(start Position) []Stmt {
	body := p.suite()
	if p.failed {
		return append(p.parsedBefore(body), p.recover(start))
	}
	return body
}

func (p *parser) orElse() []Stmt {
	start := p.tok.start
	if p.failed || !p.accept(kwElse) {
		return nil
	}
	return p.clause(start)
}

func (p *parser) ifStmt() Stmt {
	start := p.tok.start
	p.next()
	s := &If{Test: p.namedExpression()}
	s.Body = p.suite()
	if p.is(kwElif) && !p.failed {
		s.OrElse = []Stmt{p.elif()}
	} else {
		s.OrElse = p.orElse()
	}
	s.statement = p.stmt(start)
	return s
}

func (p *parser) elif() Stmt {
	p.enter()
	defer p.leave()
	start := p.tok.start
	nested := p.ifStmt()
	if p.failed {
		return p.recover(start)
	}
	return nested
}

func (p *parser) while() Stmt {
	start := p.tok.start
	p.next()
	s := &While{Test: p.namedExpression()}
	s.Body = p.suite()
	s.OrElse = p.orElse()
	s.statement = p.stmt(start)
	return s
}

func (p *parser) forStmt(start Position, async bool) Stmt {
	p.next()
	s := &For{Async: async, Target: p.targets()}
	p.expect(kwIn, "in")
	s.Iter = p.starExpressions()
	s.Body = p.suite()
	s.OrElse = p.orElse()
	s.statement = p.stmt(start)
	return s
}

func (p *parser) with(start Position, async bool) Stmt {
	p.next()
	s := &With{Async: async}
	if !p.is(tokLParen) || !p.attempt(func() { s.Items = p.parenthesisedItems() }) {
		s.Items = p.withItems(tokColon)
	}
	s.Body = p.suite()
	s.statement = p.stmt(start)
	return s
}

func (p *parser) parenthesisedItems() []*WithItem {
	p.next()
	items := p.withItems(tokRParen)
	p.expect(tokRParen, ")")
	if !p.is(tokColon) {
		p.fail("expected :")
	}
	return items
}

// withItems parses context managers up to closing; only a parenthesis may stand after a comma.
func (p *parser) withItems(closing kind) []*WithItem {
	var items []*WithItem
	for {
		items = append(items, p.withItem())
		if !p.accept(tokComma) || closing == tokRParen && p.is(tokRParen) {
			return items
		}
	}
}

func (p *parser) withItem() *WithItem {
	start := p.tok.start
	item := &WithItem{ContextExpr: p.expression()}
	if p.accept(kwAs) {
		item.OptionalVars = p.starTarget()
		p.assignTo(item.OptionalVars, Store)
	}
	item.Span = p.span(start)
	return item
}

func (p *parser) starTarget() Expr {
	if p.is(tokStar) {
		return p.starred(p.bitwiseOr)
	}
	return p.bitwiseOr()
}

func (p *parser) try() Stmt {
	start := p.tok.start
	p.next()
	s := &Try{Body: p.suite()}
	for p.is(kwExcept) && !p.failed {
		s.Star = s.Star || p.peek() == tokStar
		s.Handlers = append(s.Handlers, p.exceptHandler(s.Star))
	}
	if len(s.Handlers) > 0 {
		s.OrElse = p.orElse()
	}
	if finally := p.tok.start; !p.failed && p.accept(kwFinally) {
		s.FinalBody = p.clause(finally)
	} else if len(s.Handlers) == 0 && !p.failed {
		p.lexer.errors.add(start, "try has neither except nor finally")
	}
	s.statement = p.stmt(start)
	return s
}

func (p *parser) exceptHandler(star bool) *ExceptHandler {
	start := p.tok.start
	p.next()
	h := &ExceptHandler{}
	if star {
		p.expect(tokStar, "*")
	}
	if star || !p.is(tokColon) {
		h.Type = p.exceptType()
	}
	if p.accept(kwAs) {
		h.Name = p.identifier()
	}
	h.Body = p.suite()
	if p.failed {
		h.Type = nil
		h.Body = append(p.parsedBefore(h.Body), p.recover(start))
	}
	h.Span = p.span(start)
	return h
}

// exceptType parses one type, or several; these need no parentheses since Python 3.14, unless as follows.
func (p *parser) exceptType() Expr {
	var last Expr
	t := p.tupleOf(func() Expr {
		last = p.expression()
		return last
	})
	if t != last && p.is(kwAs) {
		p.fail("multiple exception types must be parenthesized when using as")
	}
	return t
}
