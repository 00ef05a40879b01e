package python

// parameters parses the parameters of a function or lambda up to the closing token, which stays.
func (p *parser) parameters(closing kind, annotated bool) *Arguments {
	l := parameterList{parser: p, annotated: annotated, args: &Arguments{}}
	start := p.tok.start
	for !p.is(closing) {
		l.parameter()
		if !p.accept(tokComma) {
			break
		}
	}
	if l.star && len(l.args.KwOnlyArgs) == 0 && l.args.Vararg == nil {
		p.fail("named arguments must follow bare *")
	}
	l.args.Span = Span{start, p.end}
	if l.empty() {
		l.args.To = start
	}
	return l.args
}

type parameterList struct {
	*parser
	annotated bool
	args      *Arguments
	star      bool // * or *args was seen: names are keywords from here on
}

func (l *parameterList) empty() bool {
	a := l.args
	return len(a.PosOnlyArgs)+len(a.Args)+len(a.KwOnlyArgs) == 0 && a.Vararg == nil && a.Kwarg == nil
}

func (l *parameterList) parameter() {
	switch {
	case l.args.Kwarg != nil:
		l.fail("arguments cannot follow var-keyword argument")
	case l.is(tokSlash):
		l.slash()
	case l.is(tokStar):
		l.starParameter()
	case l.accept(tokDoubleStar):
		l.args.Kwarg = l.arg(l.expression)
		l.refuseDefault()
	default:
		l.named()
	}
}

func (l *parameterList) slash() {
	if l.star || len(l.args.PosOnlyArgs) > 0 || len(l.args.Args) == 0 {
		l.fail("invalid place for /")
		return
	}
	l.next()
	l.args.PosOnlyArgs, l.args.Args = l.args.Args, nil
}

func (l *parameterList) starParameter() {
	if l.star {
		l.fail("* argument may appear only once")
		return
	}
	l.next()
	l.star = true
	if !l.is(tokComma) {
		l.args.Vararg = l.arg(l.starExpression)
		l.refuseDefault()
	}
}

func (l *parameterList) refuseDefault() {
	if l.is(tokAssign) {
		l.fail("variadic argument cannot have default value")
	}
}

func (l *parameterList) named() {
	arg := l.arg(l.expression)
	var value Expr
	if l.accept(tokAssign) {
		value = l.expression()
	}
	a := l.args
	if l.star {
		a.KwOnlyArgs = append(a.KwOnlyArgs, arg)
		a.KwDefaults = append(a.KwDefaults, value)
		return
	}
	a.Args = append(a.Args, arg)
	switch {
	case value != nil:
		a.Defaults = append(a.Defaults, value)
	case len(a.Defaults) > 0:
		l.failAt(arg.From, "parameter without a default follows parameter with a default")
	}
}

func (l *parameterList) arg(annotation func() Expr) *Arg {
	start := l.tok.start
	arg := &Arg{Arg: l.identifier()}
	if l.annotated && l.accept(tokColon) {
		arg.Annotation = annotation()
	}
	arg.Span = l.span(start)
	return arg
}

// typeParameters parses [T, *Ts, **P] if it is there.
func (p *parser) typeParameters() []TypeParam {
	if !p.accept(tokLBracket) {
		return nil
	}
	var list []TypeParam
	for {
		list = append(list, p.typeParameter())
		if !p.accept(tokComma) || p.is(tokRBracket) {
			break
		}
	}
	p.expect(tokRBracket, "]")
	return list
}

func (p *parser) typeParameter() TypeParam {
	start := p.tok.start
	switch {
	case p.accept(tokStar):
		t := &TypeVarTuple{Name: p.identifier(), DefaultValue: p.typeDefault(p.starExpression)}
		t.Span = p.span(start)
		return t
	case p.accept(tokDoubleStar):
		t := &ParamSpec{Name: p.identifier(), DefaultValue: p.typeDefault(p.expression)}
		t.Span = p.span(start)
		return t
	}
	t := &TypeVar{Name: p.identifier()}
	if p.accept(tokColon) {
		t.Bound = p.expression()
	}
	t.DefaultValue = p.typeDefault(p.expression)
	t.Span = p.span(start)
	return t
}

func (p *parser) typeDefault(value func() Expr) Expr {
	if !p.accept(tokAssign) {
		return nil
	}
	return value()
}
