//go:build !noaudit

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sallyport/internal/audit/rules"
	"sallyport/internal/finding"
)

type rulesCommand struct {
	ID     string `arg:"" optional:"" help:"Rule to explain, by id or class."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help gives examples.
func (rulesCommand) Help() string {
	return `Examples:
  sallyport rules
  sallyport rules SP101
  sallyport rules --format json`
}

// Run lists or explains.
func (c *rulesCommand) Run(io stdio) error {
	words := rules.Words(rules.All())
	if c.ID != "" {
		selected, unknown := rules.Select(rules.All(), []string{c.ID}, nil)
		if len(unknown) > 0 {
			return &usageError{fmt.Errorf("there is no rule %s\nhint: sallyport rules lists them", c.ID)}
		}
		words = rules.Words(selected)
	}
	if c.Format == "json" {
		return json.NewEncoder(io.out).Encode(words)
	}
	var errs []error
	for _, r := range words {
		text := fmt.Sprintf("%-6s %-26s %-9s %s\n", r.ID, r.Class, r.Severity, r.Name)
		if c.ID != "" {
			text = explainRule(r)
		}
		_, err := fmt.Fprint(io.out, text)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func explainRule(r finding.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s): %s\n\nWhy   %s\nFix   %s\n", r.ID, r.Class, r.Severity, r.Name, r.Why, r.Fix)
	fmt.Fprintf(&b, "\nBad\n%s\n\nGood\n%s\n\n", indent(r.Bad), indent(r.Good))
	references := [][]string{r.CWE, r.OWASP2021, r.OWASP2025, r.API2023, r.ASVS}
	for i, name := range []string{"CWE", "OWASP Top 10 2021", "OWASP Top 10 2025", "OWASP API 2023", "ASVS 5.0"} {
		if len(references[i]) > 0 {
			fmt.Fprintf(&b, "%-18s %s\n", name, strings.Join(references[i], ", "))
		}
	}
	return b.String()
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
