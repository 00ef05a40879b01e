package report_test

import (
	"bytes"
	"testing"

	"sallyport/internal/finding"
)

// hostile is text that breaks out of whatever does not escape it.
const hostile = "</style></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"`{{.}}\x1b[2J\u202e"

func words() []finding.Rule {
	return []finding.Rule{
		{
			ID: "SP401", Class: "xss-sink", Name: "text becomes markup without escaping", Severity: finding.High, CWE: []string{"CWE-79"},
			OWASP2021: []string{"A03:2021"}, OWASP2025: []string{"A05:2025"}, ASVS: []string{"v5.0.0-1.2.1"},
			Why: "Who controls the text runs scripts.", Fix: "Use textContent.", Bad: "box.innerHTML = x", Good: "box.textContent = x",
		},
		{
			ID: "SP202", Class: "secret-in-history", Name: "a secret in the history", Severity: finding.Critical, CWE: []string{"CWE-540"},
			OWASP2021: []string{"A02:2021"}, OWASP2025: []string{"A04:2025"}, API2023: []string{"API8:2023"},
			Why: "Whoever clones it has it.", Fix: "Rotate it.", Bad: "a key", Good: "none",
		},
	}
}

// findings are of two rules, with hostile places, text and code; the last one does not count.
func findings() []finding.Finding {
	gone := false
	return []finding.Finding{
		{
			Rule: "SP401", Class: "xss-sink", Severity: finding.High, Confidence: finding.Sure,
			Location: finding.Location{Path: "web/" + hostile + ".js", Line: 12, EndLine: 14, Column: 3},
			Message:  "x becomes markup " + hostile, Fix: "Use textContent.", CWE: []string{"CWE-79"}, OWASP: []string{"A03:2021"},
			Fingerprint: "00112233445566778899", Snippet: "box.innerHTML = \"" + hostile + "\"",
		},
		{
			Rule: "SP401", Class: "xss-sink", Severity: finding.Low, Confidence: finding.Possible, Location: finding.Location{Path: "web/page.html"},
			Message: "the whole page", Fix: "Escape here.", Fingerprint: "aa112233445566778899",
		},
		{
			Rule: "SP202", Class: "secret-in-history", Severity: finding.Critical, Confidence: finding.Sure,
			Location: finding.Location{Path: "a:b/set tings.py", Line: 3, EndLine: 3, Commit: "0123456789abcdef0123456789abcdef01234567"},
			Message:  "a key of a payment provider", Fix: "Rotate it.", Fingerprint: "bb112233445566778899", Snippet: "KEY = [redacted]",
			Author: "2025-02-03T04:05:06Z", InHead: &gone,
		},
		{
			Rule: "SP401", Class: "xss-sink", Severity: finding.High, Confidence: finding.Sure, Location: finding.Location{Path: "web/known.js", Line: 7, EndLine: 7},
			Message: "known " + hostile, Fix: "Use textContent.", Fingerprint: "cc112233445566778899", HiddenBy: finding.HiddenByComment,
		},
	}
}

func summary() finding.Summary {
	return finding.Summary{
		Files: 3, Commits: 7, Refs: []string{"refs/heads/" + hostile}, Skipped: map[string]int{"vendored": 2},
		Findings: map[string]int{"xss-sink": 2, "secret-in-history": 1}, Suppressed: 1, Baselined: 4,
		NotAnalysed: []finding.NotAnalysed{
			{Class: "unparsable", Path: "web/" + hostile, Reason: "line 4: " + hostile}, {Class: "network", Reason: "nobody was asked"},
		},
		Checklist: []finding.ChecklistEntry{
			{ID: "C1", When: "before coding", What: ".gitignore", State: "done"}, {ID: "C2", When: "before coding", What: ".env.example", State: "missing"},
			{ID: "C7", When: "before deploy", What: "dependency audit", State: "not-analysed"},
		},
	}
}

// write gives a writer everything.
func write(t *testing.T, open func(*bytes.Buffer) finding.Handler) string {
	t.Helper()
	var b bytes.Buffer
	h := open(&b)
	for _, f := range findings() {
		if err := h.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Summary(summary()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
