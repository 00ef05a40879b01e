package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// condAuthSkip finds checks that do not happen, or always hold, when the secret is missing.
func condAuthSkip(p *audit.Pass) {
	all := unitsOf(p.Project)
	for _, u := range all.sources() {
		for _, f := range functionsOf(u) {
			c := &skipCheck{pass: p, all: all, f: f, seen: map[int]bool{}}
			c.body(f.def.Body)
			c.expressions(f.def)
			c.blankKey()
		}
		optionalDependencies(p, all, u)
	}
	optionalCallers(p, all)
}

// skipCheck looks at one function.
type skipCheck struct {
	pass *audit.Pass
	all  *units
	f    *function
	seen map[int]bool // lines reported
}

func (c *skipCheck) report(n python.Node, message string) {
	if at := line(n); !c.seen[at] {
		c.seen[at] = true
		report(c.pass, c.f.unit, n, message)
	}
}

func (c *skipCheck) secret(e python.Expr) (value, bool) {
	return c.all.secretValue(c.f.unit, unwrap(e), c.f.local)
}

// body looks at the if statements of a function.
func (c *skipCheck) body(body []python.Stmt) {
	statements(body, func(s python.Stmt) {
		i, ok := s.(*python.If)
		if !ok {
			return
		}
		c.presentAndWrong(i)
		c.presentThenCheck(i)
		c.missingThenAllow(i)
		c.development(i)
	})
}

// presentAndWrong is "if SECRET and x != SECRET: deny", also for lists of keys.
func (c *skipCheck) presentAndWrong(i *python.If) {
	test, ok := i.Test.(*python.BoolOp)
	if !ok || test.Op != python.And || !denies(i.Body) {
		return
	}
	for _, v := range test.Values {
		subject, missing, ok := presence(v)
		if !ok || missing {
			continue
		}
		v, secret := c.secret(subject)
		if !secret && c.isListOfPeople(test, subject) {
			return
		}
		if !secret || !v.mayBeMissing() {
			continue
		}
		if slices.ContainsFunc(test.Values, func(other python.Expr) bool { return c.compares(other, subject) }) {
			c.report(i, "the check is skipped when "+plainOr(subject, "the secret")+" is missing")
			return
		}
	}
}

// compares says whether an expression holds when something differs from subject: a comparison or a verifying
// call.
func (c *skipCheck) compares(e, subject python.Expr) bool {
	name := plain(subject)
	if _, right, negated, ok := c.f.unit.isEqual(e); ok && negated {
		return name != "" && mentions(e, name) || name == "" && right != nil
	}
	if n, ok := e.(*python.UnaryOp); ok && n.Op == python.Not {
		call, ok := n.Operand.(*python.Call)
		return ok && (mentions(call, name) || strings.Contains(strings.ToLower(plain(call.Func)), "verify") || strings.Contains(strings.ToLower(plain(call.Func)), "check"))
	}
	return false
}

// presentThenCheck is "if SECRET:" around the only refusal.
func (c *skipCheck) presentThenCheck(i *python.If) {
	subject, missing, ok := presence(i.Test)
	if !ok || missing || !denies(i.Body) || denies(i.OrElse) {
		return
	}
	v, secret := c.secret(subject)
	if !secret || !v.mayBeMissing() || c.refusedBefore(subject, i) {
		return
	}
	checked := false
	statements(i.Body, func(s python.Stmt) {
		if inner, ok := s.(*python.If); ok && denies(inner.Body) {
			checked = true
		}
		if t, ok := s.(*python.Try); ok && denies(handlersOf(t)) {
			checked = true
		}
	})
	if checked && len(i.OrElse) == 0 || checked && allows(i.OrElse) {
		c.report(i, "without "+plainOr(subject, "the secret")+" nothing is checked")
	}
}

func handlersOf(t *python.Try) []python.Stmt {
	var list []python.Stmt
	for _, h := range t.Handlers {
		list = append(list, h.Body...)
	}
	return list
}

