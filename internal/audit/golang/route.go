package golang

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// route is one path that a program serves.
type route struct {
	*unit                   // where it is registered
	call         ast.Node   // the registration
	method, path string     // the method is "" when any or unknown
	handlers     []ast.Node // bodies that answer; none when they are not found
	guards       []ast.Expr // middleware of the route alone
	router       *router
}

// router is a mux or a group, and what stands before its routes.
type router struct {
	parent  *router
	prefix  string
	guards  []ast.Expr
	unknown bool // it comes from elsewhere, with middleware that is not seen
	name    string
}

// fileOf returns the file that a handler stands in, whose imports its names are about.
func (r *route) fileOf(handler ast.Node) *file {
	if decl, ok := handler.(*ast.FuncDecl); ok && r.prog.ofDecl[decl] != nil {
		return r.prog.ofDecl[decl].file
	}
	return r.file
}

// chain returns the middleware before a route, its own included.
func (r *route) chain() []ast.Expr {
	list := slices.Clone(r.guards)
	for at := r.router; at != nil; at = at.parent {
		list = append(list, at.guards...)
	}
	return list
}

// isUnknown says whether middleware may stand before the route that is not seen.
func (r *route) isUnknown() bool {
	for at := r.router; at != nil; at = at.parent {
		if at.unknown {
			return true
		}
	}
	return false
}

// maxRouteDepth bounds how far routers are followed into functions.
const maxRouteDepth = 6

// walker finds routes in one function after the other, in the order in which they are called.
type walker struct {
	prog    *program
	fields  map[string]*router // routers in fields and package variables, by name
	visited map[*ast.FuncDecl]bool
	found   []*route
}

func routesOf(prog *program) []*route {
	w := &walker{prog: prog, fields: map[string]*router{"http": {name: "http"}}, visited: map[*ast.FuncDecl]bool{}}
	var rest []*unit
	for _, u := range prog.units {
		if u.fn == nil || w.takesRouter(u) {
			rest = append(rest, u)
			continue
		}
		w.walk(u, u.node, map[string]*router{}, 0)
	}
	for _, u := range rest {
		if u.fn == nil || !w.visited[u.fn.FuncDecl] {
			w.walk(u, u.node, map[string]*router{}, 0)
		}
	}
	return w.found
}

// takesRouter says whether a function is given a router, so that its caller knows more.
func (w *walker) takesRouter(u *unit) bool {
	for _, t := range u.params {
		if isRouterType(t) {
			return true
		}
	}
	return false
}

func isRouterType(t ast.Expr) bool {
	name := strings.TrimPrefix(text(t), "*")
	return slices.Contains([]string{"http.ServeMux", "chi.Router", "chi.Mux", "gin.Engine", "gin.RouterGroup", "gin.IRouter", "gin.IRoutes", "echo.Echo", "echo.Group",
		"fiber.App", "fiber.Router", "mux.Router"}, name)
}

func (w *walker) walk(u *unit, n ast.Node, env map[string]*router, depth int) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			w.assign(u, n, env)
		case *ast.KeyValueExpr:
			if r := w.create(u, n.Value, env); r != nil {
				w.fields[lastName(n.Key)] = r
			}
		case *ast.ValueSpec:
			if len(n.Values) == 1 {
				if r := w.create(u, n.Values[0], env); r != nil {
					env[n.Names[0].Name], w.fields[n.Names[0].Name] = r, r
				}
			}
		case *ast.CallExpr:
			return w.call(u, n, env, depth)
		}
		return true
	})
}

func (w *walker) assign(u *unit, s *ast.AssignStmt, env map[string]*router) {
	if len(s.Rhs) != 1 {
		return
	}
	r := w.create(u, s.Rhs[0], env)
	if r == nil {
		w.wrap(u, s.Rhs[0], env)
		return
	}
	if field, ok := s.Lhs[0].(*ast.SelectorExpr); ok {
		w.fields[field.Sel.Name] = r
		return
	}
	env[lastName(s.Lhs[0])] = r
}

// wrap notes middleware around a whole router: handler := logging(auth(mux)).
func (w *walker) wrap(u *unit, e ast.Expr, env map[string]*router) {
	each(e, func(call *ast.CallExpr) {
		for _, name := range slices.Sorted(maps.Keys(env)) {
			if slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return mentionsName(arg, name) }) {
				env[name].guards = append(env[name].guards, call.Fun)
			}
		}
		for _, arg := range call.Args {
			if field, ok := arg.(*ast.SelectorExpr); ok && w.fields[field.Sel.Name] != nil {
				r := w.fields[field.Sel.Name]
				r.guards = append(r.guards, call.Fun)
			}
		}
	})
}

