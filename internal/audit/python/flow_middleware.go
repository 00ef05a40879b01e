package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// raiseInMiddleware finds HTTPExceptions that leave a middleware, where no handler of exceptions sees them.
func raiseInMiddleware(p *audit.Pass) {
	all := unitsOf(p.Project)
	added, dependencies, seen := addedMiddleware(all), dependenciesOf(all), map[site]bool{}
	for _, u := range all.sources() {
		for _, f := range functionsOf(u) {
			if f.isHTTPMiddleware() || added[f.def] {
				r := &escapes{all: all, unit: u, class: f.class, dependencies: dependencies}
				r.look(f.def.Body, 2, func(at site, through string) {
					if seen[at] {
						return
					}
					seen[at] = true
					message := "This HTTPException is raised inside middleware: the client gets 500."
					if through != "" {
						message = "This calls " + through + ", which raises an HTTPException, inside middleware: the client gets 500."
					}
					report(p, at.unit, at.node, message)
				})
			}
		}
	}
}

// isHTTPMiddleware knows @app.middleware("http"), and dispatch or __call__ of a class of Starlette's kind.
func (f *function) isHTTPMiddleware() bool {
	for _, d := range f.def.DecoratorList {
		if c, ok := d.(*python.Call); ok && last(plain(c.Func)) == "middleware" {
			kind, _ := text(argument(c, 0, "middleware_type"))
			return kind == "http"
		}
	}
	if f.class == nil {
		return false
	}
	base := func(name string) bool {
		return slices.ContainsFunc(f.class.Bases, func(b python.Expr) bool { return strings.HasSuffix(plain(b), name) })
	}
	return f.def.Name == "dispatch" && base("BaseHTTPMiddleware") ||
		f.def.Name == "__call__" && f.def.Async && strings.HasSuffix(f.class.Name, "Middleware") && len(f.def.Args.Args) == 4
}

// addedMiddleware are functions given as dispatch= to add_middleware, or to app.middleware("http").
func addedMiddleware(all *units) map[*python.FunctionDef]bool {
	found := map[*python.FunctionDef]bool{}
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			dispatch := keyword(c, "dispatch")
			if inner, ok := c.Func.(*python.Call); ok && last(plain(inner.Func)) == "middleware" && len(c.Args) == 1 { // app.middleware("http")(timing)
				if kind, _ := text(argument(inner, 0, "middleware_type")); kind == "http" {
					if f, _ := all.function(u, c.Args[0]); f != nil {
						found[f] = true
					}
				}
				return
			}
			if name := last(plain(c.Func)); dispatch == nil || name != "add_middleware" && name != "Middleware" && name != "BaseHTTPMiddleware" {
				return
			}
			if f, _ := all.function(u, dispatch); f != nil {
				found[f] = true
			}
		})
	}
	return found
}

// escapes finds where an HTTPException leaves a function.
type escapes struct {
	all   *units
	unit  *unit
	class *python.ClassDef // of the function, or nil
	// dependencies are functions that routes depend on: an HTTPException is right there.
	dependencies map[*python.FunctionDef]bool
}

// dependenciesOf are the functions of a project that Depends is given.
func dependenciesOf(all *units) map[*python.FunctionDef]bool {
	found := map[*python.FunctionDef]bool{}
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			if !isDependency(c) || argument(c, 0, "dependency") == nil {
				return
			}
			if f, _ := all.function(u, argument(c, 0, "dependency")); f != nil {
				found[f] = true
			}
		})
	}
	return found
}

// look hands each raise that is not caught to found, those of helpers too. Of a helper that is a dependency as well it is
// the call, with the helper's name: its raise is right elsewhere.
func (r *escapes) look(body []python.Stmt, hops int, found func(at site, through string)) {
	for _, stmt := range body {
		switch s := stmt.(type) {
		case *python.Raise:
			if s.Exc != nil && r.isHTTP(callee(s.Exc)) {
				found(site{r.unit, s}, "")
				continue
			}
		case *python.Try:
			if !r.catches(s) {
				r.look(s.Body, hops, found)
			}
			for _, h := range s.Handlers {
				r.look(h.Body, hops, found)
			}
			r.look(s.OrElse, hops, found)
			r.look(s.FinalBody, hops, found)
			continue
		}
		r.helpers(stmt, hops, found)
		for _, inner := range blocks(stmt) {
			r.look(inner, hops, found)
		}
	}
}

// blocks are the bodies of a compound statement other than try.
func blocks(stmt python.Stmt) [][]python.Stmt {
	switch s := stmt.(type) {
	case *python.If:
		return [][]python.Stmt{s.Body, s.OrElse}
	case *python.For:
		return [][]python.Stmt{s.Body, s.OrElse}
	case *python.While:
		return [][]python.Stmt{s.Body, s.OrElse}
	case *python.With:
		return [][]python.Stmt{s.Body}
	case *python.Match:
		var list [][]python.Stmt
		for _, c := range s.Cases {
			list = append(list, c.Body)
		}
		return list
	}
	return nil
}

func (r *escapes) helpers(stmt python.Stmt, hops int, found func(site, string)) {
	if hops == 0 {
		return
	}
	ownCalls(stmt, func(c *python.Call) {
		f, owner := r.helper(c)
		if f == nil {
			return
		}
		inner := &escapes{all: r.all, unit: owner, class: r.class, dependencies: r.dependencies}
		var raised []site
		inner.look(f.Body, hops-1, func(at site, _ string) { raised = append(raised, at) })
		if len(raised) > 0 && r.dependencies[f] {
			found(site{r.unit, c}, f.Name)
			return
		}
		for _, at := range raised {
			found(at, "")
		}
	})
}

// helper finds the function that a call runs, a method of the same class first.
func (r *escapes) helper(c *python.Call) (*python.FunctionDef, *unit) {
	if method, ok := strings.CutPrefix(plain(c.Func), "self."); ok && r.class != nil {
		f := r.unit.functions[r.class.Name+"."+method]
		return f, r.unit
	}
	return r.all.function(r.unit, c.Func)
}

func (r *escapes) isHTTP(class python.Expr) bool {
	if last(r.unit.dotted(class)) == "HTTPException" {
		return true
	}
	c, _ := r.all.class(r.unit, class)
	return c != nil && slices.ContainsFunc(c.Bases, func(b python.Expr) bool { return last(plain(b)) == "HTTPException" })
}

// catches says whether a try has a clause for HTTPException or more.
func (r *escapes) catches(t *python.Try) bool {
	return slices.ContainsFunc(t.Handlers, func(h *python.ExceptHandler) bool {
		kinds := elements(h.Type)
		if len(kinds) == 0 {
			kinds = present(h.Type)
		}
		return h.Type == nil || slices.ContainsFunc(kinds, func(k python.Expr) bool {
			name := last(r.unit.dotted(k))
			return (name == "Exception" || name == "BaseException" || strings.HasSuffix(name, "HTTPException")) && !reraises(h)
		})
	})
}

// reraises says whether a clause lets the exception go on.
func reraises(h *python.ExceptHandler) bool {
	found := false
	statements(h.Body, func(stmt python.Stmt) {
		if r, ok := stmt.(*python.Raise); ok && (r.Exc == nil || plain(r.Exc) == h.Name && h.Name != "") {
			found = true
		}
	})
	return found
}
