package javascript

import (
	"fmt"
	"slices"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// condAuthSkip reports checks that are skipped, or pass, when what they compare with is missing.
func condAuthSkip(p *audit.Pass) {
	f := factsOf(p.Project)
	s := &skipFinder{facts: f, pass: p, done: map[*node]bool{}}
	f.each(func(u *unit, n *node) {
		switch {
		case n.Operator(syntax.Binary, "&&"):
			s.conjunction(n)
		case n.Operator(syntax.Binary, "||"):
			s.disjunction(n)
		case n.Is(syntax.Conditional):
			s.conditional(n)
		case n.Is(syntax.If):
			s.branch(n)
		}
	})
	f.each(func(u *unit, n *node) {
		switch {
		case n.Operator(syntax.Binary, "==", "===", "!=", "!=="):
			s.comparison(n)
		case n.Is(syntax.Call):
			s.options(n)
		}
	})
}

type skipFinder struct {
	facts *facts
	pass  *audit.Pass
	done  map[*node]bool // places that were reported, and comparisons in them
}

func (s *skipFinder) report(at *node, name string, comparison *node) {
	if s.done[at] || s.done[comparison] || comparison != nil && !s.asksCaller(comparison) {
		return
	}
	s.done[at] = true
	if comparison != nil {
		s.done[comparison] = true
	}
	message := fmt.Sprintf("the check is skipped when %s is missing", name)
	if comparison != nil && !mentionsVariable(comparison) {
		s.facts.report(s.pass, at, message, severity(finding.Medium), confidence(finding.Likely)) // an option of whoever calls
		return
	}
	s.facts.report(s.pass, at, message)
}

// mentionsVariable says whether a part of a comparison comes from the environment.
func mentionsVariable(comparison *node) bool {
	return syntax.Any(comparison, func(k *node) bool {
		_, ok := variableOf(k)
		return ok
	})
}

// secret returns the name of what is compared with: an unchecked variable of the environment, or an optional
// setting of such a name.
func (s *skipFinder) secret(n *node) (string, bool) {
	if v, ok := variableOf(n); ok {
		return v.name, allowName(v.name) && !s.facts.certain(v) && !hasText(v.fallback)
	}
	n = syntax.Resolve(n)
	if n.Is(syntax.Member) && secretName(n.Name) && !fromRequest(n) && isSettings(n.Kids[0]) {
		return n.Name, true
	}
	return "", false
}

// hasText says whether a default is there and is not empty.
func hasText(n *node) bool {
	if n == nil {
		return false
	}
	text, ok := syntax.Constant(n)
	if ok {
		return text != ""
	}
	n = syntax.Resolve(n)
	return !isNothing(n) && !n.Is(syntax.Null) && !n.Is(syntax.Array)
}

func isSettings(n *node) bool {
	return hasWord(syntax.Last(n), "config", "options", "opts", "settings", "cfg", "conf", "env", "props")
}

// compared returns the comparison with a secret in an expression, or nil.
func (s *skipFinder) compared(n *node, secret *node) *node {
	var found *node
	syntax.Walk(n, func(k *node) bool {
		if found != nil || k.Is(syntax.Function) {
			return false
		}
		switch {
		case k.Operator(syntax.Binary, "==", "===", "!=", "!=="):
			if (sameValue(k.Kids[0], secret) || sameValue(k.Kids[1], secret)) && !isNothing(k.Kids[0]) && !isNothing(k.Kids[1]) {
				found = k
			}
		case k.Is(syntax.Call) && comparesByCall(k):
			if syntax.Any(k, func(a *node) bool { return a != k && sameValue(a, secret) }) {
				found = k
			}
		}
		return found == nil
	})
	return found
}

func comparesByCall(n *node) bool {
	last := syntax.Last(n.Callee())
	return slices.Contains([]string{"includes", "has", "timingSafeEqual", "safeEqual", "safeCompare", "secureCompare", "compare", "compareSync", "indexOf", "some", "find", "equals", "verify"}, last) ||
		hasWord(last, "verify", "check", "validate", "compare", "equal", "matches", "valid", "authorized", "allowed")
}

// sameValue says whether two expressions stand for the same thing.
func sameValue(a, b *node) bool {
	if a == nil || b == nil {
		return false
	}
	va, ok := variableOf(a)
	vb, also := variableOf(b)
	if ok && also {
		return va.name == vb.name
	}
	if a.Is(syntax.Template) {
		return slices.ContainsFunc(a.Kids, func(k *node) bool { return sameValue(k, b) })
	}
	name := syntax.Path(a)
	return name != "" && name == syntax.Path(b) && !a.Is(syntax.Call)
}

// conjunction finds SECRET && given !== SECRET.
func (s *skipFinder) conjunction(n *node) {
	present := whenPresent(lastOperand(n.Kids[0]))
	if present == nil {
		return
	}
	name, ok := s.secret(present)
	if !ok || !decides(n) {
		return
	}
	if c := s.compared(n.Kids[1], present); c != nil && negative(c, n.Kids[1]) {
		s.report(n, name, c)
	}
}

func lastOperand(n *node) *node {
	for n.Operator(syntax.Binary, "&&") {
		n = n.Kids[1]
	}
	return n
}

// negative says whether a comparison inside an expression finds what is wrong: a !== b, !same(a, b).
func negative(c, within *node) bool {
	if c.Operator(syntax.Binary, "!=", "!==") {
		return true
	}
	for n := c; n != nil; n = n.Parent {
		if n.Parent.Operator(syntax.Unary, "!") || n.Parent.Operator(syntax.Binary, "<") || n.Parent.Operator(syntax.Binary, "===") && n.Parent.Kids[1].Is(syntax.Bool) {
			return true
		}
		if n == within {
			break
		}
	}
	return false
}

// decides says whether the value of an expression decides whether somebody is refused.
func decides(n *node) bool {
	top := n
	for top.Parent.Is(syntax.Binary) && (top.Parent.Name == "&&" || top.Parent.Name == "||") {
		top = top.Parent
	}
	switch p := top.Parent; {
	case p.Is(syntax.If):
		return p.Kids[0] == top && (denies(p.Kids[1]) || p.Kids[2] != nil && denies(p.Kids[2]) || refusesQuietly(p.Kids[1]))
	case p.Is(syntax.Return, syntax.Declarator, syntax.Conditional):
		return true
	case p.Is(syntax.Function):
		return true
	}
	return false
}

// refusesQuietly says whether code only leaves the function, as a bot does that ignores strangers.
func refusesQuietly(n *node) bool {
	if n.Is(syntax.Block) && len(n.Kids) > 0 {
		n = n.Kids[len(n.Kids)-1]
	}
	return n.Is(syntax.Return)
}

// disjunction finds !SECRET || given === SECRET, where true lets in.
func (s *skipFinder) disjunction(n *node) {
	left := n.Kids[0]
	for left.Operator(syntax.Binary, "||") {
		left = left.Kids[1]
	}
	missing := whenMissing(left)
	if missing == nil {
		return
	}
	name, ok := s.secret(missing)
	if !ok {
		return
	}
	c := s.compared(n.Kids[1], missing)
	if c == nil || negative(c, n.Kids[1]) {
		return
	}
	if p := n.Parent; p.Is(syntax.If) && denies(p.Kids[1]) {
		return
	}
	s.report(n, name, c)
}

// conditional finds SECRET ? given === SECRET : true.
func (s *skipFinder) conditional(n *node) {
	secret, check, other := whenPresent(n.Kids[0]), n.Kids[1], n.Kids[2]
	if secret == nil {
		secret, check, other = whenMissing(n.Kids[0]), n.Kids[2], n.Kids[1]
	}
	if secret == nil || !other.Is(syntax.Bool) || other.Name != "true" {
		if other == nil || !permits(other) {
			return
		}
	}
	name, ok := s.secret(secret)
	if !ok {
		return
	}
	c := s.compared(check, secret)
	if c != nil || authName(syntax.Last(check)) {
		s.report(n, name, c)
	}
}

// permits says whether an expression is a middleware that lets everybody pass: (req, res, next) => next().
func permits(n *node) bool {
	return n.Is(syntax.Function) && n.Body() != nil && syntax.Any(n.Body(), func(k *node) bool { return k.Is(syntax.Call) && syntax.Name(k.Callee()) == "next" }) && !denies(n.Body())
}

// branch finds if (SECRET) { compare, deny } and if (!SECRET) return next().
func (s *skipFinder) branch(n *node) {
	if present := whenPresent(n.Kids[0]); present != nil && (n.Kids[2] == nil || !denies(n.Kids[2])) {
		if name, ok := s.secret(present); ok && !s.followed(n) {
			s.nested(n, present, name)
		}
	}
	s.switchedOff(n)
	missing := whenMissing(n.Kids[0])
	if missing == nil || denies(n.Kids[1]) || !letsPass(n.Kids[1]) {
		return
	}
	name, ok := s.secret(missing)
	fn := n.Enclosing(syntax.Function)
	if !ok || fn == nil {
		return
	}
	if c := s.compared(fn.Body(), missing); c != nil || authName(fn.Name) || s.protects(fn, missing) {
		s.report(n, name, c)
	}
}

// switchedOff finds if (process.env.AUTH !== "on") return next() before a check: it is off when nobody said
// anything.
func (s *skipFinder) switchedOff(n *node) {
	test := n.Kids[0]
	fn := n.Enclosing(syntax.Function)
	if fn == nil || !test.Operator(syntax.Binary, "!==", "!=") || denies(n.Kids[1]) || !letsPass(n.Kids[1]) {
		return
	}
	v, ok := variableOf(test.Kids[0])
	text, constant := syntax.Constant(test.Kids[1])
	if !ok || !constant || text == "" || v.fallback != nil || s.facts.certain(v) || stageName(v.name) && setsStage(n.File()) {
		return
	}
	if syntax.Any(fn.Body(), func(k *node) bool { return k.Is(syntax.Number) && (k.Text == "401" || k.Text == "403") }) {
		s.report(n, v.name, nil)
	}
}

// protects says whether the rest of a function uses the secret to refuse.
func (s *skipFinder) protects(fn, secret *node) bool {
	if v, ok := variableOf(secret); ok && outbound(v.name) || !judges(fn) {
		return false
	}
	uses := 0
	syntax.Walk(fn.Body(), func(k *node) bool {
		if sameValue(k, secret) {
			uses++
			return false
		}
		return true
	})
	return uses > 1 && (denies(fn.Body()) || s.givesVerdict(fn))
}

// judges says whether a function is by its name or parameters one that decides about a request.
func judges(fn *node) bool {
	return hasWord(fn.Name, "verify", "verified", "valid", "validate", "check", "auth", "authorized", "signature", "guard", "allowed", "protect", "ok") ||
		slices.ContainsFunc(fn.Params(), func(p *node) bool {
			return hasWord(p.Name, "req", "request", "ctx", "headers", "signature", "next", "c")
		})
}

// givesVerdict says whether a function returns the result of a comparison.
func (s *skipFinder) givesVerdict(fn *node) bool {
	found := false
	eachReturn(fn, func(v *node) {
		found = found || syntax.Any(v, func(k *node) bool {
			return k.Operator(syntax.Binary, "===", "==") || k.Is(syntax.Call) && comparesByCall(k)
		})
	})
	return found
}

// nested finds the comparison inside if (SECRET) { … }.
func (s *skipFinder) nested(n, secret *node, name string) {
	var found *node
	syntax.Own(n.Kids[1], func(k *node) bool {
		if k.Is(syntax.If) && found == nil {
			if c := s.compared(k.Kids[0], secret); c != nil && (denies(k.Kids[1]) || k.Kids[2] != nil && denies(k.Kids[2])) {
				found = c
			}
		}
		return found == nil
	})
	if found == nil {
		found = s.guardUse(n.Kids[1], secret)
	}
	if found != nil {
		s.report(n, name, found)
	}
}

// guardUse finds if (SECRET) app.use(requireKey(SECRET)).
func (s *skipFinder) guardUse(n, secret *node) *node {
	var found *node
	syntax.Own(n, func(k *node) bool {
		if k.Is(syntax.Call) && (syntax.Last(k.Callee()) == "use" || syntax.Last(k.Callee()) == "addHook") && found == nil {
			for _, a := range k.Args() {
				if authName(syntax.Last(a)) || syntax.Any(a, func(x *node) bool { return sameValue(x, secret) }) && denies(a) || a.Is(syntax.Function) && denies(a.Body()) {
					found = k
				}
			}
		}
		return found == nil
	})
	return found
}

// followed says whether the code after an if refuses whoever did not return in it.
func (s *skipFinder) followed(n *node) bool {
	if !returnsInside(n.Kids[1]) {
		return false
	}
	block, after := n.Parent, false
	if !block.Is(syntax.Block) {
		return false
	}
	for _, k := range block.Kids {
		if after && denies(k) && k.Is(syntax.Return, syntax.Throw, syntax.ExpressionStatement) {
			return true
		}
		after = after || k == n
	}
	return false
}

func returnsInside(n *node) bool {
	found := false
	syntax.Own(n, func(k *node) bool {
		found = found || k.Is(syntax.Return) && !denies(k)
		return true
	})
	return found
}
