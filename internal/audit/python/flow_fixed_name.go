package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// name says whether all values of a name are fixed.
func (k *constancy) name(name string, hops int) bool {
	if fixed, ok := k.known[name]; ok {
		return fixed
	}
	k.known[name] = true // while it is looked at
	fixed := k.lookUp(name, hops)
	k.known[name] = fixed
	return fixed
}

func (k *constancy) lookUp(name string, hops int) bool {
	if k.checked(name) || k.markup && isAmount(name) {
		return true
	}
	if a := parameterOf(k.scope.def, name); a != nil && !k.scope.top {
		return k.parameter(a, hops)
	}
	if values, fixed, ok := k.assigned(name, hops); ok {
		return fixed && k.every(values, hops-1)
	}
	u := k.scope.unit
	if e, ok := u.assigned[name]; ok {
		if u.fills(name) {
			return false
		}
		if k.scope.top {
			return k.text(e, hops-1)
		}
		return k.at(u).text(e, hops-1)
	}
	if full, ok := u.imports[name]; ok {
		if other, rest := k.all.find(full); other != nil && other.assigned[rest] != nil && other != u {
			if other.fills(rest) {
				return false
			}
			return k.at(other).text(other.assigned[rest], hops-1)
		}
	}
	return name == strings.ToUpper(name) && strings.ToLower(name) != name
}

// fills says whether a function of the file puts something into a container at its top: NAMES.append(name).
func (u *unit) fills(name string) bool {
	if !isEmpty(u.assigned[name]) {
		return false
	}
	found := false
	calls(u.module, func(c *python.Call) {
		found = found || isMethod(c, "append", "extend", "insert", "add", "update", "setdefault") && strings.HasPrefix(plain(c.Func), name+".") && len(arguments(c)) > 0
	})
	return found
}

// at looks at the top level of a file.
func (k *constancy) at(u *unit) *constancy {
	top := newConstancy(k.all, topOf(u))
	top.markup = k.markup
	return top
}

func parameterOf(f *python.FunctionDef, name string) *python.Arg {
	for _, a := range slices.Concat(f.Args.PosOnlyArgs, f.Args.Args, f.Args.KwOnlyArgs) {
		if a.Arg == name {
			return a
		}
	}
	if f.Args.Vararg != nil && f.Args.Vararg.Arg == name {
		return f.Args.Vararg
	}
	return nil
}

// assigned returns what a function gives to a name in any way: values, and whether loops give it fixed ones.
func (k *constancy) assigned(name string, hops int) (values []python.Expr, fixed, ok bool) {
	fixed = true
	statements(k.scope.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.Assign:
			for _, t := range s.Targets {
				if plain(t) == name {
					values, ok = append(values, s.Value), true
				}
				if slices.ContainsFunc(elements(t), func(e python.Expr) bool { return plain(e) == name }) {
					values, ok = append(values, unpacked(t, s.Value, name)), true
				}
			}
		case *python.AnnAssign:
			if plain(s.Target) == name && s.Value != nil {
				values, ok = append(values, s.Value), true
			}
		case *python.AugAssign:
			if plain(s.Target) == name {
				values, ok = append(values, s.Value), true
			}
		case *python.For:
			inner := &constancy{all: k.all, scope: k.scope, markup: k.markup, known: map[string]bool{}}
			k.bind(inner, s.Target, s.Iter, hops)
			if v, bound := inner.known[name]; bound {
				fixed, ok = fixed && v, true
			}
		case *python.With:
			for _, item := range s.Items {
				if plain(item.OptionalVars) == name {
					fixed, ok = false, true
				}
			}
		case *python.ExprStmt:
			if c, isCall := s.Value.(*python.Call); isCall && isMethod(c, "append", "extend", "add", "insert") && strings.HasPrefix(plain(c.Func), name+".") {
				values = append(values, c.Args...)
			}
		}
	})
	return values, fixed, ok
}

// unpacked is the value of one name of a target with several.
func unpacked(target, value python.Expr, name string) python.Expr {
	targets, values := elements(target), elements(value)
	if len(targets) == len(values) {
		for i, t := range targets {
			if plain(t) == name {
				return values[i]
			}
		}
	}
	return value
}

