package python

// expressionStarts has the tokens that an expression can begin with, * included.
var expressionStarts = [kindCount]bool{
	tokName: true, tokNumber: true, tokString: true, tokFStringStart: true, tokLParen: true, tokLBracket: true,
	tokLBrace: true, tokEllipsis: true, tokTilde: true, tokPlus: true, tokMinus: true, tokStar: true,
	kwAwait: true, kwFalse: true, kwLambda: true, kwNone: true, kwNot: true, kwTrue: true, kwYield: true,
	tokIllegal: true,
}

// tupleOf parses elements with commas between them; a single one without a comma is no tuple.
func (p *parser) tupleOf(element func() Expr) Expr {
	start := p.tok.start
	first := element()
	if !p.is(tokComma) {
		return first
	}
	elts := []Expr{first}
	for p.accept(tokComma) && expressionStarts[p.tok.kind] {
		elts = append(elts, element())
	}
	return &Tuple{expression: p.expr(start), Elts: elts}
}

// starExpressions parses what stands on the right of an assignment, after return or after in.
func (p *parser) starExpressions() Expr { return p.tupleOf(p.starExpression) }

func (p *parser) yieldOrStarExpressions() Expr {
	if p.is(kwYield) {
		return p.yield()
	}
	return p.starExpressions()
}

func (p *parser) yield() Expr {
	start := p.tok.start
	p.next()
	if p.accept(kwFrom) {
		value := p.expression()
		return &YieldFrom{p.expr(start), value}
	}
	var value Expr
	if expressionStarts[p.tok.kind] {
		value = p.starExpressions()
	}
	return &Yield{p.expr(start), value}
}

func (p *parser) starExpression() Expr {
	if p.is(tokStar) {
		return p.starred(p.bitwiseOr)
	}
	return p.expression()
}

func (p *parser) starNamedExpression() Expr {
	if p.is(tokStar) {
		return p.starred(p.bitwiseOr)
	}
	return p.namedExpression()
}

func (p *parser) starred(operand func() Expr) Expr {
	start := p.tok.start
	p.next()
	value := operand()
	return &Starred{expression: p.expr(start), Value: value}
}

func (p *parser) namedExpression() Expr {
	if !p.is(tokName) || p.peek() != tokWalrus {
		return p.expression()
	}
	start := p.tok.start
	target := p.name(Store)
	p.next()
	value := p.expression()
	return &NamedExpr{p.expr(start), target, value}
}

func (p *parser) name(ctx Context) *Name {
	start := p.tok.start
	id := p.identifier()
	return &Name{p.expr(start), id, ctx}
}

func (p *parser) expression() Expr {
	p.enter()
	defer p.leave()
	if p.is(kwLambda) {
		return p.lambda()
	}
	start := p.tok.start
	body := p.disjunction()
	if !p.accept(kwIf) {
		return body
	}
	test := p.disjunction()
	p.expect(kwElse, "else")
	orElse := p.expression()
	return &IfExp{p.expr(start), test, body, orElse}
}

func (p *parser) lambda() Expr {
	start := p.tok.start
	p.next()
	args := p.parameters(tokColon, false)
	p.expect(tokColon, ":")
	body := p.expression()
	return &Lambda{p.expr(start), args, body}
}

func (p *parser) disjunction() Expr { return p.boolOp(kwOr, Or, p.conjunction) }

func (p *parser) conjunction() Expr { return p.boolOp(kwAnd, And, p.inversion) }

func (p *parser) boolOp(word kind, op BoolOperator, operand func() Expr) Expr {
	start := p.tok.start
	first := operand()
	if !p.is(word) {
		return first
	}
	values := []Expr{first}
	for p.accept(word) {
		values = append(values, operand())
	}
	return &BoolOp{p.expr(start), op, values}
}

func (p *parser) inversion() Expr {
	if !p.is(kwNot) {
		return p.comparison()
	}
	p.enter()
	defer p.leave()
	start := p.tok.start
	p.next()
	operand := p.inversion()
	return &UnaryOp{p.expr(start), Not, operand}
}

