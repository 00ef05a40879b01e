package javascript

import (
	"slices"
	"strings"

	syntax "sallyport/internal/audit/syntax/javascript"
)

// origin is where a value comes from, the safest first.
type origin int

const (
	constant origin = iota // known from the source
	internal               // numbers, dates, settings: nothing that a stranger writes
	unknown                // data, parameters
	user                   // the request, the message, the address bar
)

// tracer follows values to where they come from.
type tracer struct {
	facts *facts
	clean func(call *node, path string) bool // calls whose result is safe for the purpose
	seen  map[*node]bool
	left  int // how many nodes may still be looked at
}

func (f *facts) tracer(clean func(call *node, path string) bool) *tracer {
	return &tracer{facts: f, clean: clean, seen: map[*node]bool{}}
}

// maxTrace bounds the depth of a trace, maxVisits the nodes that it looks at.
const (
	maxTrace  = 60
	maxVisits = 5000
)

func (t *tracer) origin(n *node) origin {
	t.left = maxVisits
	return t.at(n, maxTrace)
}

func (t *tracer) worst(list []*node, steps int) origin {
	o := constant
	for _, k := range list {
		if k != nil {
			o = max(o, t.at(k, steps))
		}
	}
	return o
}

func (t *tracer) at(n *node, steps int) origin {
	if n == nil {
		return constant
	}
	if t.left--; steps <= 0 || t.left < 0 {
		return unknown
	}
	switch n.Kind {
	case syntax.String, syntax.Number, syntax.Bool, syntax.Null, syntax.Regexp, syntax.Class:
		return constant
	case syntax.Template, syntax.Array, syntax.Object, syntax.Sequence:
		return t.worst(n.Kids, steps-1)
	case syntax.Tagged:
		return t.tagged(n, steps-1)
	case syntax.Property, syntax.Await, syntax.Spread, syntax.Declarator:
		return t.at(n.Kids[0], steps-1)
	case syntax.Unary:
		return internal
	case syntax.Binary:
		return t.binary(n, steps-1)
	case syntax.Assign:
		return t.at(n.Kids[1], steps-1)
	case syntax.Conditional:
		if listed(n.Kids[0], n.Kids[1]) {
			return t.at(n.Kids[2], steps-1)
		}
		return max(t.at(n.Kids[1], steps-1), t.at(n.Kids[2], steps-1))
	case syntax.Ident:
		return t.ident(n, steps-1)
	case syntax.Member:
		return t.member(n, steps-1)
	case syntax.Index:
		return t.index(n, steps-1)
	case syntax.Call, syntax.New:
		return t.call(n, steps-1)
	case syntax.Function:
		return t.result(n, steps-1)
	case syntax.Param:
		return t.param(n, steps-1)
	}
	return unknown
}

func (t *tracer) tagged(n *node, steps int) origin {
	if t.clean(n, syntax.Path(n.Kids[0])) {
		return internal
	}
	return t.worst(n.Kids[1].Kids, steps)
}

func (t *tracer) binary(n *node, steps int) origin {
	switch n.Name {
	case "+":
		if n.Kids[0].Is(syntax.Number) || n.Kids[1].Is(syntax.Number) {
			return internal
		}
		return max(t.at(n.Kids[0], steps), t.at(n.Kids[1], steps))
	case "||", "??":
		return max(t.at(n.Kids[0], steps), t.at(n.Kids[1], steps))
	case "&&":
		return t.at(n.Kids[1], steps)
	}
	return internal
}

func (t *tracer) ident(n *node, steps int) origin {
	b := syntax.Lookup(n)
	if b == nil {
		return t.global(n, steps)
	}
	if b.Kind == syntax.ParamBinding && numeric(n.Name) {
		return internal
	}
	if t.seen[b.Node] {
		return constant // a variable that takes part in its own value
	}
	t.seen[b.Node] = true
	defer delete(t.seen, b.Node)
	switch {
	case b.Kind == syntax.CatchBinding:
		return unknown
	case b.Kind == syntax.ParamBinding && b.Node.Is(syntax.Param):
		return max(t.param(b.Node, steps), t.worst(b.Assigned, steps))
	}
	values := b.Values()
	if len(values) == 0 {
		return constant
	}
	return t.worst(values, steps)
}

func (t *tracer) global(n *node, steps int) origin {
	switch n.Name {
	case "undefined", "NaN", "Infinity", "__dirname", "__filename":
		return constant
	case "location":
		return user
	}
	if next := syntax.Resolve(n); next != n {
		return t.at(next, steps)
	}
	if numeric(n.Name) {
		return internal
	}
	return unknown
}

