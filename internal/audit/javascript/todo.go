package javascript

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// securityTodo reports comments by which a protection was put off, and checks that are commented out.
func securityTodo(p *audit.Pass) {
	for _, u := range factsOf(p.Project).units {
		if u.fragment {
			continue
		}
		last, alone := -10, false
		for _, c := range syntax.Comments(string(u.file.Content)) {
			for i, line := range strings.Split(c.Text, "\n") {
				at := c.Line + i
				why := putOff(line)
				if why == "" {
					continue
				}
				goesOn := at-last == 1 && alone
				last, alone = at, standsAlone(u.file.Line(at))
				if goesOn && alone {
					continue
				}
				p.Report(audit.Report{File: u.file, Line: at, Message: why})
			}
		}
	}
}

// standsAlone says whether a line is nothing but a comment: then it goes on with the one above.
func standsAlone(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "*")
}

// putOff says in words what a line of a comment puts off, "" for nothing.
func putOff(line string) string {
	if disabledCode(line) {
		return "a check is commented out"
	}
	list := plainWords(line)
	lower := strings.ToLower(line)
	has := func(any ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return slices.Contains(any, w) })
	}
	contains := func(any ...string) bool {
		return slices.ContainsFunc(any, func(part string) bool { return strings.Contains(lower, part) })
	}
	protection := has("auth", "authenticate", "authenticated", "authentication", "authorization", "authorisation", "authorize", "security", "password", "passwords", "permission", "permissions",
		"csrf", "xss", "cors", "ssl", "tls", "secret", "secrets", "credential", "credentials", "helmet", "signature", "signatures", "jwt", "injection", "token", "admin", "https", "captcha", "input", "login") ||
		contains("rate limit", "rate-limit", "ratelimit", "api key", "access control")
	missing := has("add", "implement", "enable", "require", "required", "need", "needs", "protect", "secure", "sanitize", "sanitise", "escape", "validate", "restrict", "hash", "encrypt", "verify", "check",
		"missing", "limit", "fix", "proper", "real", "lock", "hardcoded", "insecure", "off") || contains("rate limit this", "before prod", "before launch", "before deploy")
	switch {
	case has("todo", "fixme", "hack", "xxx") && (protection && (missing || has("skip", "skipped", "bypass", "disabled", "disable", "no", "without", "open")) || has("insecure", "sanitize", "sanitise", "unsafe", "security") || contains("rate limit", "escape html", "escape user", "lock this down", "lock down", "hard-coded", "hardcoded")):
		return "a protection is put off by a comment"
	case has("temporary", "temporarily") && contains("hard-coded", "hardcoded"):
		return "a value in the source stands in for the real thing"
	case protection && (has("temporary", "temporarily", "temp") || contains("for now", "before production", "before deploy", "before launch", "remove in prod")) &&
		has("disable", "disabled", "disabling", "skip", "skipped", "skipping", "bypass", "bypassed", "allow", "allowing", "off", "no", "without", "open", "hardcode", "hardcoded", "ignore", "insecure", "public", "commented"):
		return "a protection is switched off for the time being"
	case has("temporary", "temporarily") && lacksCheck(list), contains("for now", "until") && lacksCheck(list):
		return "a check is left out for the time being"
	case protection && contains("for testing", "for debugging", "while testing") && has("disable", "disabled", "skip", "skipped", "bypass", "bypassed", "off"):
		return "a protection is switched off for a test"
	}
	return ""
}

// lacksCheck says whether words say that a check of a right is not made: no plan check.
func lacksCheck(list []string) bool {
	for i := 0; i+2 < len(list); i++ {
		if slices.Contains([]string{"no", "without", "skip", "skips", "skipping", "missing"}, list[i]) && slices.Contains([]string{"check", "checks", "checking"}, list[i+2]) &&
			slices.Contains([]string{"plan", "role", "access", "owner", "ownership", "user", "tier", "payment", "login", "session", "quota", "permission", "rights", "admin", "age"}, list[i+1]) {
			return true
		}
	}
	return false
}

// plainWords returns the lower-case words of a text without what is code in it: paths, quotations.
func plainWords(line string) []string {
	var list []string
	for _, field := range strings.Fields(line) {
		if strings.ContainsAny(field, "/`@<>_") && !strings.HasPrefix(field, "//") {
			continue
		}
		list = append(list, strings.FieldsFunc(strings.ToLower(field), func(r rune) bool { return r < 'a' || r > 'z' })...)
	}
	return list
}

// disabledCode says whether a comment is code that guards something: app.use(requireAuth), limiter,.
func disabledCode(line string) bool {
	code := strings.TrimSpace(line)
	call, ok := strings.CutSuffix(strings.TrimSuffix(code, ";"), ")")
	if !ok {
		return false
	}
	name, args, ok := strings.Cut(call, "(")
	if !ok || strings.ContainsAny(name, " \"'`") {
		return false
	}
	if strings.HasSuffix(name, ".use") && !strings.ContainsAny(args, " ") || strings.HasSuffix(name, ".use") && strings.Contains(args, "(") {
		return authName(strings.TrimRight(args, "()")) || limitName(strings.Split(args, "(")[0]) || strings.HasPrefix(args, "helmet") || strings.HasPrefix(args, "csrf")
	}
	return false
}
