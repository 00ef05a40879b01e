package audit

import "sallyport/internal/finding"

// Detector looks at a project for the mistakes of one class, in one language or kind of file, and reports
// each place to the pass. It is deterministic and does not keep the pass.
type Detector func(*Pass)

// Rule is a kind of mistake and how it is found.
type Rule struct {
	finding.Rule
	// Detectors by language or kind of file: "python", "javascript", "go", "html", "docker", ... Each that
	// is claimed here has a bad and a good case in the rule's tests.
	Detectors map[string]Detector
}

// Pass is one run of one detector over one project.
type Pass struct {
	Project *Project
	Rule    *Rule
	// Redact takes the secrets of lines from to to of a file out of a text about them; nil when none are known.
	Redact  func(path string, from, to int, text string) string
	reports []Report
}

// Report is one place that a detector found. Zero fields are the rule's own.
type Report struct {
	File       *File
	Line       int // from 1; 0 for the whole file
	EndLine    int // Line when 0
	Column     int // from 1, in bytes
	Message    string
	Fix        string
	Severity   *finding.Severity // when this place is better or worse than the rule in general
	Confidence finding.Confidence
	// Redact are values that must not appear in the snippet, such as a secret that was found.
	Redact []string
	// Key names the place for the fingerprint when the line's text must not: a variable's name, a route.
	Key string
}

// Report notes a place.
func (p *Pass) Report(r Report) { p.reports = append(p.reports, r) }
