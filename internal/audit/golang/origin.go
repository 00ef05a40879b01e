package golang

import (
	"go/ast"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// detectOrigins reports programs that let every origin read their answers.
func detectOrigins(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				u.reportOriginCall(pass, n)
			case *ast.CompositeLit:
				u.reportOriginOptions(pass, n)
			case *ast.KeyValueExpr:
				if lastName(n.Key) == "CheckOrigin" && alwaysTrue(n.Value) {
					u.report(pass, n, "a websocket is opened for every origin")
				}
			case *ast.AssignStmt:
				u.reportOriginAssignment(pass, n)
			}
			return true
		})
	}
}

func (u *unit) reportOriginCall(pass *audit.Pass, call *ast.CallExpr) {
	imported, name := u.called(call.Fun)
	switch {
	case isHeaderSet(call) && strings.EqualFold(literalText(call.Args[0]), "Access-Control-Allow-Origin"):
		u.reportOriginHeader(pass, call)
	case strings.HasSuffix(imported, "/cors") && (name == "Default" || name == "AllowAll"), strings.Contains(imported, "labstack/echo") && name == "CORS",
		strings.Contains(imported, "gofiber/fiber") && name == "New" && len(call.Args) == 0 && strings.HasSuffix(imported, "/cors"):
		u.report(pass, call, "the default of "+name+" lets every origin read the answers")
	case strings.HasSuffix(imported, "gorilla/handlers") && name == "AllowedOrigins" && len(call.Args) == 1 && holdsStar(call.Args[0]):
		u.report(pass, call, "every origin may read the answers")
	default:
		if env, ok := u.envName(call); ok && len(call.Args) == 2 && hasWord(env, "cors", "origin", "origins") && literalText(call.Args[1]) == "*" {
			u.report(pass, call, "the default of "+env+" lets every origin read the answers")
		}
	}
}

// isHeaderSet knows w.Header().Set(name, value), c.Header(name, value), c.Set(name, value).
func isHeaderSet(call *ast.CallExpr) bool {
	name := lastName(call.Fun)
	return len(call.Args) == 2 && (name == "Set" || name == "Add" || name == "Header" || name == "SetHeader")
}

func (u *unit) reportOriginHeader(pass *audit.Pass, call *ast.CallExpr) {
	value := call.Args[1]
	severity := finding.Medium
	if u.allowsCredentials() {
		severity = finding.High
	}
	if s, ok := u.constant(value); ok {
		if s == "*" {
			u.reportAs(pass, call, finding.Medium, "every origin may read the answers")
		}
		return
	}
	if u.flows(value, u.readsOrigin) && !u.checksOrigin(call, value) {
		u.reportAs(pass, call, severity, "the origin of whoever asks is sent back, so every one may read the answers")
	}
}

func (u *unit) allowsCredentials() bool {
	return contains(u.node, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		return ok && strings.EqualFold(literalText(lit), "Access-Control-Allow-Credentials")
	})
}

func (u *unit) readsOrigin(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && len(call.Args) > 0 && strings.EqualFold(literalText(call.Args[0]), "Origin") && slices.Contains([]string{"Get", "GetHeader"}, lastName(call.Fun))
}

// checksOrigin says whether the header is set in a branch that looked the origin up, or after one that left.
func (u *unit) checksOrigin(call *ast.CallExpr, value ast.Expr) bool {
	name := rootName(value)
	decides := func(cond ast.Expr) bool {
		if subject, _, ok := isEmptyTest(cond); ok && rootName(subject) == name {
			return false
		}
		return name == "" || contains(cond, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				return !isUnanchored(n)
			case *ast.IndexExpr:
				return true
			case *ast.BasicLit:
				call, ok := u.parents[n].(*ast.CallExpr)
				return literalText(n) != "" && (!ok || !isUnanchored(call))
			case *ast.Ident:
				return !slices.Contains([]string{"strings", "HasPrefix", "HasSuffix", "Contains"}, n.Name) && n.Name != name && n.Name != "nil"
			}
			return false
		})
	}
	if slices.ContainsFunc(u.guards(call), decides) {
		return true
	}
	left := false
	each(u.node, func(s *ast.IfStmt) {
		left = left || s.Pos() < call.Pos() && (s.End() < call.Pos() && leaves(s.Body)) && mentionsName(s.Cond, name) && decides(s.Cond)
	})
	return left
}

