package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// guarded says whether a route's handler runs only for those who proved who they are.
func (f *facts) guarded(r *route) bool {
	if slices.ContainsFunc(f.before(r), f.authenticates) {
		return true
	}
	if r.handler == nil {
		return false
	}
	return f.checksCaller(r.handler, 3) || f.checksBefore(r, func(s *node) bool { return f.checksCaller(s, 2) })
}

// authenticates says whether a middleware decides who is let in.
func (f *facts) authenticates(n *node) bool {
	if n == nil {
		return false
	}
	if n.Is(syntax.Property) && n.Parent.Is(syntax.Object) {
		return f.authenticates(n.Kids[0])
	}
	if n.Is(syntax.Object) {
		return slices.ContainsFunc(n.Kids, func(k *node) bool {
			return k.Is(syntax.Property) && slices.Contains([]string{"preHandler", "onRequest", "preValidation", "beforeHandle", "auth", "middleware"}, k.Name) && f.authenticatesAny(k.Kids[0])
		})
	}
	for _, name := range []string{syntax.Last(n), syntax.Path(n), syntax.Name(n)} {
		if limitName(lastOf(name)) {
			continue
		}
		if authName(lastOf(name)) || authName(strings.TrimSuffix(name, "()")) {
			return true
		}
	}
	fn := syntax.Resolve(n)
	if fn.Is(syntax.Call) {
		for _, a := range fn.Args() {
			if syntax.Resolve(a).Is(syntax.Function) && a != n && f.authenticates(a) {
				return true
			}
		}
		fn = returnedOf(syntax.Resolve(fn.Callee()))
	}
	return fn.Is(syntax.Function) && f.checksCaller(fn, 2) && len(fn.Params()) < 4
}

func (f *facts) authenticatesAny(n *node) bool {
	return slices.ContainsFunc(flat([]*node{n}), f.authenticates)
}

func returnedOf(n *node) *node {
	if !n.Is(syntax.Function) {
		return nil
	}
	return returnedFunction(n)
}

// checksCaller says whether a function refuses strangers: it answers 401 or 403, or calls what checks a
// session, a token or a signature.
func (f *facts) checksCaller(fn *node, steps int) bool {
	if steps == 0 {
		return false
	}
	return f.verdicts.once(question{fn, "caller", steps}, func() bool { return f.checksCallerAnew(fn, steps) })
}

func (f *facts) checksCallerAnew(fn *node, steps int) bool {
	return syntax.Any(body(fn), func(n *node) bool {
		switch n.Kind {
		case syntax.Number:
			return n.Text == "401" || n.Text == "403"
		case syntax.Call, syntax.New:
			last := syntax.Last(n.Callee())
			if authName(last) && !slices.Contains([]string{"author"}, last) || strings.HasPrefix(syntax.Path(n.Callee()), "jsonwebtoken.verify") || last == "timingSafeEqual" || last == "jwtVerify" {
				return true
			}
			if target := syntax.Resolve(n.Callee()); target.Is(syntax.Function) && !target.Inside(fn) && steps > 1 {
				return f.checksCaller(target, steps-1)
			}
		case syntax.Member:
			return hasWord(n.Name, "unauthorized", "forbidden") && !n.Parent.Is(syntax.Member)
		case syntax.String:
			return n.Text == "UNAUTHORIZED" || n.Text == "FORBIDDEN" || n.Text == "Unauthorized" || n.Text == "Forbidden"
		}
		return false
	})
}

