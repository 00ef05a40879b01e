package serve

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// appendRow appends a row as an object. Members without a value are left out.
func appendRow(b []byte, members []string, row dataset.Row) []byte {
	b = append(b, '{')
	first := true
	for i, member := range members {
		if i >= len(row) || absent(row[i]) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, member...)
		b = appendValue(b, row[i])
	}
	return append(b, '}')
}

// absent says whether a value is null, an empty list, or a number that JSON does not have.
func absent(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case json.RawMessage:
		return len(v) == 0 || string(v) == "[]" || string(v) == "null"
	case float64:
		return math.IsNaN(v) || math.IsInf(v, 0)
	case string, int64, bool:
		return false
	}
	return true // a type that no source has is not served
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendNumber(b, v)
	case json.RawMessage:
		return append(b, v...)
	}
	return append(b, "null"...)
}

// appendNumber writes a number as ECMAScript does, so that every reader gets the same digits back.
func appendNumber(b []byte, f float64) []byte {
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string, RFC 8259 section 7. Bytes that are not UTF-8 become U+FFFD; the
// line separators that ended strings in older JavaScript are escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7F {
				i++
				continue
			}
			b = appendEscape(append(b, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), "\uFFFD"...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[start:i]...), `\u202`...)
			b = append(b, hexDigits[r&0xF])
			start = i + size
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}
