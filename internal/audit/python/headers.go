package python

import (
	"maps"
	"slices"
	"strings"

	"sallyport/internal/audit"
)

// missingSecurityHeaders finds programs that set none of the headers that protect their answers.
func missingSecurityHeaders(p *audit.Pass) {
	all, w := unitsOf(p.Project), webOf(p.Project)
	for _, u := range all.sources() {
		if list := elements(u.assigned["MIDDLEWARE"]); len(list) > 0 && !strings.Contains(textOf(u.assigned["MIDDLEWARE"]), "SecurityMiddleware") {
			report(p, u, u.assigned["MIDDLEWARE"], "Django's SecurityMiddleware is not there, so answers lack its headers")
		}
	}
	if slices.ContainsFunc(all.sources(), setsSecurityHeaders) || headersElsewhere(p.Project) {
		return
	}
	for _, u := range all.sources() {
		for _, name := range slices.Sorted(maps.Keys(w.objects[u])) {
			if o := w.objects[u][name]; o.app {
				report(p, u, o.call, "answers carry no security headers")
				return
			}
		}
	}
}

func setsSecurityHeaders(u *unit) bool {
	t := strings.ToLower(textOf(u.module))
	for _, word := range []string{"strict-transport-security", "x-content-type-options", "content-security-policy", "x-frame-options", "talisman", "secure_headers", "securityheaders"} {
		if strings.Contains(t, word) {
			return true
		}
	}
	return false
}

// headersElsewhere says whether a proxy's configuration in the project sets them.
func headersElsewhere(p *audit.Project) bool {
	for _, f := range p.Files {
		if name := strings.ToLower(f.Base()); strings.Contains(name, "nginx") || name == "caddyfile" || f.Ext() == ".conf" || name == "vercel.json" {
			if t := strings.ToLower(string(f.Content)); strings.Contains(t, "strict-transport-security") || strings.Contains(t, "x-content-type-options") {
				return true
			}
		}
	}
	return false
}