// publicPath says whether a path is by its name open to everybody.
func publicPath(path string) bool {
	if i := strings.LastIndexByte(path, '.'); i >= 0 && slices.Contains([]string{"ico", "txt", "png", "svg", "webmanifest", "css", "js", "map"}, path[i+1:]) {
		return true
	}
	for part := range strings.SplitSeq(strings.ToLower(path), "/") {
		part = strings.Trim(part, ":[]*.(){}")
		joined := strings.Join(words(part), "")
		if slices.Contains([]string{
			"login", "signin", "signup", "register", "logout", "signout", "auth", "oauth", "callback", "webhook", "webhooks", "health", "healthz", "healthcheck", "ping", "status", "ready",
			"readyz", "live", "livez", "version", "docs", "openapi", "swagger", "public", "static", "assets", "favicon", "robots", "sitemap", "csrf", "forgot", "forgotpassword", "reset",
			"resetpassword", "verify", "verifyemail", "confirm", "refresh", "token", "tokens", "contact", "subscribe", "unsubscribe", "newsletter", "feedback", "terms", "privacy", "about", "session", "hello",
			"root", "info", "hook", "hooks", "stripe", "track", "metrics", "manifest", "waitlist", "nextauth", "trpc", "graphql", "cron", "otp", "verifyotp", "share", "shared", "join", "guest", "setup", "onboarding", "search", "catalog", "invite", "error", "index", "manifest.json", "me",
		}, joined) {
			return true
		}
	}
	return strings.Trim(path, "/*") == ""
}

// missingAuth reports routes without authentication in files or folders whose other routes have it.
func missingAuth(p *audit.Pass) {
	f := factsOf(p.Project)
	groups := map[string][]*route{}
	var order []string
	for _, r := range f.routes {
		if r.method == "BOT" || r.method == "OPTIONS" || r.method == "HEAD" || r.path == "*" && r.method == "ALL" || r.handler == nil && r.router == nil {
			continue
		}
		key := r.group()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		f.oddOnes(p, groups[key])
	}
}

// group is what a route is compared with: those of its file, all route files of a kind.
func (r *route) group() string {
	switch {
	case r.method == "ACTION":
		return "action"
	case r.at.Is(syntax.If, syntax.Case) || r.at.Is(syntax.Property) && !r.kit:
		return r.unit.file.Path
	case r.at.Is(syntax.Property):
		return "procedures"
	case r.router == nil && !(r.kit && !r.at.Is(syntax.Function)):
		return "file routes"
	}
	return r.unit.file.Path
}

func (f *facts) oddOnes(p *audit.Pass, routes []*route) {
	var open []*route
	guardedRead, guardedWrite := 0, 0
	for _, r := range routes {
		switch {
		case f.guarded(r):
			if r.writes() {
				guardedWrite++
			} else {
				guardedRead++
			}
		case !publicPath(r.full()) || hookArea(r.full()) && !publicPath(r.path) && f.hasGuardedNeighbour(r, routes):
			open = append(open, r)
		}
	}
	guarded := guardedRead + guardedWrite
	for _, r := range open {
		if r.open || f.publicOnPurpose(r, routes) {
			continue
		}
		writes := r.writes() && guarded*2 >= len(open)
		reads := !r.writes() && guardedRead > 0 && guarded >= len(open) && guardedRead*2 >= countReads(open)
		sensitive := guarded*2 >= len(open) && sensitivePath(r.full())
		if r.router != nil && r.router.made.Is(syntax.Param) && guarded <= len(open) {
			continue // what runs before is not in sight
		}
		if guarded > 0 && (writes || sensitive) {
			f.report(p, r.at, fmt.Sprintf("%s %s has no authentication, unlike its neighbours", r.method, r.path))
		} else if guarded > 0 && reads {
			f.report(p, r.at, fmt.Sprintf("%s %s has no authentication, unlike its neighbours", r.method, r.path), confidence(finding.Likely), severity(finding.Medium))
		}
	}
}

// hookArea says whether a path lies below one for the calls of other services, which prove themselves by a signature.
func hookArea(path string) bool {
	return slices.Contains([]string{"hook", "hooks", "webhook", "webhooks"}, resource(path))
}

