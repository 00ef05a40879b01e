package golang

import (
	"fmt"
	"go/ast"
	"net"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectDebugEndpoints reports what shows the inside of a program to the internet: pprof and expvar on a public mux,
// and routes that answer with settings, the environment or a stack.
func detectDebugEndpoints(pass *audit.Pass) {
	prog := load(pass.Project)
	reportImportedHandlers(pass, prog)
	seen := map[ast.Node]bool{}
	for _, r := range prog.routes {
		if seen[r.call] {
			continue
		}
		seen[r.call] = true
		if closed := r.isPrivate() || r.authenticatedByGuard(); !closed && r.servesProfiler() {
			r.report(pass, r.call, fmt.Sprintf("the route %s shows the profiler", r.path))
		} else {
			r.reportInside(pass, closed)
		}
	}
	for _, u := range prog.units {
		each(u.node, func(call *ast.CallExpr) {
			if imported, name := u.called(call.Fun); name == "Register" && strings.HasPrefix(imported, "github.com/gin-contrib/pprof") {
				u.report(pass, call, "the profiler is served with the public routes")
			}
		})
	}
}

func (r *route) authenticatedByGuard() bool { return slices.ContainsFunc(r.chain(), r.authenticates) }

// isPrivate says whether the router is one for operators, by the name of its variable or of the function.
func (r *route) isPrivate() bool {
	call, ok := r.call.(*ast.CallExpr)
	return ok && hasWord(baseName(call.Fun)+" "+r.name, "debug", "admin", "internal", "private", "ops", "metrics", "mgmt", "management", "pprof")
}

// servesProfiler says whether the handler is one of pprof or expvar.
func (r *route) servesProfiler() bool {
	call, ok := r.call.(*ast.CallExpr)
	return ok && slices.ContainsFunc(call.Args[1:], func(arg ast.Expr) bool { return contains(arg, r.isProfiler) })
}

// reportInside reports where a handler answers with what is nobody's business. Operators who may ask get keys, too, and so
// does whoever gets into their account; that ranks lower.
func (r *route) reportInside(pass *audit.Pass, closed bool) {
	for _, h := range r.handlers {
		u := r.prog.around(r.fileOf(h), h)
		at, what := u.showsInside(h)
		switch {
		case what == "":
			continue
		case closed && what != wholeEnvironment && (what != wholeSettings || !r.prog.settingsHoldSecrets()):
			continue
		case closed:
			u.reportAs(pass, at, finding.Medium, fmt.Sprintf("the route %s shows %s to whoever gets past its check", r.path, what))
		default:
			u.report(pass, at, fmt.Sprintf("the route %s shows %s", r.path, what))
		}
		return
	}
}

// settingsHoldSecrets says whether a struct of settings has a field for a secret.
func (prog *program) settingsHoldSecrets() bool {
	for _, p := range prog.packages {
		for name, t := range p.structs {
			if hasWord(name, "cfg", "config", "settings", "conf") && slices.ContainsFunc(t.Fields.List, prog.isSecretField) {
				return true
			}
		}
	}
	return false
}

// isSecretField knows fields for secrets by their names, or by the variable that fills them.
func (prog *program) isSecretField(field *ast.Field) bool {
	return slices.ContainsFunc(field.Names, func(name *ast.Ident) bool {
		if isSecretName(name.Name) {
			return true
		}
		call, ok := prog.fields[name.Name].(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return false
		}
		env, _ := literal(call.Args[0])
		return isSecretName(env) || isKeyVariable(env)
	})
}

const (
	wholeEnvironment = "the environment"
	wholeSettings    = "the settings"
)

// isProfiler knows the handlers of pprof and expvar.
func (f *file) isProfiler(n ast.Node) bool {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	imported := f.imports[rootName(s.X)]
	return imported == "net/http/pprof" || imported == "expvar" || s.Sel.Name == "Profiler" && strings.Contains(imported, "chi")
}

// around returns the unit that a handler stands in.
func (prog *program) around(f *file, h ast.Node) *unit {
	for _, u := range prog.units {
		if u.node == h || u.file == f && u.node.Pos() <= h.Pos() && h.End() <= u.node.End() {
			return u
		}
	}
	u := newUnit(f, "", nil, h)
	u.prog = prog
	return u
}

// showsInside returns the first answer of a handler that shows something, and what.
func (u *unit) showsInside(h ast.Node) (at ast.Node, what string) {
	each(h, func(call *ast.CallExpr) {
		for _, value := range u.answers(call) {
			if what == "" {
				at, what = call, u.insideOf(value, map[string]bool{})
			}
		}
	})
	return at, what
}

// insideOf looks at a value and what it is made of. What a function makes of its arguments is another value, unless
// the function only formats.
func (u *unit) insideOf(value ast.Expr, seen map[string]bool) (what string) {
	ast.Inspect(value, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || what != "" {
			return what == ""
		}
		if what = u.inside(e); what != "" {
			return false
		}
		switch e := e.(type) {
		case *ast.CallExpr:
			imported, name := u.called(e.Fun)
			return imported == "fmt" || imported == "encoding/json" || imported == "strings" || name == "byte"
		case *ast.Ident:
			if !seen[e.Name] && !u.isField(e) {
				seen[e.Name] = true
				for _, from := range u.reaching(e) {
					if what == "" {
						what = u.insideOf(from, seen)
					}
				}
			}
		}
		return true
	})
	return what
}

