package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// isGuardName says whether a name is that of something which authenticates.
func isGuardName(name string) bool {
	if hasWord(name, "limit", "limiter", "rate", "throttle", "cors", "log", "logger", "logging", "csrf", "recover") {
		return false
	}
	return hasWord(name, "auth", "authn", "authz", "authenticate", "authenticated", "authentication", "authenticator", "authorize", "authorized", "authorization",
		"jwt", "apikey", "bearer", "protect", "protected", "guard", "guarded", "session", "admin", "login", "verify", "verifier", "signature", "signed", "hmac",
		"token", "key", "keys", "secret", "require", "required", "private", "paseto", "oauth", "oidc", "clerk", "firebase", "user")
}

// authenticated says whether a route is guarded: by middleware of such a name or that refuses, or by its handler.
func (r *route) authenticated() bool {
	return slices.ContainsFunc(r.chain(), r.authenticates) || slices.ContainsFunc(r.handlers, r.handlerChecks)
}

func (r *route) authenticates(middleware ast.Expr) bool {
	if r.isGuard(middleware) {
		return true
	}
	if f, ok := middleware.(*ast.FuncLit); ok {
		return refuses(f)
	}
	return slices.ContainsFunc(r.prog.resolve(r.file, middleware), func(fn *function) bool { return fn.Body != nil && refuses(fn.Body) })
}

// handlerChecks says whether a handler looks after authentication itself: it refuses, or asks who calls.
func (r *route) handlerChecks(handler ast.Node) bool {
	u := r.prog.around(r.fileOf(handler), handler)
	return refuses(handler) || contains(handler, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok {
			return (b.Op == token.EQL || b.Op == token.NEQ) && u.comparedSecret(b.X, b.Y) != ""
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := lastName(call.Fun)
		return isGuardName(name) && hasWord(name, "auth", "authenticate", "authorize", "authorized", "authenticated", "verify", "require", "check", "current", "session", "signature", "must") ||
			name == "ConstantTimeCompare" || name == "CompareHashAndPassword" || u.is(call, "crypto/hmac", "Equal") || name == "ValidatePayload" || name == "ConstructEvent"
	})
}

// isPublic says whether a path is meant for everybody.
func isPublic(path string) bool {
	path = strings.ToLower(path)
	if path == "/" || path == "" || strings.ContainsAny(path, "*.") || strings.HasSuffix(path, "/") {
		return true
	}
	if hasWord(path, "admin", "internal") {
		return false
	}
	return hasWord(path, "health", "healthz", "healthcheck", "ready", "readyz", "live", "livez", "ping", "status", "version", "metrics", "login", "logout", "signin", "signup",
		"signout", "register", "auth", "oauth", "callback", "token", "refresh", "forgot", "verify", "confirm", "static", "assets", "public", "docs", "swagger",
		"openapi", "favicon", "robots", "sitemap", "webhook", "webhooks", "hook", "csrf", "well", "password", "pprof", "debug", "about", "contact", "invite", "unsubscribe", "share")
}

// isSensitive says whether a route changes something or is for few.
func (r *route) isSensitive() bool {
	return slices.Contains([]string{"POST", "PUT", "DELETE", "PATCH"}, r.method) ||
		hasWord(r.path, "admin", "internal", "private", "export", "backup", "users", "user", "delete", "settings", "billing", "keys", "account", "accounts")
}

// resource is the beginning of a path up to its first parameter: /api/notes of /api/notes/{id}.
func (r *route) resource() string {
	path, _, _ := strings.Cut(r.path, "/{")
	path, _, _ = strings.Cut(path, "/:")
	return path
}

// hasOwnResource says whether a resource is one thing, and no root of many.
func (r *route) hasOwnResource() bool {
	return strings.Count(r.resource(), "/") >= 1 && r.resource() != "/api"
}

// detectMissingAuth reports routes without authentication in a program whose other routes have it.
func detectMissingAuth(pass *audit.Pass) {
	prog := load(pass.Project)
	var open []*route
	guarded, resources := 0, map[string]bool{}
	for _, r := range prog.routes {
		switch {
		case isPublic(r.path):
		case r.authenticated():
			guarded++
			resources[r.method+r.resource()] = true
		case !r.isUnknown() && len(r.handlers) > 0:
			open = append(open, r)
		}
	}
	if guarded == 0 {
		return
	}
	for _, r := range open {
		if r.isSensitive() || resources[r.method+r.resource()] && r.hasOwnResource() || guarded > 2*len(open) {
			r.report(pass, r.call, fmt.Sprintf("the route %s has no authentication, %d others have it", strings.TrimSpace(r.method+" "+r.path), guarded))
		}
	}
}

// maxReach bounds how far calls are followed from a handler.
const maxReach = 3

// reaches says whether code, or a function of the project that it calls, satisfies a test.
func (prog *program) reaches(f *file, n ast.Node, depth int, test func(*file, ast.Node) bool) bool {
	return prog.reach(f, n, depth, map[ast.Node]bool{}, test)
}

func (prog *program) reach(f *file, n ast.Node, depth int, seen map[ast.Node]bool, test func(*file, ast.Node) bool) bool {
	if seen[n] {
		return false
	}
	seen[n] = true
	return contains(n, func(n ast.Node) bool {
		if test(f, n) {
			return true
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || depth == 0 {
			return false
		}
		return slices.ContainsFunc(prog.resolve(f, call.Fun), func(fn *function) bool {
			return fn.Body != nil && prog.reach(fn.file, fn.FuncDecl, depth-1, seen, test)
		})
	})
}
