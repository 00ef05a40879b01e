package markup

import (
	"strings"

	syntax "sallyport/internal/audit/syntax/markup"
)

// defines says whether the scripts of a component give the name nothing but texts that stand there, and what a
// sanitiser returns.
func (u *unit) defines(expression string) bool {
	return u.clean[lastName(strings.TrimSuffix(expression, "()"))]
}

// definitions returns the names that scripts define, and whether every value is harmless.
func definitions(scripts []syntax.Script) map[string]bool {
	clean := map[string]bool{}
	for _, s := range scripts {
		text := string(s.Source)
		for at := 0; at < len(text); {
			end := at
			for end < len(text) && inWord(text[end]) {
				end++
			}
			if value, ok := valueAfter(text[end:]); ok && end > at {
				before, seen := clean[text[at:end]]
				clean[text[at:end]] = (before || !seen) && (constant(value) || harmlessCall(value) || returnsClean(value))
			}
			at = end + 1
		}
	}
	return clean
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

func inWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
