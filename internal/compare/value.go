package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of a body that is compared by field.
const maxDepth = 256

var errNotJSON = errors.New("not one JSON text")

// decode reads one JSON text: nil, bool, string, json.Number, []any or map[string]any. A text in which an object
// has a member twice is none, because readers do not agree on what it says.
func decode(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	value, err := decodeValue(decoder, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	return value, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	if depth == 0 {
		return nil, errNotJSON
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := decodeValue(d, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, closing(d)
	case json.Delim('{'):
		return decodeObject(d, depth)
	}
	return token, nil
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, isName := token.(string)
		if _, twice := object[name]; err != nil || !isName || twice {
			return nil, errNotJSON
		}
		if object[name], err = decodeValue(d, depth-1); err != nil {
			return nil, err
		}
	}
	return object, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	return nil
}

// sameNumber compares by value, without any loss: 1, 1.0 and 10e-1 are the same.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, okA := canonicalNumber(string(a))
	y, okB := canonicalNumber(string(b))
	return okA && okB && x == y
}

// number is digits times ten to the power of exponent; the digits neither begin nor end with 0.
type number struct {
	negative bool
	digits   string
	exponent int64
}

func canonicalNumber(text string) (number, bool) {
	var n number
	text, n.negative = strings.CutPrefix(text, "-")
	mantissa, power := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	n.digits = strings.TrimLeft(whole+fraction, "0")
	if n.digits == "" {
		return number{}, true
	}
	if power != "" {
		var err error
		if n.exponent, err = strconv.ParseInt(power, 10, 32); err != nil {
			return number{}, false // what is so large or small is compared by its spelling
		}
	}
	n.exponent -= int64(len(fraction))
	trimmed := strings.TrimRight(n.digits, "0")
	n.exponent += int64(len(n.digits) - len(trimmed))
	n.digits = trimmed
	return n, true
}
