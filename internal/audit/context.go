package audit

import (
	"slices"
	"strings"
	"unicode"
)

// maxEnclosing bounds how many definitions around a place are looked for.
const maxEnclosing = 8

// enclosing names the definitions around line n of lines, innermost first, by its indentation alone, so that it is
// the same for every language: "def orders", "class Shop". Of a definition it keeps the words before its parameters
// or value, and the paths of routes: what a line sets does not count, and may be a secret. redact has the last word.
func enclosing(lines []string, n int, redact func(line int, text string) string) string {
	if n < 1 || n > len(lines) {
		return ""
	}
	var names []string
	depth := indentation(lines[n-1])
	for i := n - 2; i >= 0 && depth > 0 && len(names) < maxEnclosing; i-- {
		if strings.TrimSpace(lines[i]) == "" || indentation(lines[i]) >= depth {
			continue
		}
		depth = indentation(lines[i])
		if name := definition(redact(i+1, strings.TrimSpace(lines[i]))); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " < ")
}

func indentation(line string) int {
	width := 0
	for _, r := range line {
		switch r {
		case ' ':
			width++
		case '\t':
			width += 8
		default:
			return width
		}
	}
	return 0 // an empty line opens nothing
}

// definition is what a line that something stands below defines; "" for a statement such as if or try.
func definition(line string) string {
	line = strings.TrimLeft(line, "})] ")
	first := strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	if len(first) == 0 || slices.Contains(statements(), first[0]) {
		return ""
	}
	head, receiver := line, ""
	if rest, ok := strings.CutPrefix(line, "func ("); ok { // a method of Go
		receiver, head, _ = strings.Cut(rest, ")")
	}
	if i := strings.IndexAny(head, "(=:{\"'`"); i >= 0 {
		head = head[:i]
	}
	return strings.Join(strings.Fields(receiver+" "+head+" "+routePath(line)), " ")
}

// routePath is the first text of a line that looks like the path of a route.
func routePath(line string) string {
	for _, quote := range []string{`"/`, `'/`, "`/"} {
		if _, rest, ok := strings.Cut(line, quote); ok {
			path, _, closed := strings.Cut(rest, quote[:1])
			if closed && !strings.ContainsAny(path, " 0123456789") {
				return "/" + path
			}
		}
	}
	return ""
}

// statements begin lines that enclose others without a name.
func statements() []string {
	return []string{
		"if", "elif", "else", "for", "while", "switch", "case", "default", "select", "try", "catch", "except", "finally", "with", "match", "do", "return",
		"await", "defer", "go", "unless", "rescue", "begin",
	}
}
