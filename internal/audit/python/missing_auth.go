package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// missingAuth finds routes without authentication in programs whose other routes have it.
func missingAuth(p *audit.Pass) {
	all, w := unitsOf(p.Project), webOf(p.Project)
	if guardedByMiddleware(all, w) {
		return
	}
	var open []*route
	guarded, others := 0, 0
	for _, r := range w.routes {
		switch {
		case isGuarded(all, r):
			guarded++
		case isPublicByNature(r):
		case isSensitive(r):
			open = append(open, r)
		default:
			others++
		}
	}
	if guarded > 0 {
		openedViews(p, all)
	}
	mostlyPublic := guarded*2 < len(open)+others
	for _, r := range open {
		if guarded == 0 || mostlyPublic && !guardedSibling(all, w, r) {
			continue
		}
		if isPublicPage(all, w, r) {
			continue
		}
		report(p, r.unit, routeNode(r), "anybody may call "+or(r.path, r.handler.Name)+", while other routes of the program ask who it is")
	}
}

// guardedSibling says whether another route below the same first segment asks who calls: /admin and
// /admin/delete.
func guardedSibling(all *units, w *web, r *route) bool {
	first := firstSegment(r.path)
	return first != "" && slices.ContainsFunc(w.routes, func(other *route) bool {
		return other != r && firstSegment(other.path) == first && isGuarded(all, other)
	})
}

// firstSegment skips what says nothing: /api/v1.
func firstSegment(path string) string {
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if segment != "api" && !(len(segment) == 2 && segment[0] == 'v') {
			return segment
		}
	}
	return ""
}

// isSensitive takes routes that change something, or whose name says whose data they show. What only reads may
// be there for everybody.
func isSensitive(r *route) bool {
	unknown := len(r.methods) == 0 && (r.framework != "django" || r.class != nil)
	if unknown || slices.ContainsFunc(r.methods, func(m string) bool { return m != "GET" && m != "HEAD" && m != "OPTIONS" }) {
		return true
	}
	named := slices.Concat(words(strings.ReplaceAll(r.path, "/", ".")), words(r.handler.Name))
	return slices.ContainsFunc(named, func(w string) bool { return slices.Contains(sensitiveWords(), w) })
}

func sensitiveWords() []string {
	return []string{
		"admin", "user", "users", "account", "accounts", "customer", "customers", "order", "orders", "invoice", "invoices", "payment", "payments",
		"billing", "export", "download", "report", "reports", "internal", "config", "settings", "logs", "usage", "delete", "backup", "private", "me", "profile",
		"members", "attendees", "patients", "messages", "dump", "debug", "secret", "secrets", "key", "keys", "session", "sessions",
	}
}

// isGuarded says whether anything on the route, or in its handler, asks who calls.
func isGuarded(all *units, r *route) bool {
	for _, g := range r.guards {
		if isAuthGuard(all, r.unit, g, 3) {
			return true
		}
	}
	return checksCaller(all, r.unit, r.handler, 2) || refusesAccess(r.handler) || takesCaller(all, r)
}

// isAuthGuard looks at a dependency, decorator or permission by its name, and at what its function does.
func isAuthGuard(all *units, u *unit, e python.Expr, hops int) bool {
	if hops == 0 || e == nil {
		return false
	}
	switch e := e.(type) {
	case *python.Call:
		name := last(plain(e.Func))
		if name == "Depends" || name == "Security" {
			return isAuthGuard(all, u, argument(e, 0, "dependency"), hops)
		}
		return isAuthName(name) || name == "user_passes_test" || slices.ContainsFunc(e.Args, func(a python.Expr) bool { return isAuthGuard(all, u, a, hops-1) })
	case *python.Subscript: // Annotated[User, Depends(f)]
		found := false
		calls(e, func(c *python.Call) { found = found || isDependency(c) && isAuthGuard(all, u, c, hops) })
		return found
	}
	name := last(plain(e))
	if isAuthName(name) || name == "AllowAny" || strings.HasPrefix(name, "require_") && requiredMethods(e) == nil && name != "require_http_methods" || name == "user_passes_test" {
		return true // AllowAny says so on purpose
	}
	if def := u.assigned[name]; def != nil && def != e {
		return isAuthGuard(all, u, def, hops-1) || callableGuard(all, u, def, hops-1)
	}
	if other, rest := all.find(u.dotted(e)); other != nil && rest != "" && other.assigned[rest] != nil {
		return isAuthGuard(all, other, other.assigned[rest], hops-1)
	}
	if f, owner := all.function(u, e); f != nil {
		return checksCaller(all, owner, f, hops-1) || refusesAccess(f) || dependsOnGuard(all, owner, f, hops-1)
	}
	return false
}

