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

// isRegistration knows the calls that add a route: a method's name or Handle, with a path in front.
func (w *walker) isRegistration(u *unit, name string, call *ast.CallExpr) bool {
	if len(call.Args) < 2 || !slices.Contains([]string{"Handle", "HandleFunc", "Method", "MethodFunc", "Mount"}, name) && methodOf(name) == "" && name != "Any" && name != "All" {
		return false
	}
	path, ok := u.constant(call.Args[0])
	if ok && (name == "Method" || name == "MethodFunc") {
		path, ok = u.constant(call.Args[1])
	}
	_, path = cutMethod(path)
	return ok && (strings.HasPrefix(path, "/") || path == "" && len(call.Args) > 1 && methodOf(name) != "" && u.isHandler(call.Args[len(call.Args)-1]))
}

// constant returns the text of a literal or of a constant of the package.
func (u *unit) constant(e ast.Expr) (string, bool) {
	if s, ok := literal(e); ok {
		return s, true
	}
	if id, ok := ast.Unparen(e).(*ast.Ident); ok && u.pkg.constants[id.Name] && u.pkg.values[id.Name] != nil {
		return literal(u.pkg.values[id.Name])
	}
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok {
		left, okLeft := u.constant(b.X)
		right, okRight := u.constant(b.Y)
		return left + right, okLeft && okRight
	}
	return "", false
}

func methodOf(name string) string {
	upper := strings.ToUpper(name)
	if slices.Contains([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}, upper) && (name == upper || name == upper[:1]+strings.ToLower(upper[1:])) {
		return upper
	}
	return ""
}

// cutMethod takes the method from a pattern of Go 1.22: "POST /items".
func cutMethod(pattern string) (method, path string) {
	if method, path, found := strings.Cut(pattern, " "); found && methodOf(method) != "" {
		return method, strings.TrimSpace(path)
	}
	return "", pattern
}

func (w *walker) register(u *unit, call *ast.CallExpr, on ast.Expr, env map[string]*router) {
	_, name := u.called(call.Fun)
	args := call.Args
	r := &route{unit: u, call: call, method: methodOf(name), router: w.of(u, on, env)}
	if name == "Method" || name == "MethodFunc" {
		r.method, _ = literal(args[0])
		args = args[1:]
	}
	path, _ := u.constant(args[0])
	method, path := cutMethod(path)
	if method != "" {
		r.method = method
	}
	if parent, ok := u.parents[u.parents[call]].(*ast.CallExpr); ok && lastName(parent.Fun) == "Methods" && len(parent.Args) > 0 { // gorilla/mux
		r.method, _ = literal(parent.Args[0])
		if s, ok := parent.Args[0].(*ast.SelectorExpr); ok {
			r.method = strings.ToUpper(strings.TrimPrefix(s.Sel.Name, "Method"))
		}
	}
	for at := r.router; at != nil; at = at.parent {
		path = strings.TrimSuffix(at.prefix, "/") + path
	}
	r.path = path
	r.answer(args[1:])
	w.found = append(w.found, r)
}

// answer tells handlers from middleware among the arguments of a registration.
func (r *route) answer(args []ast.Expr) {
	if len(args) == 0 {
		return
	}
	handler := len(args) - 1
	if r.uses("github.com/labstack/echo", "github.com/labstack/echo/v4", "github.com/labstack/echo/v5") {
		handler = 0
	}
	for i, arg := range args {
		if i != handler {
			r.guards = append(r.guards, arg)
		}
	}
	r.unwrap(args[handler])
}

// unwrap goes through middleware around a handler to the handler.
func (r *route) unwrap(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		r.handlers = append(r.handlers, e)
	case *ast.CallExpr:
		inner := r.wrapped(e)
		if inner == nil { // a function that makes the handler
			r.add(e.Fun)
			return
		}
		r.guards = append(r.guards, e.Fun)
		r.unwrap(inner)
	default:
		r.add(e)
	}
}

func (r *route) wrapped(call *ast.CallExpr) ast.Expr {
	for _, arg := range call.Args {
		if r.isHandler(arg) {
			return arg
		}
	}
	return nil
}

func (r *route) add(fun ast.Expr) {
	for _, fn := range r.prog.resolve(r.file, fun) {
		r.handlers = append(r.handlers, fn.FuncDecl)
	}
}

// isHandler says whether an expression may be a handler: a function literal, a function of the project, or one in
// middleware.
func (u *unit) isHandler(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident:
		return u.pkg.functions[e.Name] != nil
	case *ast.SelectorExpr:
		return len(u.prog.methods[e.Sel.Name]) > 0
	case *ast.CallExpr:
		return text(e.Fun) == "http.HandlerFunc" || slices.ContainsFunc(e.Args, u.isHandler)
	}
	return false
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
