package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// isInput says whether a dotted name is what a user sends: request.args, message.text, st.text_input.
func (u *unit) isInput(name string) bool {
	first, rest, more := strings.Cut(name, ".")
	if !more {
		return name == "input" || name == "message_text"
	}
	part := last(name)
	switch {
	case first == "streamlit" || first == "st":
		return slices.Contains([]string{"text_input", "text_area", "chat_input", "query_params", "experimental_get_query_params"}, part)
	case first == "request" || first == "req" || strings.HasPrefix(name, "self.request.") || strings.HasPrefix(name, "flask.request."):
		return slices.ContainsFunc(requestParts(), func(p string) bool { return part == p || strings.HasPrefix(rest, p+".") })
	case strings.HasSuffix(name, "message.text") || strings.HasSuffix(name, "message.caption") || name == "context.args" || name == "ctx.args" || name == "msg.text":
		return true
	case part == "full_name" || part == "first_name" || part == "username" || part == "last_name":
		return slices.ContainsFunc([]string{"effective_user", "from_user", "effective_chat", "message.chat"}, func(p string) bool { return strings.Contains(name, p) })
	}
	return slices.Contains([]string{"websocket.receive_text", "websocket.receive_json", "ws.receive_text", "ws.receive_json"}, name)
}

// requestParts are the parts of a request that its sender chooses.
func requestParts() []string {
	return []string{
		"args", "form", "json", "values", "files", "headers", "cookies", "GET", "POST", "data", "query_params", "path_params", "get_json",
		"body", "query", "match_info", "FILES", "COOKIES", "META", "query_string", "params",
	}
}

// input is what the parameters of a route carry.
func (r *route) input() map[string]trace {
	names := map[string]trace{}
	args := r.handler.Args
	defaults := defaultsOf(args)
	for _, a := range slices.Concat(args.PosOnlyArgs, args.Args, args.KwOnlyArgs) {
		if isService(a) || isDependency(defaults[a.Arg]) || isNumber(r.unit, a.Annotation) {
			continue
		}
		names[a.Arg] = trace{user: true}
	}
	return names
}

// defaultsOf returns the defaults of parameters by name.
func defaultsOf(args *python.Arguments) map[string]python.Expr {
	all := map[string]python.Expr{}
	positional := slices.Concat(args.PosOnlyArgs, args.Args)
	for i, d := range args.Defaults {
		all[positional[len(positional)-len(args.Defaults)+i].Arg] = d
	}
	for i, a := range args.KwOnlyArgs {
		if args.KwDefaults[i] != nil {
			all[a.Arg] = args.KwDefaults[i]
		}
	}
	return all
}

// isService says whether a parameter is given by the framework and not by the user.
func isService(a *python.Arg) bool {
	if slices.Contains([]string{"self", "cls", "request", "req", "response", "background_tasks", "db", "session", "websocket", "ws", "call_next", "context", "update"}, a.Arg) {
		return true
	}
	return slices.Contains([]string{"Request", "Response", "BackgroundTasks", "WebSocket", "Session", "AsyncSession", "HTTPConnection", "CurrentUser", "SessionDep"}, last(plain(a.Annotation)))
}

// isNumber says whether an annotation leaves no room for text of a user's choice.
func isNumber(u *unit, annotation python.Expr) bool {
	switch a := annotation.(type) {
	case *python.Name, *python.Attribute:
		short := last(plain(a))
		if slices.Contains([]string{"int", "float", "bool", "UUID", "date", "datetime", "Decimal", "timedelta"}, short) {
			return true
		}
		class := u.classes[short]
		return class != nil && slices.ContainsFunc(class.Bases, func(b python.Expr) bool { return strings.HasSuffix(plain(b), "Enum") })
	case *python.Subscript: // Optional[int], Literal["a", "b"], Annotated[int, ...]
		switch last(plain(a.Value)) {
		case "Literal":
			return true
		case "Optional", "List", "list":
			return isNumber(u, a.Slice)
		case "Annotated":
			return len(elements(a.Slice)) > 0 && isNumber(u, elements(a.Slice)[0])
		}
	case *python.BinOp: // int | None
		return isNumber(u, a.Left)
	}
	return false
}

// ownTexts are exceptions of frameworks whose text is made for the client.
func ownTexts() []string {
	return []string{
		"HTTPException", "RequestValidationError", "ValidationError", "RateLimitExceeded", "StarletteHTTPException", "Http404", "NotFound",
		"BadRequest", "Forbidden", "Unauthorized", "APIException", "WebSocketDisconnect", "CancelledError", "StopIteration", "SystemExit",
		"KeyboardInterrupt", "RetryAfter", "AbortError", "RequestEntityTooLarge", "MethodNotAllowed", "CSRFError",
	}
}

// caught is what the variable of an except clause carries.
func (s *state) caught(kind python.Expr) trace {
	kinds := elements(kind)
	if len(kinds) == 0 {
		kinds = present(kind)
	}
	if len(kinds) == 0 {
		return trace{err: true}
	}
	t := trace{}
	for _, k := range kinds {
		t = t.with(s.text(k))
	}
	return t
}

func (s *state) text(kind python.Expr) trace {
	name := last(s.unit.dotted(kind))
	if class, owner := s.all.class(s.unit, kind); class != nil {
		if s.all.hasOwnText(owner, class) {
			return trace{}
		}
		return trace{err: true, minor: true}
	}
	switch {
	case slices.Contains(ownTexts(), name):
		return trace{}
	case name == "ValueError" || name == "PermissionError" || name == "AssertionError" || name == "TypeError":
		return trace{err: true, minor: true}
	}
	return trace{err: true}
}

// class finds the class that an expression names, across files.
func (all *units) class(u *unit, e python.Expr) (*python.ClassDef, *unit) {
	name := plain(e)
	if c := u.classes[name]; c != nil {
		return c, u
	}
	if other, rest := all.find(u.dotted(e)); other != nil && rest != "" {
		return other.classes[rest], other
	}
	return nil, nil
}

// hasOwnText says whether a class of the project is an exception that is only ever raised with text of the
// project's own: no exception's text goes into it.
func (all *units) hasOwnText(owner *unit, class *python.ClassDef) bool {
	if slices.ContainsFunc(class.Bases, func(b python.Expr) bool { return slices.Contains([]string{"HTTPException"}, last(plain(b))) }) {
		return true
	}
	for _, u := range all.sources() {
		if u != owner && !strings.Contains(u.module.Source, class.Name) {
			continue
		}
		if u.wrapsInto(class.Name) {
			return false
		}
	}
	return true
}

// wrapsInto says whether a file raises a class with the text of another exception.
func (u *unit) wrapsInto(class string) bool {
	found := false
	python.Inspect(u.module, func(n python.Node) bool {
		h, ok := n.(*python.ExceptHandler)
		if !ok || h.Name == "" || found {
			return !found
		}
		for _, stmt := range h.Body {
			calls(stmt, func(c *python.Call) {
				if last(plain(c.Func)) == class && slices.ContainsFunc(c.Args, func(a python.Expr) bool { return mentions(a, h.Name) }) {
					found = true
				}
			})
		}
		return true
	})
	return found
}
