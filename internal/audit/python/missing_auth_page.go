package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// isPublicPage takes pages that are only read, on a router of which no route asks who calls: the public part of a site.
func isPublicPage(all *units, w *web, r *route) bool {
	if len(r.methods) == 0 || slices.ContainsFunc(r.methods, func(m string) bool { return m != "GET" && m != "HEAD" }) || !rendersPage(r.handler) {
		return false
	}
	return r.router != "" && !slices.ContainsFunc(w.routes, func(other *route) bool {
		return other.unit == r.unit && other.router == r.router && isGuarded(all, other)
	})
}

func rendersPage(f *python.FunctionDef) bool {
	found := false
	for _, s := range f.Body {
		calls(s, func(c *python.Call) {
			found = found || slices.Contains([]string{"render_template", "render", "TemplateResponse"}, last(plain(c.Func)))
		})
	}
	return found
}

// openedViews finds views of Django REST framework whose list of permissions is empty, where others have one. AllowAny
// says the same on purpose.
func openedViews(p *audit.Pass, all *units) {
	for _, u := range all.sources() {
		for _, s := range u.module.Body {
			class, ok := s.(*python.ClassDef)
			if !ok || !slices.ContainsFunc(class.Bases, func(b python.Expr) bool {
				base := last(u.dotted(b))
				return strings.HasSuffix(base, "ViewSet") || strings.HasSuffix(base, "APIView")
			}) {
				continue
			}
			for _, field := range class.Body {
				if a, ok := field.(*python.Assign); ok && plain(a.Targets[0]) == "permission_classes" && isEmpty(a.Value) {
					report(p, u, a, "anybody may call "+class.Name+": its list of permissions is empty")
				}
			}
		}
	}
}
