package markup

import "strings"

// defines says whether the scripts of a component give the name nothing but texts that stand there, and what a
// sanitiser returns.
func (u *unit) defines(expression string) bool {
	last := lastName(strings.TrimSuffix(expression, "()"))
	found := false
	for _, s := range u.page.Scripts {
		text := string(s.Source)
		for at := indexWord(text, last, 0); at >= 0; at = indexWord(text, last, at+len(last)) {
			value, ok := valueAfter(text[at+len(last):])
			if !ok {
				continue
			}
			if !constant(value) && !harmlessCall(value) && !returnsClean(value) {
				return false
			}
			found = true
		}
	}
	return found
}

// maxValue is how much of a definition is looked at, in bytes.
const maxValue = 600

// valueAfter returns what is given to a name: behind "=" or ":", or as the body of a method.
func valueAfter(rest string) (string, bool) {
	text := strings.TrimLeft(rest[:min(len(rest), maxValue)], " \t")
	switch {
	case strings.HasPrefix(text, "=") && !strings.HasPrefix(text, "==") && !strings.HasPrefix(text, "=>"), strings.HasPrefix(text, ":"):
		line := cut(strings.TrimLeft(text[1:], " \t\n"), "\n")[0]
		return strings.TrimRight(cut(line, ",")[0], "; "), true
	case strings.HasPrefix(text, "()") && strings.HasPrefix(strings.TrimLeft(text[2:], " "), "{"):
		return cut(text[2:], "\n")[0], true
	}
	return "", false
}

// returnsClean says whether a function or a computed value gives back what a sanitiser returned, or a text that
// stands there.
func returnsClean(value string) bool {
	for _, mark := range []string{"=>", "return "} {
		_, result, ok := strings.Cut(value, mark)
		if !ok {
			continue
		}
		result = cut(strings.TrimLeft(result, " \n\t"), "\n")[0]
		if startsClean(result) || constant(strings.TrimRight(result, "}); ,\n\t")) && strings.Contains(result, "<") {
			return true
		}
	}
	return false
}

// indexWord returns where a whole word stands at or after an offset, or -1.
func indexWord(text, word string, from int) int {
	for word != "" && from < len(text) {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return -1
		}
		at, end := from+i, from+i+len(word)
		if (at == 0 || !inWord(text[at-1])) && (end == len(text) || !inWord(text[end])) {
			return at
		}
		from = end
	}
	return -1
}

func inWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
