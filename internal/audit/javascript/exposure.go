package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// debugPath says whether a path is a debug route's by its name.
func debugPath(path string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path), "/") {
		if slices.Contains([]string{"debug", "_debug", "__debug", "phpinfo", "env", "environment", "dump", "heapdump", "internals", "debug-info", "debuginfo"}, part) || strings.HasPrefix(part, "debug-") || strings.HasPrefix(part, "debug_") {
			return true
		}
	}
	return false
}

// debugEndpoint reports routes that show the environment, settings or internals.
func debugEndpoint(p *audit.Pass) {
	f := factsOf(p.Project)
	for _, r := range f.routes {
		if r.method == "BOT" || r.method == "ACTION" || r.handler == nil || onlyInDevelopment(r) || f.branches(r) {
			continue
		}
		shown := f.shows(r.handler)
		switch {
		case shown != "" && (r.path != "*" || shown == "the whole environment"):
			f.report(p, r.at, fmt.Sprintf("%s %s shows %s", r.method, r.path, shown))
		case debugPath(r.path) && !f.guarded(r) && !stopsOutsideDevelopment(r.handler):
			f.report(p, r.at, fmt.Sprintf("%s %s is a debug route that everybody can reach", r.method, r.path))
		}
	}
	f.openDocs(p)
}

// onlyInDevelopment says whether a route is added in a branch for developers only.
func onlyInDevelopment(r *route) bool {
	for child, n := r.at, r.at.Parent; n != nil; child, n = n, n.Parent {
		if n.Is(syntax.If) && n.Kids[0] != child && environmentTest(n.Kids[0]) {
			return true
		}
	}
	return stopsOutsideDevelopment(r.handler)
}

// stopsOutsideDevelopment says whether a handler refuses in production.
func stopsOutsideDevelopment(handler *node) bool {
	return handler != nil && syntax.Any(body(handler), func(n *node) bool {
		return n.Is(syntax.If) && environmentTest(n.Kids[0]) && (denies(n.Kids[1]) || n.Kids[2] != nil && denies(n.Kids[2]))
	})
}

// shows says in words what a handler's answers show of the program.
func (f *facts) shows(handler *node) string {
	shown := ""
	syntax.Walk(body(handler), func(n *node) bool {
		a, ok := f.answer(n)
		if !ok || shown != "" {
			return shown == ""
		}
		for _, body := range a.bodies {
			left := maxVisits
			if shown = f.shownIn(body, &left); shown != "" {
				return false
			}
		}
		return true
	})
	return shown
}

func (f *facts) shownIn(n *node, left *int) string {
	if *left--; n == nil || *left < 0 {
		return ""
	}
	r := n
	if !n.Is(syntax.Object) {
		r = syntax.Resolve(n)
	}
	switch path := syntax.Path(r); {
	case path == "process.env" || path == "Deno.env.toObject()" || path == "Bun.env":
		return "the whole environment"
	case path == "process.memoryUsage()" || path == "os.networkInterfaces()" || path == "process.report.getReport()" || path == "process.argv":
		return "" // numbers alone say little
	}
	if name, ok := envName(r); ok {
		if secretName(name) || hasWord(name, "database", "db", "redis", "mongo", "mongodb", "dsn") && hasWord(name, "url", "uri", "dsn", "string") {
			return "the value of " + name
		}
		return ""
	}
	if n.Is(syntax.Ident, syntax.Member) && hasWord(syntax.Last(n), "config", "settings", "env", "configuration") && (r.Is(syntax.Object) && readsEnvironment(r) || parsesEnvironment(r)) {
		return "the settings"
	}
	if n.Is(syntax.Ident, syntax.Member) && hasWord(syntax.Last(n), "config", "settings", "env", "configuration") && returnsSettings(r) {
		return "the settings"
	}
	return f.shownBelow(r, left)
}

