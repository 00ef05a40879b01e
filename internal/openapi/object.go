package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a JSON object whose members keep their order, so that a document reads as its description does.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	text.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := encoder.Encode(m.name); err != nil {
			return nil, fmt.Errorf("encoding a name: %w", err)
		}
		text.WriteByte(':')
		if err := encoder.Encode(m.value); err != nil {
			return nil, fmt.Errorf("encoding %s: %w", m.name, err)
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// ref points to a component of the same document: references never lead elsewhere.
func ref(kind, name string) object { return object{{"$ref", "#/components/" + kind + "/" + name}} }
