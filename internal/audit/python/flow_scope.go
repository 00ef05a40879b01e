package python

import (
	"maps"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// scope is a function, or the top level of a file, with what it is for.
type scope struct {
	*function
	route *route           // that it answers, or nil
	names map[string]trace // of its parameters
	// answers tells that what it returns goes to a client: a route or a handler of exceptions.
	answers bool
	// middleware tells that it stands around every request.
	middleware bool
	// top tells that it is the top level of its file.
	top bool
}

// scopes are all functions of a project that run.
type scopes []*scope

// scopesOf returns the functions of a project, built once, in the order of files and lines.
func scopesOf(p *audit.Project) scopes {
	return audit.Memo(p, func(p *audit.Project) scopes {
		all, routes := unitsOf(p), map[*python.FunctionDef]*route{}
		for _, r := range webOf(p).routes {
			routes[r.handler] = r
		}
		registered := registeredHandlers(all)
		var list scopes
		for _, u := range all.sources() {
			list = append(list, topOf(u))
			for _, f := range functionsOf(u) {
				list = append(list, scopeOf(f, routes[f.def], registered[f.def]))
			}
		}
		return list
	})
}

func topOf(u *unit) *scope {
	def := &python.FunctionDef{Body: u.module.Body, Args: &python.Arguments{}}
	return &scope{function: &function{unit: u, def: def, local: u.assigned}, top: true}
}

func scopeOf(f *function, r *route, kind python.Expr) *scope {
	s := &scope{function: f, route: r, middleware: isMiddleware(f.unit, f)}
	if r != nil {
		s.answers, s.names = true, r.input()
		return s
	}
	for _, d := range f.def.DecoratorList {
		c, ok := d.(*python.Call)
		if ok && len(c.Args) > 0 && slices.Contains([]string{"exception_handler", "errorhandler", "app_errorhandler"}, last(plain(c.Func))) {
			kind = c.Args[0]
		}
	}
	if kind != nil {
		s.answers, s.names = true, f.excepted(kind)
	} else {
		s.names = f.commanded()
	}
	return s
}

// commanded is what a handler of a command is given by a program's own dispatch: @command("/title") def title(chat, rest).
func (f *function) commanded() map[string]trace {
	if !slices.ContainsFunc(f.def.DecoratorList, func(d python.Expr) bool {
		c, ok := d.(*python.Call)
		if !ok {
			return false
		}
		name, _ := firstText(c)
		return strings.HasPrefix(name, "/") && slices.Contains([]string{"command", "cmd", "on_command"}, last(plain(c.Func)))
	}) {
		return nil
	}
	names := map[string]trace{}
	for _, a := range f.def.Args.Args {
		if slices.Contains([]string{"rest", "text", "args", "arg", "argument", "arguments", "query", "line", "body"}, a.Arg) {
			names[a.Arg] = trace{user: true}
		}
	}
	return names
}

// excepted is what a handler of exceptions is given: the last of its first two parameters is the exception.
func (f *function) excepted(kind python.Expr) map[string]trace {
	args := f.def.Args.Args
	if len(args) == 0 {
		return nil
	}
	at := min(1, len(args)-1)
	if c, ok := kind.(*python.Constant); ok && c.Value != "500" {
		return nil
	}
	t := newState(unitsOfNone(), f, nil).caught(kind)
	return map[string]trace{args[at].Arg: t}
}

// unitsOfNone is a project without files: an exception's class is then judged by its name alone.
func unitsOfNone() *units { return &units{byName: map[string]*unit{}} }

// registeredHandlers are functions given to add_exception_handler, with what they handle.
func registeredHandlers(all *units) map[*python.FunctionDef]python.Expr {
	found := map[*python.FunctionDef]python.Expr{}
	for _, u := range all.sources() {
		if u.imports["gr"] == "gradio" || u.imports["gradio"] != "" {
			u.gradioHandlers(all, found)
		}
		calls(u.module, func(c *python.Call) {
			if name := last(plain(c.Func)); (name == "add_exception_handler" || name == "register_error_handler") && len(c.Args) == 2 {
				if f, _ := all.function(u, c.Args[1]); f != nil {
					found[f] = c.Args[0]
				}
			}
		})
	}
	return found
}

// gradioHandlers notes the functions whose result Gradio shows. They are given no exception.
func (u *unit) gradioHandlers(all *units, found map[*python.FunctionDef]python.Expr) {
	calls(u.module, func(c *python.Call) {
		fn := keyword(c, "fn")
		if fn == nil && isMethod(c, "click", "submit", "change", "upload", "Interface", "ChatInterface") && len(c.Args) > 0 {
			fn = c.Args[0]
		}
		if f, _ := all.function(u, fn); fn != nil && f != nil {
			found[f] = &python.Constant{}
		}
	})
}

// state returns what is known at the start of the scope.
func (sc *scope) state(all *units) *state {
	return newState(all, sc.function, maps.Clone(sc.names))
}

// each walks every scope of the project.
func (list scopes) each(all *units, visit func(*scope, *state, python.Stmt)) {
	methods := list.methods()
	for _, sc := range list {
		s := sc.state(all)
		s.methods = methods
		s.walk(sc.def.Body, func(s *state, stmt python.Stmt) { visit(sc, s, stmt) })
	}
}

// methods are the methods of more than one word whose name stands once in the project.
func (list scopes) methods() map[string]*function {
	found, count := map[string]*function{}, map[string]int{}
	for _, sc := range list {
		count[sc.def.Name]++
		if sc.class != nil && strings.Contains(strings.Trim(sc.def.Name, "_"), "_") {
			found[sc.def.Name] = sc.function
		}
	}
	maps.DeleteFunc(found, func(name string, _ *function) bool { return count[name] > 1 })
	return found
}

// isWeb says whether a file has to do with answering requests.
func (u *unit) isWeb() bool {
	for _, full := range u.imports {
		first, _, _ := strings.Cut(full, ".")
		if slices.Contains([]string{"fastapi", "flask", "django", "starlette", "aiohttp", "quart", "rest_framework", "sanic", "bottle", "litestar", "sse_starlette", "tornado", "flask_restful", "falcon", "ninja"}, first) {
			return true
		}
	}
	return false
}