// create returns the router that an expression makes, or nil.
func (w *walker) create(u *unit, e ast.Expr, env map[string]*router) *router {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return nil
	}
	imported, name := u.called(call.Fun)
	switch {
	case imported == "net/http" && name == "NewServeMux",
		strings.Contains(imported, "go-chi/chi") && (name == "NewRouter" || name == "NewMux"),
		imported == "github.com/gin-gonic/gin" && (name == "Default" || name == "New"),
		strings.HasPrefix(imported, "github.com/labstack/echo") && name == "New",
		strings.HasPrefix(imported, "github.com/gofiber/fiber") && name == "New",
		imported == "github.com/gorilla/mux" && name == "NewRouter":
		return &router{}
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Group", "With", "Subrouter", "Route", "PathPrefix", "StrictSlash"}, name) || hasLiteralFunction(call) {
		return nil
	}
	parent := w.lookup(s.X, env)
	if inner := w.create(u, s.X, env); inner != nil {
		parent = inner
	}
	if parent == nil {
		return nil
	}
	child := &router{parent: parent}
	for i, arg := range call.Args {
		if prefix, ok := literal(arg); ok && i == 0 {
			child.prefix = prefix
		} else {
			child.guards = append(child.guards, arg)
		}
	}
	return child
}

func hasLiteralFunction(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(e ast.Expr) bool {
		f, ok := e.(*ast.FuncLit)
		return ok && len(f.Type.Params.List) == 1 && isRouterType(f.Type.Params.List[0].Type)
	})
}

// lookup returns the router that a name or a field holds, or nil.
func (w *walker) lookup(e ast.Expr, env map[string]*router) *router {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if r := env[e.Name]; r != nil {
			return r
		}
		return w.fields[e.Name]
	case *ast.SelectorExpr:
		return w.fields[e.Sel.Name]
	}
	return nil
}

// call looks at one call: middleware, a nested group, a route, or a function that is given a router. It returns
// whether to look inside.
func (w *walker) call(u *unit, call *ast.CallExpr, env map[string]*router, depth int) bool {
	_, name := u.called(call.Fun)
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		r := w.lookup(s.X, env)
		switch {
		case r != nil && name == "Use":
			r.guards = append(r.guards, call.Args...)
			return false
		case hasLiteralFunction(call):
			w.nested(u, call, s.X, env, depth)
			return false
		case w.isRegistration(u, name, call):
			w.register(u, call, s.X, env)
			return true
		}
	}
	if name == "ListenAndServe" || name == "ListenAndServeTLS" || name == "Serve" {
		for _, arg := range call.Args {
			w.wrap(u, arg, env)
		}
	}
	w.enter(u, call, env, depth)
	return true
}

// nested follows r.Route("/x", func(r chi.Router) {...}) and r.Group(func(r chi.Router) {...}).
func (w *walker) nested(u *unit, call *ast.CallExpr, on ast.Expr, env map[string]*router, depth int) {
	child := &router{parent: w.of(u, on, env)}
	for _, arg := range call.Args {
		if prefix, ok := literal(arg); ok {
			child.prefix = prefix
			continue
		}
		f, ok := arg.(*ast.FuncLit)
		if !ok || len(f.Type.Params.List) == 0 || len(f.Type.Params.List[0].Names) == 0 {
			continue
		}
		inner := map[string]*router{}
		for name, r := range env {
			inner[name] = r
		}
		inner[f.Type.Params.List[0].Names[0].Name] = child
		w.walk(u, f.Body, inner, depth)
	}
}

// of returns the router of an expression; one that nobody knows yet is taken for one from elsewhere.
func (w *walker) of(u *unit, e ast.Expr, env map[string]*router) *router {
	if r := w.lookup(e, env); r != nil {
		return r
	}
	if r := w.create(u, e, env); r != nil {
		return r
	}
	r := &router{unknown: true, name: lastName(e)}
	if name := rootName(e); name != "" {
		env[name] = r
	}
	return r
}

// enter follows a router into a function of the project.
func (w *walker) enter(u *unit, call *ast.CallExpr, env map[string]*router, depth int) {
	if depth >= maxRouteDepth {
		return
	}
	for i, arg := range call.Args {
		r := w.lookup(arg, env)
		if r == nil {
			r = w.create(u, arg, env)
		}
		if r == nil {
			continue
		}
		for _, fn := range w.prog.resolve(u.file, call.Fun) {
			w.enterFunction(fn, i, r, depth)
		}
	}
}

func (w *walker) enterFunction(fn *function, index int, r *router, depth int) {
	at := 0
	for _, p := range fn.Type.Params.List {
		for _, name := range p.Names {
			if at == index && isRouterType(p.Type) && fn.Body != nil {
				w.visited[fn.FuncDecl] = true
				w.walk(w.prog.unitOf(fn), fn.Body, map[string]*router{name.Name: r}, depth+1)
			}
			at++
		}
	}
}

func (prog *program) unitOf(fn *function) *unit { return prog.ofDecl[fn.FuncDecl] }
