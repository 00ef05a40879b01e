package dependencies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
)

// value is one of JSON, with the lines that encoding/json does not keep. The zero value is nothing.
type value struct {
	text    string // of a string or a number; "true" and "false"
	members []member
	items   []value
	line    int
}

// member is a name and a value of an object.
type member struct {
	name  string
	line  int
	value value
}

// get follows names through objects.
func (v value) get(names ...string) value {
	for _, name := range names {
		next := value{}
		for _, m := range v.members {
			if m.name == name {
				next = m.value
			}
		}
		v = next
	}
	return v
}

// maxJSONDepth bounds nesting: lock files have a few levels.
const maxJSONDepth = 200

// jsonReader builds values from tokens.
type jsonReader struct {
	decoder  *json.Decoder
	newlines []int
}

func parseJSON(content []byte) (value, error) {
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	r := &jsonReader{decoder: json.NewDecoder(bytes.NewReader(content))}
	r.decoder.UseNumber()
	for i, c := range content {
		if c == '\n' {
			r.newlines = append(r.newlines, i)
		}
	}
	v, err := r.value(0)
	if err != nil {
		return value{}, fmt.Errorf("parsing JSON: %w", err)
	}
	return v, nil
}

// line returns that of the token that was read last.
func (r *jsonReader) line() int {
	return 1 + sort.SearchInts(r.newlines, int(r.decoder.InputOffset())-1)
}

func (r *jsonReader) value(depth int) (value, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return value{}, err
	}
	if depth > maxJSONDepth {
		return value{}, errors.New("it is nested too deep")
	}
	v := value{line: r.line()}
	switch token {
	case json.Delim('{'):
		err = r.object(&v, depth)
	case json.Delim('['):
		err = r.array(&v, depth)
	case nil:
	default:
		v.text = fmt.Sprint(token)
	}
	return v, err
}

func (r *jsonReader) object(v *value, depth int) error {
	for r.decoder.More() {
		name, err := r.decoder.Token()
		if err != nil {
			return err
		}
		m := member{name: fmt.Sprint(name), line: r.line()}
		if m.value, err = r.value(depth + 1); err != nil {
			return err
		}
		v.members = append(v.members, m)
	}
	_, err := r.decoder.Token()
	return err
}

func (r *jsonReader) array(v *value, depth int) error {
	for r.decoder.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	_, err := r.decoder.Token()
	return err
}

// withoutTrailingCommas turns the JSON that bun writes into JSON.
func withoutTrailingCommas(content []byte) []byte {
	out := bytes.Clone(content)
	comma, inside := -1, false
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside, comma = !inside, -1
		case inside || c == ' ' || c == '\n' || c == '\t' || c == '\r':
		case c == ',':
			comma = i
		default:
			if (c == '}' || c == ']') && comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		}
	}
	return out
}