// hasGuardedNeighbour says whether another route of the same router asks who calls.
func (f *facts) hasGuardedNeighbour(r *route, routes []*route) bool {
	return slices.ContainsFunc(routes, func(other *route) bool { return other != r && other.router == r.router && f.guarded(other) })
}

// personalPath says whether a path is by its name one of what belongs to somebody, read by its id.
func personalPath(path string) bool {
	return strings.ContainsAny(path, ":[{") && slices.ContainsFunc(strings.Split(strings.ToLower(path), "/"), func(part string) bool {
		return slices.Contains([]string{"talks", "chats", "conversations", "messages", "threads", "inbox", "diary", "diaries", "bookings", "appointments", "patients", "prescriptions", "letters", "statements", "transcripts", "uploads"}, part)
	})
}

// publicOnPurpose says whether a route looks open by design: what is read where writing is guarded, what is
// posted where all that is guarded lies in an area for the owner.
func (f *facts) publicOnPurpose(r *route, routes []*route) bool {
	if sensitivePath(r.full()) {
		return false
	}
	area := true
	for _, other := range routes {
		if other == r || !f.guarded(other) {
			continue
		}
		if !r.writes() && other.writes() && other.full() == r.full() && !personalPath(r.full()) {
			return true
		}
		area = area && slices.Contains([]string{"admin", "manage", "dashboard", "internal", "account", "settings"}, resource(other.full()))
	}
	return r.method == "POST" && area && !strings.ContainsAny(r.path, ":[")
}

// resource returns the first part of a path that names something.
func resource(path string) string {
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "api" && part != "" && !strings.HasPrefix(part, "v1") && !strings.HasPrefix(part, "v2") && !strings.HasPrefix(part, "(") {
			return part
		}
	}
	return ""
}

func countReads(routes []*route) int {
	n := 0
	for _, r := range routes {
		if !r.writes() {
			n++
		}
	}
	return n
}

// full returns the path with those where the router is mounted.
func (r *route) full() string {
	if r.router == nil || len(r.router.mounts) == 0 {
		return r.path
	}
	return r.router.mounts[0].path + r.path
}

func (r *route) writes() bool {
	if r.method == "ACTION" {
		return !hasWord(r.path, "get", "list", "fetch", "find", "search", "load", "read")
	}
	if r.method == "ALL" {
		return r.handler != nil && syntax.Any(body(r.handler), func(n *node) bool { return n.Is(syntax.Member) && n.Name == "body" && fromRequest(n) })
	}
	return r.method != "GET"
}

func sensitivePath(path string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path), "/") {
		part, _, _ = strings.Cut(part, ".")
		if slices.Contains([]string{"subscribers", "customers", "orders", "members", "invoices", "emails", "accounts", "admin", "internal", "export", "exports", "users", "debug", "backup", "config", "settings", "logs", "billing", "payments"}, part) {
			return true
		}
	}
	return false
}

// tierDenyList reports rights that are given to whoever is not on a list: if (tier === "BASIC") deny.
func tierDenyList(p *audit.Pass) {
	f := factsOf(p.Project)
	f.each(func(u *unit, n *node) {
		if !n.Is(syntax.If) || !denies(n.Kids[1]) {
			return
		}
		test := n.Kids[0]
		if test.Operator(syntax.Binary, "&&") {
			test = test.Kids[0]
		}
		for test.Operator(syntax.Binary, "||") {
			test = test.Kids[0]
		}
		if name := lowTier(test); name != "" {
			f.report(p, n, fmt.Sprintf("whoever has no known %s is let in: only the lowest is refused", name))
		}
	})
}

// lowTier returns the name of the tier or plan that a test compares with the lowest one.
func lowTier(test *node) string {
	if test.Operator(syntax.Binary, "==", "===") {
		text, ok := syntax.Constant(test.Kids[1])
		if ok && isTier(test.Kids[0]) && lowest(text) {
			return syntax.Last(test.Kids[0])
		}
	}
	if test.Is(syntax.Call) && syntax.Last(test.Callee()) == "includes" && test.Callee().Is(syntax.Member) {
		list := syntax.Resolve(test.Callee().Kids[0])
		if !list.Is(syntax.Array) || len(list.Kids) == 0 || !isTier(test.Arg(0)) {
			return ""
		}
		if text, ok := syntax.Constant(list.Kids[0]); ok && lowest(text) {
			return syntax.Last(test.Arg(0))
		}
	}
	return ""
}

