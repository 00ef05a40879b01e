package python

import (
	"slices"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// optionalLimits finds limits that hold only if a variable of the environment is set: no variable, no limit.
func optionalLimits(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		scopes := map[*python.If]*function{}
		for _, f := range functionsOf(u) {
			python.Inspect(f.def, func(n python.Node) bool {
				if i, ok := n.(*python.If); ok {
					scopes[i] = f
				}
				return true
			})
		}
		seen := map[python.Node]bool{}
		python.Inspect(u.module, func(n python.Node) bool {
			i, ok := n.(*python.If)
			if !ok {
				return true
			}
			var local map[string]python.Expr
			if f := scopes[i]; f != nil {
				local = f.local
			}
			v, name := all.whetherLimited(u, i, local)
			if v == nil || seen[v.defined] {
				return true
			}
			seen[v.defined] = true
			report(p, v.unit, v.defined, name+" is no limit at all when the environment does not set it")
			return true
		})
	}
}

// whetherLimited returns the value of the environment on which a limit hangs, if one does: if LIMIT: app.add_middleware(…),
// if LIMIT and used > LIMIT: raise HTTPException(429).
func (all *units) whetherLimited(u *unit, i *python.If, local map[string]python.Expr) (*value, string) {
	for _, part := range conjuncts(i.Test) {
		subject := whenSet(part)
		name := last(plain(subject))
		if subject == nil || !isLimitSetting(name) || !limitsBlock(i) {
			continue
		}
		v, found := all.origin(u, subject, local)
		if found && v.env && v.defined != nil && (v.none || v.def == nil || isZero(v.def)) && !u.demands(name) {
			return &v, name
		}
	}
	return nil, ""
}

func conjuncts(test python.Expr) []python.Expr {
	if b, ok := test.(*python.BoolOp); ok && b.Op == python.And {
		return b.Values
	}
	return []python.Expr{test}
}

// whenSet returns what a test wants to be set: X, X > 0, X is not None; nil for any other test.
func whenSet(test python.Expr) python.Expr {
	switch e := test.(type) {
	case *python.Name, *python.Attribute:
		return e
	case *python.Compare:
		if len(e.Ops) == 1 && (e.Ops[0] == python.Gt && isZero(e.Comparators[0]) || e.Ops[0] == python.IsNot) {
			return e.Left
		}
	}
	return nil
}

func isZero(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && (c.Value == "0" || c.Value == "" || c.Kind == python.None || c.Kind == python.False)
}

// isLimitSetting takes names such as RATE_LIMIT, rate_limit_per_minute, MAX_REQUESTS, REQUESTS_PER_MINUTE.
func isLimitSetting(name string) bool {
	w := words(name)
	has := func(list ...string) bool {
		return slices.ContainsFunc(w, func(x string) bool { return slices.Contains(list, x) })
	}
	return isLimitName(name) || has("requests", "calls", "rate") && has("max", "limit", "per", "minute", "hour", "day") || has("rpm", "quota")
}

// limitsBlock says whether the block of a condition limits: it answers 429, or adds or asks a limiter.
func limitsBlock(i *python.If) bool {
	return slices.ContainsFunc(i.Body, func(s python.Stmt) bool {
		found := false
		python.Inspect(s, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Constant:
				found = found || n.Kind == python.Int && n.Value == "429"
			case *python.Name:
				found = found || isLimitName(n.ID)
			case *python.Attribute:
				found = found || isLimitName(n.Attr)
			}
			return !found
		})
		return found
	})
}
