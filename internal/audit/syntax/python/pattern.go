package python

func (p *parser) match() Stmt {
	start := p.tok.start
	p.next()
	s := &Match{Subject: p.tupleOf(p.starNamedExpression)}
	p.refuseStarred(s.Subject, "a match subject")
	p.expect(tokColon, ":")
	if !p.expect(tokNewline, "the end of the line") || p.failed || !p.indented() {
		s.statement = p.stmt(start)
		return s
	}
	for !p.is(tokDedent) && !p.is(tokEOF) {
		s.Cases = append(s.Cases, p.matchCase())
	}
	p.accept(tokDedent)
	s.statement = p.stmt(start)
	return s
}

// matchCase parses a case. What is none becomes a wildcard with a BadStmt.
func (p *parser) matchCase() *MatchCase {
	start := p.tok.start
	c := &MatchCase{}
	if !p.isWord("case") {
		p.fail("expected case")
	} else {
		p.next()
		c.Pattern = p.openPatterns()
	}
	if p.accept(kwIf) {
		c.Guard = p.namedExpression()
	}
	c.Body = p.suite()
	if p.failed {
		c.Pattern, c.Guard = &MatchAs{casePattern: casePattern{Span{start, start}}}, nil
		c.Body = append(p.parsedBefore(c.Body), p.recover(start))
	}
	c.Span = p.span(start)
	return c
}

// openPatterns parses the pattern of a case, which may be a sequence without brackets.
func (p *parser) openPatterns() Pattern {
	start := p.tok.start
	first := p.maybeStarPattern()
	_, star := first.(*MatchStar)
	if !p.is(tokComma) && !star {
		return first
	}
	if !p.is(tokComma) {
		p.fail("expected ,")
	}
	list := []Pattern{first}
	for p.accept(tokComma) && !p.is(tokColon) && !p.is(kwIf) {
		list = append(list, p.maybeStarPattern())
	}
	return &MatchSequence{p.patternAt(start), list}
}

func (p *parser) patternAt(start Position) casePattern { return casePattern{p.span(start)} }

func (p *parser) maybeStarPattern() Pattern {
	start := p.tok.start
	if !p.accept(tokStar) {
		return p.asPattern()
	}
	name := p.captureName()
	return &MatchStar{p.patternAt(start), name}
}

// captureName reads a name; the wildcard _ is none.
func (p *parser) captureName() string {
	if name := p.identifier(); name != "_" {
		return name
	}
	return ""
}

func (p *parser) asPattern() Pattern {
	p.enter()
	defer p.leave()
	start := p.tok.start
	pattern := p.orPattern()
	if !p.accept(kwAs) {
		return pattern
	}
	if p.isWord("_") {
		p.fail("cannot use _ as a target")
	}
	name := p.identifier()
	return &MatchAs{p.patternAt(start), pattern, name}
}

func (p *parser) orPattern() Pattern {
	start := p.tok.start
	first := p.closedPattern()
	if !p.is(tokPipe) {
		return first
	}
	list := []Pattern{first}
	for p.accept(tokPipe) {
		list = append(list, p.closedPattern())
	}
	return &MatchOr{p.patternAt(start), list}
}

func (p *parser) closedPattern() Pattern {
	start := p.tok.start
	switch p.tok.kind {
	case tokNumber, tokMinus, tokString, tokFStringStart:
		value := p.literalPattern()
		return &MatchValue{p.patternAt(start), value}
	case kwNone, kwTrue, kwFalse:
		k := map[kind]ConstantKind{kwNone: None, kwTrue: True, kwFalse: False}[p.tok.kind]
		p.next()
		return &MatchSingleton{p.patternAt(start), k}
	case tokName:
		return p.namePattern()
	case tokLParen:
		return p.groupPattern()
	case tokLBracket:
		p.next()
		list := p.patternsUntil(tokRBracket)
		return &MatchSequence{p.patternAt(start), list}
	case tokLBrace:
		return p.mappingPattern()
	}
	p.fail("invalid pattern")
	return &MatchAs{}
}

