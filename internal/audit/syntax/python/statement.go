package python

// statements parses what one logical line holds, or a compound statement. Lines that are indented without
// reason count as part of the block around them.
func (p *parser) statements() []Stmt {
	switch p.tok.kind {
	case tokIndent:
		p.lexer.errors.add(p.tok.start, "unexpected indent")
		p.next()
		return p.untilDedent()
	case tokDedent, tokNewline: // left over after an error, or after a continuation that holds nothing
		p.next()
		return nil
	}
	start := p.tok.start
	var list []Stmt
	if compound := p.compound(); compound != nil {
		list = []Stmt{compound}
	} else {
		list = p.simpleStatements()
	}
	if p.failed {
		return append(p.parsedBefore(list), p.recover(start))
	}
	return list
}

// parsedBefore keeps the statements of a line that were complete before the failure in its last one.
func (p *parser) parsedBefore(list []Stmt) []Stmt {
	if len(list) == 0 {
		return nil
	}
	return list[:len(list)-1]
}

// recover makes a BadStmt of the failed statement that began at start, with the block that belongs to it.
func (p *parser) recover(start Position) *BadStmt {
	p.failed = false
	b := &BadStmt{}
	p.accept(tokNewline)
	if p.accept(tokIndent) {
		b.Body = p.untilDedent()
	}
	b.statement = p.stmt(start)
	return b
}

func (p *parser) untilDedent() []Stmt {
	var list []Stmt
	for !p.is(tokDedent) && !p.is(tokEOF) {
		list = append(list, p.statements()...)
	}
	p.accept(tokDedent)
	return list
}

// simpleStatements parses a line of statements separated by semicolons.
func (p *parser) simpleStatements() []Stmt {
	var list []Stmt
	for {
		list = append(list, p.simple())
		if !p.accept(tokSemicolon) || p.is(tokNewline) {
			break
		}
	}
	if !p.failed {
		p.expect(tokNewline, "the end of the statement")
	}
	return list
}

func (p *parser) simple() Stmt {
	start := p.tok.start
	switch p.tok.kind {
	case kwReturn:
		return p.returnStmt()
	case kwImport:
		return p.importStmt()
	case kwFrom:
		return p.importFrom()
	case kwRaise:
		return p.raise()
	case kwDel:
		return p.del()
	case kwAssert:
		return p.assert()
	case kwGlobal:
		p.next()
		names := p.names()
		return &Global{p.stmt(start), names}
	case kwNonlocal:
		p.next()
		names := p.names()
		return &Nonlocal{p.stmt(start), names}
	case kwPass:
		p.next()
		return &Pass{p.stmt(start)}
	case kwBreak:
		p.next()
		return &Break{p.stmt(start)}
	case kwContinue:
		p.next()
		return &Continue{p.stmt(start)}
	}
	if p.isWord("type") && p.peek() == tokName {
		return p.typeAlias()
	}
	return p.expressionStmt()
}

func (p *parser) returnStmt() Stmt {
	start := p.tok.start
	p.next()
	var value Expr
	if expressionStarts[p.tok.kind] {
		value = p.starExpressions()
	}
	return &Return{p.stmt(start), value}
}

func (p *parser) raise() Stmt {
	start := p.tok.start
	p.next()
	s := &Raise{}
	if expressionStarts[p.tok.kind] {
		s.Exc = p.expression()
		if p.accept(kwFrom) {
			s.Cause = p.expression()
		}
	}
	s.statement = p.stmt(start)
	return s
}

func (p *parser) del() Stmt {
	start := p.tok.start
	p.next()
	s := &Delete{}
	for {
		target := p.primary()
		p.assignTo(target, Del)
		s.Targets = append(s.Targets, target)
		if !p.accept(tokComma) || !expressionStarts[p.tok.kind] {
			break
		}
	}
	s.statement = p.stmt(start)
	return s
}

func (p *parser) assert() Stmt {
	start := p.tok.start
	p.next()
	s := &Assert{Test: p.expression()}
	if p.accept(tokComma) {
		s.Msg = p.expression()
	}
	s.statement = p.stmt(start)
	return s
}

func (p *parser) names() []string {
	list := []string{p.identifier()}
	for p.accept(tokComma) {
		list = append(list, p.identifier())
	}
	return list
}

func (p *parser) typeAlias() Stmt {
	start := p.tok.start
	p.next()
	s := &TypeAlias{Name: p.name(Store), TypeParams: p.typeParameters()}
	p.expect(tokAssign, "=")
	s.Value = p.expression()
	s.statement = p.stmt(start)
	return s
}

// expressionStmt parses an expression, or one of the assignments that begin with one.
func (p *parser) expressionStmt() Stmt {
	start, parenthesised := p.tok.start, p.is(tokLParen)
	first := p.yieldOrStarExpressions()
	switch {
	case p.is(tokAssign):
		return p.assign(start, first)
	case p.is(tokColon):
		_, isName := first.(*Name)
		return p.annotated(start, first, isName && !parenthesised)
	}
	op := assignOperators[p.tok.kind]
	if op == "" {
		return &ExprStmt{p.stmt(start), first}
	}
	p.assignToOne(first)
	p.next()
	value := p.yieldOrStarExpressions()
	return &AugAssign{p.stmt(start), first, op, value}
}

func (p *parser) assign(start Position, value Expr) Stmt {
	s := &Assign{}
	for p.accept(tokAssign) {
		p.assignTo(value, Store)
		s.Targets = append(s.Targets, value)
		value = p.yieldOrStarExpressions()
	}
	s.Value = value
	s.statement = p.stmt(start)
	return s
}

func (p *parser) annotated(start Position, target Expr, simple bool) Stmt {
	p.assignToOne(target)
	p.next()
	s := &AnnAssign{Target: target, Simple: simple}
	s.Annotation = p.expression()
	if p.accept(tokAssign) {
		s.Value = p.yieldOrStarExpressions()
	}
	s.statement = p.stmt(start)
	return s
}