// checked says whether a name is compared with a list before use: "if column not in ALLOWED: raise".
func (k *constancy) checked(name string) bool {
	found := false
	check := func(test python.Expr) {
		python.Inspect(test, func(n python.Node) bool {
			c, ok := n.(*python.Compare)
			if ok && len(c.Ops) == 1 && (c.Ops[0] == python.In || c.Ops[0] == python.NotIn) && slices.Contains([]string{name, name + ".lower", name + ".upper"}, plain(callee(c.Left))) {
				found = true
			}
			if call, ok := n.(*python.Call); ok {
				short := last(plain(call.Func))
				if slices.Contains([]string{"isidentifier", "isalnum", "isdigit", "fullmatch", "match", "isnumeric"}, short) && mentions(call, name) {
					found = true
				}
			}
			return !found
		})
	}
	statements(k.scope.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.If:
			check(s.Test)
		case *python.Assert:
			check(s.Test)
		case *python.Assign:
			if e, ok := s.Value.(*python.IfExp); ok {
				check(e.Test)
			}
		case *python.ExprStmt: // validate_table(name)
			if c, ok := s.Value.(*python.Call); ok && isCheck(c) && slices.ContainsFunc(c.Args, func(a python.Expr) bool { return plain(a) == name }) {
				found = true
			}
		}
	})
	return found
}

func isCheck(c *python.Call) bool {
	w := words(last(plain(c.Func)))
	return slices.ContainsFunc(w, func(w string) bool { return slices.Contains([]string{"validate", "check", "assert", "ensure"}, w) })
}

func callee(e python.Expr) python.Expr {
	if c, ok := e.(*python.Call); ok {
		return c.Func
	}
	return e
}

// parameter is fixed when its type leaves no choice, or every caller in the project gives a fixed value.
func (k *constancy) parameter(a *python.Arg, hops int) bool {
	if isNumber(k.scope.unit, a.Annotation) {
		return true
	}
	if k.scope.route != nil || hops <= 1 {
		return false
	}
	if k.param {
		return false
	}
	f := k.scope.def
	at := slices.IndexFunc(f.Args.Args, func(x *python.Arg) bool { return x == a })
	if at > 0 && (f.Args.Args[0].Arg == "self" || f.Args.Args[0].Arg == "cls") {
		at--
	}
	found, fixed := false, true
	for _, u := range k.all.sources() {
		if !strings.Contains(u.module.Source, f.Name) {
			continue
		}
		for _, sc := range append(scopesIn(u), topOf(u)) {
			ownCallsIn(sc, func(c *python.Call) {
				if last(plain(c.Func)) != f.Name {
					return
				}
				found = true
				if given := argument(c, at, a.Arg); given != nil {
					caller := newConstancy(k.all, sc)
					caller.markup = k.markup
					fixed = fixed && caller.text(given, hops-2)
				}
			})
		}
	}
	return found && fixed
}

// scopesIn are the functions of one file, without what they are for.
func scopesIn(u *unit) (list []*scope) {
	for _, f := range functionsOf(u) {
		list = append(list, &scope{function: f})
	}
	return list
}

func ownCallsIn(sc *scope, f func(*python.Call)) {
	statements(sc.def.Body, func(stmt python.Stmt) { ownCalls(stmt, f) })
}

// attribute is fixed for names of tables and columns, enumerations, and what the class sets to fixed text.
func (k *constancy) attribute(e *python.Attribute, hops int) bool {
	name := plain(e)
	if fixed, ok := k.known[name]; ok {
		return fixed
	}
	first, _, _ := strings.Cut(name, ".")
	switch {
	case k.scope.unit.isInput(name):
		return false
	case k.markup && isAmount(name):
		return true
	case e.Attr == "value" || e.Attr == "__tablename__" || e.Attr == "db_table" || e.Attr == "__name__":
		return true
	case e.Attr == strings.ToUpper(e.Attr):
		return true
	case first == "self" || first == "cls" || k.scope.unit.classes[first] != nil:
		return k.field(e.Attr, hops) || slices.ContainsFunc(words(e.Attr), func(w string) bool {
			return slices.Contains([]string{"table", "tablename", "schema", "column", "columns", "collection", "fields", "prefix", "db", "database"}, w)
		})
	}
	other, rest := k.all.find(k.scope.unit.dotted(e))
	if other != nil && other.assigned[rest] != nil {
		return k.at(other).text(other.assigned[rest], hops-1)
	}
	return false
}

// field looks at a class's own assignments.
func (k *constancy) field(name string, hops int) bool {
	if k.scope.class == nil {
		return false
	}
	for _, stmt := range k.scope.class.Body {
		if a, ok := stmt.(*python.Assign); ok && plain(a.Targets[0]) == name {
			return k.at(k.scope.unit).text(a.Value, hops-1)
		}
	}
	return false
}
