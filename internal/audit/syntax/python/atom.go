package python

func (p *parser) atom() Expr {
	switch p.tok.kind {
	case tokName:
		return p.name(Load)
	case tokNumber:
		return p.numberConstant()
	case tokString, tokFStringStart:
		return p.strings()
	case tokLParen:
		return p.parenthesised()
	case tokLBracket:
		return p.list()
	case tokLBrace:
		return p.braces()
	case kwNone:
		return p.constant(None)
	case kwTrue:
		return p.constant(True)
	case kwFalse:
		return p.constant(False)
	case tokEllipsis:
		return p.constant(Ellipsis)
	}
	p.fail("invalid syntax")
	return p.bad()
}

func (p *parser) constant(k ConstantKind) Expr {
	start := p.tok.start
	p.next()
	return &Constant{expression: p.expr(start), Kind: k}
}

func (p *parser) numberConstant() Expr {
	start, text := p.tok.start, p.text()
	p.next()
	return &Constant{expression: p.expr(start), Kind: numberKind(text), Value: text}
}

func numberKind(text string) ConstantKind {
	if len(text) > 1 && text[0] == '0' && (text[1]|0x20 == 'x' || text[1]|0x20 == 'o' || text[1]|0x20 == 'b') {
		return Int
	}
	k := Int
	for i := range len(text) {
		switch text[i] {
		case '.', 'e', 'E':
			k = Float
		case 'j', 'J':
			return Imaginary
		}
	}
	return k
}

// parenthesised parses a group, which leaves no trace in the tree, a tuple or a generator.
func (p *parser) parenthesised() Expr {
	start := p.tok.start
	p.next()
	switch {
	case p.accept(tokRParen):
		return &Tuple{expression: p.expr(start)}
	case p.is(kwYield):
		e := p.yield()
		p.expect(tokRParen, ")")
		return e
	}
	first := p.starNamedExpression()
	switch {
	case p.startsComprehension():
		p.refuseStarred(first, "a comprehension")
		generators := p.comprehensions()
		p.expect(tokRParen, ")")
		return &GeneratorExp{p.expr(start), first, generators}
	case p.is(tokComma):
		elts := p.elements(first)
		p.expect(tokRParen, ")")
		return &Tuple{expression: p.expr(start), Elts: elts}
	}
	p.refuseStarred(first, "parentheses without a comma")
	p.expect(tokRParen, ")")
	return first
}

// elements parses what follows the first element of a display.
func (p *parser) elements(first Expr) []Expr {
	elts := []Expr{first}
	for p.accept(tokComma) && expressionStarts[p.tok.kind] {
		elts = append(elts, p.starNamedExpression())
	}
	return elts
}

func (p *parser) list() Expr {
	start := p.tok.start
	p.next()
	if p.accept(tokRBracket) {
		return &List{expression: p.expr(start)}
	}
	first := p.starNamedExpression()
	if p.startsComprehension() {
		p.refuseStarred(first, "a comprehension")
		generators := p.comprehensions()
		p.expect(tokRBracket, "]")
		return &ListComp{p.expr(start), first, generators}
	}
	elts := p.elements(first)
	p.expect(tokRBracket, "]")
	return &List{expression: p.expr(start), Elts: elts}
}

// braces parses a dictionary or a set.
func (p *parser) braces() Expr {
	start := p.tok.start
	p.next()
	if p.accept(tokRBrace) {
		return &Dict{expression: p.expr(start)}
	}
	if p.is(tokDoubleStar) {
		return p.dict(start, nil)
	}
	first := p.starNamedExpression()
	if p.is(tokColon) {
		return p.dict(start, first)
	}
	if p.startsComprehension() {
		p.refuseStarred(first, "a comprehension")
		generators := p.comprehensions()
		p.expect(tokRBrace, "}")
		return &SetComp{p.expr(start), first, generators}
	}
	elts := p.elements(first)
	p.expect(tokRBrace, "}")
	return &Set{p.expr(start), elts}
}

// dict parses a dictionary whose first key has been read; nil when it begins with **.
func (p *parser) dict(start Position, key Expr) Expr {
	p.refuseKey(key)
	d := &Dict{}
	for {
		d.Keys = append(d.Keys, key)
		d.Values = append(d.Values, p.dictValue(key))
		if len(d.Keys) == 1 && key != nil && p.startsComprehension() {
			generators := p.comprehensions()
			p.expect(tokRBrace, "}")
			return &DictComp{p.expr(start), key, d.Values[0], generators}
		}
		if !p.accept(tokComma) || p.is(tokRBrace) {
			break
		}
		key = nil
		if !p.is(tokDoubleStar) {
			key = p.expression()
		}
	}
	p.expect(tokRBrace, "}")
	d.expression = p.expr(start)
	return d
}

func (p *parser) dictValue(key Expr) Expr {
	if key == nil {
		p.expect(tokDoubleStar, "**")
		return p.bitwiseOr()
	}
	p.expect(tokColon, ":")
	return p.expression()
}

// refuseKey fails for a first key that was parsed as the element of a set.
func (p *parser) refuseKey(key Expr) {
	switch key.(type) {
	case *Starred, *NamedExpr:
		if p.line[p.index-1].end == key.End() { // not in parentheses
			p.failAt(key.Pos(), "invalid dictionary key")
		}
	}
}

func (p *parser) refuseStarred(e Expr, where string) {
	if _, ok := e.(*Starred); ok {
		p.failAt(e.Pos(), "starred expression cannot be used in "+where)
	}
}

func (p *parser) startsComprehension() bool {
	return p.is(kwFor) || p.is(kwAsync) && p.peek() == kwFor
}

func (p *parser) comprehensions() []*Comprehension {
	var list []*Comprehension
	for p.startsComprehension() {
		start := p.tok.start
		c := &Comprehension{IsAsync: p.accept(kwAsync)}
		p.next()
		c.Target = p.targets()
		p.expect(kwIn, "in")
		c.Iter = p.disjunction()
		for p.accept(kwIf) {
			c.Ifs = append(c.Ifs, p.disjunction())
		}
		c.Span = p.span(start)
		list = append(list, c)
	}
	return list
}