// takesCaller says whether a parameter of the handler is who calls: a dependency that reads it from a header, a cookie or
// a scheme. One that lets in who sends nothing is a decision.
func takesCaller(all *units, r *route) bool {
	args := r.handler.Args
	for _, d := range slices.Concat(args.Defaults, args.KwDefaults) {
		if d == nil || !isDependency(d) {
			continue
		}
		f, owner := all.function(r.unit, argument(d.(*python.Call), 0, "dependency"))
		if f == nil {
			continue
		}
		for _, given := range defaultsOf(f.Args) {
			c, ok := given.(*python.Call)
			if !ok {
				continue
			}
			scheme, made := owner.assigned[plain(argument(c, 0, "dependency"))].(*python.Call)
			read := slices.Contains([]string{"Header", "Cookie"}, last(plain(c.Func)))
			if read || isDependency(c) && made && isScheme(last(owner.dotted(scheme.Func))) {
				return true
			}
		}
	}
	return false
}

// isScheme takes the classes of FastAPI that read a credential.
func isScheme(class string) bool {
	return strings.HasPrefix(class, "HTTP") || strings.HasPrefix(class, "APIKey") || strings.HasPrefix(class, "OAuth2")
}

// callableGuard takes an object whose class can be called: limit = Limit(6), with a guard in __call__.
func callableGuard(all *units, u *unit, def python.Expr, hops int) bool {
	c, ok := def.(*python.Call)
	if !ok {
		return false
	}
	class, owner := all.classOf(u, c, 2)
	if class == nil {
		return false
	}
	f := owner.functions[class.Name+".__call__"]
	return f != nil && (checksCaller(all, owner, f, hops) || refusesAccess(f) || dependsOnGuard(all, owner, f, hops))
}

// dependsOnGuard says whether a dependency has one itself.
func dependsOnGuard(all *units, u *unit, f *python.FunctionDef, hops int) bool {
	for _, d := range slices.Concat(f.Args.Defaults, f.Args.KwDefaults) {
		if d != nil && isDependency(d) && isAuthGuard(all, u, d, hops) {
			return true
		}
	}
	return false
}

// refusesAccess says whether a function answers 401 or 403 anywhere.
func refusesAccess(f *python.FunctionDef) bool {
	found := false
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Constant:
			found = found || n.Kind == python.Int && (n.Value == "401" || n.Value == "403")
		case *python.Attribute:
			found = found || strings.Contains(n.Attr, "401") || strings.Contains(n.Attr, "403") || n.Attr == "UNAUTHORIZED" || n.Attr == "FORBIDDEN"
		case *python.Name:
			found = found || n.ID == "HttpResponseForbidden" || n.ID == "PermissionError" || n.ID == "PermissionDenied" || n.ID == "NotAuthenticated"
		}
		return !found
	})
	return found
}

// isAuthName takes names of guards: get_current_user, require_api_key, login_required, IsAuthenticated.
func isAuthName(name string) bool {
	w := words(name)
	for _, word := range w {
		if slices.Contains([]string{
			"auth", "authenticate", "authenticated", "authentication", "authorize", "authorized", "authorization", "login", "permission", "permissions",
			"jwt", "bearer", "oauth", "oauth2", "admin", "signature", "credentials", "principal", "identity", "protected", "superuser", "staff",
		}, word) {
			return true
		}
	}
	joined := strings.Join(w, " ")
	for _, phrase := range []string{"current user", "api key", "verify token", "verify key", "verify secret", "check token", "check key", "require user", "require token", "require key", "get user", "valid token", "user id", "verify proxy", "verify rapidapi", "check secret", "require secret", "active user", "verify webhook", "verify request"} {
		if strings.Contains(joined, phrase) {
			return true
		}
	}
	return false
}

