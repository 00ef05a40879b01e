package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// nonConstantTime finds secrets and signatures compared by == and !=.
func nonConstantTime(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		seen := map[int]bool{}
		for _, f := range functionsOf(u) {
			python.Inspect(f.def, func(n python.Node) bool {
				c, ok := n.(*python.Compare)
				if !ok || len(c.Ops) != 1 || c.Ops[0] != python.Eq && c.Ops[0] != python.NotEq || seen[line(c)] {
					return true
				}
				if what := leaksTime(all, f, c.Left, c.Comparators[0]); what != "" {
					seen[line(c)] = true
					report(p, u, c, what+" is compared in variable time")
				}
				return true
			})
		}
	}
}

func leaksTime(all *units, f *function, left, right python.Expr) string {
	for _, pair := range [][2]python.Expr{{left, right}, {right, left}} {
		secret, other := unwrap(pair[0]), unwrap(pair[1])
		if _, constant := other.(*python.Constant); constant || isConstantName(other) {
			continue
		}
		if isSignature(f, secret) || returnsSignature(all, f.unit, secret) || isMAC(secret) && isMAC(other) {
			return "a signature"
		}
		if v, ok := all.secretValue(f.unit, secret, f.local); ok {
			return or(v.name, "a secret")
		}
	}
	return ""
}

func isConstantName(e python.Expr) bool {
	name := last(plain(e))
	return name != "" && name == strings.ToUpper(name) && (!isSecretName(name) || strings.HasPrefix(name, "TOKEN_"))
}

// isMAC takes names and calls that say so: mac, self._sign(x).
func isMAC(e python.Expr) bool {
	name := plain(e)
	if c, ok := e.(*python.Call); ok {
		name = plain(c.Func)
	}
	w := words(last(name))
	if len(w) > 1 && slices.Contains([]string{"method", "type", "algorithm", "version", "sha1", "sha256", "sha512", "name", "base", "header", "length"}, w[len(w)-1]) {
		return false
	}
	return slices.ContainsFunc(w, func(w string) bool { return slices.Contains([]string{"mac", "hmac", "signature", "sig", "sign"}, w) })
}

// isSignature is a digest that the function computes itself by HMAC.
func isSignature(f *function, e python.Expr) bool {
	if n, ok := e.(*python.Name); ok {
		e = f.local[n.ID]
	}
	found, digest := false, false
	if e == nil {
		return false
	}
	calls(e, func(c *python.Call) {
		name := f.unit.dotted(c.Func)
		found = found || strings.HasPrefix(name, "hmac.")
		digest = digest || last(name) == "hexdigest" || last(name) == "digest" || last(name) == "b64encode" || strings.HasPrefix(name, "hmac.digest")
		if a, ok := c.Func.(*python.Attribute); ok && (a.Attr == "hexdigest" || a.Attr == "digest") {
			digest = true
			if n, ok := a.Value.(*python.Name); ok {
				if made, ok := f.local[n.ID].(*python.Call); ok && strings.HasPrefix(f.unit.dotted(made.Func), "hmac.") {
					found = true
				}
			}
		}
	})
	return found && digest
}

// returnsSignature takes a call of a function of the project that returns a digest by HMAC.
func returnsSignature(all *units, u *unit, e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok {
		return false
	}
	def, owner := all.function(u, c.Func)
	if def == nil || len(def.Body) > 12 {
		return false
	}
	inner := &function{unit: owner, def: def, local: locals(def.Body)}
	return slices.ContainsFunc(def.Body, func(s python.Stmt) bool {
		r, ok := s.(*python.Return)
		return ok && r.Value != nil && isSignature(inner, r.Value)
	})
}

// tierDenyList finds refusals of the tiers that are named, so that one that is not gets everything.
func tierDenyList(p *audit.Pass) {
	for _, u := range unitsOf(p.Project).sources() {
		for _, f := range functionsOf(u) {
			statements(f.def.Body, func(s python.Stmt) {
				subject := ""
				switch s := s.(type) {
				case *python.If:
					if denies(s.Body) && len(s.OrElse) == 0 {
						subject = lowTier(s.Test, false)
					} else if !denies(s.Body) {
						subject = lowTier(s.Test, true)
					}
				case *python.Return:
					if s.Value != nil {
						subject = lowTier(s.Value, true)
					}
				}
				if subject != "" {
					report(p, u, s, "only the tiers that are named here are refused; an unknown "+subject+" gets everything")
				}
			})
		}
	}
}

// lowTier finds a comparison of a tier with the names of low ones: that it is one of them, or none of them.
func lowTier(test python.Expr, none bool) string {
	if b, ok := test.(*python.BoolOp); ok {
		for _, v := range b.Values {
			if subject := lowTier(v, none); subject != "" {
				return subject
			}
		}
		return ""
	}
	equal, in := python.Eq, python.In
	if none {
		equal, in = python.NotEq, python.NotIn
	}
	c, ok := test.(*python.Compare)
	if !ok || len(c.Ops) != 1 || c.Ops[0] != equal && c.Ops[0] != in {
		return ""
	}
	subject := tierName(c.Left)
	names := elements(c.Comparators[0])
	if set, ok := c.Comparators[0].(*python.Set); ok {
		names = set.Elts
	}
	if c.Ops[0] == equal {
		names = []python.Expr{c.Comparators[0]}
	}
	if subject == "" || len(names) == 0 {
		return ""
	}
	for _, n := range names {
		s, ok := text(n)
		if !ok {
			s = last(plain(n)) // Tier.FREE
		}
		if !slices.Contains([]string{"free", "basic", "trial", "guest", "anonymous", "starter", "demo", "none", ""}, strings.ToLower(s)) {
			return ""
		}
	}
	return subject
}

func tierName(e python.Expr) string {
	e = unwrap(e)
	name := plain(e)
	if c, ok := e.(*python.Call); ok { // user.get("plan", "free")
		name, _ = text(argument(c, 0, ""))
	}
	if s, ok := e.(*python.Subscript); ok {
		name, _ = text(s.Slice)
	}
	for _, w := range words(name) {
		if slices.Contains([]string{"tier", "plan", "subscription", "membership"}, w) {
			return w
		}
	}
	return ""
}
