package alert

import "strings"

// maxTelegram is the longest text of a Telegram message, in UTF-16 code units.
const maxTelegram = 4096

// Kinds of entities of the Bot API. Code and pre cannot be combined with another.
const (
	bold = "bold"
	code = "code"
	pre  = "pre"
)

// maxWords is how many words of one line become code of their own; Telegram ignores entities after the
// hundredth of a message.
const maxWords = 8

// entity says how a part of a text looks. Offset and length count UTF-16 code units, as the Bot API does.
type entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
}

// richText is a text with entities beside it: no character of the text can be markup.
type richText struct {
	text     strings.Builder
	units    int
	entities []entity
}

// add appends text, which looks like kind; an empty kind is plain.
func (t *richText) add(text, kind string) {
	if text == "" {
		return
	}
	n := units(text)
	if kind != "" {
		t.entities = append(t.entities, entity{kind, t.units, n})
	}
	t.text.WriteString(text)
	t.units += n
}

// addLine appends a line that clients may have shaped. Telegram makes links of names, tags, commands and
// addresses in it by itself, so such words are code, where it does not; @everyone of a plan's name would call
// people, and /stop of a route be a command to press.
func (t *richText) addLine(text, kind string) {
	words := strings.SplitAfter(text, " ")
	if count(words, isLinkable) > maxWords {
		t.add(text, code)
		return
	}
	for len(words) > 0 {
		n := sameKind(words)
		part := strings.Join(words[:n], "")
		look := kind
		if isLinkable(words[0]) {
			look = code
		}
		visible := strings.TrimRight(part, " ")
		t.add(visible, look)
		t.add(part[len(visible):], "")
		words = words[n:]
	}
}

// sameKind returns how many words from the first on look the same.
func sameKind(words []string) int {
	for i := range words {
		if isLinkable(words[i]) != isLinkable(words[0]) {
			return i
		}
	}
	return len(words)
}

// isLinkable says whether a program could take a word for more than a word.
func isLinkable(word string) bool {
	return strings.ContainsAny(strings.TrimRight(word, " .,:;!?"), "@#$/.+\uff20\uff03\uff0e")
}

func count(words []string, is func(string) bool) int {
	n := 0
	for _, w := range words {
		if is(w) {
			n++
		}
	}
	return n
}

// telegramText writes an alert as a text with entities, of at most [maxTelegram] units. What is too long is
// the detail; the command to type next stays.
func telegramText(a Alert) *richText {
	m, t, end := newMessage(a), &richText{}, &richText{}
	t.addLine(m.title, bold)
	if m.facts != "" {
		t.add("\n", "")
		t.addLine(m.facts, "")
	}
	for _, part := range []struct{ label, value string }{{"\n\nNext: ", m.next}, {"\nRequest: ", m.request}} {
		if part.value != "" {
			end.add(part.label, "")
			end.add(part.value, code)
		}
	}
	if m.detail != "" {
		detail, mark := cutDetail(m.detail, maxTelegram-t.units-end.units-len("\n\n"))
		t.add("\n\n", "")
		t.add(detail, pre)
		t.add(mark, "")
	}
	t.append(end)
	return t
}

// append puts other behind t.
func (t *richText) append(other *richText) {
	for _, e := range other.entities {
		e.Offset += t.units
		t.entities = append(t.entities, e)
	}
	t.text.WriteString(other.text.String())
	t.units += other.units
}