// param follows a parameter to what the callers in the project pass, or to the elements of the array whose
// method calls the function.
func (t *tracer) param(p *node, steps int) origin {
	fn := p.Parent
	if !fn.Is(syntax.Function) {
		return unknown
	}
	position := slices.Index(fn.Kids, p)
	if call := fn.Parent; call.Is(syntax.Call) && call.Callee().Is(syntax.Member) {
		switch call.Callee().Name {
		case "map", "forEach", "filter", "flatMap", "reduce", "sort", "find", "some", "every", "then":
			if position == 0 || position == 1 && (call.Callee().Name == "reduce" || call.Callee().Name == "sort") {
				return t.at(call.Callee().Kids[0], steps)
			}
			return internal
		case "replace", "replaceAll":
			return t.at(call.Callee().Kids[0], steps)
		}
	}
	if requestParam(p) {
		return user
	}
	sites := t.facts.sites[fn]
	if len(sites) == 0 || len(sites) > 20 || syntax.Last(fn.Parent) == "use" {
		return unknown
	}
	o := constant
	for _, site := range sites {
		if t.seen[site] {
			continue
		}
		t.seen[site] = true
		o = max(o, t.at(site.Arg(position), steps))
		delete(t.seen, site)
	}
	return max(o, t.at(p.Kid(1), steps))
}

// requestParam says whether a parameter is by its name what a handler is given.
func requestParam(p *node) bool {
	switch p.Name {
	case "req", "request", "ctx", "msg", "update":
		return true
	}
	return false
}

func (t *tracer) member(n *node, steps int) origin {
	switch n.Name {
	case "length", "size", "byteLength", "offsetWidth", "offsetHeight", "clientWidth", "clientHeight", "innerHTML", "outerHTML":
		return internal
	}
	if numeric(n.Name) && !fromRequest(n) {
		return internal
	}
	if fromRequest(n) {
		return user
	}
	if _, ok := envName(n); ok {
		return internal
	}
	if next := syntax.Resolve(n); next != n {
		return t.at(next, steps)
	}
	switch p := syntax.Path(n); {
	case strings.HasPrefix(p, "location.") || strings.HasPrefix(p, "document.location") || p == "document.URL" || p == "document.referrer" || p == "document.cookie":
		return user
	case strings.HasPrefix(p, "Math.") || strings.HasPrefix(p, "Number."):
		return internal
	}
	if object := syntax.Resolve(n.Kids[0]); object.Is(syntax.Object) {
		return t.worst(object.Kids, steps) // a property that the literal does not have by name
	}
	return t.at(n.Kids[0], steps)
}

// numeric says whether a name is by custom one of a number.
func numeric(name string) bool {
	return hasWord(name, "count", "total", "index", "idx", "votes", "score", "percent", "percentage", "quantity", "qty", "amount", "price", "year", "month", "day", "width", "height", "rank", "rating", "likes", "views", "page", "pages", "timestamp", "duration", "elapsed", "temperature", "temp", "minutes", "seconds", "hours", "days", "points", "level", "lives", "round", "lat", "lon", "lng", "timing", "reputation", "bookmarks", "maximum", "minimum", "followers", "downloads", "stars") && !hasWord(name, "name", "text", "label", "title", "html", "content", "url")
}

// index is the origin of a[b]: of what the object holds.
func (t *tracer) index(n *node, steps int) origin { return t.at(syntax.Resolve(n.Kids[0]), steps) }

// fromRequest says whether a path reads what a stranger sent: req.body.x, ctx.request.query, url.searchParams.
func fromRequest(n *node) bool {
	path := syntax.Path(n)
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case "req", "request", "ctx", "context", "c", "event", "this":
		for _, part := range []string{"body", "query", "params", "headers", "cookies", "rawBody", "queryStringParameters", "url", "originalUrl", "hostname", "files", "file", "searchParams", "nextUrl", "data", "json()", "formData()"} {
			if first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rest, "request."), "req."), "."); first == part {
				return root != "this" && root != "c" || strings.HasPrefix(rest, "req.") || strings.HasPrefix(rest, "request.")
			}
		}
		return strings.HasPrefix(rest, "message.text") || strings.HasPrefix(rest, "message.from") || strings.HasPrefix(rest, "from.") || rest == "match"
	case "msg":
		return strings.HasPrefix(rest, "text") || strings.HasPrefix(rest, "from") || strings.HasPrefix(rest, "caption")
	}
	return strings.Contains(path, "searchParams.") || strings.HasSuffix(path, "event.data") || path == "e.data"
}

