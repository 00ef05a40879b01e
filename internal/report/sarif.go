package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"sallyport/internal/finding"
)

// SARIF writes one log of the Static Analysis Results Interchange Format 2.1.0 (OASIS). It keeps findings until
// the summary. What was not analysed becomes a notification of level error, and the invocation is then no
// success: a reader must not take such a log for clean. It is not safe for concurrent use.
type SARIF struct {
	w       io.Writer
	version string
	rules   []finding.Rule
	results []sarifResult
}

// NewSARIF returns a writer to w. version is the program's; rules are those that ran, and every finding must be
// of one of them.
func NewSARIF(w io.Writer, version string, rules []finding.Rule) *SARIF {
	return &SARIF{w: w, version: version, rules: rules, results: []sarifResult{}}
}

// Finding keeps one result.
func (s *SARIF) Finding(f finding.Finding) error {
	index := slices.IndexFunc(s.rules, func(r finding.Rule) bool { return r.ID == f.Rule })
	if index < 0 {
		return fmt.Errorf("writing SARIF: the finding in %s is of rule %s, which is not listed", f.Path, f.Rule)
	}
	s.results = append(s.results, sarifResult{
		RuleID: f.Rule, RuleIndex: index, Level: sarifLevel(f.Severity), Message: sarifMessage{resultText(f)},
		Locations: sarifLocations(f.Location, f.Snippet), PartialFingerprints: map[string]string{"sallyport/v2": f.Fingerprint},
		Properties: resultProperties(f), Suppressions: sarifSuppressions(f.HiddenBy),
	})
	return nil
}

// sarifSuppressions tells readers that a result does not count, and why.
func sarifSuppressions(hiddenBy string) []sarifSuppression {
	switch hiddenBy {
	case "":
		return nil
	case finding.HiddenByComment:
		return []sarifSuppression{{"inSource", hiddenBy}}
	}
	return []sarifSuppression{{"external", hiddenBy}}
}

func resultText(f finding.Finding) string {
	text := f.Message
	if f.Commit != "" {
		text += " (commit " + shortCommit(f.Commit) + ")"
	}
	return text + " Fix: " + f.Fix
}

func resultProperties(f finding.Finding) map[string]any {
	properties := map[string]any{"severity": f.Severity, "confidence": f.Confidence, "class": f.Class, "fix": f.Fix}
	if f.Commit != "" {
		properties["commit"], properties["authorDate"] = f.Commit, f.Author
	}
	if f.InHead != nil {
		properties["inHead"] = *f.InHead
	}
	return properties
}

// Summary writes the log.
func (s *SARIF) Summary(sum finding.Summary) error {
	driver := sarifDriver{Name: "sallyport", Version: s.version, Rules: []sarifRule{}, Notifications: []sarifDescriptor{}}
	for _, r := range s.rules {
		driver.Rules = append(driver.Rules, newSARIFRule(r))
	}
	invocation := sarifInvocation{ExecutionSuccessful: len(sum.NotAnalysed) == 0, Notifications: []sarifNotification{}}
	for _, n := range sum.NotAnalysed {
		if descriptor := (sarifDescriptor{ID: n.Class}); !slices.Contains(driver.Notifications, descriptor) {
			driver.Notifications = append(driver.Notifications, descriptor)
		}
		invocation.Notifications = append(invocation.Notifications, sarifNotification{
			Level: "error", Message: sarifMessage{"Not analysed: " + n.Path + ": " + n.Reason},
			Descriptor: sarifDescriptor{ID: n.Class}, Locations: sarifLocations(finding.Location{Path: n.Path}, ""),
		})
	}
	properties := map[string]any{"files": sum.Files, "skipped": sum.Skipped, "commits": sum.Commits, "refs": sum.Refs,
		"suppressed": sum.Suppressed, "baselined": sum.Baselined, "checklist": sum.Checklist}
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{{
		Tool: sarifTool{driver}, Invocations: []sarifInvocation{invocation}, Results: s.results, Properties: properties,
	}}}
	encoder := json.NewEncoder(s.w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(log)
}

func newSARIFRule(r finding.Rule) sarifRule {
	tags := []string{"security"}
	for _, cwe := range r.CWE {
		tags = append(tags, "external/cwe/"+strings.ToLower(cwe))
	}
	for _, list := range [][]string{r.OWASP2021, r.OWASP2025, r.API2023} {
		for _, id := range list {
			tags = append(tags, "OWASP-"+id)
		}
	}
	for _, id := range r.ASVS {
		tags = append(tags, "ASVS-"+id)
	}
	return sarifRule{
		ID: r.ID, Name: pascal(r.Class), Short: sarifMessage{r.Name}, Full: sarifMessage{r.Why},
		Help: sarifHelp{
			Text:     fmt.Sprintf("%s\n\nFix: %s\n\nBad:\n%s\n\nGood:\n%s", r.Why, r.Fix, r.Bad, r.Good),
			Markdown: fmt.Sprintf("%s\n\n**Fix:** %s\n\nBad:\n\n%s\n\nGood:\n\n%s", r.Why, r.Fix, fenced(r.Bad), fenced(r.Good)),
		},
		Configuration: sarifConfiguration{sarifLevel(r.Severity)},
		Properties:    map[string]any{"tags": tags, "security-severity": securitySeverity(r.Severity), "class": r.Class},
	}
}

// pascal writes a class as SARIF wants names of rules: "cond-auth-skip" is CondAuthSkip.
func pascal(class string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(class, "-") {
		b.WriteString(strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):])
	}
	return b.String()
}

func fenced(code string) string { return "```\n" + code + "\n```" }

func sarifLevel(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

// securitySeverity is what code hosts sort by: above 9 is critical, from 7 high, from 4 medium.
func securitySeverity(s finding.Severity) string {
	return map[finding.Severity]string{finding.Critical: "9.5", finding.High: "8.0", finding.Medium: "5.5", finding.Low: "3.0", finding.Info: "1.0"}[s]
}
