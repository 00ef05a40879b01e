package markup

import (
	"slices"
	"strings"
	"unicode"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/markup"
)

// securityTodo reports comments of pages and templates by which a protection was put off.
func securityTodo(p *audit.Pass) {
	for _, u := range factsOf(p.Project).units {
		for _, c := range u.page.Comments {
			todo(p, u, c.Text, c.Line)
		}
		for _, m := range syntax.Marks(string(u.file.Content), syntax.Handlebars(), syntax.Jinja(), syntax.EJS()) {
			if slices.Contains([]string{"{#", "<%#", "{{!", "{{!--"}, m.Open) {
				todo(p, u, m.Text, m.Line)
			}
		}
		for _, s := range u.page.Scripts {
			for i, line := range strings.Split(string(s.Source), "\n") {
				if comment, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
					todo(p, u, comment, s.Line+i)
				}
			}
		}
	}
}

func todo(p *audit.Pass, u *unit, comment string, first int) {
	for i, line := range strings.Split(comment, "\n") {
		if putOff(line) {
			report(p, u, first+i, 0, "a protection is put off by a comment")
			return
		}
	}
}

// putOff says whether a line is about a protection, and about later.
func putOff(line string) bool {
	lower := strings.ToLower(line)
	words := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	has := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	security := has("auth", "authentication", "authorization", "security", "secure", "insecure", "password", "permission", "permissions", "csrf", "xss", "cors", "csp",
		"sanitize", "sanitise", "sanitizing", "escape", "escaping", "encrypt", "secret", "credentials", "injection", "unsafe") ||
		strings.Contains(lower, "rate limit") || strings.Contains(lower, "api key") || strings.Contains(lower, "admin only")
	later := has("todo", "fixme", "hack", "xxx") ||
		(has("temporary", "temporarily") || strings.Contains(lower, "for now") || strings.Contains(lower, "before production") || strings.Contains(lower, "before launch")) &&
			has("disable", "disabled", "skip", "skipped", "bypass", "allow", "off", "no", "without", "open", "hardcoded", "remove", "removed", "insecure", "public", "unsafe", "add", "trust")
	return security && later
}
