package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/finding"
)

// Baseline is a list of findings that are known, by fingerprint. New ones are reported, known ones counted.
type Baseline struct {
	known map[string]bool // by fingerprint; true when it still stands, false for a secret that was rotated
	first map[string]bool // the same for fingerprints of version 1
}

// BaselineEntry is one known finding. Only the fingerprint counts; the rest is for people.
type BaselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	First       bool   `json:"version_1,omitempty"` // the fingerprint is one of version 1, which knew nothing of functions
	Rule        string `json:"rule"`
	Path        string `json:"path"`
	Resolved    string `json:"resolved,omitempty"` // day on which a secret was rotated
	Reason      string `json:"reason,omitempty"`
}

// baselineVersion is what is written. Version 1 is read: its entries keep their fingerprints.
const baselineVersion = 2

// baselineFile is the form on disk.
type baselineFile struct {
	Version  int             `json:"version"`
	Findings []BaselineEntry `json:"findings"`
}

// ParseBaseline reads what [FormatBaseline] wrote.
func ParseBaseline(data []byte) (*Baseline, []BaselineEntry, error) {
	var file baselineFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, nil, fmt.Errorf("reading baseline: %w", err)
	}
	if file.Version < 1 || file.Version > baselineVersion {
		return nil, nil, fmt.Errorf("reading baseline: version %d is neither 1 nor %d", file.Version, baselineVersion)
	}
	for i := range file.Findings {
		file.Findings[i].First = file.Findings[i].First || file.Version == 1
	}
	return NewBaseline(file.Findings), file.Findings, nil
}

// NewBaseline knows the entries.
func NewBaseline(entries []BaselineEntry) *Baseline {
	b := &Baseline{known: map[string]bool{}, first: map[string]bool{}}
	for _, e := range entries {
		list := b.known
		if e.First {
			list = b.first
		}
		list[e.Fingerprint] = e.Resolved == ""
	}
	return b
}

// FormatBaseline writes entries in order, so that a diff shows what changed.
func FormatBaseline(entries []BaselineEntry) ([]byte, error) {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b BaselineEntry) int {
		return strings.Compare(a.Path+"\x00"+a.Rule+"\x00"+a.Fingerprint, b.Path+"\x00"+b.Rule+"\x00"+b.Fingerprint)
	})
	sorted = slices.CompactFunc(sorted, func(a, b BaselineEntry) bool { return a.Fingerprint == b.Fingerprint && a.First == b.First })
	data, err := json.MarshalIndent(baselineFile{Version: baselineVersion, Findings: sorted}, "", "  ")
	return append(data, '\n'), err
}

// Entry is the baseline's view of a finding.
func Entry(f finding.Finding) BaselineEntry {
	return BaselineEntry{Fingerprint: f.Fingerprint, Rule: f.Rule, Path: f.Path}
}

func (b *Baseline) knows(f finding.Finding) (known, stands bool) {
	if b == nil {
		return false, false
	}
	if stands, known = b.known[f.Fingerprint]; !known {
		stands, known = b.first[f.FirstFingerprint]
	}
	return known, stands
}
