// Package secrets finds keys, passwords and tokens that stand in files and in the history of git, and what is
// wrong with environment files. The values that it finds leave it in no form: not in messages, not in snippets,
// not in fingerprints.
package secrets

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Detectors returns the detectors of this package by class.
func Detectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"hardcoded-secret":      hardcoded,
		"env-file-committed":    committedEnv,
		"env-file-mode":         envMode,
		"gitignore-missing-env": unignoredEnv,
		"env-example-missing":   envExample,
	}
}

// lineHit is a secret in a file.
type lineHit struct {
	hit
	line int
	hide []string // what must not be shown of the line
}

// scan is what all detectors of this package share: the matcher and what it found in each file.
type scan struct {
	matcher *matcher
	err     error
	files   map[string][]lineHit
}

// scanOf reads every file once.
func scanOf(p *audit.Project) *scan {
	return audit.Memo(p, func(p *audit.Project) *scan {
		s := &scan{files: map[string][]lineHit{}}
		if s.matcher, s.err = newMatcher(); s.err != nil {
			p.NotAnalysed(finding.NotAnalysed{Class: "internal", Reason: s.err.Error()})
			return s
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		for _, f := range p.Files {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				if hits := s.matcher.file(f); len(hits) > 0 {
					mu.Lock()
					defer mu.Unlock()
					s.files[f.Path] = hits
				}
			})
		}
		wg.Wait()
		return s
	})
}

// file returns the secrets of a file.
func (m *matcher) file(f *audit.File) []lineHit {
	facts := factsOf(f.Path)
	if !m.looksAt(facts) {
		return nil
	}
	facts.test = facts.test || f.Test
	var found []lineHit
	once := map[string]bool{}
	place := &place{facts: facts, lines: strings.Split(string(f.Content), "\n")}
	for i := range place.lines {
		place.lines[i] = strings.TrimSuffix(place.lines[i], "\r")
	}
	for place.at = range place.lines {
		for _, h := range m.find(place) {
			key := h.pattern.id
			if !h.pattern.once {
				key = h.value
			}
			if !once[key] {
				found = append(found, lineHit{h, place.at + 1, h.hidden(place.text())})
			}
			once[key] = true
		}
	}
	return found
}

// isShared says whether a file goes where the repository goes. Environment files that git does not know are
// where secrets belong.
func isShared(p *audit.Project, f *audit.File) bool {
	if f.Ignored && !f.Tracked {
		return false
	}
	return f.Tracked || !isEnvFile(f)
}

func hardcoded(pass *audit.Pass) {
	s := scanOf(pass.Project)
	for _, f := range pass.Project.Files {
		if !isShared(pass.Project, f) {
			continue
		}
		example := factsOf(f.Path).example
		redact := values(s.files[f.Path])
		for _, h := range s.files[f.Path] {
			if example {
				given := familyOf(h.name) == password || familyOf(h.name) == token // by somebody, and not made up for the program
				if !h.isReal() || !h.pattern.sure && !(isRandom(h.value) && given) {
					continue
				}
				if !h.pattern.sure {
					h.severity = min(h.severity, finding.Medium) // perhaps it was made up for the example
				}
			}
			pass.Report(audit.Report{
				File: f, Line: h.line, Column: h.start + 1, Message: h.sentence(), Severity: &h.severity, Confidence: h.confidence,
				Redact: redact, Key: h.pattern.id + " " + h.name,
			})
		}
	}
}

// values lists what must not be shown of a file, the longest first: a part must not spoil the whole.
func values(hits []lineHit) []string {
	var list []string
	for _, h := range hits {
		list = append(list, h.hide...)
	}
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}

// sentence says what stands at the place, without the value.
func (h *hit) sentence() string {
	switch h.pattern.id {
	case "assignment":
		return fmt.Sprintf("%s has a literal value here: whoever sees the file has the secret", h.name)
	case "url-password":
		return fmt.Sprintf("an address of %s has its password in it", cmp.Or(h.name, "a service"))
	}
	return fmt.Sprintf("%s stands here: whoever sees the file has it", h.pattern.what)
}
