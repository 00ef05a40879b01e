package secrets

import (
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// Conceal takes the secrets that stand in the project out of findings of every class: a line with a mistake may
// have a secret, too.
func Conceal(p *audit.Project, list []finding.Finding) {
	s := scanOf(p)
	for i := range list {
		f := &list[i]
		for _, h := range s.files[f.Path] {
			if h.line < f.Line || h.line > max(f.Line, f.EndLine) {
				continue
			}
			for _, value := range h.hide {
				f.Snippet = strings.ReplaceAll(f.Snippet, value, redacted)
				f.Message = strings.ReplaceAll(f.Message, value, redacted)
			}
		}
	}
}

// shortest is the length from which a value is looked for elsewhere in a text: "root" is a part of many words.
const shortest = 6

// hidden lists what must not be shown of the line: the value, or a short one with what stands around it.
func (h *hit) hidden(text string) []string {
	var list []string
	if len(h.value) >= shortest {
		list = append(list, h.value)
	}
	switch shown := text[h.start:h.end]; {
	case len(shown) >= shortest:
		list = append(list, shown)
	case shown != "":
		list = append(list, text[max(0, h.start-1):min(len(text), h.end+1)])
	}
	return list
}

// conceal takes every secret out of a line.
func conceal(text string, hits []hit) string {
	for i := len(hits) - 1; i >= 0; i-- {
		text = text[:hits[i].start] + redacted + text[hits[i].end:]
	}
	for _, h := range hits {
		if len(h.value) >= shortest {
			text = strings.ReplaceAll(text, h.value, redacted)
		}
	}
	return text
}

// redacted stands where a secret stood.
const redacted = "[redacted]"
