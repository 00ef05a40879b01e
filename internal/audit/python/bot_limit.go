package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// unlimitedBots finds handlers of bots that do costly work for everybody who writes, as often as they write.
func unlimitedBots(p *audit.Pass) {
	all := unitsOf(p.Project)
	handlers := botHandlers(all)
	if len(handlers) == 0 || limitedForAllChats(all) {
		return
	}
	costs := newCosts(all)
	for _, h := range handlers {
		what := costs.of(h.unit, h.def, 4)
		if what == "" || strings.HasPrefix(what, "checks") || h.limited() || h.knows() || asksLimiter(all, h.unit, h.def) {
			continue
		}
		report(p, h.unit, h.at, "the bot's handler "+h.def.Name+" "+what+", and nothing limits how often somebody may ask")
	}
}

// limited says whether a decorator, a check of its class, or the handler itself limits how often it runs.
func (h *botHandler) limited() bool {
	for _, e := range h.filter {
		if namesLimit(e) {
			return true
		}
	}
	return limitsInside(h.def) || limitsByHand(h.def) || h.class != nil && slices.ContainsFunc(h.class.Body, func(s python.Stmt) bool {
		f, ok := s.(*python.FunctionDef)
		return ok && runsBefore(f.Name) && guardsChats(f)
	})
}

// knows says whether the handler runs for people on a list alone.
func (h *botHandler) knows() bool {
	return slices.ContainsFunc(h.filter, func(e python.Expr) bool { return namesPeople(e) }) || asksForPeople(h.def)
}

// limitedForAllChats says whether the bot has a middleware or check that limits everybody, or knows whom it serves. One
// that limits what the bot sends, such as AIORateLimiter, limits nobody who asks.
func limitedForAllChats(all *units) bool {
	for _, u := range all.sources() {
		if !isBot(u) {
			continue
		}
		found := false
		calls(u.module, func(c *python.Call) { found = found || guardsAll(all, u, c) })
		for _, f := range functionsOf(u) {
			found = found || slices.ContainsFunc(f.def.DecoratorList, func(d python.Expr) bool { return runsBefore(last(calledName(d))) }) && guardsChats(f.def)
		}
		if found {
			return true
		}
	}
	return false
}

// calledName is the name of what a decorator or value calls, or its own.
func calledName(e python.Expr) string {
	if c, ok := e.(*python.Call); ok {
		return plain(c.Func)
	}
	return plain(e)
}

// runsBefore names what runs before every handler.
func runsBefore(name string) bool {
	return slices.Contains([]string{"check", "before_invoke", "middleware_handler", "interaction_check", "cog_check", "cog_before_invoke", "bot_check"}, name)
}

// guardsAll takes dp.message.middleware(Throttle()), bot.setup_middleware(...), bot.add_check(f), TypeHandler(Update, f).
func guardsAll(all *units, u *unit, c *python.Call) bool {
	var guard python.Expr
	switch name := last(plain(c.Func)); {
	case slices.Contains([]string{"middleware", "outer_middleware", "setup_middleware", "add_check"}, name), name == "setup" && strings.Contains(plain(c.Func), "middleware"):
		guard = argument(c, 0, "middleware")
	case name == "TypeHandler":
		guard = argument(c, 1, "callback")
	}
	if guard == nil {
		return false
	}
	if isLimitName(last(calledName(guard))) {
		return true
	}
	if f, _ := all.function(u, guard); f != nil {
		return guardsChats(f)
	}
	made, ok := guard.(*python.Call)
	if !ok {
		return false
	}
	class, _ := all.classOf(u, made, 2)
	return class != nil && guardsChats(class)
}

func guardsChats(n python.Node) bool {
	if f, ok := n.(*python.FunctionDef); ok && limitsInside(f) {
		return true
	}
	return limitsByHand(n) || asksForPeople(n)
}

// namesLimit says whether an expression has a name of a limiter: @commands.cooldown(1, 30), @throttled.
func namesLimit(e python.Node) bool {
	found := false
	python.Inspect(e, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok {
			name := last(plain(e))
			found = found || name != "" && (isLimitName(name) || name == "max_concurrency")
		}
		return !found
	})
	return found
}

// namesPeople says whether an expression has a name of people who are known.
func namesPeople(e python.Node) bool {
	known := []string{"admin", "admins", "owner", "owners", "allowed", "authorized", "authorised", "whitelist", "whitelisted", "allowlist", "restricted", "permitted", "permissions", "role", "roles", "staff", "operator", "operators", "moderator"}
	found := false
	python.Inspect(e, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok {
			found = found || slices.ContainsFunc(words(last(plain(e))), func(w string) bool { return slices.Contains(known, w) })
		}
		return !found
	})
	return found
}

// asksForPeople says whether a condition in a function asks who it is.
func asksForPeople(n python.Node) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		if i, ok := n.(*python.If); ok {
			found = found || namesPeople(i.Test) && !isOptionalList(i.Test)
		}
		return !found
	})
	return found
}

// isOptionalList takes "if TESTERS and user not in TESTERS": an empty list keeps nobody out.
func isOptionalList(test python.Expr) bool {
	b, ok := test.(*python.BoolOp)
	if !ok || b.Op != python.And {
		return false
	}
	return slices.ContainsFunc(b.Values, func(v python.Expr) bool {
		subject, missing, ok := presence(v)
		return ok && !missing && plain(subject) != "" && slices.ContainsFunc(b.Values, func(other python.Expr) bool {
			c, in := other.(*python.Compare)
			return in && len(c.Ops) == 1 && c.Ops[0] == python.NotIn && plain(c.Comparators[0]) == plain(subject)
		})
	})
}
