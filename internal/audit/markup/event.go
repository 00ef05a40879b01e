package markup

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/markup"
)

// event reports values that a template writes into the script of an attribute such as onclick. Escaping for markup does
// not help there: the browser takes it away before the script is read.
func (f *facts) event(p *audit.Pass, u *unit, a syntax.Attribute) {
	if !isEvent(a.Name) || slices.Contains([]string{".vue", ".svelte", ".astro"}, u.file.Ext()) {
		return
	}
	language := syntax.Jinja()
	if u.file.Ext() == ".ejs" || f.uses("ejs") && strings.Contains(a.Value, "<%") {
		language = syntax.EJS()
	}
	for _, m := range syntax.Marks(a.Value, language) {
		if (m.Open == "{{" || m.Open == "<%=") && !f.harmlessInScript(m.Text) {
			report(p, u, a.Line, a.Column, a.Name+" holds "+name(cut(m.Text, "|")[0])+"in its script, where escaping for markup does not help: put it into a data attribute, or write it with tojson")
			return
		}
	}
}

// isEvent knows attributes that hold scripts: onclick, onmouseover, onerror.
func isEvent(attribute string) bool {
	event, ok := strings.CutPrefix(attribute, "on")
	return ok && slices.ContainsFunc([]string{
		"click", "dblclick", "change", "submit", "load", "unload", "error", "input", "key", "mouse", "focus", "blur", "drag", "drop", "touch", "pointer", "toggle", "scroll",
		"select", "copy", "paste", "cut", "contextmenu", "wheel", "animation", "transition", "play", "ended", "before", "hashchange", "message", "resize", "search", "reset",
		"invalid", "auxclick", "show", "close", "cancel", "pageshow", "popstate", "storage",
	}, func(start string) bool { return strings.HasPrefix(event, start) })
}

// harmlessInScript says whether a value cannot end the text of a script that it stands in.
func (f *facts) harmlessInScript(expression string) bool {
	parts := cut(strings.Trim(expression, "-+ "), "|")
	for _, part := range parts[1:] {
		if slices.Contains([]string{
			"tojson", "to_json", "json", "json_encode", "dump", "escapejs", "int", "float", "length", "count", "round", "floatformat", "date", "time", "slugify", "urlencode", "url_encode", "yesno",
			"safe", "raw", // these are reported as such
		}, filterName(part)) || strings.Contains(part, "'js'") || strings.Contains(part, `"js"`) {
			return true
		}
	}
	value := strings.TrimSpace(parts[0])
	lower := strings.ToLower(value)
	switch {
	case constant(value), strings.HasPrefix(lower, "loop."), strings.HasPrefix(lower, "forloop."), strings.Contains(lower, "csrf"):
		return true
	case harmlessCall(value), strings.Contains(value, "JSON.stringify("), strings.HasPrefix(value, "encodeURIComponent("):
		return true
	}
	last := strings.FieldsFunc(lower[strings.LastIndexByte(lower, '.')+1:], func(r rune) bool { return r == '_' || r == '-' })
	return len(last) > 0 && slices.Contains([]string{
		"id", "pk", "uid", "uuid", "index", "counter", "count", "num", "number", "page", "pages", "year", "month", "day", "size", "total", "price", "slug", "i", "idx", "length",
	}, last[len(last)-1])
}
