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
	lower := strings.ToLower(line)
	list := words(line)
	has := func(any ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return slices.Contains(any, strings.ToLower(w)) })
	}
	security := has("auth", "authenticate", "authentication", "authorization", "authorisation", "security", "secure", "insecure", "password", "passwords", "permission", "permissions", "csrf", "xss", "cors",
		"sanitize", "sanitise", "escape", "escaping", "ssl", "tls", "encrypt", "encryption", "secret", "secrets", "credential", "credentials", "injection", "helmet", "signature", "verify", "jwt") ||
		strings.Contains(lower, "rate limit") || strings.Contains(lower, "rate-limit") || strings.Contains(lower, "ratelimit") || strings.Contains(lower, "admin only") || strings.Contains(lower, "api key") || strings.Contains(lower, "validate input") || strings.Contains(lower, "input validation") || strings.Contains(lower, "token check") || strings.Contains(lower, "access control") || strings.Contains(lower, "validate token") || strings.Contains(lower, "hardcoded") && has("key", "token")
	switch {
	case security && has("todo", "fixme", "hack", "xxx"):
		return "a protection is put off by a comment"
	case security && (has("temporary", "temporarily", "temp") || strings.Contains(lower, "for now") || strings.Contains(lower, "before production") || strings.Contains(lower, "before deploy") || strings.Contains(lower, "before launch") || strings.Contains(lower, "remove in prod")) &&
		(has("disable", "disabled", "disabling", "skip", "skipped", "skipping", "bypass", "bypassed", "allow", "allowing", "off", "no", "without", "open", "hardcode", "hardcoded", "ignore", "remove", "removed", "add", "enable", "insecure", "public", "commented", "restrict")):
		return "a protection is switched off for the time being"
	case disabledCode(line):
		return "a check is commented out"
	}
	return ""
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
