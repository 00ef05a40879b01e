package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// likeWildcard finds patterns of LIKE that users may put wildcards into.
func likeWildcard(p *audit.Pass) {
	all := unitsOf(p.Project)
	seen := map[python.Node]bool{}
	for _, sc := range scopesOf(p.Project) {
		likeInText(p, all, sc)
		ownCallsIn(sc, func(c *python.Call) {
			if e := sc.joined(all, c); e != nil && !seen[c] {
				seen[c] = true
				report(p, sc.unit, c, "Wildcards of LIKE in "+or(plain(e), "this value")+" are not escaped: % finds everything.")
			}
			for _, e := range sc.patterns(c) {
				e = sc.pattern(e)
				if e == nil || seen[e] || sc.escapesLike(all, e) {
					continue
				}
				seen[e] = true
				report(p, sc.unit, e, "Wildcards of LIKE in this text are not escaped: % finds everything.")
			}
		})
	}
}

// joined returns the value of a user's around which the query of a call puts wildcards, or a column is asked for what it
// contains, which SQLAlchemy escapes only with autoescape; nil for none.
func (sc *scope) joined(all *units, c *python.Call) python.Expr {
	if isMethod(c, "filter", "where") {
		for _, a := range c.Args {
			inner, ok := a.(*python.Call)
			if ok && isMethod(inner, "contains", "icontains") && len(inner.Args) == 1 && keyword(inner, "autoescape") == nil && isColumn(inner) && !sc.escapesLike(all, inner.Args[0]) {
				return inner.Args[0]
			}
		}
		return nil
	}
	query := sc.query(c)
	if query == nil || len(c.Args) < 2 && len(c.Keywords) == 0 {
		return nil
	}
	for _, built := range sc.built(query) {
		t := constants(built)
		if strings.Contains(strings.ToLower(t), "escape") {
			return nil
		}
		var values []python.Expr
		for _, a := range c.Args[1:] {
			values = append(values, elementsOrSelf(a)...)
		}
		for _, e := range joinedPatterns(t, values) {
			if !sc.escapesLike(all, e) {
				return e
			}
		}
	}
	return nil
}

// isColumn takes Item.name.contains(…): a method of an attribute of a class.
func isColumn(c *python.Call) bool {
	parts := strings.Split(plain(c.Func), ".")
	return len(parts) == 3 && parts[0] != "" && strings.ToUpper(parts[0][:1]) == parts[0][:1]
}

// elementsOrSelf are the values of a display, or the one value.
func elementsOrSelf(e python.Expr) []python.Expr {
	switch e := e.(type) {
	case *python.Tuple:
		return e.Elts
	case *python.List:
		return e.Elts
	case *python.Dict:
		return e.Values
	}
	return []python.Expr{e}
}

// patterns are the values that a call may hand to LIKE.
func (sc *scope) patterns(c *python.Call) []python.Expr {
	if isMethod(c, "like", "ilike", "notlike", "not_like") && len(c.Args) > 0 && keyword(c, "escape") == nil {
		return c.Args[:1]
	}
	query := sc.query(c)
	if query == nil {
		return nil
	}
	words := ""
	for _, built := range sc.built(query) {
		words += " " + strings.ToLower(sc.spelled(built))
	}
	if !strings.Contains(words, "like") || strings.Contains(words, "escape") {
		return nil
	}
	var list []python.Expr
	for _, a := range c.Args[min(1, len(c.Args)):] {
		list = append(list, sc.bound(a)...)
	}
	for _, k := range c.Keywords {
		list = append(list, sc.bound(k.Value)...)
	}
	return list
}

// spelled is the constant text of a query, that of names it is made of included.
func (sc *scope) spelled(e python.Expr) string {
	t := textOf(e)
	python.Inspect(e, func(n python.Node) bool {
		if name, ok := n.(*python.Name); ok {
			for _, v := range sc.built(name) {
				t += " " + textOf(v)
			}
			if v := sc.unit.assigned[name.ID]; v != nil && !sc.top {
				t += " " + textOf(v)
			}
			t += " " + sc.appended(name.ID)
		}
		return true
	})
	return t
}

