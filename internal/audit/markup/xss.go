package markup

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/markup"
)

// xssSink reports what a page writes without escaping.
func xssSink(p *audit.Pass) {
	f := factsOf(p.Project)
	for _, u := range f.units {
		for _, a := range u.page.Attributes {
			f.attribute(p, u, a)
			f.event(p, u, a)
		}
		text := string(u.file.Content)
		switch u.file.Ext() {
		case ".svelte":
			f.each(p, u, syntax.Marks(text, syntax.Svelte()), f.svelte)
		case ".vue", ".astro":
		case ".ejs":
			f.each(p, u, syntax.Marks(text, syntax.EJS()), f.ejs)
		case ".hbs", ".handlebars", ".mustache":
			f.each(p, u, syntax.Marks(text, syntax.Handlebars()), f.handlebars)
		default:
			f.html(p, u, text)
		}
	}
}

// html reads a page whose template language is not in its name.
func (f *facts) html(p *audit.Pass, u *unit, text string) {
	switch {
	case f.uses("ejs") && strings.Contains(text, "<%"):
		f.each(p, u, syntax.Marks(text, syntax.EJS()), f.ejs)
	case f.uses("hbs", "handlebars", "express-handlebars", "mustache", "mustache-express") && strings.Contains(text, "{{{"):
		f.each(p, u, syntax.Marks(text, syntax.Handlebars()), f.handlebars)
	default:
		f.jinja(p, u, syntax.Marks(text, syntax.Jinja()))
	}
}

// each reports the marks of which raw gives what is written without escaping.
func (f *facts) each(p *audit.Pass, u *unit, marks []syntax.Mark, raw func(*unit, syntax.Mark) (string, bool)) {
	for _, m := range marks {
		if value, ok := raw(u, m); ok {
			report(p, u, m.Line, m.Column, m.Open+" writes "+name(value)+"as markup, without escaping")
		}
	}
}

func report(p *audit.Pass, u *unit, line, column int, message string) {
	p.Report(audit.Report{File: u.file, Line: line, Column: column, Message: message})
}

// name is how a message calls an expression: by itself when it is short.
func name(expression string) string {
	if len(expression) > 40 || strings.ContainsAny(expression, "\n\"'`") {
		return "a value "
	}
	return expression + " "
}

// attribute reports the bindings of frameworks that take markup.
func (f *facts) attribute(p *audit.Pass, u *unit, a syntax.Attribute) {
	switch a.Name {
	case "v-html", ":innerhtml", ":innerhtml.prop", ".innerhtml", "v-bind:innerhtml", "x-html", "set:html":
	default:
		return
	}
	value := strings.TrimSpace(strings.Trim(a.Value, "{}"))
	if value == "" || f.harmless(value) || u.defines(value) {
		return
	}
	report(p, u, a.Line, a.Column, a.Name+" takes "+name(value)+"as markup, without escaping")
}

// harmless says whether an expression cannot bring a stranger's markup.
func (f *facts) harmless(expression string) bool {
	last := lastName(expression)
	if constant(expression) || last != "" && (cleans(last) || f.sanitised[last]) || strings.HasSuffix(expression, ".length") {
		return true
	}
	for _, operator := range []string{"||", "??", "+", "~"} {
		if parts := cut(expression, operator); len(parts) > 1 {
			return !slices.ContainsFunc(parts, func(part string) bool { return part == expression || !f.harmless(part) })
		}
	}
	return harmlessCall(expression)
}

// layout are the names by which layouts get the page that they surround.
func layout(expression string) bool {
	return slices.Contains([]string{"body", "style", "script", "yield", "slot", "children", "@body", "> @partial-block"}, expression)
}

func (f *facts) ejs(_ *unit, m syntax.Mark) (string, bool) {
	value := strings.TrimSpace(strings.TrimRight(m.Text, "-_; "))
	return value, m.Open == "<%-" && !strings.HasPrefix(value, "include ") && !layout(value) && !f.harmless(value)
}

func (f *facts) handlebars(_ *unit, m syntax.Mark) (string, bool) {
	helper, _, called := strings.Cut(m.Text, " ")
	quiet := layout(m.Text) || strings.HasPrefix(m.Text, "_sections.") || called && (cleans(helper) || harmlessCall(helper+"()")) || f.harmless(m.Text)
	return m.Text, (m.Open == "{{{" || m.Open == "{{&") && !quiet
}

func (f *facts) svelte(u *unit, m syntax.Mark) (string, bool) {
	return m.Text, !f.harmless(m.Text) && !u.defines(m.Text)
}