// returnsSettings says whether a call is of a function of the project that returns the environment as a schema reads it,
// or an object with secrets of it.
func returnsSettings(call *node) bool {
	fn := syntax.Resolve(call.Callee())
	if !fn.Is(syntax.Function) {
		return false
	}
	found := false
	eachReturn(fn, func(v *node) {
		r := syntax.Resolve(v)
		found = found || parsesEnvironment(r) || r.Is(syntax.Object) && readsEnvironment(r)
	})
	return found
}

func (f *facts) shownBelow(n *node, left *int) string {
	kids := n.Kids
	switch n.Kind {
	case syntax.Object, syntax.Array, syntax.Template:
	case syntax.Property, syntax.Spread, syntax.Await:
		kids = kids[:1]
	case syntax.Binary:
		if !slices.Contains([]string{"||", "??", "+"}, n.Name) {
			return ""
		}
	case syntax.Call:
		if syntax.Last(n.Callee()) != "stringify" && syntax.Last(n.Callee()) != "entries" && syntax.Last(n.Callee()) != "inspect" {
			return ""
		}
		kids = n.Args()
	default:
		return ""
	}
	for _, k := range kids {
		if shown := f.shownIn(k, left); shown != "" {
			return shown
		}
	}
	return ""
}

// readsEnvironment says whether an object holds secrets of the environment.
func readsEnvironment(n *node) bool {
	return syntax.Any(n, func(k *node) bool {
		name, ok := envName(k)
		return ok && secretName(name)
	})
}

// openDocs reports API documentation that is served to everybody.
func (f *facts) openDocs(p *audit.Pass) {
	for _, r := range f.routers {
		for _, u := range r.uses {
			if !slices.ContainsFunc(u.args, func(a *node) bool { return strings.HasPrefix(syntax.Path(a), "swagger-ui-express.setup") }) {
				continue
			}
			if slices.ContainsFunc(u.args, f.authenticates) || onlyInDevelopment(&route{at: u.call}) {
				continue
			}
			f.report(p, u.call, "the documentation of the API is open to everybody", severity(finding.Low))
		}
	}
}

// missingHeaders reports servers without the headers that helmet and its kind set, and pages of Next without
// headers in their configuration.
func missingHeaders(p *audit.Pass) {
	f := factsOf(p.Project)
	for _, module := range []string{"helmet", "lusca", "koa-helmet", "@fastify/helmet", "hono/secure-headers", "next-safe", "nosecone", "@nosecone/next", "next-secure-headers"} {
		if f.mentions(module) {
			return
		}
	}
	if f.setsHeaders() {
		return
	}
	seen := false
	f.eachCall(func(u *unit, call *node, path string) {
		if seen || !(makesServer(path, call) && f.answersRequests(call) || f.servesPlainly(path, call)) {
			return
		}
		seen = true
		f.report(p, call, "no security headers are set", confidence(finding.Likely))
	})
	if !seen {
		f.nextConfig(p)
	}
}

// makesServer says whether a call makes an application that is not part of another one.
func makesServer(path string, call *node) bool {
	switch path {
	case "express", "fastify", "fastify.fastify", "fastify.Fastify", "hono.Hono", "koa", "polka":
		return path != "express" || len(call.Args()) == 0
	}
	return false
}

// servesPlainly says whether a call makes a server without a framework, whose handler answers with something of its own.
func (f *facts) servesPlainly(path string, call *node) bool {
	if path != "http.createServer" && path != "https.createServer" && path != "http2.createSecureServer" {
		return false
	}
	if around := call.Enclosing(syntax.Function); around != nil && !hasWord(around.Name, "main", "start", "run", "serve", "bootstrap") {
		return false // a library makes it for whoever asks
	}
	if base := f.byTree[call.File()].file.Base(); strings.HasPrefix(strings.ToLower(base), "gulpfile") || strings.Contains(base, ".config.") {
		return false // for whoever builds the pages
	}
	return slices.ContainsFunc(call.Args(), func(a *node) bool {
		fn := syntax.Resolve(a)
		return fn.Is(syntax.Function) && len(fn.Params()) > 1 && f.answersInside(fn.Body())
	})
}

