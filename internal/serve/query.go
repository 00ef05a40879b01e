package serve

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sallyport/problem"
)

// maxQuery bounds the bytes of a query string and of a path.
const maxQuery = 16 << 10

// maxInputs bounds the parameters of an endpoint, so that their values need no allocation.
const maxInputs = 12

// values are the texts of an endpoint's inputs, in their order; empty means absent.
type values [maxInputs]string

var (
	errLongQuery error = problem.New(http.StatusBadRequest, "query: too long")
	errEscape    error = problem.New(http.StatusBadRequest, "query: malformed escape")
)

// read takes the values out of the path and the query. It is stricter than [url.ParseQuery]: what is
// malformed, unknown, repeated, empty or no text is refused, and never dropped. Only what is unknown may be passed
// over, where the description says so.
func (e *endpoint) read(r *http.Request, to *values) error {
	for i := range e.inputs {
		if in := &e.inputs[i]; in.path {
			if err := in.set(&to[i], r.PathValue(in.name)); err != nil {
				return err
			}
		}
	}
	query := r.URL.RawQuery
	if query == "" {
		return nil
	}
	if len(query) > maxQuery {
		return errLongQuery
	}
	for pair := range strings.SplitSeq(query, "&") {
		if err := e.readPair(to, pair); err != nil {
			return err
		}
	}
	return nil
}

func (e *endpoint) readPair(to *values, pair string) error {
	escapedName, escapedValue, _ := strings.Cut(pair, "=")
	name, ok := unescape(escapedName)
	if !ok {
		return errEscape
	}
	i := e.input(name)
	if i < 0 {
		return e.tolerate(escapedValue)
	}
	if to[i] != "" {
		return e.inputs[i].errs.repeated
	}
	value, ok := unescape(escapedValue)
	if !ok {
		return errEscape
	}
	return e.inputs[i].set(&to[i], value)
}

// tolerate refuses a parameter that the path does not take, or ignores it as long as it is well formed.
func (e *endpoint) tolerate(escapedValue string) error {
	if !e.shape.ignores() {
		return e.unknown
	}
	if _, ok := unescape(escapedValue); !ok {
		return errEscape
	}
	return nil
}

// surplus counts the parameters of a query that was read which the path does not take.
func (e *endpoint) surplus(query string) int {
	if query == "" || !e.shape.ignores() {
		return 0
	}
	n := 0
	for pair := range strings.SplitSeq(query, "&") {
		escaped, _, _ := strings.Cut(pair, "=")
		if name, ok := unescape(escaped); ok && e.input(name) < 0 {
			n++
		}
	}
	return n
}

// input finds the input that a query names, or -1. Inputs of the path are not among them.
func (e *endpoint) input(name string) int {
	for i := range e.inputs {
		if in := &e.inputs[i]; !in.path {
			for _, known := range in.names {
				if known == name {
					return i
				}
			}
		}
	}
	return -1
}

// set stores text as NFC, when it is text.
func (in *input) set(to *string, text string) error {
	if text == "" {
		return in.errs.empty
	}
	plain := true
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == 0x7F {
			return in.errs.noText
		} else if c >= utf8.RuneSelf {
			plain = false
		}
	}
	if !plain {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return in.errs.noText
		}
		text = norm.NFC.String(text)
	}
	*to = text
	return nil
}

// unescape decodes a name or value of application/x-www-form-urlencoded. It says no to an escape that is cut
// short or has other digits than hexadecimal ones.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, true
	}
	text := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			text = append(text, ' ')
		case '%':
			if i+2 >= len(s) {
				return "", false
			}
			high, low := unhex(s[i+1]), unhex(s[i+2])
			if high > 15 || low > 15 {
				return "", false
			}
			text = append(text, high<<4|low)
			i += 2
		default:
			text = append(text, c)
		}
	}
	return string(text), true
}

// unhex returns the value of a hexadecimal digit, or more than 15.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xFF
}
