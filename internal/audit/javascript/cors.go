package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// corsWildcard reports answers that every origin may read.
func corsWildcard(p *audit.Pass) {
	f := factsOf(p.Project)
	f.eachCall(func(u *unit, call *node, path string) {
		if isCORS(path) {
			f.corsCall(p, call, call.Arg(0))
			return
		}
		if syntax.Last(call.Callee()) == "register" && isCORS(syntax.Path(call.Arg(0))) {
			f.corsCall(p, call, call.Arg(1))
			return
		}
		if n := f.corsHeader(call); n != nil {
			f.corsValue(p, call, n, f.credentialsNear(call))
		}
	})
	f.each(func(u *unit, n *node) {
		switch {
		case n.Is(syntax.Property) && strings.EqualFold(n.Name, "Access-Control-Allow-Origin"):
			f.corsValue(p, n, n.Kids[0], credentialsIn(n.Parent))
		case n.Is(syntax.Property) && n.Name == "cors" && n.Kids[0].Is(syntax.Object) && n.Kids[0].Property("origin") != nil:
			f.corsOptions(p, n.Kids[0].Property("origin"), n.Kids[0])
		case n.Is(syntax.Property) && n.Name == "value" && headerKey(n.Parent) == "access-control-allow-origin":
			f.corsValue(p, n, n.Kids[0], false)
		case n.Is(syntax.Assign) && n.Kids[0].Is(syntax.Member) && strings.EqualFold(n.Kids[0].Name, "Access-Control-Allow-Origin"):
			f.corsValue(p, n, n.Kids[1], false)
		}
	})
}

// headerKey returns the key of {key: "…", value: "…"}, as the headers of next.config.js have it.
func headerKey(object *node) string {
	text, _ := syntax.Constant(object.Property("key"))
	return strings.ToLower(text)
}

func isCORS(path string) bool {
	switch path {
	case "cors", "@koa/cors", "koa2-cors", "koa-cors", "hono/cors.cors", "@fastify/cors", "fastify-cors", "@elysiajs/cors.cors", "@elysiajs/cors", "micro-cors", "nextjs-cors", "@nestjs/common.enableCors":
		return true
	}
	return strings.HasSuffix(path, ".enableCors") && !strings.HasPrefix(path, "this.")
}

// corsCall looks at cors(…) and at register(cors, …).
func (f *facts) corsCall(p *audit.Pass, call, options *node) {
	options = syntax.Resolve(options)
	switch {
	case options == nil:
		f.report(p, call, "cors without options allows every origin")
	case options.Is(syntax.Object):
		origin := options.Property("origin")
		switch {
		case origin != nil:
			f.corsOptions(p, origin, options)
		case !slices.ContainsFunc(options.Kids, func(k *node) bool { return k.Is(syntax.Spread) }):
			f.report(p, call, "cors without origin allows every origin")
		}
	}
}

// corsOptions looks at the origin of an object of options.
func (f *facts) corsOptions(p *audit.Pass, origin, options *node) {
	at := origin
	if origin.Parent.Is(syntax.Property) {
		at = origin.Parent
	}
	f.corsValue(p, at, origin, credentialsIn(options))
}

func credentialsIn(o *node) bool {
	if !o.Is(syntax.Object) {
		return false
	}
	return slices.ContainsFunc(o.Kids, func(k *node) bool {
		return k.Is(syntax.Property) && (k.Name == "credentials" || strings.EqualFold(k.Name, "Access-Control-Allow-Credentials")) && on(k.Kids[0])
	})
}

// corsHeader returns the value of setHeader("Access-Control-Allow-Origin", value) and the like.
func (f *facts) corsHeader(call *node) *node {
	switch syntax.Last(call.Callee()) {
	case "setHeader", "header", "set", "append", "appendHeader", "addHeader":
		if name, ok := syntax.Constant(call.Arg(0)); ok && strings.EqualFold(name, "Access-Control-Allow-Origin") {
			return call.Arg(1)
		}
	}
	return nil
}

func (f *facts) credentialsNear(call *node) bool {
	return syntax.Any(call.Enclosing(syntax.Function, syntax.Program), func(k *node) bool {
		if !k.Is(syntax.Call) || len(k.Args()) < 2 {
			return false
		}
		name, _ := syntax.Constant(k.Arg(0))
		return strings.EqualFold(name, "Access-Control-Allow-Credentials")
	})
}

// corsValue reports an allowed origin that is everybody.
func (f *facts) corsValue(p *audit.Pass, at, value *node, credentials bool) {
	what := f.everyOrigin(value, at)
	if what == "" || onRequestOnly(at) {
		return
	}
	if credentials {
		f.report(p, at, what+", with credentials", severity(finding.High))
		return
	}
	f.report(p, at, what)
}

// onRequestOnly says whether a place counts only when a switch named after CORS is on.
func onRequestOnly(at *node) bool {
	for child, n := at, at.Parent; n != nil; child, n = n, n.Parent {
		if n.Is(syntax.If) && n.Kids[1] == child && syntax.Any(n.Kids[0], func(k *node) bool { return k.Is(syntax.Member) && strings.EqualFold(k.Name, "cors") }) {
			return true
		}
	}
	return false
}

// everyOrigin says in words how a value allows every origin, "" if it does not.
func (f *facts) everyOrigin(value, at *node) string { return f.everyOriginWithin(value, at, maxNames) }

