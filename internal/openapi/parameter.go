package openapi

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// What a value may have when the description does not say, and the bounds of the parameters of pages.
const (
	defaultMax = 200
	maxLimit   = 999_999_999
	maxCursor  = 8192
)

func (b *builder) parameters(e *dataset.Endpoint) []object {
	var list []object
	path := e.PathParameters()
	for i := range e.Parameters {
		p := &e.Parameters[i]
		list = append(list, b.parameter(e, p, slices.Contains(path, p.Name)))
	}
	if paged(e) {
		list = append(list, b.pageParameters(e)...)
	}
	if b.shape.numbers != nil && e.Numbered() {
		list = append(list, b.shape.numberParameter())
	}
	return list
}

// parameter names one of its names: a document cannot say that one of several is required.
func (b *builder) parameter(e *dataset.Endpoint, p *dataset.Parameter, inPath bool) object {
	in := "query"
	if inPath {
		in = "path"
	}
	required := p.Required || inPath || len(p.Modes) > 0 && e.Kind != dataset.KindList
	o := object{{"name", p.Name}, {"in", in}, {"required", required && p.Default == ""}}
	if text := b.parameterText(e, p); text != "" {
		o = append(o, member{"description", text})
	}
	o = append(o, member{"schema", b.parameterSchema(e, p, inPath)})
	if len(p.Aliases) > 0 {
		o = append(o, member{"x-aliases", p.Aliases})
	}
	if p.Example != "" && p.Picks == "" && !numeric(b.compared(e, p, inPath), p) {
		o = append(o, member{"example", p.Example})
	}
	return o
}

// parameterText tells what a schema has no words for: other names, operators, and what a tier may ask for.
func (b *builder) parameterText(e *dataset.Endpoint, p *dataset.Parameter) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if p.Summary != "" {
		add("%s", p.Summary)
	}
	if len(p.Aliases) > 0 {
		add("Also as %s; one of the names may be given.", strings.Join(p.Aliases, " or "))
	}
	var modes []string
	for _, m := range p.Modes {
		text := m.Name
		if m.Min > 1 {
			text += fmt.Sprintf(" from %d characters", m.Min)
		}
		if m.Tier != "" && m.Tier != e.Tier {
			text += " from tier " + m.Tier
		}
		modes = append(modes, text)
	}
	if modes != nil {
		add("Operators, in this order: %s.", strings.Join(modes, ", "))
	}
	for _, c := range p.Enum {
		if c.Tier != "" && c.Tier != e.Tier {
			add("%s from tier %s.", c.Value, c.Tier)
		}
	}
	if p.Min > 1 {
		add("Lengths count after folding.")
	}
	return strings.Join(parts, " ")
}

// compared returns the column whose values p is compared with, or nil when there is no one type.
func (b *builder) compared(e *dataset.Endpoint, p *dataset.Parameter, inPath bool) *dataset.Column {
	t, names := b.Description.Answers(e), p.Columns
	if inPath && (e.Kind == dataset.KindGet || e.Join != "") {
		t = b.Description.Table(e.Table)
		names = []string{t.Key}
	}
	if t == nil || len(names) != 1 {
		return nil
	}
	return t.Column(names[0])
}

// numeric says whether the values of p are told as numbers: a pattern and a length are those of text.
func numeric(c *dataset.Column, p *dataset.Parameter) bool {
	return c != nil && (c.Type == dataset.Integer || c.Type == dataset.Number) && p.Pattern == "" && p.Min == 0 && p.Max == 0 && len(p.Enum) == 0
}

func (b *builder) parameterSchema(e *dataset.Endpoint, p *dataset.Parameter, inPath bool) object {
	if c := b.compared(e, p, inPath); numeric(c, p) {
		return typed(c)
	}
	s := object{{"type", "string"}}
	if len(p.Enum) > 0 {
		return append(s, choices(e, p)...)
	}
	most := p.Max
	if most == 0 {
		most = defaultMax
	}
	s = append(s, member{"minLength", max(p.Min, 1)}, member{"maxLength", most})
	if p.Pattern != "" {
		if whole, ok := portable(p.Pattern); ok {
			s = append(s, member{"pattern", whole})
		} else {
			s = append(s, member{"x-pattern-re2", p.Pattern})
		}
	}
	if p.Default != "" {
		s = append(s, member{"default", p.Default})
	}
	return s
}

func choices(e *dataset.Endpoint, p *dataset.Parameter) object {
	var values []string
	above := object{}
	for _, c := range p.Enum {
		values = append(values, c.Value)
		if c.Tier != "" && c.Tier != e.Tier {
			above = append(above, member{c.Value, c.Tier})
		}
	}
	s := object{{"enum", values}}
	if p.Default != "" {
		s = append(s, member{"default", p.Default})
	}
	if len(above) > 0 {
		s = append(s, member{"x-tiers", above})
	}
	return s
}

// portable returns the RE2 pattern as one of ECMA-262 for the whole value, when it means the same there.
func portable(pattern string) (string, bool) {
	own := regexp.MustCompile(`\(\?[^:]|\\[pPAzQECa]|\[\[:|\\x\{|\[:`)
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || own.MatchString(pattern) {
		return "", false
	}
	if parsed.Op == syntax.OpConcat && len(parsed.Sub) > 1 && anchors(parsed.Sub[0], syntax.OpBeginText) && anchors(parsed.Sub[len(parsed.Sub)-1], syntax.OpEndText) {
		return pattern, true
	}
	return "^(?:" + pattern + ")$", true
}

func anchors(r *syntax.Regexp, op syntax.Op) bool { return r.Op == op }

// pageParameters are those of every endpoint whose answers come in pages.
func (b *builder) pageParameters(e *dataset.Endpoint) []object {
	rows := object{}
	var text []string
	for _, p := range b.Plans {
		if g := p.grant(e.Path); g.Allowed {
			rows = append(rows, member{p.Name, g.Rows})
			text = append(text, fmt.Sprintf("%s %d", p.Name, g.Rows))
		}
	}
	limit := object{{"type", "integer"}, {"minimum", 1}, {"maximum", maxLimit}}
	return []object{
		{{"name", "limit"}, {"in", "query"}, {"required", false},
			{"description", "Rows a page. The tier's own number is the most, and what it is when absent; more is lowered to it: " + strings.Join(text, ", ") + "."},
			{"schema", limit}, {"x-tiers", rows}},
		{{"name", "cursor"}, {"in", "query"}, {"required", false},
			{"description", "Where the page before ended: its meta.next_cursor, with all other parameters as they were. Good for at least an hour."},
			{"schema", object{{"type", "string"}, {"minLength", 1}, {"maxLength", maxCursor}, {"pattern", "^[A-Za-z0-9_-]+$"}}}},
	}
}