// checksCaller says whether a function compares a secret, asks a session, or calls something that does.
func checksCaller(all *units, u *unit, f *python.FunctionDef, hops int) bool {
	if hops == 0 {
		return false
	}
	found := false
	local := locals(f.Body)
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef:
			return n == f
		case *python.Compare:
			left, right, _, ok := u.isEqual(n)
			if !ok {
				return true
			}
			for _, e := range []python.Expr{left, right} {
				if _, secret := all.secretValue(u, unwrap(e), local); secret {
					found = true
				}
			}
		case *python.Call:
			name := plain(n.Func)
			short := last(name)
			if short == "compare_digest" || short == "constant_time_compare" || strings.HasSuffix(name, "session.get") || strings.HasSuffix(name, "jwt.decode") || isAuthName(short) && callsGuard(short) {
				found = true
			}
			if !found && strings.Count(name, ".") == 0 {
				if g, owner := all.function(u, n.Func); g != nil && g != f && guardsByRefusal(g) {
					found = checksCaller(all, owner, g, hops-1)
				}
			}
		case *python.Attribute:
			if name := plain(n); name == "request.user" || name == "current_user.is_authenticated" || name == "request.user.is_authenticated" || name == "g.user" || name == "request.state.user" {
				found = true
			}
		case *python.Subscript:
			if plain(n.Value) == "session" || plain(n.Value) == "request.session" {
				found = true
			}
		}
		return !found
	})
	return found
}

// callsGuard keeps functions out that only mention authentication, such as login pages and clients.
func callsGuard(name string) bool {
	w := words(name)
	return slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"verify", "check", "require", "required", "validate", "authenticate", "authorize", "ensure", "assert", "get", "is", "has", "current"}, x)
	})
}

func guardsByRefusal(f *python.FunctionDef) bool {
	return denies(f.Body) || slices.ContainsFunc(words(f.Name), func(w string) bool {
		return slices.Contains([]string{"verify", "check", "require", "validate", "auth"}, w)
	})
}

// isPublicByNature takes paths that exist for those who are not known yet, or for anybody.
func isPublicByNature(r *route) bool {
	if r.path == "" && r.class == nil || r.path == "/" {
		return true
	}
	for _, segment := range strings.FieldsFunc(strings.ToLower(r.path), func(c rune) bool { return c == '/' || c == '-' || c == '_' || c == '.' }) {
		if slices.Contains(publicSegments(), segment) {
			return true
		}
	}
	name := words(r.handler.Name)
	return slices.ContainsFunc(name, func(w string) bool {
		return slices.Contains([]string{"login", "register", "signup", "signin", "health", "healthcheck", "index", "home", "logout", "root", "webhook", "callback", "favicon"}, w)
	})
}

func publicSegments() []string {
	return []string{
		"health", "healthz", "healthcheck", "ping", "ready", "readyz", "live", "livez", "status", "version", "login", "signin", "signup", "register",
		"auth", "oauth", "oauth2", "token", "callback", "docs", "redoc", "openapi", "static", "assets", "favicon", "robots", "sitemap", "public",
		"logout", "refresh", "forgot", "reset", "verify", "confirm", "webhook", "webhooks", "hook", "about", "terms", "privacy", "contact", "index", "home",
		"plans", "pricing", "manifest", "sw", "service", "share", "shared", "metrics",
	}
}

// guardedByMiddleware says whether something asks who calls before any route: a middleware or hook that
// refuses and looks at credentials.
func guardedByMiddleware(all *units, w *web) bool {
	for _, u := range all.sources() {
		for _, f := range functionsOf(u) {
			if isMiddleware(u, f) && denies(f.def.Body) && (checksCaller(all, u, f.def, 2) || mentionsCredentials(f.def)) {
				return true
			}
		}
	}
	for _, objects := range w.objects {
		for _, o := range objects {
			if o.app && slices.ContainsFunc(o.guards, func(g python.Expr) bool { return isAuthGuard(all, o.unit, g, 3) }) {
				return true
			}
		}
	}
	return false
}

// isMiddleware takes functions that run before every route.
func isMiddleware(u *unit, f *function) bool {
	for _, d := range f.def.DecoratorList {
		switch last(u.decoratorName(d)) {
		case "middleware", "before_request", "before_app_request", "before_serving":
			return true
		}
	}
	if f.class == nil || f.def.Name != "dispatch" && f.def.Name != "__call__" && f.def.Name != "process_request" {
		return false
	}
	return strings.Contains(f.class.Name, "Middleware") || slices.ContainsFunc(f.class.Bases, func(b python.Expr) bool { return strings.Contains(plain(b), "Middleware") })
}

func mentionsCredentials(f *python.FunctionDef) bool {
	t := strings.ToLower(textOf(f))
	return strings.Contains(t, "authorization") || strings.Contains(t, "x-api-key") || strings.Contains(t, "proxy-secret") || strings.Contains(t, "token")
}
