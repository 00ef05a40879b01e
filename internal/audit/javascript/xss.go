package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// xssSink reports text that becomes markup: in the page's DOM, in React, in HTML that a server answers with.
func xssSink(p *audit.Pass) {
	f := factsOf(p.Project)
	t := f.tracer(escapes)
	f.each(func(u *unit, n *node) {
		sink, value := sinkOf(n)
		if value == nil {
			return
		}
		o := t.origin(value)
		if o <= internal || o == unknown && (harmless(n) || renderedElsewhere(value)) {
			return
		}
		at := n
		if n.Is(syntax.Assign) {
			at = n.Kids[0]
		}
		message := sink + " takes text that is not escaped"
		if o == user {
			f.report(p, at, message)
			return
		}
		f.report(p, at, message, confidence(finding.Likely), severity(finding.Medium))
	})
	f.each(func(u *unit, n *node) { f.htmlAnswer(p, t, n) })
}

// harmless says whether the sink is the text of a style, or a script of JSON, which applications give their own
// settings to.
func harmless(n *node) bool {
	call := n.Enclosing(syntax.Call)
	if !n.Is(syntax.Property) || call == nil {
		return false
	}
	tag, _ := syntax.Constant(call.Arg(0))
	return tag == "style" || tag == "script" && syntax.Any(n, func(k *node) bool { return k.Is(syntax.Call) && syntax.Last(k.Callee()) == "stringify" })
}

// renderedElsewhere says whether a value is the parameter of a callback that is markup by its name, as template
// engines hand it over.
func renderedElsewhere(n *node) bool {
	b := syntax.Lookup(n)
	return b != nil && b.Node.Is(syntax.Param) && b.Node.Parent.Parent.Is(syntax.Call) && hasWord(n.Name, "html", "markup", "svg", "translated", "rendered")
}

// sinkOf returns the name of a sink and what flows into it.
func sinkOf(n *node) (string, *node) {
	switch n.Kind {
	case syntax.Assign:
		if t := n.Kids[0]; t.Is(syntax.Member) && (n.Name == "=" || n.Name == "+=") && (t.Name == "innerHTML" || t.Name == "outerHTML" || t.Name == "srcdoc") {
			return t.Name, n.Kids[1]
		}
	case syntax.Property:
		if n.Name == "dangerouslySetInnerHTML" {
			if html := syntax.Resolve(n.Kids[0]).Property("__html"); html != nil {
				return n.Name, html
			}
		}
		if n.Name == "innerHTML" && n.Parent.Parent.Is(syntax.Call) && syntax.Name(n.Parent.Parent.Callee()) == "__jsx" {
			return n.Name, n.Kids[0]
		}
	case syntax.Call:
		return sinkOfCall(n)
	}
	return "", nil
}

func sinkOfCall(n *node) (string, *node) {
	callee := n.Callee()
	if !callee.Is(syntax.Member) || len(n.Args()) == 0 {
		return "", nil
	}
	switch name := callee.Name; name {
	case "insertAdjacentHTML":
		return name, n.Arg(1)
	case "write", "writeln":
		if syntax.Name(callee.Kids[0]) == "document" || strings.HasSuffix(syntax.Name(callee.Kids[0]), ".document") {
			return "document." + name, n.Arg(0)
		}
	case "createContextualFragment", "setHTMLUnsafe":
		return name, n.Arg(0)
	case "html", "append", "prepend", "after", "before":
		if isJQuery(callee.Kids[0]) && (name == "html" || syntax.Resolve(n.Arg(0)).Is(syntax.Template, syntax.Binary) && looksLikeMarkup(n.Arg(0))) {
			return "jQuery's " + name, n.Arg(0)
		}
	}
	return "", nil
}

// isJQuery says whether an expression is a jQuery collection: $(…) or a variable named $….
func isJQuery(n *node) bool {
	path := syntax.Path(n)
	return strings.HasPrefix(path, "$()") || strings.HasPrefix(path, "jQuery()") || n.Is(syntax.Ident) && strings.HasPrefix(n.Name, "$") && len(n.Name) > 1
}

// looksLikeMarkup says whether the first known text of a value begins a tag.
func looksLikeMarkup(n *node) bool {
	n = syntax.Resolve(n)
	return n != nil && syntax.Any(n, func(k *node) bool { return k.Is(syntax.String) && tagIn(k.Text) })
}