func (t *tracer) call(n *node, steps int) origin {
	path := syntax.Path(n.Callee())
	if t.clean(n, path) {
		return internal
	}
	last := syntax.Last(n.Callee())
	if slices.Contains([]string{"Number", "parseInt", "parseFloat", "Boolean", "BigInt", "isNaN", "Date", "Intl.NumberFormat", "Intl.DateTimeFormat", "Date.now", "performance.now"}, path) ||
		strings.HasPrefix(path, "Math.") || strings.HasPrefix(path, "Number.") || strings.HasPrefix(path, "Date().") || strings.HasPrefix(path, "Intl.") || strings.HasPrefix(path, "crypto.random") {
		return internal
	}
	switch last {
	case "html":
		if len(n.Args()) == 0 {
			return internal // what the page holds already
		}
	case "toFixed", "toPrecision", "toLocaleString", "toLocaleDateString", "toLocaleTimeString", "toISOString", "getTime", "getFullYear", "getMonth", "getDate", "getHours", "getMinutes", "indexOf", "includes", "startsWith", "endsWith", "test", "has", "hashCode", "charCodeAt", "toExponential", "randomUUID", "digest":
		return internal
	}
	return t.through(n, last, steps)
}

// through follows a call to the function's own results, or to what goes into it.
func (t *tracer) through(n *node, last string, steps int) origin {
	function := syntax.Resolve(n.Callee())
	if function.Is(syntax.Function) {
		if t.seen[function] {
			return constant
		}
		t.seen[function] = true
		defer delete(t.seen, function)
		return t.result(function, steps)
	}
	switch last {
	case "map", "flatMap":
		if fn := syntax.Resolve(n.Arg(0)); fn.Is(syntax.Function) {
			return t.result(fn, steps)
		}
		if t.clean(n, syntax.Path(n.Arg(0))) {
			return internal
		}
	case "reduce":
		if fn := syntax.Resolve(n.Arg(0)); fn.Is(syntax.Function) {
			return max(t.result(fn, steps), t.at(n.Arg(1), steps))
		}
	case "join", "trim", "toLowerCase", "toUpperCase", "slice", "substring", "substr", "split", "filter", "sort", "reverse", "toString", "at", "pop", "shift", "flat", "trimEnd", "trimStart", "padStart", "padEnd", "repeat", "find", "values", "keys", "normalize":
		if n.Callee().Is(syntax.Member) {
			return t.at(n.Callee().Kids[0], steps)
		}
	case "replace", "replaceAll", "concat":
		if n.Callee().Is(syntax.Member) {
			return max(t.at(n.Callee().Kids[0], steps), t.worst(n.Args(), steps))
		}
	case "String", "stringify", "from", "decodeURIComponent", "freeze", "fromEntries", "entries", "fill", "Array", "Set":
		return t.worst(n.Args(), steps)
	}
	if n.Callee().Is(syntax.Member) && fromRequest(n.Callee()) {
		return user
	}
	return unknown
}

// result is the worst of what a function returns.
func (t *tracer) result(function *node, steps int) origin {
	body := function.Body()
	if !body.Is(syntax.Block) {
		return t.at(body, steps)
	}
	o := constant
	syntax.Own(body, func(n *node) bool {
		if n.Is(syntax.Return) {
			o = max(o, t.at(n.Kids[0], steps))
		}
		return true
	})
	return o
}

// listed says whether a test is true only for values of a list: LIST.includes(x), x in LIST.
func listed(test, value *node) bool {
	path := syntax.Path(value)
	if path == "" {
		return false
	}
	if test.Operator(syntax.Binary, "&&") {
		return listed(test.Kids[0], value) || listed(test.Kids[1], value)
	}
	if test.Operator(syntax.Binary, "in") {
		return syntax.Path(test.Kids[0]) == path
	}
	if !test.Is(syntax.Call) || !test.Callee().Is(syntax.Member) {
		return false
	}
	switch test.Callee().Name {
	case "includes", "has", "hasOwn", "hasOwnProperty", "test":
		return slices.ContainsFunc(test.Args(), func(a *node) bool { return syntax.Path(a) == path })
	}
	return false
}

// listedBefore says whether the function left, or gave the value another one, when a list does not have it.
func listedBefore(n *node) bool {
	fn := n.Enclosing(syntax.Function, syntax.Program)
	return syntax.Any(fn, func(k *node) bool {
		return k.Is(syntax.If) && k.Line <= n.Line && k.Kids[0].Operator(syntax.Unary, "!") && listed(k.Kids[0].Kids[0], n) &&
			syntax.Any(k.Kids[1], func(x *node) bool { return x.Is(syntax.Return, syntax.Throw, syntax.Assign) })
	})
}
