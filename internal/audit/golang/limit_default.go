package golang

import (
	"go/ast"
	"go/token"
	"slices"

	"sallyport/internal/audit"
)

// reportOptionalLimits reports limits that hold only if a variable of the environment is set: if limit > 0 && n > limit.
func (prog *program) reportOptionalLimits(pass *audit.Pass) {
	seen := map[place]bool{}
	for _, u := range prog.units {
		each(u.node, func(s *ast.IfStmt) {
			subject := whenLimitSet(s.Cond)
			if subject == nil || !contains(s.Body, func(n ast.Node) bool { return isLimiterCall(u.file, n) }) {
				return
			}
			call, name := u.limitVariable(subject)
			if call == nil || seen[place{u.file, call.Pos()}] {
				return
			}
			seen[place{u.file, call.Pos()}] = true
			u.report(pass, call, name+" is no limit at all when the environment does not set it")
		})
	}
}

// whenLimitSet returns what a condition wants to be more than nothing: x > 0, x != 0, x != "", also before &&.
func whenLimitSet(test ast.Expr) ast.Expr {
	b, ok := ast.Unparen(test).(*ast.BinaryExpr)
	switch {
	case !ok:
		return nil
	case b.Op == token.LAND:
		return whenLimitSet(b.X)
	case (b.Op == token.GTR || b.Op == token.NEQ) && (isLiteral(b.Y, "0") || isText(b.Y) && literalText(b.Y) == ""):
		return b.X
	}
	return nil
}

// limitVariable returns the call that reads a limit from the environment with nothing in its place, and the variable's
// name.
func (u *unit) limitVariable(subject ast.Expr) (*ast.CallExpr, string) {
	name := lastName(subject)
	sources := slices.Clone(u.assigned[name])
	if v := u.pkg.values[name]; v != nil {
		sources = append(sources, v)
	}
	if v := u.prog.fields[name]; v != nil {
		sources = append(sources, v)
	}
	var found *ast.CallExpr
	variable := ""
	for _, from := range sources {
		if l, ok := ast.Unparen(from).(*ast.BasicLit); ok && !isLiteral(l, "0") && l.Value != `""` {
			return nil, ""
		}
		if s, ok := u.parents[from].(*ast.AssignStmt); ok && len(s.Lhs) == 2 && !isName(s.Lhs[1], "_") {
			continue // what cannot be read is an error
		}
		each(from, func(call *ast.CallExpr) {
			imported, reader := u.called(call.Fun)
			if imported == "github.com/spf13/viper" || hasWord(reader, "must", "mustenv", "require", "required") {
				return // its default stands elsewhere, or it stops
			}
			if env, ok := u.envName(call); ok && hasWord(env, "rate", "limit", "rpm", "quota") && !hasFallback(call) {
				found, variable = call, env
			}
		})
	}
	return found, variable
}

// hasFallback says whether a call that reads the environment gives something in its place: getInt("RATE_LIMIT", 60).
func hasFallback(call *ast.CallExpr) bool {
	if len(call.Args) < 2 {
		return false
	}
	last := call.Args[len(call.Args)-1]
	return !isLiteral(last, "0") && (!isText(last) || literalText(last) != "" && literalText(last) != "0")
}

func isText(e ast.Expr) bool {
	l, ok := e.(*ast.BasicLit)
	return ok && l.Kind == token.STRING
}
