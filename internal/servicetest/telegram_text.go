package servicetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// botRequest has the parameters of sendMessage that this server looks at.
type botRequest struct {
	Chat      string
	Text      string
	ParseMode string
	Entities  []BotEntity
	Preview   struct {
		IsDisabled bool `json:"is_disabled"`
	}
}

// readBotRequest reads parameters from JSON, or from a form whose values may be JSON. As the original does, it
// takes numbers and texts for each other.
func readBotRequest(r *http.Request) (*botRequest, error) {
	values := map[string]string{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var members map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&members); err != nil {
			return nil, errors.New("object expected as JSON request parameters")
		}
		for name, raw := range members {
			values[name] = unquoted(raw)
		}
	} else {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		for name := range r.Form {
			values[name] = r.Form.Get(name)
		}
	}
	sent := &botRequest{Chat: values["chat_id"], Text: values["text"], ParseMode: values["parse_mode"]}
	for name, into := range map[string]any{"entities": &sent.Entities, "link_preview_options": &sent.Preview} {
		if text := values[name]; text != "" && json.Unmarshal([]byte(text), into) != nil {
			return nil, fmt.Errorf("can't parse %s JSON object", name)
		}
	}
	return sent, nil
}

func unquoted(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// check refuses what cannot be shown.
func (sent *botRequest) check() error {
	if sent.ParseMode != "" {
		sent.Entities = nil
		if err := checkMarkup(sent.ParseMode, sent.Text); err != nil {
			return fmt.Errorf("can't parse entities: %w", err)
		}
	}
	return CheckBotText(sent.Text, sent.Entities)
}

// CheckBotText says why the Bot API would refuse a text with entities: empty, longer than 4,096 UTF-16 code
// units, or entities that are outside of it, split a character, or overlap in a way that cannot be shown.
func CheckBotText(text string, entities []BotEntity) error {
	encoded := utf16.Encode([]rune(text))
	if strings.TrimSpace(text) == "" {
		return errors.New("message text is empty")
	}
	if len(encoded) > maxBotText {
		return errors.New("message is too long")
	}
	for i, e := range entities {
		if err := checkEntity(encoded, e); err != nil {
			return fmt.Errorf("can't parse entities: entity %d %w", i, err)
		}
		for j, other := range entities[:i] {
			if !fit(e, other) {
				return fmt.Errorf("can't parse entities: entities %d and %d overlap", j, i)
			}
		}
	}
	return nil
}

func checkEntity(text []uint16, e BotEntity) error {
	known := []string{"bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "code", "pre", "text_link"}
	switch {
	case !slices.Contains(known, e.Type):
		return fmt.Errorf("has the unknown type %q", e.Type)
	case e.Offset < 0 || e.Length <= 0 || e.Offset > len(text) || e.Length > len(text)-e.Offset:
		return errors.New("is outside of the text")
	case splits(text, e.Offset) || splits(text, e.Offset+e.Length):
		return errors.New("begins or ends in the middle of a UTF-16 symbol")
	}
	return nil
}

// splits says whether position i is between the halves of one character.
func splits(text []uint16, i int) bool {
	return i > 0 && i < len(text) && text[i] >= 0xdc00 && text[i] <= 0xdfff
}

// fit says whether two entities are apart, or one is within the other and neither is code.
func fit(a, b BotEntity) bool {
	if a.Offset > b.Offset {
		a, b = b, a
	}
	endA, endB := a.Offset+a.Length, b.Offset+b.Length
	if b.Offset >= endA {
		return true
	}
	nested := endB <= endA || a.Offset == b.Offset
	return nested && !isCode(a) && !isCode(b)
}

func isCode(e BotEntity) bool { return e.Type == "code" || e.Type == "pre" }
