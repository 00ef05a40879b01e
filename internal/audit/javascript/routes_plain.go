package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// tableRoutes finds the routes of servers without a framework: tables of handlers with keys such as
// "POST /path", and branches that compare the path of the request.
func (f *facts) tableRoutes(u *unit) {
	syntax.Walk(u.tree.Program, func(n *node) bool {
		switch n.Kind {
		case syntax.Property:
			method, where, ok := strings.Cut(n.Name, " ")
			if handler := syntax.Resolve(n.Kids[0]); ok && strings.HasPrefix(where, "/") && slices.Contains(verbs(), strings.ToLower(method)) && handler.Is(syntax.Function) {
				f.routes = append(f.routes, &route{method: method, path: where, at: n, handler: handler, unit: u})
			}
		case syntax.If:
			if where, method := comparedPath(n.Kids[0]); where != "" && f.answersInside(n.Kids[1]) {
				f.routes = append(f.routes, &route{method: method, path: where, at: n, handler: n.Kids[1], unit: u})
			}
		case syntax.Case:
			if where, ok := syntax.Constant(n.Kids[0]); ok && strings.HasPrefix(where, "/") && pathOfRequest(n.Parent.Kids[0]) {
				f.routes = append(f.routes, &route{method: "ALL", path: where, at: n, handler: n, unit: u})
			}
		}
		return true
	})
}

// comparedPath returns the path, and the method if there is one, that a test asks for.
func comparedPath(test *node) (where, method string) {
	method = "ALL"
	syntax.Walk(test, func(n *node) bool {
		if n.Operator(syntax.Unary, "!") || !n.Operator(syntax.Binary, "===", "==") {
			return n.Operator(syntax.Binary, "&&", "||")
		}
		text, ok := syntax.Constant(n.Kids[1])
		switch {
		case ok && strings.HasPrefix(text, "/") && pathOfRequest(n.Kids[0]):
			where = text
		case ok && syntax.Last(n.Kids[0]) == "method":
			method = text
		}
		return false
	})
	return where, method
}

// pathOfRequest says whether a value is the path that was asked for.
func pathOfRequest(n *node) bool {
	switch syntax.Last(n) {
	case "pathname":
		return true
	case "url", "path":
		root, _, _ := strings.Cut(syntax.Path(n), ".")
		return slices.Contains([]string{"req", "request"}, root)
	}
	return false
}

// answersInside says whether a branch answers itself.
func (f *facts) answersInside(n *node) bool {
	return syntax.Any(n, func(k *node) bool {
		_, ok := f.answer(k)
		return ok
	})
}

// body returns what runs for a route: the body of its handler, or the branch.
func body(handler *node) *node {
	if handler.Is(syntax.Function) {
		return handler.Body()
	}
	return handler
}

// branches says whether a route hands its requests on to routes inside of its handler.
func (f *facts) branches(r *route) bool {
	return r.handler.Is(syntax.Function) && slices.ContainsFunc(f.routes, func(o *route) bool {
		return o != r && o.handler != r.handler && !o.handler.Is(syntax.Function) && o.handler.Inside(r.handler)
	})
}

// checksBefore says whether the function around a branch checks, before it, what test says.
func (f *facts) checksBefore(r *route, test func(*node) bool) bool {
	if r.handler.Is(syntax.Function) {
		return false
	}
	for _, s := range outerStatements(r.at) {
		if test(s) {
			return true
		}
	}
	return false
}

// outerStatements returns the statements before a branch, in its block and those around, that are no branches
// by path themselves.
func outerStatements(n *node) []*node {
	var list []*node
	for child, p := n, n.Parent; p != nil && !child.Is(syntax.Function); child, p = p, p.Parent {
		if !p.Is(syntax.Block) {
			continue
		}
		for _, s := range p.Kids {
			if s == child {
				break
			}
			if s.Is(syntax.If) {
				if where, _ := comparedPath(s.Kids[0]); where != "" {
					continue
				}
			}
			list = append(list, s)
		}
	}
	return list
}