// inside knows values that are nobody's business.
func (u *unit) inside(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.CallExpr:
		if u.is(e, "os", "Environ") {
			return wholeEnvironment
		}
		if env, ok := u.envName(e); ok && (isSecretName(env) || hasWord(env, "database", "dsn", "redis")) {
			return "the variable " + env
		}
	case *ast.Ident:
		if hasWord(e.Name, "cfg", "config", "settings", "conf") && !u.isField(e) && len(words(e.Name)) == 1 {
			if _, isSelected := u.parents[e].(*ast.SelectorExpr); !isSelected {
				return wholeSettings
			}
		}
	case *ast.SelectorExpr:
		if isSecretName(e.Sel.Name) && hasWord(rootName(e)+" "+text(e.X), "cfg", "config", "settings", "conf") || hasWord(e.Sel.Name, "dsn") || strings.EqualFold(e.Sel.Name, "DatabaseURL") {
			return "the setting " + text(e)
		}
		if hasWord(e.Sel.Name, "cfg", "config", "settings") && len(words(e.Sel.Name)) == 1 {
			if _, isSelected := u.parents[e].(*ast.SelectorExpr); !isSelected && u.imports[rootName(e)] == "" {
				return wholeSettings
			}
		}
	}
	return ""
}

// reportImportedHandlers reports imports that add debug routes to the default mux, where that is served to others
// than this machine.
func reportImportedHandlers(pass *audit.Pass, prog *program) {
	if !slices.ContainsFunc(prog.units, (*unit).servesDefaultMux) {
		return
	}
	for _, f := range prog.files {
		for _, spec := range f.tree.Imports {
			if spec.Path.Value == `"net/http/pprof"` && spec.Name != nil && spec.Name.Name == "_" {
				pass.Report(audit.Report{File: f.File, Line: f.line(spec), Message: "the import adds the profiler to the default mux, which is served to everybody"})
			}
		}
	}
}

// servesDefaultMux looks for http.ListenAndServe(address, nil), also with middleware around the default mux, and for
// servers without a handler, where the address is not of this machine.
func (u *unit) servesDefaultMux() bool {
	return contains(u.node, func(n ast.Node) bool {
		if server, ok := n.(*ast.CompositeLit); ok {
			return u.isDefaultServer(server)
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || !u.is(call, "net/http", "ListenAndServe", "ListenAndServeTLS") || len(call.Args) < 2 {
			return false
		}
		return u.isDefaultHandler(call.Args[len(call.Args)-1]) && !u.isLoopback(call.Args[0])
	})
}

// isDefaultHandler knows nil and everything that goes on to http.DefaultServeMux.
func (u *unit) isDefaultHandler(handler ast.Expr) bool {
	return isName(handler, "nil") || u.flows(handler, func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "DefaultServeMux" && u.imports[rootName(s)] == "net/http"
	})
}

// isDefaultServer knows http.Server{Addr: …} without a handler of its own.
func (u *unit) isDefaultServer(server *ast.CompositeLit) bool {
	if server.Type == nil || text(server.Type) != "http.Server" || u.imports["http"] != "net/http" || u.setsLater(server, "Handler") {
		return false
	}
	var address, handler ast.Expr
	for _, e := range server.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok && isName(pair.Key, "Addr") {
			address = pair.Value
		} else if ok && isName(pair.Key, "Handler") {
			handler = pair.Value
		}
	}
	return address != nil && (handler == nil || u.isDefaultHandler(handler)) && !u.isLoopback(address)
}

func (u *unit) isLoopback(address ast.Expr) bool {
	s, ok := u.constant(address)
	if !ok {
		return u.flows(address, func(e ast.Expr) bool {
			return strings.HasPrefix(literalText(e), "localhost") || strings.HasPrefix(literalText(e), "127.")
		})
	}
	host, _, err := net.SplitHostPort(s)
	return err == nil && (host == "localhost" || net.ParseIP(host) != nil && net.ParseIP(host).IsLoopback())
}
