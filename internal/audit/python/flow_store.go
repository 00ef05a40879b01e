package python

import "sallyport/internal/audit/syntax/python"

// stores are the names at the top of each file whose content its routes answer with: jobs[id].
type stores map[*unit]map[string]bool

func storesOf(list scopes) stores {
	found := stores{}
	for _, sc := range list {
		if !sc.answers {
			continue
		}
		if found[sc.unit] == nil {
			found[sc.unit] = map[string]bool{}
		}
		shown := func(e python.Expr) {
			for name := range sc.unit.assigned {
				if e != nil && isEmpty(sc.unit.assigned[name]) && mentions(e, name) {
					found[sc.unit][name] = true
				}
			}
		}
		statements(sc.def.Body, func(stmt python.Stmt) {
			if r, ok := stmt.(*python.Return); ok && r.Value != nil {
				shown(r.Value)
				python.Inspect(r.Value, func(n python.Node) bool {
					if name, ok := n.(*python.Name); ok {
						shown(sc.local[name.ID])
					}
					return true
				})
			}
		})
	}
	return found
}

// kept returns what a statement puts into a store: jobs[id] = ..., jobs[id]["error"] = ..., jobs[id].update(...).
func (st stores) kept(sc *scope, stmt python.Stmt) python.Expr {
	switch s := stmt.(type) {
	case *python.Assign:
		if sub, ok := s.Targets[0].(*python.Subscript); ok && st[sc.unit][root(sub)] {
			return s.Value
		}
	case *python.ExprStmt:
		if c, ok := s.Value.(*python.Call); ok && isMethod(c, "update") && st[sc.unit][root(c.Func)] && len(arguments(c)) > 0 {
			return &python.List{Elts: arguments(c)}
		}
	}
	return nil
}

// root is the name that subscripts and attributes start from.
func root(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Subscript:
		return root(e.Value)
	case *python.Attribute:
		return root(e.Value)
	}
	return ""
}
