package python

import (
	"cmp"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// errorLeak finds exceptions whose text reaches who made the request, the reader of a chat or of a page.
func errorLeak(p *audit.Pass) {
	all := unitsOf(p.Project)
	stores := storesOf(scopesOf(p.Project))
	leaks := &leaks{pass: p, seen: map[site]bool{}}
	scopesOf(p.Project).each(all, func(sc *scope, s *state, stmt python.Stmt) {
		if sc.isDebugPage() {
			return
		}
		sunk := false
		ownCalls(stmt, func(c *python.Call) {
			if sunk {
				return
			}
			if given, to := s.answered(c); to != "" {
				sunk = leaks.add(s, c, given, to)
			} else if to := s.passedOn(c); to != "" {
				sunk = leaks.add(s, c, arguments(c), to)
			}
		})
		if sunk {
			return
		}
		if value, to := sc.sent(stmt, s); to != "" {
			leaks.add(s, stmt, []python.Expr{value}, to)
		} else if value := stores.kept(sc, stmt); value != nil {
			leaks.add(s, stmt, []python.Expr{value}, "who asks for the state of the work")
		}
	})
}

// isDebugPage takes the functions of a framework that make its page for developers.
func (sc *scope) isDebugPage() bool {
	return sc.route == nil && slices.Contains(words(sc.def.Name), "debug")
}

// passedOn says to whom a function of the project sends an exception that it is given.
func (s *state) passedOn(c *python.Call) string {
	if s.hops < 2 || !s.ofAll(c).err {
		return ""
	}
	f, owner := s.callee(c)
	if f == nil {
		return ""
	}
	whom := ""
	s.inside(f, owner, c).walk(f.Body, func(at *state, stmt python.Stmt) {
		ownCalls(stmt, func(inner *python.Call) {
			given, to := at.answered(inner)
			if _, returned := stmt.(*python.Return); !returned && to != "" && slices.ContainsFunc(given, func(e python.Expr) bool { t := at.of(e); return t.err && t.param }) {
				whom = to
			}
		})
	})
	return whom
}

// leaks are reported once for each place.
type leaks struct {
	pass *audit.Pass
	seen map[site]bool
}

// add reports what of an answer carries an exception's text, and says whether there was any.
func (l *leaks) add(s *state, n python.Node, given []python.Expr, to string) bool {
	for _, e := range given {
		t := s.of(e)
		if !t.err {
			continue
		}
		places := t.sites
		if len(places) == 0 {
			places = []site{{s.unit, n}}
		}
		for _, at := range places {
			l.report(at, t, e, to)
		}
		return true
	}
	return false
}

func (l *leaks) report(at site, t trace, e python.Expr, to string) {
	if l.seen[at] || at.unit.file.Test {
		return
	}
	l.seen[at] = true
	r := audit.Report{
		File: at.unit.file, Line: line(at.node), EndLine: at.node.End().Line, Column: at.node.Pos().Column + 1,
		Message: "The text of an exception goes to " + to + ".",
	}
	if len(t.sites) > 0 {
		r.Message = "The text of an exception is put into what this returns, and goes on to " + to + "."
	} else if e.End().Line > 0 {
		r.EndLine = cmp.Or(e.End().Line, r.EndLine)
	}
	if t.printed {
		r.Message = "What a program printed about its trouble goes to " + to + "."
	}
	if t.minor {
		low := finding.Low
		r.Severity, r.Confidence = &low, finding.Likely
	}
	l.pass.Report(r)
}

// sent is the value of a statement that itself is an answer: return in a route, yield of a stream.
func (sc *scope) sent(stmt python.Stmt, s *state) (python.Expr, string) {
	switch stmt := stmt.(type) {
	case *python.Return:
		if sc.answers && stmt.Value != nil {
			return stmt.Value, "the client"
		}
	case *python.ExprStmt:
		if y, ok := stmt.Value.(*python.Yield); ok && y.Value != nil && (sc.unit.isWeb() || strings.HasPrefix(textOf(y.Value), "data:")) {
			return y.Value, "the reader of the stream"
		}
	}
	return nil, ""
}

// responses are classes and functions whose arguments are an answer.
func responses() []string {
	return []string{
		"HTTPException", "JSONResponse", "ORJSONResponse", "UJSONResponse", "PlainTextResponse", "HTMLResponse", "jsonify", "make_response",
		"HttpResponse", "JsonResponse", "HttpResponseServerError", "HttpResponseBadRequest", "HttpResponseForbidden", "HttpResponseNotFound",
		"render_template", "render_template_string", "TemplateResponse", "json_response", "abort", "flash", "Http404", "PermissionDenied",
		"InternalServerError", "BadRequest", "APIException", "ServerSentEvent", "HTTPInternalServerError", "HTTPBadRequest", "HttpError",
		"StarletteHTTPException", "ServiceUnavailable", "RedirectResponse", "redirect", "HttpResponseRedirect", "UnprocessableEntity", "send_error",
	}
}

// answered returns the arguments of a call that reach a client, and who that is.
func (s *state) answered(c *python.Call) ([]python.Expr, string) {
	name := s.unit.dotted(c.Func)
	short, base := last(name), strings.TrimSuffix(name, "."+last(name))
	switch {
	case short == "send_error" && keyword(c, "exc_info") != nil: // to the writer of error pages
		return nil, ""
	case name == "":
		a, ok := c.Func.(*python.Attribute)
		if !ok || !slices.Contains(chatMethods(), a.Attr) {
			return nil, ""
		}
		return arguments(c), "the chat"
	case strings.HasPrefix(name, "streamlit."), strings.HasPrefix(name, "gradio."), strings.HasPrefix(name, "chainlit."):
		return s.shown(c, short)
	case strings.HasSuffix(name, "self.wfile.write"):
		return arguments(c), "the client"
	case strings.HasPrefix(name, "http.client."):
		return nil, ""
	case slices.Contains(responses(), short), (short == "Response" || short == "render") && s.unit.isWeb(),
		s.inherits(c.Func, "HTTPException"):
		return arguments(c), "the client"
	case (base == "messages" || base == "django.contrib.messages") && slices.Contains([]string{"error", "warning", "info", "success"}, short):
		return arguments(c), "the page"
	}
	return s.messaged(c, base, short)
}

func (s *state) inherits(class python.Expr, base string) bool {
	c, _ := s.all.class(s.unit, class)
	return c != nil && slices.ContainsFunc(c.Bases, func(b python.Expr) bool { return last(plain(b)) == base })
}

// shown knows the elements of a page that Streamlit, Gradio and Chainlit make.
func (s *state) shown(c *python.Call, short string) ([]python.Expr, string) {
	if !slices.Contains([]string{
		"error", "exception", "warning", "write", "markdown", "info", "text", "code", "toast", "caption", "json", "success", "Error", "Warning", "Info", "Message",
		"ErrorMessage", "title", "header", "subheader", "expander",
	}, short) {
		return nil, ""
	}
	return arguments(c), "the page"
}

// chatMethods answer the person or the socket at the other end.
func chatMethods() []string {
	return []string{
		"reply_text", "reply_html", "reply_markdown", "reply_markdown_v2", "edit_message_text", "edit_text", "send_json", "send_text",
		"send_message", "reply_to", "answer_callback_query", "reply", "followup", "send_str", "respond",
	}
}

// messaged knows messages of bots and sockets. One to an operator is no answer.
func (s *state) messaged(c *python.Call, base, short string) ([]python.Expr, string) {
	to := strings.ToLower(last(base))
	switch {
	case slices.Contains(chatMethods(), short):
		if s.toOperator(c) || base == "" || isAlertName(base) {
			return nil, ""
		}
	case short == "answer" && (to == "message" || to == "query" || to == "callback" || to == "callback_query" || to == "call"):
	case short == "send" && (slices.Contains([]string{"ctx", "websocket", "ws", "socket", "channel", "followup", "interaction", "connection"}, to)):
	case short == "emit" && (to == "socketio" || to == "sio" || to == "flask_socketio"), short == "emit" && base == "emit":
	default:
		return nil, ""
	}
	if to == "websocket" || to == "ws" || to == "socket" || strings.HasPrefix(short, "send_json") || short == "emit" {
		return arguments(c), "the other end of the socket"
	}
	return arguments(c), "the chat"
}

// toOperator says whether a message goes to those who run the program.
func (s *state) toOperator(c *python.Call) bool {
	chat := argument(c, 0, "chat_id")
	if len(c.Args) == 0 && keyword(c, "chat_id") == nil {
		return false
	}
	name := plain(chat)
	if i, ok := chat.(*python.Call); ok && len(i.Args) == 1 {
		name = plain(i.Args[0])
	}
	if sub, ok := chat.(*python.Subscript); ok {
		name = plain(sub.Value)
	}
	return isAlertName(name) || name != "" && name == strings.ToUpper(name)
}

// isAlertName says whether a name is about operators, not users.
func isAlertName(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool {
		return slices.Contains([]string{"admin", "admins", "alert", "alerts", "owner", "ops", "log", "logs", "monitoring", "developer", "dev", "notifier", "notify", "operator", "staff"}, w)
	})
}

// arguments are the values given to a call.
func arguments(c *python.Call) []python.Expr {
	list := slices.Clone(c.Args)
	for _, k := range c.Keywords {
		if k.Arg != "original_exception" {
			list = append(list, k.Value)
		}
	}
	return list
}
