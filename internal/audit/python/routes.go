package python

import (
	"maps"
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// route is one way into a program over HTTP.
type route struct {
	unit       *unit
	handler    *python.FunctionDef
	class      *python.ClassDef // of a class-based view, or nil
	path       string           // as far as it is literal, prefixes of its router included
	methods    []string         // upper case; empty when all or unknown
	decorator  python.Expr      // that declares it; nil for urls and classes
	router     string           // name of the app or router it hangs on: "app", "router", "bp"
	framework  string           // fastapi, flask, django, aiohttp
	socket     bool             // a websocket
	guards     []python.Expr    // dependencies, decorators and permissions, of the route, its router and its app
	parameters []string
}

// web is what a project serves.
type web struct {
	routes  []*route
	objects map[*unit]map[string]*object // apps and routers by file and name
}

// object is an app, router or blueprint.
type object struct {
	unit      *unit
	name      string
	call      *python.Call
	framework string
	app       bool
	prefix    string
	guards    []python.Expr // dependencies=[...], before_request functions
	included  []python.Expr // guards given where it is included
}

// webOf finds the routes of a project once.
func webOf(p *audit.Project) *web {
	return audit.Memo(p, func(p *audit.Project) *web {
		all := unitsOf(p)
		w := &web{objects: map[*unit]map[string]*object{}}
		for _, u := range all.sources() {
			w.objects[u] = u.objects()
		}
		for _, u := range all.sources() {
			w.include(all, u)
		}
		for _, u := range all.sources() {
			w.collect(all, u)
		}
		return w
	})
}

// makers are the classes whose instances routes hang on.
func makers() map[string]string {
	return map[string]string{
		"FastAPI": "fastapi", "APIRouter": "fastapi", "Starlette": "fastapi", "Flask": "flask", "Blueprint": "flask", "Quart": "flask",
		"Sanic": "flask", "Bottle": "flask", "RouteTableDef": "aiohttp", "Litestar": "fastapi", "APIBlueprint": "flask",
	}
}

// objects finds the file's apps and routers, also those made in a factory function.
func (u *unit) objects() map[string]*object {
	found := map[string]*object{}
	python.Inspect(u.module, func(n python.Node) bool {
		a, ok := n.(*python.Assign)
		if !ok || len(a.Targets) != 1 {
			return true
		}
		c, ok := a.Value.(*python.Call)
		if !ok {
			return true
		}
		class := last(u.dotted(c.Func))
		framework := makers()[class]
		name := plain(a.Targets[0])
		if framework == "" || name == "" {
			return true
		}
		o := &object{unit: u, name: name, call: c, framework: framework, app: class != "APIRouter" && !strings.HasSuffix(class, "Blueprint")}
		o.prefix, _ = text(or2(keyword(c, "prefix"), keyword(c, "url_prefix")))
		o.guards = elements(keyword(c, "dependencies"))
		found[name] = o
		return true
	})
	return found
}

func or2(a, b python.Expr) python.Expr {
	if a != nil {
		return a
	}
	return b
}

// elements are those of a list or tuple display.
func elements(e python.Expr) []python.Expr {
	switch e := e.(type) {
	case *python.List:
		return e.Elts
	case *python.Tuple:
		return e.Elts
	}
	return nil
}

// include hands prefixes and guards of include_router and register_blueprint to what they include.
func (w *web) include(all *units, u *unit) {
	calls(u.module, func(c *python.Call) {
		a, ok := c.Func.(*python.Attribute)
		if !ok || len(c.Args) == 0 {
			return
		}
		switch a.Attr {
		case "include_router", "register_blueprint", "mount":
			o := w.object(all, u, c.Args[0])
			if o == nil {
				return
			}
			if prefix, ok := text(or2(keyword(c, "prefix"), keyword(c, "url_prefix"))); ok {
				o.prefix = prefix + o.prefix
			}
			o.included = append(o.included, elements(keyword(c, "dependencies"))...)
			if parent := w.objects[u][plain(a.Value)]; parent != nil && !parent.app {
				o.included = append(o.included, parent.guards...)
			}
		case "before_request":
			if o := w.objects[u][plain(a.Value)]; o != nil {
				o.guards = append(o.guards, c.Args[0])
			}
		}
	})
}

// object finds the app or router that an expression names, across files.
func (w *web) object(all *units, u *unit, e python.Expr) *object {
	name := plain(e)
	if o := w.objects[u][name]; o != nil {
		return o
	}
	other, rest := all.find(u.dotted(e))
	if other == nil {
		return nil
	}
	return w.objects[other][rest]
}

func (w *web) collect(all *units, u *unit) {
	python.Inspect(u.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef:
			for _, d := range n.DecoratorList {
				w.decorated(all, u, n, d)
			}
		case *python.ClassDef:
			w.view(u, n)
		case *python.Call:
			w.declared(all, u, n)
		}
		return true
	})
}

// verbs are the decorators that declare a route.
func verbs() []string {
	return []string{"get", "post", "put", "delete", "patch", "head", "options", "route", "api_route", "websocket"}
}

