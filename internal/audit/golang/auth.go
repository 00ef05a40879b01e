package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectSkippedAuth reports checks that do not take place when the secret is missing.
func detectSkippedAuth(pass *audit.Pass) {
	prog := load(pass.Project)
	checked := prog.checkedNames()
	for _, u := range prog.units {
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				u.reportSkip(pass, n)
			case *ast.ReturnStmt:
				for _, e := range n.Results {
					if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == token.LOR {
						if secret := skippedWhenEmpty(b, token.LOR); secret != nil && u.isConfigured(secret) {
							u.report(pass, n, skipMessage(secret))
						}
					}
				}
			}
			return true
		})
		u.reportNothingEqualsNothing(pass, checked)
	}
}

func skipMessage(secret ast.Expr) string {
	return fmt.Sprintf("the check does not take place when %s is empty", text(secret))
}

func (u *unit) reportSkip(pass *audit.Pass, s *ast.IfStmt) {
	switch cond := ast.Unparen(s.Cond).(type) {
	case *ast.BinaryExpr:
		if secret := skippedWhenEmpty(cond, token.LAND); secret != nil && (refuses(s.Body) || leaves(s.Body) && !u.admits(s.Body)) && u.isExpected(secret, s.Body) {
			u.reportSkipped(pass, s, secret)
			return
		}
		if secret := skippedWhenEmpty(cond, token.LOR); secret != nil && u.admits(s.Body) && u.isExpected(secret, s.Body) {
			u.reportSkipped(pass, s, secret)
			return
		}
	}
	subject, empty, ok := isEmptyTest(s.Cond)
	if !ok {
		u.reportSwitchedOff(pass, s)
		return
	}
	switch {
	case empty && u.isConfigured(subject) && u.admits(s.Body):
		u.report(pass, s, fmt.Sprintf("everybody is let in when %s is empty", text(subject)))
	case !empty && u.isConfigured(subject) && u.onlyGuard(s):
		u.report(pass, s, fmt.Sprintf("the check stands inside a test that %s is set, so nothing is checked when it is not", text(subject)))
	case !empty && u.isConfigured(subject) && (s.Else == nil || !fails(s.Else) && !refuses(s.Else)) && u.installsGuard(s.Body):
		u.report(pass, s, fmt.Sprintf("authentication is only installed when %s is set", text(subject)))
	}
}

// reportSkipped reports a check that depends on a value. What is only a variable of the function may be what the caller
// sent, and have been looked at before: that ranks lower.
func (u *unit) reportSkipped(pass *audit.Pass, s *ast.IfStmt, secret ast.Expr) {
	if u.isLocal(secret) {
		severity := finding.Medium
		pass.Report(audit.Report{File: u.File, Line: u.line(s), Message: skipMessage(secret), Severity: &severity, Confidence: finding.Likely})
		return
	}
	u.report(pass, s, skipMessage(secret))
}

// isLocal says whether a secret by its name is a variable that neither the environment nor a field of the program fills.
func (u *unit) isLocal(secret ast.Expr) bool {
	id, ok := ast.Unparen(secret).(*ast.Ident)
	if !ok || len(u.assigned[id.Name]) == 0 {
		return false
	}
	return !u.flows(id, func(e ast.Expr) bool {
		_, isField := e.(*ast.SelectorExpr)
		return u.isSecretVariable(e) || u.readsEnvironment(e) || isField && (u.prog.fields[lastName(e)] != nil || isSecretName(lastName(e)))
	})
}

// skippedWhenEmpty looks for a test that something is set, joined by op with a comparison of it: && with one that
// refuses, || with one that admits. It returns what is tested.
func skippedWhenEmpty(cond *ast.BinaryExpr, op token.Token) ast.Expr {
	parts := split(cond, op)
	for _, part := range parts {
		subject, empty, ok := isEmptyTest(part)
		if !ok || empty != (op == token.LOR) {
			continue
		}
		for _, other := range parts {
			if other != part && compares(other, subject, op == token.LAND) {
				return subject
			}
		}
	}
	return nil
}

func split(e ast.Expr, op token.Token) []ast.Expr {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == op {
		return append(split(b.X, op), split(b.Y, op)...)
	}
	return []ast.Expr{e}
}

// compares says whether an expression compares the secret with something: for being different when negative, else
// for being equal.
func compares(e, secret ast.Expr, negative bool) bool {
	if !mentions(e, secret) {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return e.Op == token.NOT && compares(e.X, secret, !negative)
	case *ast.BinaryExpr:
		if _, _, isTest := isEmptyTest(e); isTest {
			return false
		}
		if isLiteralSide(e.X) || isLiteralSide(e.Y) { // ConstantTimeCompare(a, b) != 1
			call, _ := ast.Unparen(e.X).(*ast.CallExpr)
			number, _ := e.Y.(*ast.BasicLit)
			return call != nil && number != nil && strings.Contains(lastName(call.Fun), "Compare") && ((e.Op == token.NEQ) == (number.Value == "1")) == negative
		}
		return e.Op == token.NEQ && negative || e.Op == token.EQL && !negative
	case *ast.CallExpr:
		return !negative
	case *ast.IndexExpr:
		return !negative && same(e.X, secret)
	}
	return false
}

