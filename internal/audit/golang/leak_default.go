package golang

import (
	"go/ast"
	"maps"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// reportDefaultHandler reports applications of fiber without an error handler of their own: fiber's answers with the
// text of every error that a handler returns.
func (prog *program) reportDefaultHandler(pass *audit.Pass) {
	if !slices.ContainsFunc(prog.units, (*unit).returnsErrorToFiber) {
		return
	}
	for _, u := range prog.units {
		each(u.node, func(call *ast.CallExpr) {
			imported, name := u.called(call.Fun)
			if name == "New" && isFiber(imported) && !u.setsErrorHandler(call) {
				u.report(pass, call, "this application has no ErrorHandler, so fiber answers with the text of every error that a handler returns")
			}
		})
	}
}

func isFiber(imported string) bool {
	rest, ok := strings.CutPrefix(imported, "github.com/gofiber/fiber")
	return ok && (rest == "" || rest == "/v2" || rest == "/v3")
}

// setsErrorHandler says whether the configuration has a handler, or cannot be seen.
func (u *unit) setsErrorHandler(call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	config, ok := ast.Unparen(call.Args[0]).(*ast.CompositeLit)
	return !ok || slices.ContainsFunc(config.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return !ok || isName(kv.Key, "ErrorHandler")
	})
}

// returnsErrorToFiber says whether a handler of fiber returns an error that it was given: return err.
func (u *unit) returnsErrorToFiber() bool {
	if len(u.contexts) == 0 || !slices.ContainsFunc(slices.Collect(maps.Values(u.imports)), isFiber) {
		return false
	}
	return contains(u.node, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		return ok && len(r.Results) == 1 && u.isError(r.Results[0])
	})
}
