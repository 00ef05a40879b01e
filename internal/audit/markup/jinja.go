package markup

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/markup"
)

// template is one walk over a template of Jinja, Django, Nunjucks or Twig.
type template struct {
	facts     *facts
	constants map[string]bool // names that the template itself sets; true while each value is a constant
	verbatim  string          // the statement that ends what is not read as a template
	plain     *syntax.Mark    // the statement that switched escaping off
	told      bool            // of it
}

// jinja reports filters that switch escaping off, and blocks without it.
func (f *facts) jinja(p *audit.Pass, u *unit, marks []syntax.Mark) {
	t := &template{facts: f, constants: constantsOf(marks)}
	for i := range marks {
		if at, message := t.mark(&marks[i]); at != nil {
			report(p, u, at.Line, at.Column, message)
		}
	}
}

// mark reads one mark, and returns where what is wrong.
func (t *template) mark(m *syntax.Mark) (*syntax.Mark, string) {
	switch {
	case t.verbatim != "":
		if m.Open == "{%" && keyword(m.Text) == t.verbatim {
			t.verbatim = ""
		}
	case m.Open == "{%":
		return t.statement(m)
	case m.Open != "{{":
	case t.plain != nil:
		if !t.told && !t.escaped(m.Text) {
			t.told = true
			return t.plain, "escaping is switched off, and " + name(cut(m.Text, "|")[0]) + "is written in the block"
		}
	case t.unsafe(m.Text):
		return m, name(cut(m.Text, "|")[0]) + "is written as markup, without escaping"
	}
	return nil, ""
}

func (t *template) statement(m *syntax.Mark) (*syntax.Mark, string) {
	text := strings.Trim(m.Text, "-+ ")
	switch word := keyword(text); word {
	case "raw", "verbatim", "comment":
		t.verbatim = "end" + word
	case "autoescape":
		mode := strings.Trim(strings.TrimPrefix(text, "autoescape"), " '\"")
		if mode == "off" || mode == "false" || mode == "False" {
			t.plain, t.told = m, false
		}
	case "endautoescape":
		t.plain = nil
	case "set", "with":
		_, value, ok := strings.Cut(text, "=")
		if ok && t.plain == nil && t.unsafe(value) {
			return m, name(strings.TrimSpace(cut(value, "|")[0])) + "is taken for markup, without escaping"
		}
	}
	return nil, ""
}

func keyword(statement string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(statement, "-+ "), " ")
	return strings.Trim(word, "-+")
}

// constantsOf returns the names that the template sets, and whether all their values are constants.
func constantsOf(marks []syntax.Mark) map[string]bool {
	names := map[string]bool{}
	for _, m := range marks {
		text, ok := strings.CutPrefix(strings.Trim(m.Text, "-+ "), "set ")
		if m.Open != "{%" || !ok {
			continue
		}
		left, value, _ := strings.Cut(text, "=")
		left = strings.TrimSpace(left)
		before, seen := names[left]
		names[left] = constant(value) && strings.TrimSpace(value) != "" && (before || !seen)
	}
	return names
}

// unsafe says whether an expression switches escaping off for a value that may be a stranger's.
func (t *template) unsafe(expression string) bool {
	parts := cut(strings.Trim(expression, "-+ "), "|")
	i := slices.IndexFunc(parts, func(part string) bool {
		return slices.Contains([]string{"safe", "raw", "safeseq", "mark_safe"}, filterName(part))
	})
	if i < 1 {
		return false
	}
	return !slices.ContainsFunc(parts[1:i], harmlessFilter) && !t.harmless(parts[0])
}

// escaped says whether an expression is harmless without the escaping of its surroundings.
func (t *template) escaped(expression string) bool {
	parts := cut(strings.Trim(expression, "-+ "), "|")
	return slices.ContainsFunc(parts[1:], harmlessFilter) || t.harmless(parts[0])
}

// harmless says whether a value is the operator's or the template's own, or cannot be markup.
func (t *template) harmless(value string) bool {
	value = strings.TrimSpace(value)
	if inner, ok := strings.CutPrefix(value, "("); ok && strings.HasSuffix(inner, ")") {
		value = strings.TrimSuffix(inner, ")")
	}
	lower := strings.ToLower(value)
	for _, own := range []string{"config.", "settings.", "loop.", "forloop.", "block.super", "self.", "form."} {
		if strings.HasPrefix(lower, own) {
			return true
		}
	}
	return t.constants[value] || t.facts.harmless(value)
}

func filterName(part string) string {
	if i := strings.IndexAny(part, "(: "); i >= 0 {
		part = part[:i]
	}
	return strings.TrimSpace(part)
}

// harmlessFilter says whether a filter escapes, or gives something that cannot be markup.
func harmlessFilter(part string) bool {
	name := filterName(part)
	return cleans(name) || strings.HasPrefix(name, "clean") || slices.Contains([]string{
		"e", "tojson", "to_json", "json_script", "escapejs", "urlencode", "url_encode", "int", "float", "length", "count", "round", "slugify", "floatformat",
		"intcomma", "filesizeformat", "date", "time", "timesince", "xmlattr", "linebreaks", "linebreaksbr", "urlize", "t", "trans", "translate", "yesno",
	}, name)
}
