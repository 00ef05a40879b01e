package secrets

import (
	"strings"

	"sallyport/internal/audit"
)

// Redactor returns a function that takes the secrets which stand in lines from to to of a file out of a text about
// them, and longer ones of the whole file: a line with a mistake of any class may have a secret, too. It is safe for concurrent use.
func Redactor(p *audit.Project) func(path string, from, to int, text string) string {
	return func(path string, from, to int, text string) string {
		for _, h := range scanOf(p).files[path] {
			here := from <= h.line && h.line <= max(from, to)
			for _, value := range h.hide {
				if here || len(value) >= telling {
					text = strings.ReplaceAll(text, value, redacted)
				}
			}
		}
		return text
	}
}

// telling is the length from which a value is taken out of other lines of its file, too.
const telling = 12

// shortest is the length from which a value is looked for elsewhere in a text: "root" is a part of many words.
const shortest = 6

// hidden lists what must not be shown of the line: the value, or a short one with what stands around it.
func (h *hit) hidden(text string) []string {
	var list []string
	common := isCommonPassword(h.value) // a word of many texts, the message about it included
	if len(h.value) >= shortest && !common {
		list = append(list, h.value)
	}
	switch shown := text[h.start:h.end]; {
	case len(shown) >= shortest && !common:
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
