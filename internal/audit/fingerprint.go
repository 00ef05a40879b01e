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
	lines := map[*File][]string{}
	for _, r := range p.reports {
		if r.File == nil {
			r.File = &File{}
		}
		hide := func(text string) string { return redact(p.redact(r.File.Path, r.Line, r.EndLine, text), r.Redact) }
		snippet := hide(strings.TrimSpace(r.File.Line(r.Line)))
		severity := p.Rule.Severity
		if r.Severity != nil {
			severity = *r.Severity
		}
		list = append(list, finding.Finding{
			Rule: p.Rule.ID, Class: p.Rule.Class, Severity: severity, Confidence: cmp.Or(r.Confidence, finding.Sure),
			Location: finding.Location{Path: r.File.Path, Line: r.Line, EndLine: max(r.EndLine, r.Line), Column: r.Column},
			Message:  hide(cmp.Or(r.Message, p.Rule.Name)), Fix: cmp.Or(r.Fix, p.Rule.Fix),
			CWE: p.Rule.CWE, OWASP: append(append([]string{}, p.Rule.OWASP2021...), p.Rule.OWASP2025...),
			Fingerprint: Fingerprint(p.Rule.ID, r.File.Path, cmp.Or(r.Key, snippet), p.around(r, lines)), Snippet: cutSnippet(snippet),
			FirstFingerprint: Fingerprint(p.Rule.ID, r.File.Path, cmp.Or(r.Key, redact(strings.TrimSpace(r.File.Line(r.Line)), r.Redact)), ""),
		})
	}
	return list
}

// around is what encloses a place; nothing when the report names the place itself. lines keeps files that were split.
func (p *Pass) around(r Report, lines map[*File][]string) string {
	if r.Key != "" {
		return ""
	}
	if lines[r.File] == nil {
		lines[r.File] = strings.Split(string(r.File.Content), "\n")
	}
	return enclosing(lines[r.File], r.Line, func(line int, text string) string {
		return redact(p.redact(r.File.Path, line, line, text), r.Redact)
	})
}

// redact takes the secrets that the project is known to have out of a text about lines from to to.
func (p *Pass) redact(path string, from, to int, text string) string {
	if p.Redact == nil {
		return text
	}
	return p.Redact(path, from, max(from, to), text)
}

// Fingerprint names a place so that it is found again after lines moved, and after a place of the same text elsewhere
// in the file came or went: rule, path, the line's text in plain spacing or a name that the rule gives, and what is
// around it, if anything. Callers take secrets out of text before.
func Fingerprint(rule, path, text, around string) string {
	whole := rule + "\x00" + path + "\x00" + strings.Join(strings.Fields(text), " ")
	if around != "" {
		whole += "\x00" + around
	}
	sum := sha256.Sum256([]byte(whole))
	return hex.EncodeToString(sum[:10])
}

// number tells places apart that have the same text in the same function, in the order of their lines.
func number(list []finding.Finding) {
	seen, first := map[string]int{}, map[string]int{}
	for i := range list {
		f := &list[i]
		f.FirstFingerprint = numbered(cmp.Or(f.FirstFingerprint, f.Fingerprint), first)
		f.Fingerprint = numbered(f.Fingerprint, seen)
	}
}

func numbered(fingerprint string, seen map[string]int) string {
	seen[fingerprint]++
	if n := seen[fingerprint]; n > 1 {
		return fmt.Sprintf("%s-%d", fingerprint, n)
	}
	return fingerprint
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