func tagIn(text string) bool {
	for i := strings.IndexByte(text, '<'); i >= 0 && i+1 < len(text); {
		c := text[i+1] | 0x20
		if c >= 'a' && c <= 'z' || text[i+1] == '/' || text[i+1] == '!' {
			return true
		}
		next := strings.IndexByte(text[i+1:], '<')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// escapes says whether a call makes text harmless in HTML.
func escapes(n *node, path string) bool {
	name := strings.ToLower(strings.Join(words(lastOf(path)), ""))
	if strings.Contains(strings.ToLower(path), "purify") || strings.Contains(path, "sanitize-html") || rendersTemplate(path) || strings.HasPrefix(path, "katex") || strings.HasPrefix(path, "he.") {
		return true
	}
	if n.Is(syntax.Tagged) {
		return name == "html" || name == "safehtml" || name == "escapehtml" || name == "css" || name == "svg"
	}
	if strings.HasPrefix(name, "esc") || strings.Contains(name, "escape") && !strings.Contains(name, "unescape") || strings.Contains(name, "sanitiz") || strings.Contains(name, "sanitis") ||
		strings.Contains(name, "purify") || strings.Contains(name, "htmlencode") || strings.Contains(name, "encodehtml") || strings.Contains(name, "striptags") || strings.Contains(name, "xss") || strings.Contains(name, "safehtml") {
		return true
	}
	switch name {
	case "encodeuricomponent", "encodeuri", "t", "i18n", "translate", "gettext", "formatdate", "formatnumber", "formatcurrency", "formatprice", "formattime", "formatbytes", "formatduration", "formatsize", "codetohtml", "rendertostring", "rendertostaticmarkup", "highlight", "highlightauto", "h", "e", "qrcode", "icon", "getscripttag":
		return true
	}
	return hasWord(lastOf(path), "number", "date", "time", "currency", "bytes", "size", "percent", "duration", "price", "ago", "count", "plural", "commas", "icon", "badge", "nonce") || selfEscaping(n)
}

// rendersTemplate says whether a path is the result of a template engine that escapes.
func rendersTemplate(path string) bool {
	lower := strings.ToLower(path)
	return slices.ContainsFunc([]string{"handlebars", "mustache", "nunjucks", "ejs.render", "pug.", "hogan"}, func(engine string) bool { return strings.HasPrefix(lower, engine) })
}

func lastOf(path string) string {
	path = strings.TrimSuffix(path, "()")
	return path[strings.LastIndexByte(path, '.')+1:]
}

// selfEscaping says whether a call is of an own function that escapes: it replaces "<", or gives text to a
// node and reads its markup back.
func selfEscaping(n *node) bool {
	fn := syntax.Resolve(n.Callee())
	if !fn.Is(syntax.Function) {
		return false
	}
	text := false
	escape := syntax.Any(fn.Body(), func(k *node) bool {
		text = text || k.Is(syntax.Member) && (k.Name == "textContent" || k.Name == "innerText") && k.Parent.Is(syntax.Assign) && k.Parent.Kids[0] == k ||
			k.Is(syntax.Call) && syntax.Last(k.Callee()) == "createTextNode"
		if text && k.Is(syntax.Member) && k.Name == "innerHTML" {
			return true
		}
		return k.Is(syntax.String) && strings.Contains(k.Text, "&lt;")
	})
	return escape
}

// htmlAnswer reports HTML that a server makes of what a stranger sent: res.send(`<h1>${req.query.name}</h1>`).
func (f *facts) htmlAnswer(p *audit.Pass, t *tracer, n *node) {
	a, ok := f.answer(n)
	if !ok || a.chat || len(a.bodies) == 0 || n.Is(syntax.Call) && slices.Contains([]string{"json", "jsonp", "emit", "render", "enqueue"}, syntax.Last(n.Callee())) {
		return
	}
	body := syntax.Resolve(a.bodies[0])
	if !body.Is(syntax.Template, syntax.Binary) || !looksLikeMarkup(body) || t.origin(body) != user {
		return
	}
	f.report(p, a.at, "the page that is answered with holds text of the request that is not escaped")
}
