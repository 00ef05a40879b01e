package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/audit"
	"sallyport/internal/audit/rules"
)

// TestRulesReference compares docs/rules.md with the rules.
func TestRulesReference(t *testing.T) {
	var list, all strings.Builder
	list.WriteString("| rule | class | severity | what it finds | where |\n|---|---|---|---|---|\n")
	for _, r := range rules.All() {
		fmt.Fprintf(&list, "| [%s](#%s) | `%s` | %s | %s | %s |\n", r.ID, strings.ToLower(r.ID+"-"+r.Class), r.Class, r.Severity, cell(r.Name), places(r))
		fmt.Fprintf(&all, "## %s %s\n\n%s, %s.\n\n", r.ID, r.Class, capital(r.Name), r.Severity)
		fmt.Fprintf(&all, "- Risk: %s\n- Fix: %s\n- %s\n\n", oneLine(r.Why), oneLine(r.Fix), references(r))
		fmt.Fprintf(&all, "Bad:\n\n```text\n%s\n```\n\nGood:\n\n```text\n%s\n```\n\n", r.Bad, r.Good)
	}
	generated(t, "docs/rules.md", "list", list.String())
	generated(t, "docs/rules.md", "rules", strings.TrimSuffix(all.String(), "\n"))
}

// places are the languages and kinds of file that a rule looks at.
func places(r *audit.Rule) string {
	switch r.Class {
	case "secret-in-history":
		return "history"
	case "vulnerable-dependency": // its detector exists once the audit knows whom to ask
		return "manifest"
	}
	return strings.Join(slices.Sorted(maps.Keys(r.Detectors)), ", ")
}

func references(r *audit.Rule) string {
	text := strings.Join(r.CWE, ", ") + "; OWASP " + strings.Join(slices.Concat(r.OWASP2021, r.OWASP2025, r.API2023), ", ")
	if len(r.ASVS) > 0 {
		text += "; ASVS " + strings.Join(r.ASVS, ", ")
	}
	return text
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// oneLine keeps the words of a rule from becoming markup of the document.
func oneLine(text string) string {
	return strings.NewReplacer("\n", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(text)
}