// appended is the text of what is appended to a list.
func (sc *scope) appended(name string) string {
	t := ""
	ownCallsIn(sc, func(c *python.Call) {
		if isMethod(c, "append", "extend") && strings.HasPrefix(plain(c.Func), name+".") {
			t += " " + textOf(c)
		}
	})
	return t
}

// bound are the single values of the parameters of a query, also of a list that is filled before.
func (sc *scope) bound(e python.Expr) []python.Expr {
	switch e := e.(type) {
	case *python.Tuple:
		return e.Elts
	case *python.List:
		return e.Elts
	case *python.Dict:
		return e.Values
	case *python.BinOp:
		return append(sc.bound(e.Left), sc.bound(e.Right)...)
	case *python.Name:
		list := []python.Expr{e}
		if v, ok := sc.local[e.ID]; ok && !sc.isText(v) {
			if _, again := v.(*python.Name); !again {
				list = append(list, elements(v)...)
				if d, ok := v.(*python.Dict); ok {
					list = append(list, d.Values...)
				}
			}
		}
		return append(list, sc.filled(e.ID)...)
	}
	return nil
}

func (sc *scope) isText(e python.Expr) bool {
	switch e.(type) {
	case *python.JoinedStr, *python.BinOp:
		return true
	}
	return false
}

// filled are the values that append, extend and += put into a list, and that keys of a dictionary get.
func (sc *scope) filled(name string) (list []python.Expr) {
	statements(sc.def.Body, func(stmt python.Stmt) {
		switch s := stmt.(type) {
		case *python.AugAssign:
			if plain(s.Target) == name {
				list = append(list, elements(s.Value)...)
			}
		case *python.Assign:
			if sub, ok := s.Targets[0].(*python.Subscript); ok && plain(sub.Value) == name {
				list = append(list, s.Value)
			}
		case *python.ExprStmt:
			if c, ok := s.Value.(*python.Call); ok && isMethod(c, "append", "extend") && strings.HasPrefix(plain(c.Func), name+".") {
				for _, a := range c.Args {
					list = append(append(list, a), elements(a)...)
				}
			}
		}
	})
	return list
}

// pattern returns the expression that puts % around a value, or nil.
func (sc *scope) pattern(e python.Expr) python.Expr {
	if name := plain(e); name != "" {
		e = sc.local[name]
	}
	switch b := e.(type) {
	case *python.JoinedStr:
		if !strings.Contains(constants(e), "%") {
			return nil
		}
	case *python.BinOp:
		if b.Op != python.Add && b.Op != python.Mod || !strings.Contains(constants(e), "%") {
			return nil
		}
	case *python.Call:
		if !isMethod(b, "format") || !strings.Contains(constants(e), "%") {
			return nil
		}
	default:
		return nil
	}
	return e
}

// escapesLike says whether what stands in a pattern is fixed, or is escaped before.
func (sc *scope) escapesLike(all *units, e python.Expr) bool {
	if newConstancy(all, sc).text(e, maxHops) {
		return true
	}
	escaped := false
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			escaped = escaped || escapesPattern(n)
		case *python.Name:
			if strings.Contains(strings.ToLower(n.ID), "escape") || strings.HasPrefix(n.ID, "safe") {
				escaped = true
			}
			for _, v := range sc.built(n) {
				calls(v, func(c *python.Call) { escaped = escaped || escapesPattern(c) })
			}
		}
		return !escaped
	})
	return escaped
}

func escapesPattern(c *python.Call) bool {
	name := strings.ToLower(last(plain(c.Func)))
	if a, ok := c.Func.(*python.Attribute); ok && a.Attr == "replace" {
		t, _ := firstText(c)
		return t == "%" || t == "_"
	}
	return slices.ContainsFunc([]string{"escape", "like", "sanitize"}, func(w string) bool { return strings.Contains(name, w) })
}
