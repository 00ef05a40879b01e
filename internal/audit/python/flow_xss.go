package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// xssSink finds text that becomes markup without being escaped.
func xssSink(p *audit.Pass) {
	all := unitsOf(p.Project)
	scopesOf(p.Project).each(all, func(sc *scope, s *state, stmt python.Stmt) {
		sunk := false
		ownCalls(stmt, func(c *python.Call) {
			if sunk {
				return
			}
			if e, what := s.markup(c); e != nil {
				sunk = reportMarkup(p, sc, s, c, e, what)
			}
			if isFalse(keyword(c, "autoescape")) {
				p.Report(audit.Report{File: sc.unit.file, Line: line(c), EndLine: c.End().Line, Message: "Templates of this environment do not escape what they are given."})
			}
		})
		if r, ok := stmt.(*python.Return); ok && !sunk && sc.route != nil {
			if isPage(r.Value) && (sc.route.framework == "flask" && s.of(r.Value).user || sc.route.answersPage()) {
				reportMarkup(p, sc, s, r, r.Value, "the page")
			}
		}
	})
}

// answersPage says whether what a route returns becomes a page: response_class=HTMLResponse.
func (r *route) answersPage() bool {
	c, ok := r.decorator.(*python.Call)
	return ok && last(plain(keyword(c, "response_class"))) == "HTMLResponse"
}

// isPage says whether an expression is markup that is put together here.
func isPage(e python.Expr) bool {
	switch e.(type) {
	case *python.JoinedStr, *python.BinOp, *python.Call:
		return strings.Contains(constants(e), "<")
	}
	return false
}

// reportMarkup reports text that is neither fixed nor escaped.
func reportMarkup(p *audit.Pass, sc *scope, s *state, at python.Node, e python.Expr, what string) bool {
	k := newConstancy(s.all, sc)
	k.markup = true
	if k.text(e, maxHops) {
		return false
	}
	r := audit.Report{
		File: sc.unit.file, Line: line(at), EndLine: at.End().Line, Column: at.Pos().Column + 1,
		Message: "Text that is neither fixed nor escaped becomes markup in " + what + ".",
	}
	if s.of(e).user {
		r.Message = "Text that a user sends becomes markup in " + what + " without being escaped."
	} else {
		medium := finding.Medium
		r.Severity, r.Confidence = &medium, finding.Likely
		if isMadeElsewhere(sc, e) {
			low := finding.Low
			r.Severity, r.Confidence = &low, finding.Possible
		}
	}
	p.Report(r)
	return true
}

// isMadeElsewhere says whether markup was made elsewhere: a name or the result of a call in a function that answers nobody. It may
// well be escaped there.
func isMadeElsewhere(sc *scope, e python.Expr) bool {
	if sc.answers {
		return false
	}
	switch e := e.(type) {
	case *python.Name:
		return true
	case *python.Call:
		return !isMethod(e, "format", "replace")
	}
	return false
}

// markup returns what a call takes for markup, and what it becomes a part of.
func (s *state) markup(c *python.Call) (python.Expr, string) {
	name := s.unit.dotted(c.Func)
	switch short := last(name); {
	case slices.Contains([]string{"Markup", "mark_safe"}, short), strings.HasPrefix(name, "django.") && short == "SafeString":
		return argument(c, 0, "s"), "a page"
	case short == "format_html" && len(c.Args) > 0 && isPage(c.Args[0]) && len(c.Args) == 1:
		return c.Args[0], "a page"
	case short == "render_template_string" || name == "jinja2.Template" && s.unit.isWeb():
		if e := argument(c, 0, "source"); !s.fromFile(e) {
			return e, "a template"
		}
	case isTrue(keyword(c, "unsafe_allow_html")):
		return argument(c, 0, "body"), "the page"
	case name == "streamlit.components.v1.html" || strings.HasPrefix(name, "streamlit") && short == "html":
		return argument(c, 0, "html"), "the page"
	case short == "HTMLResponse":
		if e := argument(c, 0, "content"); e != nil && s.isBuilt(e) {
			return e, "the page"
		}
	case short == "HttpResponse" || short == "make_response":
		if e := argument(c, 0, "content"); isPage(e) || s.isBuilt(e) && s.of(e).user {
			if t, typed := text(keyword(c, "content_type")); !typed || strings.Contains(t, "html") {
				return e, "the page"
			}
		}
	case short == "Response":
		if e := argument(c, 0, "content"); isPage(e) && s.unit.isHTML(c, name) {
			return e, "the page"
		}
	}
	return nil, ""
}

// isHTML says whether a Response is a page: for Flask when nothing else is said, for Starlette when it is said.
func (u *unit) isHTML(c *python.Call, name string) bool {
	for _, k := range []string{"mimetype", "content_type", "media_type"} {
		if e := keyword(c, k); e != nil {
			t, _ := text(e)
			return strings.Contains(t, "html")
		}
	}
	return strings.HasPrefix(name, "flask.") || strings.HasPrefix(name, "werkzeug.")
}

// isBuilt says whether text is put together here and not read from a file or rendered from a template.
func (s *state) isBuilt(e python.Expr) bool {
	switch e := e.(type) {
	case *python.JoinedStr, *python.BinOp:
		return true
	case *python.Name:
		return s.of(e).user || !s.fromFile(e)
	case *python.Call:
		return isMethod(e, "format", "replace")
	}
	return false
}

func (s *state) fromFile(e python.Expr) bool {
	name := plain(e)
	return name != "" && s.unit.assigned[name] != nil && !s.of(e).user
}

// escapers make text safe in a page.
func escapers() []string {
	return []string{
		"escape", "clean", "format_html", "escape_html", "sanitize", "sanitise", "quote", "urlencode", "conditional_escape", "render", "render_template",
		"render_to_string", "read", "read_text", "to_html", "safe_html", "html_escape", "sanitize_html", "linkify", "striptags", "b64encode",
		"json_script", "b64", "getvalue", "to_json", "to_html_string", "get_data", "generate_html", "strip_tags", "decode", "svg", "esc",
	}
}

// isAmount says whether a name is that of a number, a colour or another value that is no text of a user.
func isAmount(name string) bool {
	return slices.ContainsFunc(words(last(name)), func(w string) bool {
		return slices.Contains([]string{
			"count", "total", "score", "percent", "percentage", "pct", "num", "number", "avg", "mean", "width", "height", "size", "color", "colour",
			"colors", "icon", "emoji", "css", "style", "styles", "index", "idx", "rank", "price", "amount", "year", "rate", "delta", "badge", "bg", "class",
			"version", "hours", "minutes", "seconds", "days", "ratio", "accuracy", "confidence", "probability", "prob", "theme", "logo", "b64", "base64", "length",
		}, w)
	})
}
