package audit

import (
	"slices"

	"sallyport/internal/finding"
)

// The states of a point of the checklist.
const (
	Done        = "done"         // everything that belongs to it was looked at, and nothing was found
	Missing     = "missing"      // something was found, though a baseline may know it
	NotAnalysed = "not-analysed" // nothing was found, and not everything was looked at
)

// checklistPoint is one point, the classes of finding that say it is missing, and the kinds of input without
// which nobody can say that it is done.
type checklistPoint struct {
	id, when, what string
	classes, input []string
	change         bool // it is about a change, so that looking at the change alone is enough
}

func checklist() []checklistPoint {
	code := []string{"unreadable", "unparsable", "too-large", "internal", UnsupportedLanguage}
	text := []string{"unreadable", "too-large", "internal"}
	return []checklistPoint{
		{id: "C1", when: "before coding", what: "environment files are in .gitignore, and not in git", classes: []string{"gitignore-missing-env", "env-file-committed"}, input: text},
		{id: "C2", when: "before coding", what: ".env.example names what the environment needs", classes: []string{"env-example-missing"}, input: code},
		{id: "C3", when: "for every endpoint", what: "authentication that nothing skips", classes: []string{"cond-auth-skip", "missing-auth"}, input: code},
		{id: "C4", when: "for every endpoint", what: "generic error messages", classes: []string{"error-leak"}, input: code},
		{id: "C5", when: "for every endpoint", what: "rate limits on every costly task", classes: []string{"missing-rate-limit"}, input: code},
		{id: "C6", when: "before commit", what: "no secret in the change", classes: []string{"hardcoded-secret", "secret-in-history", "env-file-committed"}, input: append([]string{"history"}, text...), change: true},
		{id: "C7", when: "before deploy", what: "dependencies without known vulnerabilities", classes: []string{"vulnerable-dependency"}, input: append([]string{"network"}, code...)},
		{id: "C8", when: "before deploy", what: "no protection that was put off", classes: []string{"security-todo"}, input: append([]string{UnsupportedLanguage}, text...)},
	}
}

// Checklist says of each point whether it is done, by what was found, which rules ran and what was not analysed.
// partial is for an audit of changes alone, which cannot say that a whole project has what it needs: points that the
// change does not show are left out.
func Checklist(rules []*Rule, result *Result, partial bool) []finding.ChecklistEntry {
	var list []finding.ChecklistEntry
	for _, point := range checklist() {
		state := point.state(rules, result)
		if partial && !point.change && state != Missing {
			continue
		}
		list = append(list, finding.ChecklistEntry{ID: point.id, When: point.when, What: point.what, State: state})
	}
	return list
}

func (c checklistPoint) state(rules []*Rule, result *Result) string {
	ran := func(class string) bool {
		return slices.ContainsFunc(rules, func(r *Rule) bool { return r.Class == class })
	}
	found := func(f finding.Finding) bool { return slices.Contains(c.classes, f.Class) }
	missed := func(n finding.NotAnalysed) bool { return slices.Contains(c.input, n.Class) }
	known := func(class string) bool { return result.Known[class] > 0 }
	switch {
	case slices.ContainsFunc(result.Findings, found) || slices.ContainsFunc(c.classes, known):
		return Missing
	case slices.ContainsFunc(result.NotAnalysed, missed):
		return NotAnalysed
	}
	for _, class := range c.classes {
		if !ran(class) {
			return NotAnalysed
		}
	}
	return Done
}