func isTier(n *node) bool {
	for n.Is(syntax.Call) && n.Callee().Is(syntax.Member) {
		n = n.Callee().Kids[0]
	}
	return hasWord(syntax.Last(n), "tier", "plan", "subscription", "role", "membership", "level", "package")
}

func lowest(text string) bool {
	return slices.Contains([]string{"basic", "free", "guest", "anonymous", "trial", "none", "starter", "viewer", "user", "hobby"}, strings.ToLower(text))
}

// nonConstantTime reports secrets compared by === and the like.
func nonConstantTime(p *audit.Pass) {
	f := factsOf(p.Project)
	t := f.tracer(func(*node, string) bool { return false })
	f.each(func(u *unit, n *node) {
		if !n.Operator(syntax.Binary, "==", "===", "!=", "!==") || u.fragment || clientCode(u) {
			return
		}
		for i, secret := range n.Kids {
			given := n.Kids[1-i]
			if f.secretValue(secret) && !isNothing(given) && f.comparable(t, given) {
				f.report(p, n, "a secret is compared in a time that depends on how much of it is right")
				return
			}
		}
	})
}

// secretValue says whether an expression is a secret to compare with: of the environment or settings, or a
// signature that was computed.
func (f *facts) secretValue(n *node) bool { return f.secretWithin(n, maxNames) }

// secretWithin follows texts that are made of texts to a depth: one may be made of itself.
func (f *facts) secretWithin(n *node, depth int) bool {
	if depth == 0 {
		return false
	}
	if v, ok := variableOf(n); ok {
		return secretName(v.name)
	}
	r := syntax.Resolve(n)
	switch {
	case r.Is(syntax.Template):
		return slices.ContainsFunc(r.Kids, func(k *node) bool { return f.secretWithin(k, depth-1) })
	case r.Operator(syntax.Binary, "+"):
		return f.secretWithin(r.Kids[1], depth-1)
	case r.Is(syntax.Member) && hasWord(r.Name, "pin", "otp", "totp", "passcode"):
		return !fromRequest(r) && isRecord(r.Kids[0])
	case r.Is(syntax.Member):
		return secretName(r.Name) && (isSettings(r.Kids[0]) || hasWord(syntax.Last(r.Kids[0]), "user", "account", "admin", "owner", "row", "record") && !fromRequest(r))
	case r.Is(syntax.Call) && syntax.Last(r.Callee()) == "digest":
		return strings.Contains(syntax.Path(r.Callee()), "createHmac")
	}
	return false
}

// isRecord says whether a value is by its name or form a row of a table: user, rows[0].
func isRecord(n *node) bool {
	return n.Is(syntax.Index) || n.Is(syntax.Member) && strings.Trim(n.Name, "0123456789") == "" || hasWord(syntax.Last(n), "user", "account", "member", "owner", "row", "record", "found", "customer", "session")
}

// comparable says whether the other side is what somebody sent.
func (f *facts) comparable(t *tracer, n *node) bool {
	if _, ok := syntax.Constant(n); ok || n.Is(syntax.Unary, syntax.Bool, syntax.Null) {
		return false
	}
	if _, ok := variableOf(n); ok {
		return false
	}
	return t.origin(n) >= unknown
}

// clientCode says whether a file runs in browsers.
func clientCode(u *unit) bool {
	return directive(u.tree.Program, "use client") || inFolder(u.file.Path, "public") || inFolder(u.file.Path, "static") || inFolder(u.file.Path, "components")
}
