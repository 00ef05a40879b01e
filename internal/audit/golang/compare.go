package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// detectVariableTime reports secrets and signatures that are compared with == or bytes.Equal.
func detectVariableTime(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		seen := map[int]bool{}
		ast.Inspect(u.node, func(n ast.Node) bool {
			var a, b ast.Expr
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op != token.EQL && n.Op != token.NEQ {
					return true
				}
				a, b = n.X, n.Y
			case *ast.CallExpr:
				if !u.is(n, "bytes", "Equal") || len(n.Args) != 2 {
					return true
				}
				a, b = n.Args[0], n.Args[1]
			default:
				return true
			}
			if name := u.comparedSecret(a, b); name != "" && !seen[u.line(n)] {
				seen[u.line(n)] = true
				u.report(pass, n, fmt.Sprintf("%s is compared in a time that depends on how much is right", name))
			}
			return true
		})
	}
}

// comparedSecret returns the name of the secret in a comparison with what a caller sends, or "".
func (u *unit) comparedSecret(a, b ast.Expr) string {
	for _, pair := range [][2]ast.Expr{{a, b}, {b, a}} {
		sent, expected := pair[0], pair[1]
		if isTrivial(sent) || isTrivial(expected) || u.fromRequest(expected) && !u.isDigest(expected) {
			continue
		}
		if (u.fromRequest(sent) || u.isSent(sent)) && (u.isConfigured(secretPart(expected)) || u.isDigest(expected)) {
			return text(secretPart(expected))
		}
	}
	return ""
}

func isTrivial(e ast.Expr) bool {
	_, isLiteral := ast.Unparen(e).(*ast.BasicLit)
	return isLiteral || isName(ast.Unparen(e), "nil") || isName(ast.Unparen(e), "true") || isName(ast.Unparen(e), "false")
}

// secretPart takes "Bearer " off.
func secretPart(e ast.Expr) ast.Expr {
	for _, part := range joined(e) {
		if _, isText := literal(part); !isText {
			return part
		}
	}
	return e
}

// isSent says whether a parameter is what somebody sends, by the name of the function that checks it.
func (u *unit) isSent(e ast.Expr) bool {
	t, ok := u.params[rootName(e)]
	return ok && (text(t) == "string" || text(t) == "[]byte") && hasWord(u.name, "verify", "valid", "validate", "check", "authenticate", "authorize", "authorized") &&
		hasWord(u.name+" "+rootName(e), "token", "key", "secret", "signature", "password", "auth", "apikey", "sig", "mac")
}

// isDigest says whether a value is a signature that was computed.
func (u *unit) isDigest(e ast.Expr) bool {
	sum := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && lastName(call.Fun) == "Sum" && u.uses("crypto/hmac")
	}
	return contains(e, sum) || u.signs(e) || hasWord(lastName(e)+" "+lastName(callee(e)), "mac", "hmac", "signature", "sig", "expected", "digest") && u.flows(e, func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		return ok && (strings.HasPrefix(text(call.Fun), "hmac.") || lastName(call.Fun) == "Sum" && u.uses("crypto/hmac"))
	})
}

// signs says whether an expression calls a function of the project that computes a signature.
func (u *unit) signs(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && slices.ContainsFunc(u.prog.resolve(u.file, call.Fun), func(fn *function) bool {
		return fn.Body != nil && contains(fn.Body, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			return ok && fn.file.is(c, "crypto/hmac", "New")
		}) && !contains(fn.Body, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			return ok && fn.file.is(c, "crypto/hmac", "Equal")
		})
	})
}

func callee(e ast.Expr) ast.Expr {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		return call.Fun
	}
	return e
}

// detectTiers reports rights that are given to whoever is not in a list of those without them.
func detectTiers(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				if tier := deniedTier(n.Cond); tier != nil && deniesTier(n.Body) && leaves(n.Body) && n.Else == nil {
					u.report(pass, n, fmt.Sprintf("whoever is not %s gets the right, unknown tiers too", text(tier)))
				}
			case *ast.SwitchStmt:
				u.reportTierSwitch(pass, n)
			}
			return true
		})
	}
}

// deniesTier knows answers that a tier is not enough.
func deniesTier(n ast.Node) bool {
	return refuses(n) || contains(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			return n.Value == "402"
		case *ast.Ident:
			return n.Name == "StatusPaymentRequired" || hasWord(n.Name, "upgrade")
		}
		return false
	})
}

func isTierName(e ast.Expr) bool {
	all := words(lastName(e))
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		all = words(lastName(call.Fun))
		for _, arg := range call.Args {
			all = append(all, words(literalText(arg))...)
			all = append(all, words(lastName(arg))...)
		}
	}
	return slices.ContainsFunc(all, func(w string) bool {
		return slices.Contains([]string{"tier", "plan", "subscription", "role", "level"}, w)
	})
}

// deniedTier returns the literal of tier == "BASIC", of several joined by ||, or of a list that is asked.
func deniedTier(cond ast.Expr) ast.Expr {
	parts := split(cond, token.LOR)
	var first ast.Expr
	for _, part := range parts {
		b, ok := ast.Unparen(part).(*ast.BinaryExpr)
		if !ok || b.Op != token.EQL || !isTierName(b.X) || !isTierValue(b.Y) {
			return nil
		}
		if first == nil && literalText(b.Y) != "" || first == nil && literalText(b.Y) == "" && lastName(b.Y) != "" {
			first = b.Y
		}
	}
	return first
}

