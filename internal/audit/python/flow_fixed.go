package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// constancy tells text that is fixed in the source from text that is not: for queries and markup.
type constancy struct {
	all    *units
	scope  *scope
	known  map[string]bool // names that are looked at or known to be fixed, against loops
	markup bool            // escaped text counts as fixed too
	param  bool            // parameters count as not fixed without a look at callers
}

func newConstancy(all *units, sc *scope) *constancy {
	return &constancy{all: all, scope: sc, known: map[string]bool{}}
}

// text says whether an expression can only have values that stand in the source, or that are numbers.
func (k *constancy) text(e python.Expr, hops int) bool {
	if hops == 0 {
		return false
	}
	switch e := e.(type) {
	case *python.Constant:
		return true
	case *python.JoinedStr:
		return k.every(e.Values, hops)
	case *python.FormattedValue:
		return isNumberFormat(e.FormatSpec) || k.text(e.Value, hops)
	case *python.BinOp:
		if e.Op == python.Mod && takesNumbers(e.Left) {
			return true
		}
		if t, ok := e.Right.(*python.Tuple); ok && e.Op == python.Mod {
			return k.text(e.Left, hops) && k.every(t.Elts, hops)
		}
		return k.text(e.Left, hops) && (e.Op == python.Mult || k.text(e.Right, hops))
	case *python.BoolOp:
		return k.every(e.Values, hops)
	case *python.IfExp:
		return k.text(e.Body, hops) && k.text(e.OrElse, hops)
	case *python.List:
		return k.every(e.Elts, hops)
	case *python.Tuple:
		return k.every(e.Elts, hops)
	case *python.Set:
		return k.every(e.Elts, hops)
	case *python.Dict:
		return k.every(e.Values, hops)
	case *python.Compare, *python.Lambda:
		return true
	case *python.UnaryOp:
		return true
	case *python.Await:
		return k.text(e.Value, hops)
	case *python.Starred:
		return k.text(e.Value, hops)
	case *python.Subscript:
		return k.text(e.Value, hops)
	case *python.ListComp:
		return k.comprehension(e.Elt, e.Generators, hops)
	case *python.GeneratorExp:
		return k.comprehension(e.Elt, e.Generators, hops)
	case *python.Name:
		return k.name(e.ID, hops)
	case *python.Attribute:
		return k.attribute(e, hops)
	case *python.Call:
		return k.call(e, hops)
	}
	return false
}

func (k *constancy) every(list []python.Expr, hops int) bool {
	return !slices.ContainsFunc(list, func(e python.Expr) bool { return e != nil && !k.text(e, hops) })
}

// takesNumbers says whether a text with places is given numbers alone: "LIMIT %d".
func takesNumbers(e python.Expr) bool {
	s, ok := text(e)
	places := strings.Split(strings.ReplaceAll(s, "%%", ""), "%")[1:]
	return ok && len(places) > 0 && !slices.ContainsFunc(places, func(p string) bool {
		p = strings.TrimLeft(p, "0123456789.+- ")
		return p == "" || !strings.Contains("dioxXeEfFgGu", p[:1])
	})
}

// isNumberFormat knows formats that take numbers alone: {n:d}, {x:.2f}, {n:,}.
func isNumberFormat(spec python.Expr) bool {
	s := ""
	if spec != nil {
		s = textOf(spec)
	}
	return s != "" && strings.ContainsRune("dfeg%,xX", rune(s[len(s)-1]))
}

// comprehension is fixed when its element is, with names of its own bound to fixed values.
func (k *constancy) comprehension(elt python.Expr, generators []*python.Comprehension, hops int) bool {
	inner := &constancy{all: k.all, scope: k.scope, markup: k.markup, known: map[string]bool{}}
	for name, v := range k.known {
		inner.known[name] = v
	}
	for _, g := range generators {
		k.bind(inner, g.Target, g.Iter, hops)
	}
	return inner.text(elt, hops)
}

// bind notes which names of a loop's target are fixed: keys of a dictionary made here are, its values are not.
func (k *constancy) bind(inner *constancy, target, iter python.Expr, hops int) {
	targets := elements(target)
	if c, ok := iter.(*python.Call); ok {
		a, method := c.Func.(*python.Attribute)
		switch {
		case method && a.Attr == "items" && len(targets) == 2:
			inner.known[plain(targets[0])] = k.keys(a.Value)
			inner.known[plain(targets[1])] = k.text(iter, hops-1)
			return
		case method && a.Attr == "keys":
			inner.known[plain(target)] = k.keys(a.Value)
			return
		case plain(c.Func) == "range", plain(c.Func) == "enumerate" && len(targets) == 2 && len(c.Args) > 0:
			fixed := plain(c.Func) == "range" || k.text(c.Args[0], hops-1)
			inner.known[plain(target)] = true
			for i, t := range targets {
				inner.known[plain(t)] = i == 0 || fixed
			}
			return
		}
	}
	fixed := k.text(iter, hops-1) || k.keys(iter)
	for _, t := range append(targets, target) {
		inner.known[plain(t)] = fixed
	}
}