func isLiteralSide(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.BasicLit)
	return ok
}

// isExpected says whether what is compared is the secret that is expected, or that a caller sends while others are
// refused.
func (u *unit) isExpected(secret ast.Expr, body ast.Node) bool {
	return u.isConfigured(secret) || refuses(body) && !u.isError(secret) && u.serves()
}

// isConfigured says whether an expression is a secret of the program, by its name or its place in the environment.
func (u *unit) isConfigured(e ast.Expr) bool {
	name := lastName(e)
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		return u.isSecretVariable(call)
	}
	if u.fromRequest(e) {
		return false
	}
	if isSecretName(name) || isSecretList(name) {
		return true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if call, ok := u.prog.fields[e.Sel.Name].(*ast.CallExpr); ok && u.isSecretVariable(call) {
			return true
		}
	case *ast.Ident:
		if value := u.pkg.values[e.Name]; value != nil && len(u.assigned[e.Name]) == 0 && u.isSecretVariable(value) {
			return true
		}
	}
	return u.flows(e, u.isSecretVariable)
}

// isSecretVariable says whether an expression reads a secret from the environment.
func (u *unit) isSecretVariable(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	env, found := u.envName(call)
	return found && (isSecretName(env) || isKeyVariable(env))
}

// isKeyVariable says whether a variable of the environment, where names of keys of tables do not occur, is a key.
func isKeyVariable(env string) bool {
	return strings.HasSuffix(env, "_KEY") && !hasWord(env, "public", "site", "publishable", "cache", "primary", "partition", "sort", "index", "routing", "group", "object", "foreign", "hot")
}

// envName returns the name of the variable that a call reads, by os or a helper with such a name.
func (f *file) envName(call *ast.CallExpr) (string, bool) {
	if len(call.Args) == 0 {
		return "", false
	}
	imported, name := f.called(call.Fun)
	known := imported == "os" && (name == "Getenv" || name == "LookupEnv") || imported == "github.com/spf13/viper" && strings.HasPrefix(name, "Get") ||
		imported != "os" && hasWord(name, "env", "getenv", "lookupenv", "mustenv", "envor")
	if !known {
		return "", false
	}
	return literal(call.Args[0])
}

// onlyGuard says whether an if statement without else holds nothing but the comparison with the secret, which
// refuses.
func (u *unit) onlyGuard(s *ast.IfStmt) bool {
	if s.Else != nil || !u.serves() && !u.verifies() {
		return false
	}
	for _, statement := range s.Body.List {
		inner, ok := statement.(*ast.IfStmt)
		if ok && refuses(inner.Body) && leaves(inner.Body) {
			if subject, _, _ := isEmptyTest(s.Cond); mentions(inner.Cond, subject) || inner.Init != nil && mentions(inner.Init, subject) {
				return true
			}
		}
	}
	return false
}

// installsGuard looks for r.Use(auth) and handler = auth(handler).
func (u *unit) installsGuard(body *ast.BlockStmt) bool {
	for _, statement := range body.List {
		switch s := statement.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && lastName(call.Fun) == "Use" && len(call.Args) > 0 && u.isGuard(call.Args[len(call.Args)-1]) {
				return true
			}
		case *ast.AssignStmt:
			call, ok := s.Rhs[0].(*ast.CallExpr)
			if ok && len(s.Lhs) == 1 && s.Tok == token.ASSIGN && mentions(call, s.Lhs[0]) && u.isGuard(call.Fun) && u.routes() {
				return true
			}
		}
	}
	return false
}

// routes says whether the file has to do with serving HTTP.
func (f *file) routes() bool {
	return f.uses("net/http", "github.com/gin-gonic/gin", "github.com/labstack/echo", "github.com/gofiber/fiber", "github.com/go-chi/chi", "github.com/gorilla/mux")
}

// isGuard says whether a middleware authenticates by its name.
func (u *unit) isGuard(e ast.Expr) bool {
	return contains(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && isGuardName(id.Name)
	})
}

// reportSwitchedOff reports authentication that only a variable of the environment switches on.
func (u *unit) reportSwitchedOff(pass *audit.Pass, s *ast.IfStmt) {
	b, ok := ast.Unparen(s.Cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL || s.Else != nil || !u.installsGuard(s.Body) {
		return
	}
	if call, ok := ast.Unparen(b.X).(*ast.CallExpr); ok {
		if env, found := u.envName(call); found {
			u.report(pass, s, fmt.Sprintf("authentication is off unless the variable %s says otherwise", env))
		}
	}
}