// literalPattern parses a string, a number with a sign or a complex number.
func (p *parser) literalPattern() Expr {
	if p.is(tokString) || p.is(tokFStringStart) {
		return p.strings()
	}
	start := p.tok.start
	left := p.signedNumber()
	op := binaryOperators[p.tok.kind].op
	if op != Add && op != Sub {
		return left
	}
	p.next()
	if !p.is(tokNumber) || numberKind(p.text()) != Imaginary {
		p.fail("expected an imaginary number")
		return p.bad()
	}
	right := p.numberConstant()
	return &BinOp{p.expr(start), left, op, right}
}

func (p *parser) signedNumber() Expr {
	start := p.tok.start
	negative := p.accept(tokMinus)
	if !p.is(tokNumber) {
		p.fail("expected a number")
		return p.bad()
	}
	number := p.numberConstant()
	if negative {
		return &UnaryOp{p.expr(start), USub, number}
	}
	return number
}

// namePattern parses a capture, the wildcard, a dotted name or a class.
func (p *parser) namePattern() Pattern {
	start := p.tok.start
	if p.peek() != tokDot && p.peek() != tokLParen {
		name := p.captureName()
		return &MatchAs{casePattern: p.patternAt(start), Name: name}
	}
	value := p.dottedExpr()
	if p.is(tokLParen) {
		return p.classPattern(start, value)
	}
	return &MatchValue{p.patternAt(start), value}
}

func (p *parser) dottedExpr() Expr {
	start := p.tok.start
	outer := p.startChain()
	defer p.endChain(outer)
	var e Expr = p.name(Load)
	for p.accept(tokDot) {
		attr := p.identifier()
		e = &Attribute{expression: p.expr(start), Value: e, Attr: attr}
		p.link()
	}
	return e
}

func (p *parser) groupPattern() Pattern {
	start := p.tok.start
	p.next()
	if p.accept(tokRParen) {
		return &MatchSequence{casePattern: p.patternAt(start)}
	}
	first := p.maybeStarPattern()
	_, star := first.(*MatchStar)
	if !p.is(tokComma) && !star {
		p.expect(tokRParen, ")")
		return first
	}
	list := []Pattern{first}
	if p.accept(tokComma) {
		list = append(list, p.patternsUntil(tokRParen)...)
	} else {
		p.fail("expected ,")
	}
	return &MatchSequence{p.patternAt(start), list}
}

func (p *parser) patternsUntil(closing kind) []Pattern {
	var list []Pattern
	for !p.is(closing) {
		list = append(list, p.maybeStarPattern())
		if !p.accept(tokComma) {
			break
		}
	}
	p.expect(closing, "a closing bracket")
	return list
}

func (p *parser) mappingPattern() Pattern {
	start := p.tok.start
	p.next()
	m := &MatchMapping{}
	for !p.is(tokRBrace) {
		if m.Rest != "" {
			p.fail("double star pattern must be the last")
		}
		if p.accept(tokDoubleStar) {
			m.Rest = p.identifier()
		} else {
			m.Keys = append(m.Keys, p.patternKey())
			p.expect(tokColon, ":")
			m.Patterns = append(m.Patterns, p.asPattern())
		}
		if !p.accept(tokComma) {
			break
		}
	}
	p.expect(tokRBrace, "}")
	m.casePattern = p.patternAt(start)
	return m
}

func (p *parser) patternKey() Expr {
	switch p.tok.kind {
	case kwNone:
		return p.constant(None)
	case kwTrue:
		return p.constant(True)
	case kwFalse:
		return p.constant(False)
	case tokName:
		if p.peek() != tokDot {
			p.fail("mapping pattern keys may only match literals and attribute lookups")
		}
		return p.dottedExpr()
	}
	return p.literalPattern()
}

func (p *parser) classPattern(start Position, cls Expr) Pattern {
	p.next()
	c := &MatchClass{Cls: cls}
	for !p.is(tokRParen) {
		switch {
		case p.is(tokName) && p.peek() == tokAssign:
			c.KwdAttrs = append(c.KwdAttrs, p.identifier())
			p.next()
			c.KwdPatterns = append(c.KwdPatterns, p.asPattern())
		case len(c.KwdAttrs) > 0:
			p.fail("positional patterns follow keyword patterns")
		default:
			c.Patterns = append(c.Patterns, p.asPattern())
		}
		if !p.accept(tokComma) {
			break
		}
	}
	p.expect(tokRParen, ")")
	c.casePattern = p.patternAt(start)
	return c
}