// keys says whether a dictionary has only keys of the source: made here key by key, keyword arguments, or the
// fields of a model.
func (k *constancy) keys(e python.Expr) bool {
	name := plain(e)
	def := k.scope.def
	if def.Args.Kwarg != nil && def.Args.Kwarg.Arg == name {
		return true
	}
	value, ok := k.scope.local[name]
	if d, display := e.(*python.Dict); display {
		value, ok = d, true
	}
	if !ok {
		return false
	}
	switch v := value.(type) {
	case *python.Dict:
		return !slices.ContainsFunc(v.Keys, func(key python.Expr) bool { _, ok := text(key); return !ok }) && k.setByConstants(name)
	case *python.DictComp: // {key: v for key, v in data.items() if key in ALLOWED}
		return len(v.Generators) > 0 && len(v.Generators[0].Ifs) > 0 || len(v.Generators) > 0 && k.text(v.Generators[0].Iter, 3)
	case *python.Call:
		return slices.Contains([]string{"dict", "model_dump", "asdict", "_asdict", "dict_of"}, last(plain(v.Func))) || isMethod(v, "dict", "model_dump")
	}
	return false
}

func isMethod(c *python.Call, names ...string) bool {
	a, ok := c.Func.(*python.Attribute)
	return ok && slices.Contains(names, a.Attr)
}

func (k *constancy) setByConstants(name string) bool {
	fixed := true
	statements(k.scope.def.Body, func(stmt python.Stmt) {
		a, ok := stmt.(*python.Assign)
		if !ok {
			return
		}
		if sub, ok := a.Targets[0].(*python.Subscript); ok && plain(sub.Value) == name && !k.text(sub.Slice, 3) {
			fixed = false
		}
	})
	return fixed
}

// quoters return text that is safe in a query, or a number.
func quoters() []string {
	return []string{
		"int", "float", "len", "bool", "round", "sum", "min_length", "abs", "Identifier", "quote_name", "quote_ident", "quote_identifier",
		"escape_identifier", "now", "utcnow", "today", "time", "uuid4", "range", "count", "Placeholder", "Literal", "SQL", "hex", "id", "ord",
		"token_hex", "token_urlsafe", "timestamp", "isoformat", "timedelta", "date", "datetime", "hexdigest", "bindparam", "as_sql", "compile",
	}
}

func (k *constancy) call(c *python.Call, hops int) bool {
	name := plain(c.Func)
	short := last(name)
	a, method := c.Func.(*python.Attribute)
	if method {
		short = a.Attr
	}
	switch {
	case k.markup && (slices.Contains(escapers(), short) || strings.Contains(short, "escape") || strings.Contains(short, "saniti")):
		return true
	case slices.Contains(quoters(), short) || strings.Contains(short, "quote") || strings.Contains(short, "placeholder"):
		return true
	case slices.Contains([]string{"str", "list", "tuple", "sorted", "set", "reversed", "text", "dict", "dedent", "iter", "next", "zip", "map", "filter"}, short):
		return k.every(c.Args, hops)
	case method && short == "join":
		return k.every(c.Args, hops) || len(c.Args) == 1 && k.keys(c.Args[0])
	case method && short == "format":
		return k.text(a.Value, hops) && k.every(arguments(c), hops)
	case method && slices.Contains([]string{"get", "pop"}, short):
		return k.text(a.Value, hops) && (len(c.Args) < 2 || k.text(c.Args[1], hops))
	case method && short == "keys":
		return k.keys(a.Value) || k.text(a.Value, hops)
	case method && slices.Contains([]string{"upper", "lower", "strip", "rstrip", "lstrip", "values", "items", "copy", "replace", "strftime", "split", "title"}, short):
		return k.text(a.Value, hops)
	}
	return k.returned(c, hops)
}

// returned looks into a function of the project.
func (k *constancy) returned(c *python.Call, hops int) bool {
	f, owner := k.all.function(k.scope.unit, c.Func)
	if f == nil || len(f.Body) > 30 {
		return false
	}
	inner := newConstancy(k.all, &scope{function: &function{unit: owner, def: f, local: locals(f.Body)}})
	inner.param, inner.markup = true, k.markup
	found, fixed := false, true
	statements(f.Body, func(stmt python.Stmt) {
		if r, ok := stmt.(*python.Return); ok && r.Value != nil {
			found = true
			fixed = fixed && inner.text(r.Value, hops-1)
		}
	})
	return found && fixed
}
