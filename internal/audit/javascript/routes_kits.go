package javascript

import (
	"path"
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// kitRoutes finds the routes of frameworks that are told by decorators (Nest), by exports of route files (Remix, React
// Router) and by objects of procedures (tRPC).
func (f *facts) kitRoutes(u *unit) {
	f.controllerRoutes(u)
	f.loaderRoutes(u)
	f.procedureRoutes(u)
}

// controller is a class of Nest that answers requests.
type controller struct {
	path   string
	guards []*node
	public bool
}

// decorations returns what decorates a class, or a method of it when name is there, as the parser lowers it:
// __decorateClass([decorators], class or prototype, name).
func decorations(call *node) (decorators []*node, class *node, name string) {
	if !call.Is(syntax.Call) || syntax.Name(call.Callee()) != "__decorateClass" || !call.Arg(0).Is(syntax.Array) {
		return nil, nil, ""
	}
	target := call.Arg(1)
	if target.Is(syntax.Member) && target.Name == "prototype" {
		target = target.Kids[0]
		name, _ = syntax.Constant(call.Arg(2))
	}
	if b := syntax.Lookup(target); b != nil && len(b.Values()) > 0 && b.Values()[0].Is(syntax.Class) {
		class = b.Values()[0]
	}
	return call.Arg(0).Kids, class, name
}

func (f *facts) controllerRoutes(u *unit) {
	controllers := map[*node]*controller{}
	for _, call := range u.calls {
		if decorators, class, name := decorations(call); class != nil && name == "" {
			if c := controllerOf(decorators); c != nil {
				c.guards = append(c.guards, f.globalGuards()...)
				controllers[class] = c
			}
		}
	}
	for _, call := range u.calls {
		decorators, class, name := decorations(call)
		if c := controllers[class]; c != nil && name != "" {
			f.addMethod(u, c, decorators, class.Property(name))
		}
	}
}

func controllerOf(decorators []*node) *controller {
	c := &controller{guards: guardsOf(decorators), public: opened(decorators)}
	found := false
	for _, d := range decorators {
		if syntax.Last(d.Callee()) != "Controller" {
			continue
		}
		found = true
		where := d.Arg(0)
		if where.Is(syntax.Object) {
			where = where.Property("path")
		}
		c.path, _ = syntax.Constant(where)
	}
	if !found {
		return nil
	}
	return c
}

// guardsOf returns what decorators put before a handler: the arguments of UseGuards, and decorators of one's own.
func guardsOf(decorators []*node) []*node {
	var list []*node
	for _, d := range decorators {
		switch name := syntax.Last(d.Callee()); {
		case name == "UseGuards":
			list = append(list, d.Args()...)
		case authName(name) || limitName(name):
			list = append(list, d)
		}
	}
	return list
}

// opened says whether decorators say that a route is open on purpose.
func opened(decorators []*node) bool {
	return slices.ContainsFunc(decorators, func(d *node) bool {
		return hasWord(syntax.Last(d.Callee()), "public", "anonymous", "unprotected") || hasWord(syntax.Last(d.Callee()), "skip", "no") && hasWord(syntax.Last(d.Callee()), "auth", "guard")
	})
}

func (f *facts) addMethod(u *unit, c *controller, decorators []*node, handler *node) {
	for _, d := range decorators {
		method := strings.ToUpper(syntax.Last(d.Callee()))
		if !handler.Is(syntax.Function) || !slices.Contains(append(httpMethods(), "ALL"), method) || syntax.Last(d.Callee()) == method {
			continue
		}
		where, _ := syntax.Constant(d.Arg(0))
		chain := append(guardsOf(decorators), c.guards...)
		f.routes = append(f.routes, &route{method: method, path: path.Join("/", c.path, where), at: d, handler: handler, chain: chain, unit: u, kit: true, open: c.public || opened(decorators)})
		return
	}
}

// globalGuards are those of the whole application: {provide: APP_GUARD, useClass: X} and app.useGlobalGuards(new X()).
func (f *facts) globalGuards() []*node {
	var list []*node
	f.each(func(u *unit, n *node) {
		if n.Is(syntax.Object) && syntax.Last(n.Property("provide")) == "APP_GUARD" {
			list = append(list, n.Property("useClass"))
		}
		if n.Is(syntax.Call) && syntax.Last(n.Callee()) == "useGlobalGuards" {
			list = append(list, n.Args()...)
		}
	})
	return list
}

// loaderRoutes finds the loaders and actions of Remix and React Router.
func (f *facts) loaderRoutes(u *unit) {
	if u.fragment || !inFolder(u.file.Path, "routes") || !slices.ContainsFunc(u.tree.Requires, func(m string) bool {
		return strings.HasPrefix(m, "@remix-run/") || m == "react-router" || strings.HasPrefix(m, "@react-router/")
	}) {
		return
	}
	_, name, _ := strings.Cut("/"+u.file.Path, "/routes/")
	name = strings.NewReplacer(".", "/", "$", ":", "_index", "").Replace(strings.TrimSuffix(name, path.Ext(name)))
	before := len(f.routes)
	f.addExport(u, "loader", "GET", "/"+name)
	f.addExport(u, "action", "POST", "/"+name)
	for _, r := range f.routes[before:] {
		r.kit = true
	}
}

// procedureRoutes finds the procedures of tRPC: router({name: procedure.input(…).mutation(handler)}).
func (f *facts) procedureRoutes(u *unit) {
	for _, call := range u.calls {
		if name := syntax.Last(call.Callee()); name != "router" && name != "createTRPCRouter" && name != "createRouter" || !call.Arg(0).Is(syntax.Object) {
			continue
		}
		for _, p := range call.Arg(0).Kids {
			if p.Is(syntax.Property) {
				f.addProcedure(u, p)
			}
		}
	}
}

func (f *facts) addProcedure(u *unit, p *node) {
	last := p.Kids[0]
	kind := syntax.Last(last.Callee())
	handler := syntax.Resolve(last.Arg(0))
	if !last.Callee().Is(syntax.Member) || kind != "query" && kind != "mutation" || !handler.Is(syntax.Function) {
		return
	}
	r := &route{method: "GET", path: p.Name, at: p, handler: handler, unit: u, kit: true}
	if kind == "mutation" {
		r.method = "POST"
	}
	root := last.Callee().Kids[0]
	for steps := 0; steps < 20 && root != nil; steps++ {
		switch {
		case root.Is(syntax.Call) && root.Callee().Is(syntax.Member):
			if root.Callee().Name == "use" {
				r.chain = append(r.chain, root.Args()...)
			}
			root = root.Callee().Kids[0]
		case root.Is(syntax.Ident, syntax.Member):
			r.chain = append(r.chain, root)
			r.open = r.open || r.method == "GET" && hasWord(root.Name, "public")
			next := syntax.Resolve(root)
			if next == root {
				next = nil
			}
			root = next
		default:
			root = nil
		}
	}
	if slices.ContainsFunc(r.chain, func(n *node) bool { return hasWord(syntax.Last(n), "procedure") }) {
		f.routes = append(f.routes, r)
	}
}
