// Package report writes findings for people and programs. Each writer is a [finding.Handler].
package report

import (
	"encoding/json"
	"io"

	"sallyport/internal/finding"
)

// JSON writes one object a line: each finding, then {"summary": ...}. The zero value is not usable; see
// [NewJSON]. It is not safe for concurrent use.
type JSON struct{ encoder *json.Encoder }

// NewJSON returns a writer to w.
func NewJSON(w io.Writer) *JSON {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &JSON{encoder}
}

// Finding writes one line.
func (j *JSON) Finding(f finding.Finding) error { return j.encoder.Encode(f) }

// Summary writes the last line.
func (j *JSON) Summary(s finding.Summary) error {
	return j.encoder.Encode(map[string]finding.Summary{"summary": s})
}
