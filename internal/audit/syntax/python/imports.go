package python

func (p *parser) importStmt() Stmt {
	start := p.tok.start
	p.next()
	var names []*Alias
	for {
		names = append(names, p.alias(p.dottedName))
		if !p.accept(tokComma) {
			break
		}
	}
	return &Import{p.stmt(start), names}
}

func (p *parser) alias(name func() string) *Alias {
	start := p.tok.start
	a := &Alias{Name: name()}
	if p.accept(kwAs) {
		a.AsName = p.identifier()
	}
	a.Span = p.span(start)
	return a
}

// dottedName reads a.b.c, without the blanks that may stand between its parts.
func (p *parser) dottedName() string {
	name := p.identifier()
	for p.accept(tokDot) {
		name += "." + p.identifier()
	}
	return name
}

func (p *parser) importFrom() Stmt {
	start := p.tok.start
	p.next()
	s := &ImportFrom{}
	for p.is(tokDot) || p.is(tokEllipsis) {
		s.Level += len(p.text())
		p.next()
	}
	if s.Level == 0 || p.is(tokName) {
		s.Module = p.dottedName()
	}
	p.expect(kwImport, "import")
	s.Names = p.importedNames()
	s.statement = p.stmt(start)
	return s
}

func (p *parser) importedNames() []*Alias {
	start := p.tok.start
	if p.accept(tokStar) {
		return []*Alias{{Span: p.span(start), Name: "*"}}
	}
	parenthesised := p.accept(tokLParen)
	var names []*Alias
	for {
		names = append(names, p.alias(p.identifier))
		if !p.accept(tokComma) || parenthesised && p.is(tokRParen) {
			break
		}
	}
	if parenthesised {
		p.expect(tokRParen, ")")
	}
	return names
}
