package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectErrorLeaks reports answers that hold an error's text.
func detectErrorLeaks(pass *audit.Pass) {
	prog := load(pass.Project)
	prog.reportDefaultHandler(pass)
	for _, u := range prog.units {
		seen := map[int]bool{}
		each(u.node, func(call *ast.CallExpr) {
			if seen[u.line(call)] {
				return
			}
			for _, value := range u.answers(call) {
				if !u.showsError(call, value) {
					continue
				}
				seen[u.line(call)] = true
				if u.isMistakeOfCaller(call) {
					u.reportAs(pass, call, finding.Low, "the text of an error is sent to the caller")
				} else {
					u.report(pass, call, "the text of an error is sent to the caller")
				}
				return
			}
		})
	}
}

// showsError says whether a value that is sent holds the text of an error that the program did not word itself.
func (u *unit) showsError(call *ast.CallExpr, value ast.Expr) bool {
	formats := isFormatting(lastName(call.Fun)) && u.isError(value)
	return (formats || u.flows(value, u.isErrorText) || u.isFailedOutput(call, value)) && !u.isWorded(call, value)
}

// isFailedOutput says whether what a program printed is sent as an error.
func (u *unit) isFailedOutput(call *ast.CallExpr, value ast.Expr) bool {
	return u.is(call, "net/http", "Error") && u.flows(value, func(e ast.Expr) bool {
		c, ok := e.(*ast.CallExpr)
		return ok && lastName(c.Fun) == "CombinedOutput"
	})
}

// isErrorText knows err.Error(), fmt.Sprint(err) and debug.Stack().
func (u *unit) isErrorText(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	imported, name := u.called(call.Fun)
	switch {
	case imported == "runtime/debug" && name == "Stack":
		return true
	case name == "Error" && len(call.Args) == 0:
		s, ok := call.Fun.(*ast.SelectorExpr)
		return ok && !isOwnText(s.X)
	case imported == "fmt" && (strings.HasPrefix(name, "Sprint") || name == "Appendf"):
		return slices.ContainsFunc(call.Args, u.isError)
	}
	return false
}

func isFormatting(name string) bool {
	return strings.HasPrefix(name, "Fprint") || name == "String" || hasWord(name, "errorf", "printf", "sendf")
}

// isError says whether a variable holds an error, by its name and origin, or what was recovered from a panic.
func (u *unit) isError(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	if id.Name == "err" || strings.HasSuffix(id.Name, "Err") || strings.HasPrefix(id.Name, "err") && len(id.Name) <= 6 {
		return true
	}
	if t, isParameter := u.params[id.Name]; isParameter && text(t) == "error" {
		return true
	}
	return slices.ContainsFunc(u.assigned[id.Name], func(from ast.Expr) bool {
		call, ok := from.(*ast.CallExpr)
		return ok && text(call.Fun) == "recover"
	})
}

// isOwnText says whether what Error is called on is a fixed error of a package: ErrNotFound.Error().
func isOwnText(e ast.Expr) bool {
	name := lastName(e)
	return strings.HasPrefix(name, "Err") && len(name) > 3
}

// isWorded says whether the error is one that the program worded for callers: found by errors.Is or errors.As, or
// from a function whose errors are all fixed texts.
func (u *unit) isWorded(call *ast.CallExpr, value ast.Expr) bool {
	for _, cond := range u.guards(call) {
		if contains(cond, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			return ok && (text(c.Fun) == "errors.Is" || text(c.Fun) == "errors.As" || strings.HasPrefix(text(c.Fun), "errors.AsType"))
		}) {
			return true
		}
	}
	worded := false
	u.flows(value, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		if !ok || u.isField(id) || !u.isError(id) {
			return false
		}
		origin := u.originBefore(id.Name, call)
		if from, ok := origin.(*ast.CallExpr); ok {
			functions := u.prog.resolve(u.file, from.Fun)
			worded = len(functions) > 0 && !slices.ContainsFunc(functions, func(fn *function) bool { return !fixedErrors(fn) })
		}
		return false
	})
	return worded
}

// originBefore returns what a variable was assigned last before a place.
func (u *unit) originBefore(name string, place ast.Node) ast.Expr {
	var last ast.Expr
	each(u.node, func(s *ast.AssignStmt) {
		for i, left := range s.Lhs {
			if isName(left, name) && s.Pos() < place.Pos() {
				last = s.Rhs[min(i, len(s.Rhs)-1)]
			}
		}
	})
	return last
}

// fixedErrors says whether every error that a function returns is a fixed text.
func fixedErrors(fn *function) bool {
	if fn.Body == nil {
		return false
	}
	fixed, found := true, false
	each(fn.Body, func(r *ast.ReturnStmt) {
		if len(r.Results) == 0 {
			return
		}
		switch e := ast.Unparen(r.Results[len(r.Results)-1]).(type) {
		case *ast.Ident:
			fixed = fixed && (e.Name == "nil" || strings.HasPrefix(e.Name, "Err"))
		case *ast.SelectorExpr:
			fixed = fixed && strings.HasPrefix(e.Sel.Name, "Err")
		case *ast.CallExpr:
			found = true
			fixed = fixed && (text(e.Fun) == "errors.New" || text(e.Fun) == "fmt.Errorf") && !mentionsName(e, "err")
		default:
			fixed = false
		}
	})
	return fixed && found
}

// isMistakeOfCaller says whether an answer is a 4xx: its text is more often about what the caller sent.
func (u *unit) isMistakeOfCaller(call *ast.CallExpr) bool {
	found := false
	contains(call, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			code, err := strconv.Atoi(n.Value)
			found = found || n.Kind == token.INT && err == nil && code >= 400 && code < 500
		case *ast.Ident:
			found = found || slices.Contains([]string{"InvalidArgument", "NotFound", "AlreadyExists", "PermissionDenied", "Unauthenticated", "FailedPrecondition", "OutOfRange"}, n.Name) // of gRPC
			found = found || strings.HasPrefix(n.Name, "Status") && slices.Contains([]string{"StatusBadRequest", "StatusNotFound", "StatusConflict", "StatusUnprocessableEntity",
				"StatusUnauthorized", "StatusForbidden", "StatusRequestEntityTooLarge", "StatusMethodNotAllowed", "StatusUnsupportedMediaType"}, n.Name)
		}
		return found
	})
	return found
}
