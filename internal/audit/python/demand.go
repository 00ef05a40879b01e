package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// demands says whether the file stops the start when a top-level name is missing: "if not KEY: raise".
func (u *unit) demands(name string) bool { return demandsIn(u.module.Body, name) }

func demandsIn(body []python.Stmt, name string) bool {
	for _, s := range body {
		switch s := s.(type) {
		case *python.If:
			if mentionsMissing(s.Test, name) && stops(s.Body) {
				return true
			}
		case *python.Assert:
			if mentions(s.Test, name) {
				return true
			}
		case *python.For: // for name in ("A", "B"): if not os.getenv(name): raise
			if stopsAnywhere(s.Body) && strings.Contains(strings.Join(strings.Fields(textOf(s.Iter)), " "), name) {
				return true
			}
		}
	}
	return false
}

// mentionsMissing is a test that holds when the name has no value: not NAME, NAME is None, len(NAME) < 16.
func mentionsMissing(e python.Expr, name string) bool {
	switch e := e.(type) {
	case *python.UnaryOp:
		return e.Op == python.Not && mentions(e.Operand, name)
	case *python.BoolOp:
		return slices.ContainsFunc(e.Values, func(v python.Expr) bool { return mentionsMissing(v, name) })
	case *python.Compare:
		return mentions(e.Left, name) && (e.Ops[0] == python.Is || e.Ops[0] == python.Eq || e.Ops[0] == python.Lt || e.Ops[0] == python.In)
	}
	return false
}

// mentions says whether a name or attribute chain occurs in an expression.
func mentions(e python.Node, name string) bool {
	found := false
	python.Inspect(e, func(n python.Node) bool {
		if x, ok := n.(python.Expr); ok && (plain(x) == name || last(plain(x)) == name && name != "") {
			found = true
		}
		return !found
	})
	return found
}

// stops says whether a block ends in raise or exit.
func stops(body []python.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch s := body[len(body)-1].(type) {
	case *python.Raise:
		return true
	case *python.ExprStmt:
		if c, ok := s.Value.(*python.Call); ok {
			return slices.Contains([]string{"sys.exit", "exit", "quit", "os._exit", "abort"}, plain(c.Func))
		}
	}
	return false
}

func stopsAnywhere(body []python.Stmt) bool {
	for _, s := range body {
		if i, ok := s.(*python.If); ok && stops(i.Body) {
			return true
		}
	}
	return stops(body)
}

func raises(body []python.Stmt) bool { return stopsAnywhere(body) }

// textOf joins the string constants of an expression.
func textOf(n python.Node) string {
	var parts []string
	python.Inspect(n, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok {
			if s, ok := text(e); ok {
				parts = append(parts, s)
			}
			if name, ok := e.(*python.Name); ok {
				parts = append(parts, name.ID)
			}
		}
		return true
	})
	return strings.Join(parts, " ")
}
