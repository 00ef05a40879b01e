package javascript

import (
	"fmt"
	"slices"

	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// comparison finds given !== process.env.SECRET where neither side is known to be there: nothing equals
// nothing, and "Bearer undefined" equals `Bearer ${undefined}`.
func (s *skipFinder) comparison(n *node) {
	for i, secret := range n.Kids {
		given := n.Kids[1-i]
		v, template := s.expected(secret)
		if v.name == "" || s.done[n] || !allowName(v.name) || !secretName(v.name) || hasText(v.fallback) || s.facts.certain(v) {
			continue
		}
		if !decides(n) || presentBeside(n, v) || !s.fromOutside(given) || s.checkedBefore(n, v) || !template && s.presentInTest(n, given) {
			continue
		}
		message := fmt.Sprintf("when %s is missing a request without a value passes: nothing equals nothing", v.name)
		if template {
			message = fmt.Sprintf("when %s is missing the text \"undefined\" in its place passes", v.name)
		}
		s.done[n] = true
		s.facts.report(s.pass, n, message, severity(finding.High))
		return
	}
}

// presentBeside says whether a comparison holds only together with a test that the variable is there.
func presentBeside(n *node, v variable) bool {
	for child, p := n, n.Parent; p.Is(syntax.Binary); child, p = p, p.Parent {
		if p.Name != "&&" || p.Kids[1] != child {
			continue
		}
		other, ok := variableOf(whenPresent(lastOperand(p.Kids[0])))
		if ok && other.name == v.name {
			return true
		}
	}
	return false
}

// expected returns the variable that one side of a comparison is, and whether it stands in a template.
func (s *skipFinder) expected(n *node) (variable, bool) {
	if v, ok := variableOf(n); ok {
		return v, false
	}
	n = syntax.Resolve(n)
	if n.Is(syntax.Template) || n.Operator(syntax.Binary, "+") {
		for _, k := range n.Kids {
			if v, ok := variableOf(k); ok {
				return v, true
			}
		}
	}
	return variable{}, false
}

// fromOutside says whether a value is what a stranger sends.
func (s *skipFinder) fromOutside(n *node) bool {
	if _, ok := variableOf(n); ok {
		return false
	}
	if _, ok := syntax.Constant(n); ok || isNothing(n) {
		return false
	}
	o := s.facts.tracer(func(*node, string) bool { return false }).origin(n)
	return o == user || o == unknown && (secretName(syntax.Last(n)) || hasWord(syntax.Last(n), "key", "auth", "header", "authorization", "provided", "given", "signature", "get"))
}

// presentInTest says whether the same test, or one before it in the function, refuses a missing value.
func (s *skipFinder) presentInTest(n, given *node) bool {
	name := syntax.Path(given)
	if name == "" {
		return false
	}
	fn := n.Enclosing(syntax.Function, syntax.Program)
	return syntax.Any(fn, func(k *node) bool {
		if k.Line > n.Line || k.Inside(n) {
			return false
		}
		m := whenMissing(k)
		if m == nil && k.Parent.Operator(syntax.Binary, "&&") && k.Parent.Kids[0] == k {
			m = whenPresent(k)
		}
		if m == nil && k.Is(syntax.If) {
			m = whenPresent(k.Kids[0])
		}
		return m != nil && syntax.Path(m) == name
	})
}

// checkedBefore says whether the code before refuses to work without the variable.
func (s *skipFinder) checkedBefore(n *node, v variable) bool {
	found := false
	for fn := n.Enclosing(syntax.Function, syntax.Program); fn != nil; fn = fn.Enclosing(syntax.Function, syntax.Program) {
		syntax.Own(fn, func(k *node) bool {
			if k.Is(syntax.If) && k.Line <= n.Line && (denies(k.Kids[1]) || stops(k.Kids[1])) {
				found = found || mentionsMissing(k.Kids[0], v.name)
			}
			return !found
		})
	}
	return found
}

// mentionsMissing says whether a test is true when a variable is missing.
func mentionsMissing(test *node, name string) bool {
	if test.Operator(syntax.Binary, "||") {
		return mentionsMissing(test.Kids[0], name) || mentionsMissing(test.Kids[1], name)
	}
	missing := whenMissing(test)
	v, ok := variableOf(missing)
	return missing != nil && ok && v.name == name
}

// options finds jwt.verify(token, key, {audience: process.env.AUDIENCE}): an undefined option is not checked.
func (s *skipFinder) options(n *node) {
	last := syntax.Last(n.Callee())
	if !slices.Contains([]string{"verify", "jwtVerify", "expressjwt", "verifyIdToken", "auth"}, last) {
		return
	}
	for _, a := range n.Args() {
		o := syntax.Resolve(a)
		for _, key := range []string{"audience", "issuer"} {
			v, ok := variableOf(o.Property(key))
			if ok && v.fallback == nil && !s.facts.certain(v) {
				s.report(o.Property(key), v.name, nil)
			}
		}
	}
}

// letsPass says whether code goes on to what is protected: return next(), return true, return.
func letsPass(n *node) bool {
	found := false
	syntax.Own(n, func(k *node) bool {
		switch {
		case k.Is(syntax.Return):
			v := k.Kids[0]
			found = found || v == nil || v.Is(syntax.Bool) && v.Name == "true" || v.Is(syntax.Null) || v.Is(syntax.Call, syntax.Await) && slices.Contains([]string{"next", "handler", "fn"}, syntax.Last(v)) ||
				v.Is(syntax.Object) && isTrue(v.Property("ok"), v.Property("valid"), v.Property("authorized"), v.Property("authenticated"), v.Property("success"))
		case k.Is(syntax.Call) && syntax.Name(k.Callee()) == "next" && len(k.Args()) == 0:
			found = true
		}
		return !found
	})
	return found
}

func isTrue(values ...*node) bool {
	return slices.ContainsFunc(values, func(v *node) bool { return v.Is(syntax.Bool) && v.Name == "true" })
}

// asksCaller says whether a comparison may be one of what a caller sent: it stands in a function that decides about
// requests, or refuses, or looks at something that is sent or named like it. What was kept or read from a file is neither.
func (s *skipFinder) asksCaller(comparison *node) bool {
	if !comparison.Operator(syntax.Binary, "==", "===", "!=", "!==") {
		return true
	}
	for fn := comparison.Enclosing(syntax.Function); fn != nil; fn = fn.Enclosing(syntax.Function) {
		if judges(fn) || authName(fn.Name) || refusesCaller(fn) {
			return true
		}
	}
	return slices.ContainsFunc(comparison.Kids, func(k *node) bool {
		return s.fromOutside(k) && (hasWord(syntax.Last(k), "given", "provided", "sent", "supplied", "received", "incoming", "header", "authorization", "bearer") ||
			s.facts.tracer(func(*node, string) bool { return false }).origin(k) == user)
	})
}

// refusesCaller says whether a function answers with 401 or 403, or hands on to a next one.
func refusesCaller(fn *node) bool {
	return syntax.Any(fn.Body(), func(k *node) bool {
		return k.Is(syntax.Number) && (k.Text == "401" || k.Text == "403") || k.Is(syntax.Call) && syntax.Name(k.Callee()) == "next"
	})
}
