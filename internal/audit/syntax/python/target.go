package python

// targets parses what stands before in: a target or several without parentheses.
func (p *parser) targets() Expr {
	t := p.tupleOf(func() Expr {
		if p.is(tokStar) {
			return p.starred(p.bitwiseOr)
		}
		return p.bitwiseOr()
	})
	p.assignTo(t, Store)
	return t
}

// assignTo makes an expression a target; it fails for one that cannot be.
func (p *parser) assignTo(e Expr, ctx Context) {
	switch e := e.(type) {
	case *Name:
		e.Ctx = ctx
	case *Attribute:
		e.Ctx = ctx
	case *Subscript:
		e.Ctx = ctx
	case *Starred:
		if ctx == Del {
			p.failAt(e.From, "cannot delete starred")
			return
		}
		e.Ctx = ctx
		p.assignTo(e.Value, ctx)
	case *List:
		e.Ctx = ctx
		p.assignToAll(e.Elts, ctx)
	case *Tuple:
		e.Ctx = ctx
		p.assignToAll(e.Elts, ctx)
	default:
		p.failAt(e.Pos(), "cannot assign to or delete this expression")
	}
}

func (p *parser) assignToAll(list []Expr, ctx Context) {
	for _, e := range list {
		p.assignTo(e, ctx)
	}
}

// assignToOne is assignTo for the places where neither a list nor a tuple can stand.
func (p *parser) assignToOne(e Expr) {
	switch e.(type) {
	case *Name, *Attribute, *Subscript:
		p.assignTo(e, Store)
	default:
		p.failAt(e.Pos(), "this expression cannot be the only target")
	}
}
