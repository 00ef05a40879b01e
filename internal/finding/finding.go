// Package finding holds the words of a check's result, which are SARIF's: a rule, a finding at a location, and
// what could not be analysed.
package finding

import (
	"fmt"
	"strings"
)

// Severity is how bad a finding is if it is true.
type Severity int

// The severities, least first.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities returns all, least first.
func Severities() []Severity { return []Severity{Info, Low, Medium, High, Critical} }

// String returns the lower-case name.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	case Critical:
		return "critical"
	}
	return fmt.Sprintf("severity(%d)", int(s))
}

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, known := range Severities() {
		if strings.EqualFold(known.String(), string(text)) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("reading severity %q: it is none of info, low, medium, high, critical", text)
}

// Confidence is how sure a rule is.
type Confidence string

// The confidences.
const (
	Sure     Confidence = "high"
	Likely   Confidence = "medium"
	Possible Confidence = "low"
)

// Location is a place in a file, or in a file of a commit.
type Location struct {
	Path    string `json:"path"` // slash-separated, relative to the audited folder
	Line    int    `json:"line"` // from 1; 0 for the whole file
	EndLine int    `json:"end_line"`
	Column  int    `json:"column,omitempty"` // in bytes, from 1; 0 when unknown
	Commit  string `json:"commit"`           // empty for the working tree
}

// Finding is one mistake. It never contains a secret's value: Snippet and Message are redacted by the rule.
type Finding struct {
	Rule       string     `json:"rule"`
	Class      string     `json:"class"`
	Severity   Severity   `json:"severity"`
	Confidence Confidence `json:"confidence"`
	Location
	Message     string   `json:"message"` // what is wrong here, in one sentence
	Fix         string   `json:"fix"`     // the smallest change that mends it
	CWE         []string `json:"cwe"`
	OWASP       []string `json:"owasp"`
	Fingerprint string   `json:"fingerprint"` // stable when lines move; derived from no secret
	// FirstFingerprint is what a baseline of version 1 calls the place. It says nothing about what is around it.
	FirstFingerprint string `json:"-"`
	Snippet          string `json:"snippet,omitempty"`
	Author           string `json:"author_date,omitempty"` // of the commit, RFC 3339
	InHead           *bool  `json:"in_head,omitempty"`     // history: whether it still stands
	// HiddenBy says why a finding does not count: see [HiddenByComment]. It is empty for one that counts.
	HiddenBy string `json:"hidden_by,omitempty"`
}

// Why a finding does not count.
const (
	HiddenByComment  = "comment"      // a comment beside it accepts it with a reason
	HiddenByBaseline = "baseline"     // the baseline knows it
	HiddenByRotation = "rotation"     // the baseline knows it as a secret that was rotated
	HiddenByProject  = "project file" // .sallyport-audit.yaml leaves out its file or its rule
)

// NotAnalysed is something that was not looked at. It is never clean.
type NotAnalysed struct {
	Class  string `json:"class"` // what kind of thing: see [NotAnalysedClasses]
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// NotAnalysedClasses are the kinds of thing that may not be looked at.
func NotAnalysedClasses() []string {
	return []string{"unreadable", "unparsable", "too-large", "unsupported-language", "history", "network", "internal"}
}

// Summary ends a stream of findings.
type Summary struct {
	Files       int              `json:"files"`
	Skipped     map[string]int   `json:"skipped"` // files left out on purpose, by why: ignored, vendored, minified, generated, binary
	Commits     int              `json:"commits"`
	Refs        []string         `json:"refs"`
	Findings    map[string]int   `json:"findings"` // by class
	Suppressed  int              `json:"suppressed"`
	Baselined   int              `json:"baselined"`
	NotAnalysed []NotAnalysed    `json:"not_analysed"`
	Checklist   []ChecklistEntry `json:"checklist"`
}

// ChecklistEntry is one point of the checklist: before coding, for every endpoint, before commit, before deploy.
type ChecklistEntry struct {
	ID    string `json:"id"`
	When  string `json:"when"`
	What  string `json:"what"`
	State string `json:"state"` // done, missing or not-analysed
}

// Handler receives findings in a deterministic order, then the summary. Writers implement it.
type Handler interface {
	Finding(Finding) error
	Summary(Summary) error
}

// Rule describes a kind of mistake. The detector is the audit's; this is what people and reports read.
type Rule struct {
	ID        string // "SP101"; stable for ever
	Class     string // such as "cond-auth-skip"
	Name      string // a few words
	Severity  Severity
	CWE       []string // "CWE-636"
	OWASP2021 []string // "A01:2021"
	OWASP2025 []string
	API2023   []string // "API2:2023"
	ASVS      []string // "v5.0.0-6.2.1"
	Why       string   // what an attacker does with it
	Fix       string   // how to mend it
	Bad, Good string   // a short example of each
}
