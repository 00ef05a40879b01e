package python

import (
	"slices"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// optionalCallers finds guards of routes that change something, which let in who sends nothing: a dependency
// over a scheme with auto_error=False that answers for the missing credential.
func optionalCallers(p *audit.Pass, all *units) {
	seen := map[python.Node]bool{}
	for _, r := range webOf(p.Project).routes {
		if len(r.methods) == 0 || slices.Contains(r.methods, "GET") {
			continue
		}
		for _, g := range r.guards {
			c, ok := g.(*python.Call)
			if !ok || !isDependency(c) || argument(c, 0, "dependency") == nil {
				continue
			}
			f, owner := all.function(r.unit, argument(c, 0, "dependency"))
			if f == nil {
				continue
			}
			if at := letsNothingIn(owner, f); at != nil && !seen[at] {
				seen[at] = true
				report(p, owner, at, "who sends no credential is let in, on a route that changes something")
			}
		}
	}
}

// letsNothingIn finds "if not key: return ..." over a parameter from a scheme that does not refuse by itself.
func letsNothingIn(u *unit, f *python.FunctionDef) python.Node {
	args := f.Args.Args
	for i, a := range args {
		at := i - (len(args) - len(f.Args.Defaults))
		if at < 0 || !isDependency(f.Args.Defaults[at]) {
			continue
		}
		call, _ := f.Args.Defaults[at].(*python.Call)
		scheme, ok := u.assigned[plain(argument(call, 0, "dependency"))].(*python.Call)
		if !ok || !isFalse(keyword(scheme, "auto_error")) {
			continue
		}
		for _, s := range f.Body {
			if test, ok := s.(*python.If); ok && mentionsMissing(test.Test, a.Arg) && allows(test.Body) {
				return test
			}
		}
	}
	return nil
}

// optionalDependencies finds guards that are only there when a secret is: "[Depends(check)] if KEY else []".
func optionalDependencies(p *audit.Pass, all *units, u *unit) {
	python.Inspect(u.module, func(n python.Node) bool {
		e, ok := n.(*python.IfExp)
		if !ok {
			return true
		}
		subject, missing, ok := presence(e.Test)
		if !ok || missing || !isNothing(e.OrElse) {
			return true
		}
		depends := false
		calls(e.Body, func(c *python.Call) { depends = depends || isDependency(c) })
		if v, secret := all.secretValue(u, subject, nil); secret && depends && v.mayBeMissing() {
			report(p, u, e, "the guard is left out when "+plainOr(subject, "the secret")+" is missing")
		}
		return true
	})
}
