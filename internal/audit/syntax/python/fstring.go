package python

import (
	"cmp"
	"slices"
	"strings"
)

// stringParts collects adjacent literals, which are one expression together.
type stringParts struct {
	values   []Expr // constants and fields
	template bool   // a t-string was among them
	format   bool   // an f-string
	text     bool   // a plain string
	bytes    bool
}

// strings parses one or more adjacent literals.
func (p *parser) strings() Expr {
	start := p.tok.start
	var parts stringParts
	for {
		switch p.tok.kind {
		case tokString:
			p.plainString(&parts)
			continue
		case tokFStringStart:
			p.fstring(&parts)
			continue
		}
		break
	}
	text := parts.text || parts.format
	if parts.bytes && (text || parts.template) || parts.template && text {
		p.failAt(start, "cannot mix literals of different types")
	}
	switch {
	case parts.template:
		return &TemplateStr{p.expr(start), mergeConstants(parts.values)}
	case parts.format:
		return &JoinedStr{p.expr(start), mergeConstants(parts.values)}
	}
	return joinConstants(p.expr(start), parts.values)
}

func (p *parser) plainString(parts *stringParts) {
	start, literal := p.tok.start, p.text()
	p.next()
	quote := strings.IndexAny(literal, `'"`)
	prefix := strings.ToLower(literal[:quote])
	c := &Constant{expression: p.expr(start), Kind: String, Unicode: prefix == "u"}
	if strings.Contains(prefix, "b") {
		c.Kind = Bytes
		parts.bytes = true
		if !isASCII([]byte(literal)) {
			p.failAt(start, "bytes can only contain ASCII literal characters")
		}
	} else {
		parts.text = true
	}
	width := 1
	if len(literal) >= quote+6 && strings.HasPrefix(literal[quote+1:], strings.Repeat(literal[quote:quote+1], 2)) {
		width = 3
	}
	c.Value = p.decodeText(start, literal[quote+width:len(literal)-width], strings.Contains(prefix, "r"), c.Kind == Bytes)
	parts.values = append(parts.values, c)
}

func (p *parser) decodeText(start Position, text string, raw, isBytes bool) string {
	if raw {
		return text
	}
	value, problem := unescape(text, isBytes)
	if problem != "" {
		p.failAt(start, problem)
	}
	return value
}

func (p *parser) fstring(parts *stringParts) {
	p.enter()
	defer p.leave()
	prefix := strings.ToLower(strings.TrimRight(p.text(), `'"`))
	template := strings.Contains(prefix, "t")
	parts.template = parts.template || template
	parts.format = parts.format || !template
	p.next()
	f := fstring{parser: p, raw: strings.Contains(prefix, "r"), template: template}
	parts.values = append(parts.values, f.values(false)...)
	p.expect(tokFStringEnd, "the end of the f-string")
}

// fstring parses the inside of one f-string or t-string.
type fstring struct {
	*parser
	raw      bool
	template bool
}

// values parses text and fields; in a format specification doubled braces mean nothing special.
func (f *fstring) values(spec bool) []Expr {
	var values []Expr
	for {
		switch f.tok.kind {
		case tokFStringMiddle:
			values = append(values, f.middle(spec))
		case tokLBrace:
			values = append(values, f.field()...)
		default:
			return values
		}
	}
}

func (f *fstring) middle(spec bool) Expr {
	start, text := f.tok.start, f.text()
	f.next()
	if !spec {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "{{", "{"), "}}", "}")
	}
	value := f.decodeText(start, text, f.raw, false)
	return &Constant{expression: f.expr(start), Kind: String, Value: value}
}

// field parses a replacement field; with = its source comes first, as text.
func (f *fstring) field() []Expr {
	start := f.tok.start
	f.next()
	value := f.yieldOrStarExpressions()
	valueEnd := f.end.Offset
	debug := f.accept(tokAssign)
	debugEnd := f.tok.start
	conversion := f.conversion()
	spec := f.formatSpec()
	if debug && conversion < 0 && spec == nil {
		conversion = 'r'
	}
	f.expect(tokRBrace, "}")
	var values []Expr
	if debug && !f.failed {
		values = append(values, f.debugText(start, debugEnd))
	}
	if f.template {
		source := f.withoutComments(start.Offset+1, valueEnd)
		return append(values, &Interpolation{f.expr(start), value, source, conversion, spec})
	}
	return append(values, &FormattedValue{f.expr(start), value, conversion, spec})
}

// debugText is what stands between the brace and the end of {value = }.
func (f *fstring) debugText(brace, end Position) Expr {
	start := brace
	start.Offset++
	start.Column++
	text := f.withoutComments(start.Offset, end.Offset)
	return &Constant{expression: expression{Span{start, end}}, Kind: String, Value: text}
}

// withoutComments returns the source from one offset to another without the comments in it.
func (f *fstring) withoutComments(from, to int) string {
	comments := f.lexer.comments
	i, _ := slices.BinarySearchFunc(comments, from, func(c *Comment, offset int) int {
		return cmp.Compare(c.From.Offset, offset)
	})
	var text strings.Builder
	for ; i < len(comments) && comments[i].From.Offset < to; i++ {
		text.WriteString(f.lexer.src[from:comments[i].From.Offset])
		from = comments[i].To.Offset
	}
	text.WriteString(f.lexer.src[from:max(from, to)])
	return text.String()
}

func (f *fstring) conversion() int {
	mark := f.tok.end
	if !f.accept(tokExclamation) {
		return -1
	}
	if f.tok.start != mark {
		f.fail("conversion type must come right after the exclamation mark")
	}
	switch name := f.identifier(); name {
	case "r", "s", "a":
		return int(name[0])
	}
	f.fail("invalid conversion character: expected s, r or a")
	return -1
}

func (f *fstring) formatSpec() Expr {
	if !f.is(tokColon) {
		return nil
	}
	f.enter()
	defer f.leave()
	start := f.tok.start
	f.next()
	values := f.values(true)
	return &JoinedStr{f.expr(start), mergeConstants(values)}
}

// mergeConstants joins neighbouring constants and drops empty ones.
func mergeConstants(values []Expr) []Expr {
	var merged []Expr
	for i := 0; i < len(values); {
		run := i
		for run < len(values) && isConstant(values[run]) {
			run++
		}
		if run == i {
			merged = append(merged, values[i])
			i++
			continue
		}
		span := Span{values[i].Pos(), values[run-1].End()}
		if c := joinConstants(expression{span}, values[i:run]); c.Value != "" {
			merged = append(merged, c)
		}
		i = run
	}
	return merged
}

func isConstant(e Expr) bool {
	_, ok := e.(*Constant)
	return ok
}

// joinConstants makes one constant of several; the first one decides its kind.
func joinConstants(at expression, values []Expr) *Constant {
	first := values[0].(*Constant)
	c := &Constant{expression: at, Kind: first.Kind, Value: first.Value, Unicode: first.Unicode}
	if len(values) == 1 {
		return c
	}
	var text strings.Builder
	for _, v := range values {
		text.WriteString(v.(*Constant).Value)
	}
	c.Value = text.String()
	return c
}
