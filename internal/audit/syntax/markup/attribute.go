package markup

import (
	"bytes"
	"strings"
)

// span is one attribute of a start tag by offsets: from, to.
type span struct{ name, value [2]int }

// elementName returns the name of a start tag in lower case, and the offset behind it.
func elementName(raw []byte) (string, int) {
	end := 1
	for end < len(raw) && !endsName(raw[end]) {
		end++
	}
	return strings.ToLower(string(raw[min(1, len(raw)):end])), end
}

func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// attribute reads the next attribute at or after an offset, and returns the offset behind it. Without one the name
// is empty.
func attribute(raw []byte, at int) (span, int) {
	for at < len(raw) && endsName(raw[at]) {
		at++
	}
	s := span{name: [2]int{at, at}, value: [2]int{at, at}}
	for at < len(raw) && (!endsName(raw[at]) && raw[at] != '=' || at == s.name[0] && raw[at] == '=') {
		at++
	}
	s.name[1] = at
	behind := at
	for at < len(raw) && isSpace(raw[at]) {
		at++
	}
	if at >= len(raw) || raw[at] != '=' {
		return s, behind
	}
	at++
	for at < len(raw) && isSpace(raw[at]) {
		at++
	}
	return value(raw, s, at)
}

// value reads what stands behind "=": in quotes, in braces as in Svelte, or up to the next space.
func value(raw []byte, s span, at int) (span, int) {
	if at < len(raw) && (raw[at] == '"' || raw[at] == '\'') {
		end := bytes.IndexByte(raw[at+1:], raw[at])
		if end < 0 {
			end = len(raw) - at - 1
		}
		s.value = [2]int{at + 1, at + 1 + end}
		return s, min(at+2+end, len(raw))
	}
	from := at
	for at < len(raw) && !isSpace(raw[at]) && raw[at] != '>' {
		at++
	}
	s.value = [2]int{from, at}
	return s, at
}