func isTierValue(e ast.Expr) bool {
	_, isText := literal(e)
	return isText || hasWord(lastName(e), "tier", "plan", "free", "basic", "guest", "role")
}

func (u *unit) reportTierSwitch(pass *audit.Pass, s *ast.SwitchStmt) {
	if s.Tag == nil || !isTierName(s.Tag) {
		u.reportTierVerdict(pass, s)
		return
	}
	var denied *ast.CaseClause
	for _, statement := range s.Body.List {
		c, ok := statement.(*ast.CaseClause)
		switch {
		case !ok:
		case c.List == nil && deniesTier(c):
			return
		case c.List != nil && deniesTier(c) && denied == nil:
			denied = c
		}
	}
	if denied != nil {
		u.report(pass, denied, "tiers that are in no case get the right")
		return
	}
	u.reportTierVerdict(pass, s)
}

// reportTierVerdict knows switches over tiers that answer no for the lowest ones and yes for whatever else there is.
func (u *unit) reportTierVerdict(pass *audit.Pass, s *ast.SwitchStmt) {
	if s.Tag == nil || !isTierName(s.Tag) && !hasWord(u.name, "tier", "plan", "subscription", "premium", "paid", "pro") {
		return
	}
	var denied *ast.CaseClause
	yes := false
	for _, statement := range s.Body.List {
		c, ok := statement.(*ast.CaseClause)
		if !ok {
			continue
		}
		if len(c.List) == 0 {
			yes = answersOnly(c.Body, "true")
		} else if answersOnly(c.Body, "false") && slices.ContainsFunc(c.List, isLowest) {
			denied = c
		}
	}
	if block, ok := u.parents[s].(*ast.BlockStmt); ok && !yes {
		at := slices.Index(block.List, ast.Stmt(s))
		yes = answersOnly(block.List[at+1:], "true")
	}
	if denied != nil && yes {
		u.report(pass, denied, "tiers that are in no case get the right")
	}
}

// answersOnly says whether statements are nothing but the return of a name.
func answersOnly(list []ast.Stmt, name string) bool {
	if len(list) != 1 {
		return false
	}
	r, ok := list[0].(*ast.ReturnStmt)
	return ok && len(r.Results) == 1 && isName(r.Results[0], name)
}

// isLowest says whether a value is by its name that of a tier without rights.
func isLowest(e ast.Expr) bool {
	return hasWord(literalText(e)+" "+lastName(e), "free", "basic", "trial", "guest", "anonymous", "none", "starter", "hobby")
}

// detectUnverified reports connections whose other side is not verified.
func detectUnverified(pass *audit.Pass) {
	for _, u := range load(pass.Project).units {
		ast.Inspect(u.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if !hasField(n, "InsecureSkipVerify") {
					return true
				}
				if hasField(n, "VerifyConnection", "VerifyPeerCertificate") || u.setsLater(n, "VerifyConnection", "VerifyPeerCertificate") {
					return false
				}
			case *ast.KeyValueExpr:
				if isUnverifiedName(lastName(n.Key)) && u.trueWhenUnset(n.Value) {
					u.report(pass, n, fmt.Sprintf("certificates are not verified unless the environment says so: %s", text(n.Key)))
				}
				if lastName(n.Key) == "InsecureSkipVerify" && text(n.Value) == "true" && !u.isAskedFor(n) {
					u.report(pass, n, "certificates of the other side are not verified")
				}
			case *ast.AssignStmt:
				if isUnverifiedName(lastName(n.Lhs[0])) && u.trueWhenUnset(n.Rhs[0]) {
					u.report(pass, n, fmt.Sprintf("certificates are not verified unless the environment says so: %s", text(n.Lhs[0])))
				}
				if lastName(n.Lhs[0]) == "InsecureSkipVerify" && text(n.Rhs[0]) == "true" && !u.isAskedFor(n) {
					u.report(pass, n, "certificates of the other side are not verified")
				}
			case *ast.CallExpr:
				if u.is(n, "golang.org/x/crypto/ssh", "InsecureIgnoreHostKey") && !u.isAskedFor(n) {
					u.report(pass, n, "keys of hosts are not verified")
				}
			}
			return true
		})
	}
}

func isUnverifiedName(name string) bool {
	return hasWord(name, "insecure") || hasWord(name, "skip") && hasWord(name, "verify", "tls", "ssl")
}

// isAskedFor says whether something is done only when an option with a name that warns asks for it, or a function
// with such a name is called.
func (u *unit) isAskedFor(n ast.Node) bool {
	return hasWord(u.name, "insecure", "unverified") || slices.ContainsFunc(u.guards(n), func(cond ast.Expr) bool {
		return contains(cond, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				return hasWord(n.Name, "insecure", "skip", "verify", "unverified", "tls")
			case *ast.BasicLit:
				return strings.Contains(strings.ToLower(n.Value), "insecure")
			}
			return false
		})
	})
}
