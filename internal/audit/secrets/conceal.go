package secrets

import (
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Conceal takes the secrets that stand in the project out of findings of every class: a line with a mistake may
// have a secret, too.
func Conceal(p *audit.Project, list []finding.Finding) {
	s := scanOf(p)
	for i := range list {
		f := &list[i]
		for _, h := range s.files[f.Path] {
			if h.line < f.Line || h.line > max(f.Line, f.EndLine) {
				continue
			}
			for _, value := range []string{h.value, h.text} {
				if value != "" {
					f.Snippet = strings.ReplaceAll(f.Snippet, value, redacted)
					f.Message = strings.ReplaceAll(f.Message, value, redacted)
				}
			}
		}
	}
}
