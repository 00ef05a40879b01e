package python

// callArguments parses the arguments of a call or the bases of a class, with their parentheses.
func (p *parser) callArguments() ([]Expr, []*Keyword) {
	c := call{parser: p, open: p.tok.start}
	p.next()
	for !p.is(tokRParen) {
		c.argument()
		if !p.accept(tokComma) {
			break
		}
	}
	p.expect(tokRParen, ")")
	if c.generator != nil {
		c.generator.To = p.end
	}
	return c.args, c.keywords
}

// call collects arguments and checks their order.
type call struct {
	*parser
	open      Position
	args      []Expr
	keywords  []*Keyword
	unpacked  bool          // ** was seen
	generator *GeneratorExp // without parentheses of its own: it takes those of the call
}

func (c *call) argument() {
	if c.generator != nil {
		c.fail("generator expression must be parenthesized")
		return
	}
	switch {
	case c.is(tokDoubleStar):
		c.unpacked = true
		c.keyword("")
	case c.is(tokName) && c.peek() == tokAssign:
		c.keyword(c.identifier())
	case c.is(tokStar):
		if c.unpacked {
			c.fail("iterable argument unpacking follows keyword argument unpacking")
			return
		}
		c.args = append(c.args, c.starred(c.expression))
	case len(c.keywords) > 0:
		c.fail("positional argument follows keyword argument")
	default:
		c.positional()
	}
}

// keyword parses the value of name=value or **value from the sign on.
func (c *call) keyword(name string) {
	start := c.tok.start
	if name != "" {
		start = c.line[c.index-1].start
	}
	c.next()
	value := c.expression()
	c.keywords = append(c.keywords, &Keyword{c.span(start), name, value})
}

func (c *call) positional() {
	value := c.namedExpression()
	if !c.startsComprehension() {
		c.args = append(c.args, value)
		return
	}
	first := len(c.args) == 0
	generators := c.comprehensions()
	if !first || c.is(tokComma) {
		c.fail("generator expression must be parenthesized")
	}
	c.generator = &GeneratorExp{expression{Span{From: c.open}}, value, generators}
	c.args = append(c.args, c.generator)
}