// missingThenAllow is "if not SECRET: return" in a function that refuses elsewhere, or that answers a question.
func (c *skipCheck) missingThenAllow(i *python.If) {
	subject, ok := c.missingSubject(i.Test)
	if !ok || !allows(i.Body) {
		return
	}
	v, secret := c.secret(subject)
	if !secret || !v.mayBeMissing() {
		return
	}
	if (denies(c.f.def.Body) || c.answersByComparison()) && !returnsValueOnMissing(i) {
		c.report(i, "everybody is let in when "+plainOr(subject, "the secret")+" is missing")
	}
}

// missingSubject finds what a test says is missing; of an "or" any part will do.
func (c *skipCheck) missingSubject(test python.Expr) (python.Expr, bool) {
	if b, ok := test.(*python.BoolOp); ok && b.Op == python.Or {
		for _, v := range b.Values {
			if subject, ok := c.missingSubject(v); ok {
				if _, secret := c.secret(subject); secret {
					return subject, true
				}
			}
		}
		return nil, false
	}
	subject, missing, ok := presence(test)
	return subject, ok && missing
}

// returnsValueOnMissing is a function that looks something up and gives a value of its own for "not configured".
func returnsValueOnMissing(i *python.If) bool {
	r, ok := i.Body[len(i.Body)-1].(*python.Return)
	if !ok || r.Value == nil {
		return false
	}
	switch v := r.Value.(type) {
	case *python.Dict:
		return true
	case *python.Constant:
		return v.Kind == python.String
	case *python.List:
		return true
	}
	return false
}

// answersByComparison says whether the function returns a comparison.
func (c *skipCheck) answersByComparison() bool {
	found := false
	statements(c.f.def.Body, func(s python.Stmt) {
		if r, ok := s.(*python.Return); ok && r.Value != nil {
			_, _, _, equal := c.f.unit.isEqual(r.Value)
			call, isCall := r.Value.(*python.Call)
			found = found || equal || isRefusal(r.Value) || isCall && strings.Contains(last(plain(call.Func)), "compare")
		}
	})
	return found
}

// development is "if ENV == 'dev': return" in a guard, when development is the default.
func (c *skipCheck) development(i *python.If) {
	left, right, negated, ok := c.f.unit.isEqual(i.Test)
	if !ok || negated || !allows(i.Body) || !denies(c.f.def.Body) {
		return
	}
	literal, ok := text(right)
	v, found := c.all.origin(c.f.unit, left, c.f.local)
	if !ok || !found || v.def == nil {
		return
	}
	if def, ok := text(v.def); ok && strings.EqualFold(def, literal) {
		c.report(i, "the check is skipped unless "+v.name+" says otherwise")
	}
}

// expressions looks at "SECRET is None or x == SECRET", at conditional expressions, and at comparisons in which
// nothing equals nothing.
func (c *skipCheck) expressions(f *python.FunctionDef) {
	inner := map[python.Node]bool{}
	python.Inspect(f, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef:
			if n != f {
				return false
			}
		case *python.BoolOp:
			for _, v := range n.Values {
				inner[v] = true
			}
			c.missingOrEqual(n)
		case *python.IfExp:
			c.conditional(n)
		case *python.Compare, *python.Call:
			if e, ok := n.(python.Expr); ok && !inner[n] {
				c.nothingEqualsNothing(e)
			}
		}
		return true
	})
}

func (c *skipCheck) missingOrEqual(b *python.BoolOp) {
	if b.Op != python.Or {
		return
	}
	for _, v := range b.Values {
		subject, missing, ok := presence(v)
		if !ok || !missing {
			continue
		}
		s, secret := c.secret(subject)
		if !secret || !s.mayBeMissing() {
			continue
		}
		for _, other := range b.Values {
			if _, _, negated, ok := c.f.unit.isEqual(other); ok && !negated && mentions(other, plain(subject)) {
				c.report(b, "it holds for everybody when "+plainOr(subject, "the secret")+" is missing")
			}
		}
	}
}

