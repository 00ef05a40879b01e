package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// route is a place where a program takes requests or messages.
type route struct {
	method  string // upper case; "ALL" for any, "ACTION" for a server action, "BOT" for a bot's
	path    string
	at      *node   // the line of the route
	handler *node   // Function, or the branch of one; nil when it is not in the project
	chain   []*node // what stands before the handler in the route itself
	router  *router
	unit    *unit
	kit     bool // its handler answers by what it returns
	open    bool // it is said to be for everybody
}

// router is an application or a router, by the node that makes it.
type router struct {
	made   *node
	uses   []use
	mounts []use // where it is mounted, on other routers
}

// use is a middleware of a router.
type use struct {
	call   *node
	router *router
	path   string
	args   []*node
}

func (f *facts) findRoutes() {
	for _, u := range f.units {
		for _, call := range u.calls {
			f.readRouterCall(u, call)
		}
		f.fileRoutes(u)
		f.tableRoutes(u)
		f.kitRoutes(u)
	}
	slices.SortStableFunc(f.routes, func(a, b *route) int {
		if c := strings.Compare(a.unit.file.Path, b.unit.file.Path); c != 0 {
			return c
		}
		return a.at.Line - b.at.Line
	})
}

// routerOf returns the router that an expression stands for, or nil.
func (f *facts) routerOf(n *node) *router {
	made := f.madeBy(n, 5)
	if made == nil {
		return nil
	}
	r := f.routers[made]
	if r == nil {
		r = &router{made: made}
		f.routers[made] = r
	}
	return r
}

func (f *facts) madeBy(n *node, steps int) *node {
	if steps <= 0 {
		return nil // a router that is made of itself
	}
	for n.Is(syntax.Call) && n.Callee().Is(syntax.Member) && slices.Contains([]string{"use", "routes", "route", "withTypeProvider", "disable", "set", "basePath"}, n.Callee().Name) {
		n = n.Callee().Kids[0] // chains return their router
	}
	made := syntax.Resolve(n)
	switch {
	case made.Is(syntax.Call, syntax.New) && makesRouter(syntax.Path(made)):
		if made.Is(syntax.Call) && made.Callee().Is(syntax.Member) && made != n && slices.Contains([]string{"use", "basePath", "withTypeProvider"}, made.Callee().Name) {
			return f.madeBy(made, steps-1)
		}
		return made
	case !made.Is(syntax.Ident):
		return nil
	}
	b := syntax.Lookup(made)
	if b == nil || !b.Node.Is(syntax.Param) || !routerName(made.Name) {
		if routerName(made.Name) && b != nil {
			return b.Node
		}
		return nil
	}
	if sites := f.sites[b.Node.Parent]; len(sites) == 1 && steps > 0 {
		if made := f.madeBy(sites[0].Arg(slices.Index(b.Node.Parent.Kids, b.Node)), steps-1); made != nil {
			return made
		}
	}
	return b.Node
}

// makesRouter says whether the result of a path is an application or router.
func makesRouter(p string) bool {
	p = strings.TrimSuffix(p, "()")
	for _, name := range []string{
		"express", "express.Router", "fastify", "fastify.fastify", "fastify.Fastify", "hono.Hono", "koa", "@koa/router", "koa-router", "koa-router.default", "polka", "restify.createServer",
		"express-promise-router", "elysia.Elysia", "itty-router.Router", "itty-router.AutoRouter", "find-my-way", "hono/tiny.Hono", "hono/quick.Hono", "@hono/zod-openapi.OpenAPIHono", "oak.Application", "oak.Router", "Hono", "Router", "express.default",
	} {
		if p == name {
			return true
		}
	}
	return strings.HasSuffix(p, "().basePath") || strings.HasSuffix(p, "().withTypeProvider") || strings.HasPrefix(p, "express().use") || strings.HasPrefix(p, "hono.Hono().use")
}

func routerName(name string) bool {
	return slices.Contains([]string{"app", "router", "api", "server", "fastify", "instance", "route", "routes"}, name) || strings.HasSuffix(name, "Router") || strings.HasSuffix(name, "Routes") || strings.HasSuffix(name, "App")
}

// verbs are the methods by which routers take routes.
func verbs() []string {
	return []string{"get", "post", "put", "patch", "delete", "all", "del", "head", "options"}
}

func (f *facts) readRouterCall(u *unit, call *node) {
	callee := call.Callee()
	name := syntax.Last(callee)
	if serves(call) {
		f.addHandler(u, call, "ALL", "*", call.Args(), nil)
		return
	}
	if !callee.Is(syntax.Member) || call.Is(syntax.New) {
		return
	}
	switch {
	case slices.Contains(verbs(), name):
		f.readVerb(u, call)
	case name == "use" || name == "register" || name == "addHook" || name == "route" || name == "all":
		f.readUse(u, call)
	case isBotCall(call):
		f.addHandler(u, call, "BOT", botTrigger(call), call.Args(), nil)
	}
}

// serves says whether a call starts a plain server with a handler.
func serves(call *node) bool {
	switch syntax.Path(call.Callee()) {
	case "http.createServer", "https.createServer", "http2.createServer", "http2.createSecureServer", "Deno.serve", "serve":
		return slices.ContainsFunc(call.Args(), func(a *node) bool { return syntax.Resolve(a).Is(syntax.Function) })
	case "Bun.serve":
		return call.Arg(0).Property("fetch") != nil
	}
	return false
}

