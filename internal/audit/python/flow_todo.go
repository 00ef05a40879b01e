package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// securityTodo finds comments that put a protection off.
func securityTodo(p *audit.Pass) {
	for _, u := range unitsOf(p.Project).sources() {
		end := -1 // last line of a comment that is reported
		for _, c := range u.module.Comments {
			l := c.Pos().Line
			goesOn := l == end+1 && !isMarked(c.Text) && standsAlone(u.module.Source, c.Pos().Offset)
			if !goesOn && !putsOff(c.Text) {
				continue
			}
			end = l
			if goesOn {
				continue
			}
			p.Report(audit.Report{File: u.file, Line: l, Column: c.Pos().Column + 1, Message: "A protection is put off here.", Confidence: finding.Likely})
		}
	}
}

// standsAlone says whether nothing but blanks is before a place in its line.
func standsAlone(source string, at int) bool {
	before := source[strings.LastIndexByte(source[:at], '\n')+1 : at]
	return strings.TrimSpace(before) == ""
}

// wordsOf splits a comment into words in lower case.
func wordsOf(comment string) []string {
	return strings.FieldsFunc(strings.ToLower(comment), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// isMarked says whether a comment is marked as open work.
func isMarked(comment string) bool {
	return slices.ContainsFunc(wordsOf(comment), func(w string) bool { return slices.Contains([]string{"todo", "fixme", "hack", "xxx"}, w) })
}

// putsOff says whether a comment marks open work on a protection, or a protection that is off for a while.
func putsOff(comment string) bool {
	lower := strings.ToLower(strings.Trim(comment, "# "))
	w := wordsOf(comment)
	has := func(list []string) bool {
		return slices.ContainsFunc(w, func(word string) bool { return slices.Contains(list, word) })
	}
	about := has(protections()) || hasPhrase(lower)
	opened := has([]string{"open", "public", "unprotected", "exposed", "anybody", "anyone", "everybody", "everyone", "unguarded", "hole"})
	if opened && has([]string{"temporary", "temporarily"}) && !has([]string{"file", "handle", "connection", "socket", "source", "window", "tab", "port", "api"}) {
		return true
	}
	if isMarked(comment) && (about || has(checks()) && has(checked())) {
		return true
	}
	forNow := has([]string{"temporary", "temporarily", "tmp"}) || strings.Contains(lower, "for now") || strings.Contains(lower, "before production") ||
		strings.Contains(lower, "before prod") || strings.Contains(lower, "in production") && has([]string{"change", "replace", "remove", "restrict", "fix"}) ||
		strings.Contains(lower, "before deploy") || strings.Contains(lower, "before launch") || strings.Contains(lower, "re-enable") || strings.Contains(lower, "for testing") || strings.Contains(lower, "until we")
	off := has([]string{"disable", "disabled", "disabling", "skip", "skipping", "skipped", "bypass", "bypassed", "off", "allow", "allowing", "open", "hardcoded", "no", "without", "remove", "restrict", "change", "replace", "enable"})
	return forNow && off && (about || has([]string{"origins", "verification", "validation", "everyone", "everything", "checks"}))
}

// protections are words for what keeps others out.
func protections() []string {
	return []string{
		"auth", "authentication", "authenticate", "authorization", "authorisation", "authorize", "authenticated", "authorized", "security", "secure", "insecure",
		"csrf", "xss", "cors", "password", "passwords", "encrypt", "encryption", "encrypted", "sanitize", "sanitise", "sanitization", "injection",
		"permission", "permissions", "throttle", "throttling", "throttled", "ratelimit", "ratelimiting", "login", "oauth", "jwt", "hmac", "acl", "rbac", "vulnerable", "vulnerability",
		"unsafe", "signature", "ssl", "tls",
	}
}

// hasPhrase knows protections of two words.
func hasPhrase(lower string) bool {
	return slices.ContainsFunc([]string{"rate limit", "rate-limit", "access control", "api key", "secret key", "check token", "verify token", "validate token", "admin only", "hash the", "escape html", "escape user", "certificate verif", "path traversal"}, func(s string) bool {
		return strings.Contains(lower, s)
	})
}

// checks and checked are the two halves of a check of what users send.
func checks() []string {
	return []string{"validate", "validation", "verify", "verification", "check", "escape", "limit", "restrict", "protect"}
}

func checked() []string {
	return []string{"input", "inputs", "user", "users", "request", "requests", "upload", "uploads", "token", "tokens", "signature", "payload", "origin", "origins", "webhook", "admin", "secret", "size", "mime", "ownership", "owner", "access"}
}
