package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// missingRateLimit finds routes that do costly work, and that nothing limits.
func missingRateLimit(p *audit.Pass) {
	unlimitedRoutes(p)
	unlimitedBots(p)
	unlimitedPages(p)
	sharedLimits(p)
	forgedKeys(p)
	optionalLimits(p)
}

func unlimitedRoutes(p *audit.Pass) {
	all, w := unitsOf(p.Project), webOf(p.Project)
	if limitedForAll(all) {
		return
	}
	costs := newCosts(all)
	for _, r := range w.routes {
		if r.socket || isLimited(all, r) {
			continue
		}
		what := costs.of(r.unit, r.handler, 3)
		if what == "" && (isCredentialRoute(r) || r.comparesCode()) {
			what = "checks a password or code"
		}
		if what != "" {
			report(p, r.unit, routeNode(r), or(r.path, r.handler.Name)+" "+what+", and nothing limits how often")
		}
	}
}

// isCredentialRoute takes routes to which somebody sends a password or code to guess.
func isCredentialRoute(r *route) bool {
	if !slices.Contains(r.methods, "POST") {
		return false
	}
	segments := strings.FieldsFunc(strings.ToLower(r.path), func(c rune) bool { return c == '/' || c == '-' || c == '_' })
	return slices.ContainsFunc(segments, func(s string) bool { return slices.Contains([]string{"login", "signin", "otp", "2fa"}, s) })
}

// limitedForAll says whether a limiter is applied to the whole program: a middleware, or defaults of a
// limiter that is bound to the app. A limiter that is only made limits nothing.
func limitedForAll(all *units) bool {
	found := false
	for _, u := range all.sources() {
		calls(u.module, func(c *python.Call) {
			name := last(u.dotted(c.Func))
			switch {
			case name == "add_middleware" || name == "Middleware":
				first := argument(c, 0, "middleware_class")
				found = found || first != nil && isLimitName(last(u.dotted(first))) && (last(u.dotted(first)) != "SlowAPIMiddleware" || u.limiterDefaults(all))
			case name == "Limiter" && strings.HasPrefix(u.dotted(c.Func), "flask_limiter"):
				found = found || hasLimits(c)
			}
		})
		for _, f := range functionsOf(u) {
			if isMiddleware(u, f) && (isLimitName(f.def.Name) || limitsInside(f.def) || f.class != nil && isLimitName(f.class.Name)) {
				found = true
			}
		}
		if rest, ok := u.assigned["REST_FRAMEWORK"].(*python.Dict); ok && lookup(rest, "DEFAULT_THROTTLE_CLASSES") != nil {
			found = true
		}
	}
	return found
}

// limiterDefaults says whether a slowapi limiter of the project has default limits.
func (u *unit) limiterDefaults(all *units) bool {
	found := false
	for _, other := range all.sources() {
		calls(other.module, func(c *python.Call) {
			if last(other.dotted(c.Func)) == "Limiter" && hasLimits(c) {
				found = true
			}
		})
	}
	return found
}

// hasLimits says whether a limiter is made with limits for everything; an empty list is none.
func hasLimits(c *python.Call) bool {
	for _, name := range []string{"default_limits", "application_limits"} {
		if e := keyword(c, name); e != nil && !isEmpty(e) {
			return true
		}
	}
	return false
}

func isLimitName(name string) bool {
	w := strings.Join(words(name), "")
	for _, part := range []string{"ratelimit", "throttl", "slowapi", "limiter", "quota", "cooldown", "floodcontrol", "toomanyrequests"} {
		if strings.Contains(w, part) {
			return true
		}
	}
	return false
}

// isLimited looks at decorators, dependencies and calls of the handler.
func isLimited(all *units, r *route) bool {
	for _, g := range append(slices.Clone(r.guards), r.handler.DecoratorList...) {
		limited := false
		python.Inspect(g, func(n python.Node) bool {
			if e, ok := n.(python.Expr); ok {
				name := plain(e)
				limited = limited || isLimitName(name) || strings.HasSuffix(name, ".limit") || strings.Contains(strings.ToLower(last(name)), "rate")
			}
			return !limited
		})
		if limited || limitsAsDependency(all, r.unit, g) {
			return true
		}
	}
	return limitsInside(r.handler)
}

// limitsAsDependency takes Depends(slowly) and @slowly of the project's own, which count calls themselves.
func limitsAsDependency(all *units, u *unit, guard python.Expr) bool {
	if c, ok := guard.(*python.Call); ok && isDependency(c) {
		guard = argument(c, 0, "dependency")
	}
	if guard == nil {
		return false
	}
	if f, _ := all.function(u, callee(guard)); f != nil {
		return limitsInside(f)
	}
	if made, ok := u.assigned[plain(guard)].(*python.Call); ok {
		guard = made
	}
	made, ok := guard.(*python.Call)
	if !ok {
		return false
	}
	class, owner := all.classOf(u, made, 2)
	if class == nil {
		return false
	}
	f := owner.functions[class.Name+".__call__"]
	return f != nil && limitsInside(f)
}

// limitsInside says whether a function asks a limiter itself, or answers 429.
func limitsInside(f *python.FunctionDef) bool {
	found := false
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			name := plain(n.Func)
			object := strings.TrimSuffix(name, "."+last(name)) // login_limit.spend(...), but not query.limit(10)
			found = found || isLimitName(name) || object != name && slices.Contains(words(object), "limit") || strings.Contains(strings.Join(words(last(name)), " "), "rate limit")
		case *python.Constant:
			found = found || n.Kind == python.Int && n.Value == "429"
		case *python.Attribute:
			found = found || strings.Contains(n.Attr, "429")
		}
		return !found
	})
	return found
}

// callee finds the function of the project that a call runs, also methods of objects made from its classes.
func (all *units) callee(u *unit, c *python.Call) (*python.FunctionDef, *unit) {
	if f, owner := all.function(u, c.Func); f != nil {
		return f, owner
	}
	a, ok := c.Func.(*python.Attribute)
	if !ok {
		return nil, nil
	}
	made, ok := u.assigned[plain(a.Value)].(*python.Call)
	owner := u
	if !ok {
		other, rest := all.find(u.dotted(a.Value))
		if other == nil {
			return nil, nil
		}
		if made, ok = other.assigned[rest].(*python.Call); !ok {
			return nil, nil
		}
		owner = other
	}
	class, where := all.classOf(owner, made, 2)
	if class == nil {
		return nil, nil
	}
	return where.functions[class.Name+"."+a.Attr], where
}
