package python

import (
	"slices"

	"sallyport/internal/audit/syntax/python"
)

// limitsByHand says whether code counts uses or time itself: a cooldown, a quota, a counter in a store.
func limitsByHand(n python.Node) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Compare:
			found = found || countsUses(n) || slices.ContainsFunc(append([]python.Expr{n.Left}, n.Comparators...), measuresTime)
		case *python.Call:
			found = found || slices.Contains([]string{"incr", "incrby", "hincrby", "zremrangebyscore"}, last(plain(n.Func)))
		case *python.With:
			found = found || slices.ContainsFunc(n.Items, func(i *python.WithItem) bool { return namesLimit(i.ContextExpr) })
		case *python.If:
			found = found || namesLimit(n.Test)
		}
		return !found
	})
	return found
}

// asksLimiter says whether a condition of the code asks a function of the project that limits: if mailer.allowed(user).
func asksLimiter(all *units, u *unit, n python.Node) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		if i, ok := n.(*python.If); ok {
			calls(i.Test, func(c *python.Call) {
				f, _ := all.callee(u, c)
				found = found || f != nil && (limitsInside(f) || limitsByHand(f))
			})
		}
		return !found
	})
	return found
}

// measuresTime takes now - last: how long ago somebody was here.
func measuresTime(e python.Expr) bool {
	b, ok := e.(*python.BinOp)
	if !ok || b.Op != python.Sub {
		return false
	}
	name := last(calledName(b.Left))
	return slices.Contains([]string{"time", "monotonic", "perf_counter", "now", "utcnow", "today", "current_time"}, name)
}

// countsUses takes comparisons of a count with what is allowed: used[user] >= MAX_PER_DAY, len(stamps) > LIMIT, but
// no length of a text.
func countsUses(c *python.Compare) bool {
	sides := append([]python.Expr{c.Left}, c.Comparators...)
	bound := slices.ContainsFunc(sides, func(e python.Expr) bool { return hasWordOf(e, "limit", "max", "quota", "allowance", "per", "free") })
	counted := slices.ContainsFunc(sides, func(e python.Expr) bool {
		return hasWordOf(e, "count", "counts", "counter", "used", "uses", "usage", "requests", "calls", "hits", "attempts", "stamps", "timestamps", "times", "today", "daily", "generations", "questions", "queries")
	})
	own := slices.ContainsFunc(sides, func(e python.Expr) bool {
		return hasWordOf(e, "quota", "cooldown", "credits", "credit", "remaining", "balance", "usage")
	})
	return own || counted && (bound || slices.ContainsFunc(sides, isPositive))
}

func isPositive(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return ok && c.Kind == python.Int && c.Value != "0"
}

// hasWordOf says whether a name in an expression, or a key of text, has one of the words.
func hasWordOf(e python.Node, list ...string) bool {
	found := false
	python.Inspect(e, func(n python.Node) bool {
		name := ""
		switch n := n.(type) {
		case *python.Constant:
			name, _ = text(n)
		case python.Expr:
			name = last(plain(n))
		}
		found = found || slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(list, w) })
		return !found
	})
	return found
}