// everyOriginWithin follows lists and defaults to a depth: a name may stand for one that holds itself.
func (f *facts) everyOriginWithin(value, at *node, depth int) string {
	if depth == 0 || localOnly(value) {
		return ""
	}
	v := syntax.Resolve(value)
	switch v.Kind {
	case syntax.String:
		if v.Text == "*" {
			return "every origin is allowed"
		}
	case syntax.Bool:
		if v.Name == "true" {
			return "the origin of the request is reflected"
		}
	case syntax.Regexp:
		if !strings.HasPrefix(v.Text, "^") || !strings.HasSuffix(v.Text, "$") {
			return "a regular expression without ^ and $ allows origins that only contain the name"
		}
	case syntax.Array:
		for _, k := range v.Kids {
			if what := f.everyOriginWithin(k, at, depth-1); k != nil && what != "" {
				return what
			}
		}
	case syntax.Binary, syntax.Conditional:
		return f.everyOriginOf(v, at, depth-1)
	case syntax.Function:
		return f.reflectingFunction(v)
	case syntax.Member, syntax.Ident, syntax.Call:
		if f.isOriginHeader(v) && !checkedOrigin(v, at) {
			return "the origin of the request is reflected"
		}
	}
	return ""
}

func (f *facts) everyOriginOf(v, at *node, depth int) string {
	if v.Is(syntax.Conditional) {
		if environmentTest(v.Kids[0]) {
			return ""
		}
		reflects := f.isOriginHeader(syntax.Resolve(v.Kids[1]))
		if what := f.everyOriginWithin(v.Kids[1], at, depth); what != "" && !reflects {
			return what
		}
		return f.everyOriginWithin(v.Kids[2], at, depth)
	}
	if v.Name != "||" && v.Name != "??" {
		return ""
	}
	if what := f.everyOriginWithin(v.Kids[0], at, depth); what != "" {
		return what
	}
	if what := f.everyOriginWithin(v.Kids[1], at, depth); what != "" {
		return what + " unless the environment says otherwise"
	}
	return ""
}

// isOriginHeader says whether a value is the Origin of the request.
func (f *facts) isOriginHeader(n *node) bool {
	path := syntax.Path(n)
	if strings.HasSuffix(path, "headers.origin") {
		return true
	}
	if n.Is(syntax.Call) && (strings.HasSuffix(path, "headers.get()") || strings.HasSuffix(path, "req.header()") || strings.HasSuffix(path, "req.get()") || strings.HasSuffix(path, "request.get()") || strings.HasSuffix(path, "ctx.get()")) {
		name, _ := syntax.Constant(n.Arg(0))
		return strings.EqualFold(name, "origin")
	}
	return false
}

// checkedOrigin says whether a place is reached only after a test that looks at the origin.
func checkedOrigin(value, at *node) bool {
	for child, n := at, at.Parent; n != nil && !n.Is(syntax.Program); child, n = n, n.Parent {
		if n.Is(syntax.If, syntax.Conditional) && n.Kids[0] != child && testsOrigin(n.Kids[0]) {
			return true
		}
		if n.Operator(syntax.Binary, "&&") && n.Kids[1] == child && testsOrigin(n.Kids[0]) {
			return true
		}
		if n.Is(syntax.Block) {
			for _, s := range n.Kids {
				if s == child {
					break
				}
				if s.Is(syntax.If) && testsOrigin(s.Kids[0]) && syntax.Any(s.Kids[1], func(k *node) bool { return k.Is(syntax.Return, syntax.Throw) }) {
					return true
				}
			}
		}
	}
	return false
}

func testsOrigin(test *node) bool {
	return syntax.Any(test, func(k *node) bool {
		return k.Is(syntax.Call) && (slices.Contains([]string{"includes", "has", "test", "indexOf", "some", "match", "endsWith", "startsWith", "find"}, syntax.Last(k.Callee())) || hasWord(syntax.Last(k.Callee()), "allowed", "origin", "allow")) ||
			k.Operator(syntax.Binary, "===", "==", "!==") && !isNothing(k.Kids[1]) || k.Is(syntax.Index)
	})
}

// reflectingFunction looks at origin: (origin, callback) => callback(null, true).
func (f *facts) reflectingFunction(fn *node) string {
	origin, done := paramName(fn.Params(), 0), paramName(fn.Params(), 1)
	open := syntax.Any(fn.Body(), func(k *node) bool {
		return k.Is(syntax.Call) && done != "" && syntax.Name(k.Callee()) == done && len(k.Args()) > 1 && (isTrue(k.Arg(1)) || k.Arg(1).Is(syntax.Ident) && k.Arg(1).Name == origin)
	})
	if !fn.Body().Is(syntax.Block) && fn.Body().Is(syntax.Ident) && len(fn.Params()) > 0 && fn.Body().Name == fn.Params()[0].Name {
		return "the origin of the request is reflected"
	}
	tests := syntax.Any(fn.Body(), func(k *node) bool {
		return k.Is(syntax.If, syntax.Conditional) && testsOrigin(k.Kids[0]) || k.Is(syntax.Call) && len(k.Args()) > 1 && testsOrigin(k.Arg(1))
	})
	if open && !tests {
		return "a function allows every origin"
	}
	return ""
}
