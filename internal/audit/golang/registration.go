package golang

import (
	"go/ast"
	"slices"
	"strings"
)

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
