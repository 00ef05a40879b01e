package javascript

import (
	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// optionalLimits reports limits that hold only if a variable of the environment is set:
// if (limit) app.use(rateLimit({limit})).
func (f *facts) optionalLimits(p *audit.Pass) {
	seen := map[*node]bool{}
	f.each(func(u *unit, n *node) {
		if u.fragment || !n.Is(syntax.If) {
			return
		}
		subject := whenLimitSet(n.Kid(0))
		if subject == nil || !f.limitsBlock(n.Kid(1)) {
			return
		}
		v, ok := limitVariable(subject)
		if !ok || f.certain(v) || v.fallback != nil && !isNothing(v.fallback) && !isNone(v.fallback) || !limitName(v.name) || seen[v.from] {
			return
		}
		seen[v.from] = true
		f.report(p, v.from, v.name+" is no limit at all when the environment does not set it")
	})
}

// whenLimitSet returns what a condition wants to be there: x, x > 0, x !== undefined, also before &&.
func whenLimitSet(test *node) *node {
	if test.Operator(syntax.Binary, "&&") {
		return whenLimitSet(test.Kids[0])
	}
	if test.Operator(syntax.Binary, ">") && isNone(test.Kids[1]) {
		return test.Kids[0]
	}
	return whenPresent(test)
}

// isNone is 0, as a number or as text.
func isNone(n *node) bool { return n.Is(syntax.Number, syntax.String) && n.Text == "0" }

// limitVariable follows a number to its variable: Number(process.env.RATE_LIMIT), parseInt(…, 10).
func limitVariable(n *node) (variable, bool) { return limitVariableWithin(n, maxNames) }

func limitVariableWithin(n *node, depth int) (variable, bool) {
	if depth == 0 {
		return variable{}, false
	}
	n = syntax.Resolve(n)
	if n.Operator(syntax.Binary, "||", "??") {
		v, ok := limitVariableWithin(n.Kids[0], depth-1)
		if ok && v.fallback == nil {
			v.fallback = n.Kids[1]
		}
		return v, ok
	}
	if n.Operator(syntax.Unary, "+") {
		return limitVariableWithin(n.Kids[0], depth-1)
	}
	if name := syntax.Name(n.Callee()); n.Is(syntax.Call) && (name == "Number" || name == "parseInt" || name == "Number.parseInt") {
		return limitVariableWithin(n.Arg(0), depth-1)
	}
	return variableOf(n)
}

// limitsBlock says whether code answers 429, or makes or asks a limiter.
func (f *facts) limitsBlock(n *node) bool {
	return syntax.Any(n, func(k *node) bool {
		return k.Is(syntax.Number) && k.Text == "429" || k.Is(syntax.Call, syntax.New) && (limitName(syntax.Last(k.Callee())) || limitName(syntax.Path(k.Callee())))
	})
}
