package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// isListOfPeople reports "if EDITORS and user not in EDITORS: deny", where the list comes from the environment and nobody
// need be on it, and says whether it did. It may be meant so: everybody until somebody is named.
func (c *skipCheck) isListOfPeople(test *python.BoolOp, subject python.Expr) bool {
	v, found := c.all.origin(c.f.unit, subject, c.f.local)
	if !found || !v.env || !v.mayBeMissing() || !namesCallers(v.name) && !namesCallers(plain(subject)) {
		return false
	}
	for _, e := range test.Values {
		_, list, negated, ok := c.f.unit.isEqual(e)
		if !ok || !negated || plain(list) != plain(subject) || c.seen[line(test)] {
			continue
		}
		c.seen[line(test)] = true
		medium := finding.Medium
		c.pass.Report(audit.Report{
			File: c.f.unit.file, Line: line(test), EndLine: line(test), Column: test.Pos().Column + 1, Severity: &medium, Confidence: finding.Likely,
			Message: "everybody is let in when " + plainOr(subject, "the list") + " is empty",
		})
		return true
	}
	return false
}

// namesCallers takes lists of those who may: ADMINS, EDITOR_MAILS, ALLOWED_USERS.
func namesCallers(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool {
		return slices.Contains([]string{
			"admin", "admins", "editor", "editors", "owner", "owners", "staff", "operator", "operators", "moderator", "moderators", "user", "users", "member", "members",
			"people", "chats", "emails", "mails", "whitelist", "allowlist", "testers", "managers",
		}, w)
	})
}

// blankKey finds keys of signatures that are an empty text when the variable is missing: everybody can sign then.
func (c *skipCheck) blankKey() {
	if !c.decides() {
		return
	}
	ownCallsIn(&scope{function: c.f}, func(call *python.Call) {
		key := signingKey(c.f.unit, call)
		if key == nil {
			return
		}
		v, found := c.all.origin(c.f.unit, unwrap(key), c.f.local)
		if found && v.env && (v.blank || orBlank(key)) && !c.refusedBefore(unwrap(key), call) {
			c.report(call, "when "+or(v.name, "the key")+" is missing the key is empty, and everybody can sign")
		}
	})
}

// signingKey returns the key of a call that makes or checks a signature, or nil.
func signingKey(u *unit, call *python.Call) python.Expr {
	switch name := u.dotted(call.Func); {
	case name == "hmac.new" || name == "hmac.digest" || name == "hmac.HMAC":
		return argument(call, 0, "key")
	case strings.HasSuffix(name, "jwt.decode"):
		return argument(call, 1, "key")
	}
	return nil
}

// orBlank takes (SECRET or "").encode().
func orBlank(key python.Expr) bool {
	if call, ok := key.(*python.Call); ok {
		if a, method := call.Func.(*python.Attribute); method {
			return orBlank(a.Value)
		}
	}
	b, ok := key.(*python.BoolOp)
	return ok && b.Op == python.Or && isBlank(b.Values[len(b.Values)-1])
}

// decides says whether a function compares something or verifies a token, and refuses.
func (c *skipCheck) decides() bool {
	compares := false
	python.Inspect(c.f.def, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok && !compares {
			_, _, _, compares = c.f.unit.isEqual(e)
			call, isCall := e.(*python.Call)
			compares = compares || isCall && strings.HasSuffix(c.f.unit.dotted(call.Func), "jwt.decode")
		}
		return !compares
	})
	return compares && (denies(c.f.def.Body) || c.answersByComparison())
}