func (f *facts) readVerb(u *unit, call *node) {
	method := strings.ToUpper(syntax.Last(call.Callee()))
	pathNode, object := call.Arg(0), call.Callee().Kids[0]
	args := call.Args()
	if base := routeBase(object); base != nil {
		pathNode, object = base.Arg(0), base.Callee().Kids[0]
	} else if len(args) < 2 {
		return
	} else {
		args = args[1:]
	}
	r := f.routerOf(object)
	where, ok := routePath(pathNode)
	if r == nil || !ok || !f.looksLikeRoute(args) {
		return
	}
	f.addHandler(u, call, method, where, args, r)
}

// routeBase returns the call of route(path) that a chain of verbs begins with, or nil.
func routeBase(n *node) *node {
	for n.Is(syntax.Call) && n.Callee().Is(syntax.Member) {
		if n.Callee().Name == "route" {
			return n
		}
		if !slices.Contains(verbs(), n.Callee().Name) {
			return nil
		}
		n = n.Callee().Kids[0]
	}
	return nil
}

func routePath(n *node) (string, bool) {
	if text, ok := syntax.Constant(n); ok {
		return text, true
	}
	if n.Is(syntax.Regexp) {
		return "/" + n.Text, true
	}
	if n.Is(syntax.Array) && len(n.Kids) > 0 {
		return routePath(n.Kids[0])
	}
	return "*", n.Is(syntax.Template, syntax.Binary, syntax.Ident, syntax.Member)
}

// looksLikeRoute tells app.get(path, handler) from cache.get(key, fallback).
func (f *facts) looksLikeRoute(args []*node) bool {
	if len(args) == 0 {
		return false
	}
	last := syntax.Resolve(args[len(args)-1])
	return last.Is(syntax.Function, syntax.Call, syntax.Ident, syntax.Member, syntax.Array)
}

func (f *facts) readUse(u *unit, call *node) {
	r := f.routerOf(call.Callee().Kids[0])
	if r == nil || len(call.Args()) == 0 {
		return
	}
	if o := call.Arg(0); call.Callee().Name == "route" {
		if o.Is(syntax.Object) {
			method, _ := syntax.Constant(o.Property("method"))
			where, _ := syntax.Constant(o.Property("url"))
			f.addHandler(u, call, strings.ToUpper(method), where, []*node{o, o.Property("handler")}, r)
			return
		}
		if len(call.Args()) < 2 {
			return
		}
	}
	args, where := call.Args(), ""
	if text, ok := syntax.Constant(args[0]); ok {
		args = args[1:]
		if call.Callee().Name != "addHook" {
			where = text
		}
	} else if len(args) > 1 && args[0].Is(syntax.Array, syntax.Template, syntax.Regexp) {
		where, args = "*", args[1:]
	}
	one := use{call: call, router: r, path: where, args: flat(args)}
	r.uses = append(r.uses, one)
	for _, a := range one.args {
		if mounted := f.routerOf(a); mounted != nil && mounted != r {
			mounted.mounts = append(mounted.mounts, one)
		}
	}
}

// flat returns arguments with the elements of arrays among them in their place.
func flat(args []*node) []*node { return flatWithin(args, maxNames) }

// flatWithin follows names of arrays to a depth: an array may hold itself.
func flatWithin(args []*node, depth int) []*node {
	var list []*node
	for _, a := range args {
		if r := syntax.Resolve(a); r.Is(syntax.Array) && depth > 0 {
			list = append(list, flatWithin(r.Kids, depth-1)...)
			continue
		}
		if a != nil {
			list = append(list, a)
		}
	}
	return list
}

// addHandler notes a route whose last argument is its handler.
func (f *facts) addHandler(u *unit, at *node, method, where string, args []*node, r *router) {
	chain := flat(args)
	one := &route{method: method, path: where, at: at, router: r, unit: u}
	for i := len(chain) - 1; i >= 0 && one.handler == nil; i-- {
		handler, wrappers := f.handlerIn(chain[i], 4)
		if handler == nil && i < len(chain)-1 {
			break
		}
		if handler != nil {
			one.handler = handler
			chain = append(append([]*node{}, chain[:i]...), wrappers...)
		}
	}
	if one.handler == nil && len(chain) > 0 {
		chain = chain[:len(chain)-1]
	}
	one.chain = chain
	f.routes = append(f.routes, one)
}

// handlerIn returns the function that an argument stands for, and the wrappers around it: asyncHandler(f),
// withAuth(f).
func (f *facts) handlerIn(n *node, steps int) (*node, []*node) {
	n = syntax.Resolve(n)
	switch {
	case n.Is(syntax.Function):
		return n, nil
	case n.Is(syntax.Call) && steps > 0:
		for _, a := range n.Args() {
			if h, wrappers := f.handlerIn(a, steps-1); h != nil {
				return h, append(wrappers, n.Callee())
			}
		}
		if made := syntax.Resolve(n.Callee()); made.Is(syntax.Function) {
			return returnedFunction(made), nil
		}
	case n.Is(syntax.Object):
		for _, name := range []string{"handler", "fetch"} {
			if h := syntax.Resolve(n.Property(name)); h.Is(syntax.Function) {
				return h, nil
			}
		}
	case n.Is(syntax.Member) && n.Name == "bind" && steps > 0:
		return f.handlerIn(n.Kids[0], steps-1)
	}
	return nil, nil
}

// returnedFunction returns the function that a function returns, or nil.
func returnedFunction(n *node) *node {
	body := n.Body()
	if body.Is(syntax.Function) {
		return body
	}
	var found *node
	syntax.Own(body, func(k *node) bool {
		if k.Is(syntax.Return) && syntax.Resolve(k.Kids[0]).Is(syntax.Function) {
			found = syntax.Resolve(k.Kids[0])
		}
		return found == nil
	})
	return found
}