// isUnanchored knows tests of an origin that another site passes as well: the end of a name without the dot before it,
// the beginning of one without what comes after it, a part of one.
func isUnanchored(call *ast.CallExpr) bool {
	if len(call.Args) != 2 {
		return false
	}
	part := literalText(call.Args[1])
	switch {
	case part == "":
		return false
	case text(call.Fun) == "strings.HasSuffix":
		return part[0] != '.' && !strings.Contains(part, "//")
	case text(call.Fun) == "strings.HasPrefix":
		return strings.Contains(part, "://") && !strings.HasSuffix(part, ":") && !strings.HasSuffix(part, "/")
	}
	return text(call.Fun) == "strings.Contains"
}

// reportOriginOptions looks at the options of middleware for CORS, and at settings of such a name.
func (u *unit) reportOriginOptions(pass *audit.Pass, options *ast.CompositeLit) {
	known, credentials := false, false
	for _, e := range options.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key := lastName(pair.Key)
		credentials = credentials || key == "AllowCredentials" && text(pair.Value) == "true"
		known = known || strings.Contains(key, "Origin")
	}
	for _, e := range options.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok || !isOpenOrigin(lastName(pair.Key), pair.Value) {
			continue
		}
		severity := pass.Rule.Severity
		if credentials {
			severity = finding.High
		}
		u.reportAs(pass, pair, severity, "every origin may read the answers")
		return
	}
	if t := options.Type; t != nil && !known && u.imports["cors"] != "" && (text(t) == "cors.Options" && !u.uses("github.com/gin-contrib/cors")) {
		u.report(pass, options, "without allowed origins the default lets every one read the answers")
	}
}

func isOpenOrigin(key string, value ast.Expr) bool {
	switch {
	case key == "AllowAllOrigins":
		return text(value) == "true"
	case key == "AllowOriginFunc" || key == "AllowOriginRequestFunc" || key == "AllowOriginsFunc":
		return alwaysTrue(value)
	}
	return hasWord(key, "origin", "origins") && hasWord(key, "allow", "allowed", "cors") && holdsStar(value)
}

func holdsStar(e ast.Expr) bool {
	if literalText(e) == "*" {
		return true
	}
	list, ok := e.(*ast.CompositeLit)
	return ok && slices.ContainsFunc(list.Elts, func(e ast.Expr) bool {
		return literalText(e) == "*" || literalText(e) == "https://*" || literalText(e) == "http://*"
	})
}

// alwaysTrue says whether a function literal answers yes to everything.
func alwaysTrue(e ast.Expr) bool {
	f, ok := e.(*ast.FuncLit)
	if !ok || len(f.Body.List) != 1 {
		return false
	}
	r, ok := f.Body.List[0].(*ast.ReturnStmt)
	return ok && len(r.Results) > 0 && text(r.Results[len(r.Results)-1]) == "true" || ok && len(r.Results) == 2 && text(r.Results[0]) == "true"
}

func (u *unit) reportOriginAssignment(pass *audit.Pass, s *ast.AssignStmt) {
	if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
		return
	}
	field, ok := s.Lhs[0].(*ast.SelectorExpr)
	switch {
	case !ok:
	case field.Sel.Name == "CheckOrigin" && alwaysTrue(s.Rhs[0]):
		u.report(pass, s, "a websocket is opened for every origin")
	case isOpenOrigin(field.Sel.Name, s.Rhs[0]):
		u.report(pass, s, "every origin may read the answers")
	}
}
