package javascript

import (
	"maps"
	"path"
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// isBotCall says whether a call gives a bot a handler.
func isBotCall(call *node) bool {
	path := syntax.Path(call.Callee())
	name := syntax.Last(call.Callee())
	made := strings.HasPrefix(path, "telegraf.Telegraf()") || strings.HasPrefix(path, "node-telegram-bot-api()") || strings.HasPrefix(path, "grammy.Bot()") ||
		strings.HasPrefix(path, "discord.js.Client()") || strings.HasPrefix(syntax.Name(call.Callee()), "bot.") || strings.HasPrefix(syntax.Name(call.Callee()), "client.on")
	switch name {
	case "command", "hears", "action", "onText", "start", "help", "callbackQuery", "inlineQuery":
		return made
	case "on":
		event, _ := syntax.Constant(call.Arg(0))
		return made && slices.Contains([]string{"message", "text", "photo", "document", "voice", "callback_query", "messageCreate", "interactionCreate", "message:text", "inline_query"}, event) ||
			made && call.Arg(0).Is(syntax.Call, syntax.Member, syntax.Array)
	}
	return false
}

func botTrigger(call *node) string {
	text, _ := syntax.Constant(call.Arg(0))
	return text
}

// httpMethods are the names by which route files export handlers.
func httpMethods() []string { return []string{"GET", "POST", "PUT", "PATCH", "DELETE"} }

// fileRoutes finds the routes that a file is by its path or by its exports.
func (f *facts) fileRoutes(u *unit) {
	if u.fragment {
		return
	}
	name := u.file.Path
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	dir := path.Dir(name)
	switch {
	case (base == "route" || base == "+server") && (inFolder(name, "app") || inFolder(name, "routes")):
		for _, method := range httpMethods() {
			f.addExport(u, method, method, routeOfPath(dir))
		}
	case inFolder(name, "pages/api"), inFolder(name, "server/api"), inFolder(name, "netlify/functions"), strings.HasPrefix(name, "api/"), inFolder(name, "functions") && u.tree.Exports["onRequestPost"] != nil:
		f.addExport(u, "default", "ALL", routeOfPath(path.Join(dir, base)))
		f.addExport(u, "handler", "ALL", routeOfPath(path.Join(dir, base)))
		for _, method := range []string{"onRequest", "onRequestPost", "onRequestGet"} {
			f.addExport(u, method, "ALL", routeOfPath(path.Join(dir, base)))
		}
	case isLambda(u):
		f.addExport(u, "handler", "ALL", "/"+base)
	case u.tree.Exports["default"] != nil:
		if o := syntax.Resolve(u.tree.Exports["default"]); o.Property("fetch") != nil {
			f.addExport(u, "default", "ALL", "*")
		}
	}
	f.serverActions(u)
}

// isLambda says whether a file exports a handler of events.
func isLambda(u *unit) bool {
	fn := syntax.Resolve(u.tree.Exports["handler"])
	return fn.Is(syntax.Function) && hasWord(paramName(fn.Params(), 0), "event")
}

func inFolder(name, folder string) bool {
	return strings.HasPrefix(name, folder+"/") || strings.Contains(name, "/"+folder+"/")
}

// routeOfPath turns the folder of a route file into the path it answers.
func routeOfPath(dir string) string {
	for _, root := range []string{"app", "pages", "routes", "server", "functions"} {
		if i := strings.Index("/"+dir+"/", "/"+root+"/"); i >= 0 {
			dir = strings.TrimSuffix(("/" + dir + "/")[i+len(root)+1:], "/")
			break
		}
	}
	return "/" + strings.Trim(dir, "/")
}

func (f *facts) addExport(u *unit, export, method, where string) {
	value := u.tree.Exports[export]
	if value == nil {
		return
	}
	handler, wrappers := f.handlerIn(value, 4)
	if handler == nil || f.hasRoute(handler) {
		return
	}
	at := handler
	if at.File() != u.tree {
		at = value
	}
	f.routes = append(f.routes, &route{method: method, path: where, at: at, handler: handler, chain: wrappers, unit: u})
}

func (f *facts) hasRoute(handler *node) bool {
	return slices.ContainsFunc(f.routes, func(r *route) bool { return r.handler == handler })
}

// serverActions finds what a client may call by "use server".
func (f *facts) serverActions(u *unit) {
	if directive(u.tree.Program, "use server") {
		for _, name := range slices.Sorted(maps.Keys(u.tree.Exports)) {
			f.addExport(u, name, "ACTION", name)
		}
		return
	}
	syntax.Walk(u.tree.Program, func(n *node) bool {
		if n.Is(syntax.Function) && directive(n.Body(), "use server") {
			f.routes = append(f.routes, &route{method: "ACTION", path: n.Name, at: n, handler: n, unit: u})
		}
		return true
	})
}

// directive says whether a block begins with a directive.
func directive(block *node, text string) bool {
	if !block.Is(syntax.Block, syntax.Program) {
		return false
	}
	for _, s := range block.Kids {
		if !s.Is(syntax.ExpressionStatement) || !s.Kids[0].Is(syntax.String) {
			return false
		}
		if s.Kids[0].Text == text {
			return true
		}
	}
	return false
}

// before returns everything that runs before a route's handler: of the route, its router, and the routers
// that it is mounted on.
func (f *facts) before(r *route) []*node {
	list := append([]*node{}, r.chain...)
	seen := map[*router]bool{}
	var add func(rt *router, where string, at *node, depth int)
	add = func(rt *router, where string, at *node, depth int) {
		if rt == nil || seen[rt] || depth > 10 {
			return
		}
		seen[rt] = true
		for _, u := range rt.uses {
			if u.covers(where, at) {
				list = append(list, u.args...)
			}
		}
		for _, m := range rt.mounts {
			list = append(list, m.args...)
			add(m.router, strings.TrimSuffix(m.path, "/")+where, m.call, depth+1)
		}
	}
	add(r.router, r.path, r.at, 0)
	return list
}

// covers says whether a middleware runs before what stands at a path and a place.
func (u use) covers(where string, at *node) bool {
	if u.call.File() == at.File() && u.call.Enclosing(syntax.Function) == at.Enclosing(syntax.Function) && u.call.Line > at.Line {
		return false
	}
	prefix := strings.TrimRight(u.path, "/*")
	return prefix == "" || where == "*" || where == prefix || strings.HasPrefix(where, prefix+"/") || strings.HasPrefix(where, prefix+":")
}