func (p *parser) comparison() Expr {
	start := p.tok.start
	left := p.bitwiseOr()
	op := p.comparisonOperator()
	if op == "" {
		return left
	}
	c := &Compare{Left: left}
	for ; op != ""; op = p.comparisonOperator() {
		c.Ops = append(c.Ops, op)
		c.Comparators = append(c.Comparators, p.bitwiseOr())
	}
	c.expression = p.expr(start)
	return c
}

// comparisonOperator reads an operator of one or two words, or nothing.
func (p *parser) comparisonOperator() CmpOperator {
	switch {
	case p.is(kwNot) && p.peek() == kwIn:
		p.next()
		p.next()
		return NotIn
	case p.accept(kwIs):
		if p.accept(kwNot) {
			return IsNot
		}
		return Is
	}
	op := comparisons[p.tok.kind]
	if op != "" {
		p.next()
	}
	return op
}

func (p *parser) bitwiseOr() Expr { return p.binary(1) }

// binary parses operators of at least the given level by precedence climbing.
func (p *parser) binary(level int) Expr {
	start := p.tok.start
	outer := p.startChain()
	defer p.endChain(outer)
	left := p.unary()
	for {
		op := binaryOperators[p.tok.kind]
		if op.level < level || op.level == 0 {
			return left
		}
		p.next()
		right := p.binary(op.level + 1)
		left = &BinOp{p.expr(start), left, op.op, right}
		p.link()
	}
}

func (p *parser) unary() Expr {
	op := unaryOperators[p.tok.kind]
	if op == "" {
		return p.power()
	}
	p.enter()
	defer p.leave()
	start := p.tok.start
	p.next()
	operand := p.unary()
	return &UnaryOp{p.expr(start), op, operand}
}

func (p *parser) power() Expr {
	start := p.tok.start
	base := p.awaited()
	if !p.accept(tokDoubleStar) {
		return base
	}
	p.enter()
	defer p.leave()
	exponent := p.unary()
	return &BinOp{p.expr(start), base, Pow, exponent}
}

func (p *parser) awaited() Expr {
	if !p.is(kwAwait) {
		return p.primary()
	}
	start := p.tok.start
	p.next()
	value := p.primary()
	return &Await{p.expr(start), value}
}

// primary parses an atom with the attributes, calls and subscripts that follow it.
func (p *parser) primary() Expr {
	start := p.tok.start
	outer := p.startChain()
	defer p.endChain(outer)
	e := p.atom()
	for {
		switch p.tok.kind {
		case tokDot:
			p.next()
			attr := p.identifier()
			e = &Attribute{expression: p.expr(start), Value: e, Attr: attr}
		case tokLParen:
			args, keywords := p.callArguments()
			e = &Call{p.expr(start), e, args, keywords}
		case tokLBracket:
			p.next()
			slice := p.subscripts()
			p.expect(tokRBracket, "]")
			e = &Subscript{expression: p.expr(start), Value: e, Slice: slice}
		default:
			return e
		}
		p.link()
	}
}

func (p *parser) subscripts() Expr {
	start := p.tok.start
	first := p.subscript()
	if _, star := first.(*Starred); !star && !p.is(tokComma) {
		return first
	}
	elts := []Expr{first}
	for p.accept(tokComma) && !p.is(tokRBracket) {
		elts = append(elts, p.subscript())
	}
	return &Tuple{expression: p.expr(start), Elts: elts}
}

func (p *parser) subscript() Expr {
	if p.is(tokStar) {
		return p.starred(p.bitwiseOr)
	}
	start := p.tok.start
	var lower Expr
	if !p.is(tokColon) {
		named := p.peek() == tokWalrus
		lower = p.namedExpression()
		if named || !p.is(tokColon) {
			return lower
		}
	}
	s := &Slice{Lower: lower}
	p.next()
	s.Upper = p.sliceBound()
	if p.accept(tokColon) {
		s.Step = p.sliceBound()
	}
	s.expression = p.expr(start)
	return s
}

func (p *parser) sliceBound() Expr {
	if p.is(tokColon) || p.is(tokComma) || p.is(tokRBracket) {
		return nil
	}
	return p.expression()
}