func (c *skipCheck) conditional(e *python.IfExp) {
	subject, missing, ok := presence(e.Test)
	if !ok {
		return
	}
	s, secret := c.secret(subject)
	if !secret || !s.mayBeMissing() {
		return
	}
	checked, otherwise := e.Body, e.OrElse
	if missing {
		checked, otherwise = e.OrElse, e.Body
	}
	k, literal := otherwise.(*python.Constant)
	if _, _, _, equal := c.f.unit.isEqual(checked); equal && literal && k.Kind == python.True {
		c.report(e, "it is true for everybody when "+plainOr(subject, "the secret")+" is missing")
	}
}

// nothingEqualsNothing is a comparison of something that a client may leave out with a secret that may be
// missing.
func (c *skipCheck) nothingEqualsNothing(e python.Expr) {
	left, right, _, ok := c.f.unit.isEqual(e)
	if !ok || len(c.seen) > 0 { // the function's own skip is the mistake to mend
		return
	}
	if cmp, ok := e.(*python.Compare); ok && (cmp.Ops[0] == python.In || cmp.Ops[0] == python.NotIn) {
		return
	}
	for _, pair := range [][2]python.Expr{{left, right}, {right, left}} {
		s, secret := c.secret(pair[1])
		if !secret || !s.env || !s.none || s.def != nil {
			continue
		}
		presented := unwrap(pair[0])
		if !c.optionalInput(presented) || c.refusedBefore(pair[1], e) || c.refusedBefore(presented, e) {
			continue
		}
		c.report(e, "when "+or(s.name, "the secret")+" is missing and nothing is sent, nothing equals nothing")
		return
	}
}

// optionalInput says whether an expression is something that a client may leave out.
func (c *skipCheck) optionalInput(e python.Expr) bool {
	if n, ok := e.(*python.Name); ok {
		if def, ok := c.f.local[n.ID]; ok && def != e {
			return c.optionalInput(unwrap(def))
		}
		return c.optionalParameter(n.ID)
	}
	call, ok := e.(*python.Call)
	if !ok {
		return false
	}
	name := plain(call.Func)
	if !strings.HasSuffix(name, ".get") && last(name) != "getlist" {
		return false
	}
	return strings.Contains(name, "header") || strings.Contains(name, "args") || strings.Contains(name, "query") ||
		strings.Contains(name, "cookies") || strings.Contains(name, "form") || strings.Contains(name, "META") || strings.Contains(name, "json")
}

// optionalParameter says whether a parameter has None or an empty text as default, also within Header().
func (c *skipCheck) optionalParameter(name string) bool {
	args := c.f.def.Args
	positional := slices.Concat(args.PosOnlyArgs, args.Args)
	for i, a := range positional {
		if at := i - (len(positional) - len(args.Defaults)); a.Arg == name && at >= 0 {
			return optionalDefault(args.Defaults[at])
		}
	}
	for i, a := range args.KwOnlyArgs {
		if a.Arg == name && args.KwDefaults[i] != nil {
			return optionalDefault(args.KwDefaults[i])
		}
	}
	return false
}

func optionalDefault(e python.Expr) bool {
	call, ok := e.(*python.Call)
	if !ok {
		return isEmpty(e)
	}
	if !slices.Contains([]string{"Header", "Query", "Cookie", "Form"}, last(plain(call.Func))) {
		return false
	}
	def := argument(call, 0, "default")
	return def != nil && isEmpty(def)
}

// refusedBefore says whether the function refuses when subject is missing, before or in the same test.
func (c *skipCheck) refusedBefore(subject python.Expr, at python.Node) bool {
	name := plain(unwrap(subject))
	if name == "" {
		return false
	}
	refused := false
	statements(c.f.def.Body, func(s python.Stmt) {
		i, ok := s.(*python.If)
		if ok && i.Pos().Offset <= at.Pos().Offset && denies(i.Body) && mentionsMissing(i.Test, name) {
			refused = true
		}
	})
	return refused
}

func (v value) mayBeMissing() bool { return v.none || !v.env && v.def == nil }

func plainOr(e python.Expr, otherwise string) string { return or(plain(e), otherwise) }