// nextConfig reports a configuration of Next without headers.
func (f *facts) nextConfig(p *audit.Pass) {
	for _, u := range f.units {
		if !strings.HasPrefix(u.file.Base(), "next.config.") {
			continue
		}
		named := syntax.Any(u.tree.Program, func(n *node) bool { return n.Is(syntax.Property) && n.Name == "headers" })
		if exported := u.tree.Exports["default"]; exported != nil && !named {
			f.report(p, exported, "the configuration sets no security headers", confidence(finding.Likely))
		}
	}
}

// answersRequests says whether an application is made to listen.
func (f *facts) answersRequests(made *node) bool {
	r := f.routers[made]
	if r == nil {
		return false
	}
	return slices.ContainsFunc(f.routes, func(one *route) bool { return one.router == r }) || len(r.uses) > 0
}

func (f *facts) mentions(module string) bool {
	return slices.ContainsFunc(f.units, func(u *unit) bool { return slices.Contains(u.tree.Requires, module) })
}

// setsHeaders says whether some code sets a security header by hand.
func (f *facts) setsHeaders() bool {
	found := false
	f.each(func(u *unit, n *node) {
		if n.Is(syntax.String) {
			switch strings.ToLower(n.Text) {
			case "content-security-policy", "x-content-type-options", "strict-transport-security", "x-frame-options":
				found = true
			}
		}
		found = found || n.Is(syntax.Property) && (strings.EqualFold(n.Name, "X-Content-Type-Options") || strings.EqualFold(n.Name, "Content-Security-Policy"))
	})
	return found || f.mentions("helmet")
}

// tlsVerifyOff reports switches that turn the verification of certificates off.
func tlsVerifyOff(p *audit.Pass) {
	f := factsOf(p.Project)
	f.each(func(u *unit, n *node) {
		switch {
		case n.Is(syntax.Property) && (n.Name == "rejectUnauthorized" || n.Name == "strictSSL") && n.Kids[0].Is(syntax.Bool) && n.Kids[0].Name == "false" && !localOnly(n):
			f.report(p, n, n.Name+" is false: any certificate is taken")
		case n.Is(syntax.Property) && n.Name == "rejectUnauthorized" && offUnlessSet(n.Kids[0]):
			f.report(p, n, "rejectUnauthorized is false unless the environment says otherwise: any certificate is taken")
		case n.Is(syntax.Assign) && n.Kids[0].Is(syntax.Member) && n.Kids[0].Name == "NODE_TLS_REJECT_UNAUTHORIZED" && !on(n.Kids[1]) && !localOnly(n):
			f.report(p, n, "NODE_TLS_REJECT_UNAUTHORIZED is switched off for the whole process")
		case n.Is(syntax.Property) && n.Name == "checkServerIdentity" && n.Kids[0].Is(syntax.Function) && isEmptyFunction(n.Kids[0]):
			f.report(p, n, "the name in the certificate is not checked")
		}
	})
}

// offUnlessSet says whether a switch is false when its environment variable is missing.
func offUnlessSet(n *node) bool {
	n = syntax.Resolve(n)
	var v variable
	ok := false
	switch {
	case n.Operator(syntax.Binary, "===", "=="):
		v, ok = variableOf(n.Kids[0])
		ok = ok && on(n.Kids[1])
	case n.Operator(syntax.Unary, "!") && n.Kids[0].Operator(syntax.Unary, "!"):
		v, ok = variableOf(n.Kids[0].Kids[0])
	}
	return ok && v.fallback == nil && !stageName(v.name)
}

func isEmptyFunction(n *node) bool {
	b := n.Body()
	return b.Is(syntax.Block) && len(b.Kids) == 0 || isNothing(b) || b.Is(syntax.Null)
}
