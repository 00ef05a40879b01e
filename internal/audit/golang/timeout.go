package golang

import (
	"go/ast"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectNoTimeout reports HTTP clients and servers that wait for ever.
func detectNoTimeout(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if message := u.waitsForEver(n); message != "" {
					u.report(pass, n, message)
				}
			case *ast.CompositeLit:
				u.reportLiteralTimeout(pass, n)
			}
			return true
		})
	}
}

func (u *unit) waitsForEver(call *ast.CallExpr) string {
	imported, name := u.called(call.Fun)
	if imported == "net/http" {
		switch name {
		case "Get", "Post", "PostForm", "Head":
			return "http." + name + " has no timeout"
		case "ListenAndServe", "ListenAndServeTLS", "Serve":
			if len(call.Args) > 0 && u.isLoopback(call.Args[0]) {
				return ""
			}
			return "http." + name + " starts a server without timeouts"
		}
	}
	if u.startsFramework(call) {
		return name + " starts a server without timeouts"
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if ok && slices.Contains([]string{"Do", "Get", "Post", "PostForm", "Head"}, name) && u.isDefaultClient(s.X) && !u.boundsRequest() {
		return "http.DefaultClient has no timeout"
	}
	return ""
}

// startsFramework knows gin's Run and echo's Start, which take the server's defaults unless its timeouts are set.
func (u *unit) startsFramework(call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) > 1 || s.Sel.Name != "Run" && s.Sel.Name != "Start" || contains(u.node, isServerTimeout) {
		return false
	}
	made := func(imported string) bool {
		return u.flows(s.X, func(e ast.Expr) bool {
			c, ok := e.(*ast.CallExpr)
			if !ok {
				return false
			}
			from, name := u.called(c.Fun)
			return strings.HasPrefix(from, imported) && (name == "New" || name == "Default")
		})
	}
	return s.Sel.Name == "Run" && made("github.com/gin-gonic/gin") || s.Sel.Name == "Start" && made("github.com/labstack/echo")
}

func isServerTimeout(n ast.Node) bool {
	s, ok := n.(*ast.SelectorExpr)
	return ok && (s.Sel.Name == "ReadTimeout" || s.Sel.Name == "ReadHeaderTimeout")
}

func (u *unit) isDefaultClient(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "DefaultClient" && u.imports[rootName(s.X)] == "net/http"
}

// boundsRequest says whether requests are made with a context, which may have a deadline.
func (u *unit) boundsRequest() bool {
	return contains(u.node, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && (lastName(call.Fun) == "NewRequestWithContext" || lastName(call.Fun) == "WithContext")
	})
}

func (u *unit) reportLiteralTimeout(pass *audit.Pass, lit *ast.CompositeLit) {
	s, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || u.imports[rootName(s.X)] != "net/http" {
		return
	}
	switch s.Sel.Name {
	case "Client":
		if !hasField(lit, "Timeout") && !u.setsLater(lit, "Timeout") && !u.boundsRequest() {
			u.report(pass, lit, "the HTTP client has no timeout")
		}
	case "Server":
		if !hasField(lit, "ReadTimeout", "ReadHeaderTimeout") && !u.setsLater(lit, "ReadTimeout", "ReadHeaderTimeout") {
			u.report(pass, lit, "the HTTP server waits for ever for what a client sends: it has no ReadHeaderTimeout")
		}
	}
}

func hasField(lit *ast.CompositeLit, names ...string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		pair, ok := e.(*ast.KeyValueExpr)
		return ok && slices.Contains(names, lastName(pair.Key))
	})
}

// setsLater says whether a field is assigned after the literal.
func (u *unit) setsLater(lit ast.Node, names ...string) bool {
	return contains(u.node, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		return ok && s.Pos() > lit.Pos() && slices.ContainsFunc(s.Lhs, func(e ast.Expr) bool {
			field, ok := e.(*ast.SelectorExpr)
			return ok && slices.Contains(names, field.Sel.Name)
		})
	})
}
