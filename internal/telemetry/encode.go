package telemetry

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// timeLayout is RFC 3339 with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// appendKey begins a member of an object. Keys are ours and need no escape.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

// appendText appends a member whose value is text, unless the text is empty.
func appendText(b []byte, key, text string, limit int) []byte {
	if text == "" {
		return b
	}
	return appendString(appendKey(b, key), text, limit)
}

// appendInt appends a member whose value is a whole number.
func appendInt(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(appendKey(b, key), n, 10)
}

// appendMillis appends a duration in milliseconds with three decimals.
func appendMillis(b []byte, key string, d time.Duration) []byte {
	micros := max(d, 0).Microseconds()
	b = strconv.AppendInt(appendKey(b, key), micros/1000, 10)
	rest := micros % 1000
	return append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
}

// appendString appends text as a JSON string of printable ASCII, RFC 8259 section 7: everything else is
// escaped, so that no text can break a line, hide itself on a terminal or reorder what stands around it.
// Invalid UTF-8 becomes U+FFFD. Text beyond limit bytes is cut between characters.
func appendString(b []byte, text string, limit int) []byte {
	cut := len(text) > limit
	if cut {
		text = text[:limit]
		for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
			if utf8.RuneStart(text[i]) {
				if !utf8.FullRuneInString(text[i:]) {
					text = text[:i]
				}
				break
			}
		}
	}
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			b = appendASCII(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		b = appendRune(b, r)
		i += size
	}
	if cut {
		b = append(b, "..."...)
	}
	return append(b, '"')
}

func appendASCII(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c < 0x20 || c == 0x7f:
		return appendUnit(b, uint16(c))
	}
	return append(b, c)
}

// appendRune escapes r, beyond the basic plane as a surrogate pair.
func appendRune(b []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		b = appendUnit(b, 0xd800+uint16(r>>10))
		return appendUnit(b, 0xdc00+uint16(r&0x3ff))
	}
	return appendUnit(b, uint16(r))
}

func appendUnit(b []byte, u uint16) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}