// decorated takes @app.get("/x"), @router.post(...), @bp.route("/x", methods=[...]).
func (w *web) decorated(all *units, u *unit, f *python.FunctionDef, d python.Expr) {
	c, ok := d.(*python.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*python.Attribute)
	if !ok || !slices.Contains(verbs(), a.Attr) {
		return
	}
	path, literal := text(argument(c, 0, "path"))
	if !literal && len(c.Args) > 0 && argument(c, 0, "rule") == nil {
		return
	}
	if literal && path != "" && !strings.HasPrefix(path, "/") {
		return // a decorator of something else, such as @mock.get("name")
	}
	name := plain(a.Value)
	r := &route{unit: u, handler: f, path: path, decorator: d, router: name, socket: a.Attr == "websocket", framework: "fastapi"}
	switch a.Attr {
	case "route", "api_route":
		for _, m := range elements(keyword(c, "methods")) {
			if verb, ok := text(m); ok {
				r.methods = append(r.methods, strings.ToUpper(verb))
			}
		}
		if a.Attr == "route" {
			r.framework = "flask"
			if len(r.methods) == 0 {
				r.methods = []string{"GET"}
			}
		}
	case "websocket":
	default:
		r.methods = []string{strings.ToUpper(a.Attr)}
	}
	if o := w.object(all, u, a.Value); o != nil {
		r.framework = o.framework
		r.path = o.prefix + path
		r.guards = append(append(r.guards, o.guards...), o.included...)
	}
	r.guards = append(r.guards, elements(keyword(c, "dependencies"))...)
	w.add(r)
}

// add completes a route by what its handler says.
func (w *web) add(r *route) {
	for _, d := range r.handler.DecoratorList {
		if d != r.decorator {
			r.guards = append(r.guards, d)
		}
		if len(r.methods) == 0 {
			r.methods = requiredMethods(d)
		}
	}
	args := r.handler.Args
	for _, d := range slices.Concat(args.Defaults, args.KwDefaults) {
		if d != nil && isDependency(d) {
			r.guards = append(r.guards, d)
		}
	}
	for _, a := range slices.Concat(args.PosOnlyArgs, args.Args, args.KwOnlyArgs) {
		r.parameters = append(r.parameters, a.Arg)
		if a.Annotation != nil {
			python.Inspect(a.Annotation, func(n python.Node) bool { // Annotated[User, Depends(current_user)]
				if c, ok := n.(*python.Call); ok && isDependency(c) {
					r.guards = append(r.guards, c)
				}
				return true
			})
			if s, ok := a.Annotation.(*python.Name); ok { // CurrentUser = Annotated[...]
				r.guards = append(r.guards, s)
			}
		}
	}
	w.routes = append(w.routes, r)
}

func isDependency(e python.Expr) bool {
	c, ok := e.(*python.Call)
	return ok && slices.Contains([]string{"Depends", "Security"}, last(plain(c.Func)))
}

// httpMethods are the names of a class-based view's handlers.
func httpMethods() []string { return []string{"get", "post", "put", "patch", "delete"} }

// view takes class-based views of Flask, Django and Django REST framework.
func (w *web) view(u *unit, c *python.ClassDef) {
	framework := ""
	for _, b := range c.Bases {
		switch base := last(u.dotted(b)); {
		case base == "MethodView" || base == "Resource":
			framework = "flask"
		case strings.HasSuffix(base, "View") || strings.HasSuffix(base, "ViewSet") || strings.HasSuffix(base, "APIView"):
			framework = "django"
		}
	}
	if framework == "" {
		return
	}
	guards := slices.Concat(c.Bases, c.DecoratorList) // LoginRequiredMixin is a base
	for _, s := range c.Body {
		if a, ok := s.(*python.Assign); ok && slices.Contains([]string{"permission_classes", "decorators", "authentication_classes", "throttle_classes"}, plain(a.Targets[0])) {
			guards = append(guards, elements(a.Value)...)
		}
	}
	for _, s := range c.Body {
		f, ok := s.(*python.FunctionDef)
		if !ok || !slices.Contains(append(httpMethods(), "list", "create", "retrieve", "update", "destroy", "dispatch"), f.Name) {
			continue
		}
		w.add(&route{unit: u, handler: f, class: c, framework: framework, methods: []string{strings.ToUpper(f.Name)}, guards: slices.Clone(guards)})
	}
}

// declared takes add_api_route, add_url_rule, aiohttp's web.get and Django's path().
func (w *web) declared(all *units, u *unit, c *python.Call) {
	name := u.dotted(c.Func)
	path, ok := text(argument(c, 0, "path"))
	if !ok || len(c.Args) < 2 {
		return
	}
	handler := c.Args[1]
	framework, methods := "", []string{}
	switch short := last(name); {
	case strings.HasPrefix(name, "aiohttp.web.") && slices.Contains(verbs(), short), strings.HasPrefix(short, "add_") && slices.Contains(verbs(), short[4:]):
		framework, methods = "aiohttp", []string{strings.ToUpper(strings.TrimPrefix(short, "add_"))}
	case short == "add_api_route" || short == "Route" && strings.HasPrefix(name, "starlette."):
		framework = "fastapi"
	case short == "add_url_rule":
		framework, handler = "flask", argument(c, 2, "view_func")
	case name == "django.urls.path" || name == "django.urls.re_path" || name == "django.conf.urls.url":
		framework, path = "django", "/"+path
	default:
		return
	}
	if handler == nil {
		return
	}
	if f, owner := all.function(u, handler); f != nil && !owner.file.Test {
		w.add(&route{unit: owner, handler: f, path: path, framework: framework, methods: methods})
	}
}

// function finds the function that an expression names, across files.
func (all *units) function(u *unit, e python.Expr) (*python.FunctionDef, *unit) {
	name := plain(e)
	if f := u.functions[name]; f != nil {
		return f, u
	}
	if method, ok := strings.CutPrefix(name, "self."); ok {
		for _, key := range slices.Sorted(maps.Keys(u.functions)) {
			if last(key) == method && strings.Contains(key, ".") {
				return u.functions[key], u
			}
		}
	}
	if other, rest := all.find(u.dotted(e)); other != nil && rest != "" {
		return other.functions[rest], other
	}
	return nil, nil
}
