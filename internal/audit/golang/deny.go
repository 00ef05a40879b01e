package golang

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// refuses says whether code turns a caller away: 401 or 403 in any spelling.
func refuses(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			return n.Kind == token.INT && (n.Value == "401" || n.Value == "403")
		case *ast.Ident:
			return isRefusal(n.Name)
		}
		return false
	})
}

func isRefusal(name string) bool {
	return slices.Contains([]string{
		"StatusUnauthorized", "StatusForbidden", "ErrUnauthorized", "ErrForbidden", "Unauthenticated", "PermissionDenied",
		"Unauthorized", "Forbidden", "unauthorized", "forbidden", "deny", "writeUnauthorized", "respondUnauthorized", "abortUnauthorized",
	}, name)
}

// leaves says whether statements end the function.
func leaves(body *ast.BlockStmt) bool {
	if body == nil || len(body.List) == 0 {
		return false
	}
	switch last := body.List[len(body.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		return stops(last)
	}
	return false
}

// stops says whether code ends the program: log.Fatal, os.Exit, panic.
func stops(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := lastName(call.Fun)
		return name == "panic" || strings.HasPrefix(name, "Fatal") || name == "Exit" || strings.HasPrefix(name, "Panic") || strings.HasPrefix(name, "fatal") || name == "die"
	})
}

// fails says whether code ends the program or returns an error.
func fails(n ast.Node) bool {
	return stops(n) || contains(n, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		return ok && slices.ContainsFunc(r.Results, isFailure)
	}) || contains(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && (lastName(call.Fun) == "append" || text(call.Fun) == "errors.New" || text(call.Fun) == "fmt.Errorf")
	})
}

// isFailure knows errors that are returned.
func isFailure(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return text(e.Fun) == "errors.New" || text(e.Fun) == "fmt.Errorf" || hasWord(lastName(e.Fun), "error", "errorf", "err", "wrap")
	case *ast.Ident:
		return e.Name == "err" || strings.HasPrefix(e.Name, "err") || strings.HasPrefix(e.Name, "Err")
	case *ast.SelectorExpr:
		return strings.HasPrefix(e.Sel.Name, "Err")
	case *ast.UnaryExpr:
		return e.Op == token.AND && contains(e, func(n ast.Node) bool {
			t, ok := n.(*ast.CompositeLit)
			return ok && t.Type != nil && strings.HasSuffix(text(t.Type), "Error")
		})
	}
	return false
}

// admits says whether a branch lets the caller through: it goes on to the next handler and leaves, or answers yes.
func (u *unit) admits(body *ast.BlockStmt) bool {
	if body == nil || len(body.List) == 0 || refuses(body) || stops(body) {
		return false
	}
	last := body.List[len(body.List)-1]
	r, returns := last.(*ast.ReturnStmt)
	if returns && len(r.Results) > 0 && slices.ContainsFunc(r.Results, u.isAdmission) {
		return true
	}
	return returns && len(body.List) <= 3 && contains(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && isNext(call)
	})
}

// isNext knows calls of what comes after a middleware.
func isNext(call *ast.CallExpr) bool {
	name := lastName(call.Fun)
	return name == "ServeHTTP" || name == "Next" || name == "next" || name == "handler" && len(call.Args) == 2 || name == "h" && len(call.Args) == 2
}

// isAdmission knows results that say yes: true, the next handler itself, or what the next one answers.
func (u *unit) isAdmission(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		switch e.Name {
		case "true":
			return hasWord(u.name, "auth", "authorized", "authenticated", "authenticate", "authorize", "allowed", "allow", "valid", "validate", "check", "verify", "verified", "is", "has", "can", "permitted")
		case "nil":
			return u.verifies()
		case "next", "h", "handler":
			return true
		}
	case *ast.CallExpr:
		return isNext(e)
	}
	return false
}

// verifies says whether a function by its name checks a caller, and fails with an error.
func (u *unit) verifies() bool {
	return hasWord(u.name, "auth", "authenticate", "authorize", "verify", "check", "validate") && hasWord(u.name, "auth", "authenticate", "authorize", "token", "key", "secret", "signature", "webhook", "request", "password", "hmac")
}
