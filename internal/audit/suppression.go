package audit

import (
	"regexp"
	"strings"

	"sallyport/internal/finding"
)

// Suppression is a comment that accepts one place with a reason: "sallyport:ignore SP101 the reason". It
// counts for its own line, or for the next one when nothing else stands on its own. Without a rule or a reason
// it counts for nothing.
type Suppression struct {
	Rules  []string
	Reason string
	Line   int
	Next   bool // it stands alone, so it is about the next line
}

// suppressionComment takes the comment openings of every language that is audited.
func suppressionComment() *regexp.Regexp {
	return regexp.MustCompile(`(?:#|//|/\*|<!--|\{#|--|;)\s*sallyport:ignore\s+(SP\d+(?:\s*,\s*SP\d+)*)\s+(\S.*?)\s*(?:\*/|-->|#\})?\s*$`)
}

// ParseSuppressions reads the suppressions of one file.
func ParseSuppressions(content []byte) []Suppression {
	if !strings.Contains(string(content), "sallyport:ignore") {
		return nil
	}
	comment := suppressionComment()
	var list []Suppression
	line := 0
	for text := range strings.SplitSeq(string(content), "\n") {
		line++
		if !strings.Contains(text, "sallyport:ignore") {
			continue
		}
		m := comment.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		s := Suppression{Reason: text[m[4]:m[5]], Line: line, Next: strings.TrimSpace(text[:m[0]]) == ""}
		for id := range strings.SplitSeq(text[m[2]:m[3]], ",") {
			s.Rules = append(s.Rules, strings.TrimSpace(id))
		}
		list = append(list, s)
	}
	return list
}

// suppressions are those of a project, by path, line and rule.
type suppressions map[suppressed]bool

type suppressed struct {
	path string
	line int
	rule string
}

func suppressionsOf(p *Project) suppressions {
	all := suppressions{}
	for _, f := range p.Files {
		for _, s := range ParseSuppressions(f.Content) {
			line := s.Line
			if s.Next {
				line++
			}
			for _, rule := range s.Rules {
				all[suppressed{f.Path, line, rule}] = true
			}
		}
	}
	return all
}

func (s suppressions) cover(f finding.Finding) bool { return s[suppressed{f.Path, f.Line, f.Rule}] }
