package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"sallyport/internal/finding"
)

// findings turns reports into findings of the rule.
func (p *Pass) findings() []finding.Finding {
	var list []finding.Finding
	for _, r := range p.reports {
		if r.File == nil {
			r.File = &File{}
		}
		snippet := redact(strings.TrimSpace(r.File.Line(r.Line)), r.Redact)
		severity := p.Rule.Severity
		if r.Severity != nil {
			severity = *r.Severity
		}
		list = append(list, finding.Finding{
			Rule: p.Rule.ID, Class: p.Rule.Class, Severity: severity, Confidence: cmp.Or(r.Confidence, finding.Sure),
			Location: finding.Location{Path: r.File.Path, Line: r.Line, EndLine: max(r.EndLine, r.Line), Column: r.Column},
			Message:  redact(cmp.Or(r.Message, p.Rule.Name), r.Redact), Fix: cmp.Or(r.Fix, p.Rule.Fix),
			CWE: p.Rule.CWE, OWASP: append(append([]string{}, p.Rule.OWASP2021...), p.Rule.OWASP2025...),
			Fingerprint: Fingerprint(p.Rule.ID, r.File.Path, cmp.Or(r.Key, snippet)), Snippet: cutSnippet(snippet),
		})
	}
	return list
}

// Fingerprint names a place so that it is found again after lines moved: rule, path and the line's text in
// plain spacing, or a name that the rule gives. Callers take secrets out of text before.
func Fingerprint(rule, path, text string) string {
	sum := sha256.Sum256([]byte(rule + "\x00" + path + "\x00" + strings.Join(strings.Fields(text), " ")))
	return hex.EncodeToString(sum[:10])
}

// number tells places of the same text in one file apart, in the order of their lines.
func number(list []finding.Finding) {
	seen := map[string]int{}
	for i := range list {
		f := &list[i]
		seen[f.Fingerprint]++
		if n := seen[f.Fingerprint]; n > 1 {
			f.Fingerprint = fmt.Sprintf("%s-%d", f.Fingerprint, n)
		}
	}
}

// redacted stands where a secret stood.
const redacted = "[redacted]"

func redact(text string, values []string) string {
	for _, v := range values {
		if v != "" {
			text = strings.ReplaceAll(text, v, redacted)
		}
	}
	return text
}

// maxSnippet bounds what a finding repeats of a line, in bytes.
const maxSnippet = 200

func cutSnippet(s string) string {
	if len(s) <= maxSnippet {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:maxSnippet], "") + "…"
}
