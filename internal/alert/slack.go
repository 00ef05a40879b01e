package alert

import (
	"regexp"
	"strings"
	"time"
)

// Bounds of Slack's blocks, in characters.
const (
	maxSlackHeader = 150
	maxSlackDetail = 2900
)

// NewSlack returns a target for an incoming webhook of Slack. Texts are of kinds that Slack does not parse, so
// that no text can become a link, a mention or a call of <!channel>.
func NewSlack(c WebhookConfig) (*Webhook, error) {
	return newPreset(c, form{
		what:   "slack",
		encode: func(a Alert) any { return newSlackMessage(a) },
		wait:   func(got answer, now time.Time) time.Duration { return retryAfter(got.header, now) },
		reason: slackReason,
	})
}

// slackMessage is the body of an incoming webhook. Text is what notifications show.
type slackMessage struct {
	Text        string       `json:"text"`
	Blocks      []slackBlock `json:"blocks"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

// slackBlock is a header, a section with plain text, or a block with rich text.
type slackBlock struct {
	Type     string         `json:"type"`
	Text     *slackText     `json:"text,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
}

// slackText is a text object. Its type is plain_text, which is shown as it stands.
type slackText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

// slackElement is a part of rich text, whose parts of type text are shown as they stand.
type slackElement struct {
	Type     string         `json:"type"`
	Text     string         `json:"text,omitempty"`
	Style    map[string]any `json:"style,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
}

func newSlackMessage(a Alert) slackMessage {
	m := newMessage(a)
	header, _ := cutUnits(m.title, maxSlackHeader)
	blocks := []slackBlock{{Type: "header", Text: plainText(header)}}
	if m.facts != "" {
		blocks = append(blocks, slackBlock{Type: "section", Text: plainText(m.facts)})
	}
	if parts := slackParts(m); len(parts) > 0 {
		blocks = append(blocks, slackBlock{Type: "rich_text", Elements: parts})
	}
	return slackMessage{Text: escapeMrkdwn(m.title), Blocks: blocks}
}

// slackParts returns the detail, the command and the request's id, each when there is one.
func slackParts(m message) []slackElement {
	var parts []slackElement
	if m.detail != "" {
		detail, mark := cutDetail(m.detail, maxSlackDetail)
		parts = append(parts, slackElement{Type: "rich_text_preformatted", Elements: []slackElement{{Type: "text", Text: detail + mark}}})
	}
	var tail []slackElement
	for _, part := range []struct{ label, value string }{{"Next: ", m.next}, {"\nRequest: ", m.request}} {
		if part.value != "" {
			tail = append(tail, slackElement{Type: "text", Text: part.label},
				slackElement{Type: "text", Text: part.value, Style: map[string]any{"code": true}})
		}
	}
	if len(tail) > 0 {
		parts = append(parts, slackElement{Type: "rich_text_section", Elements: tail})
	}
	return parts
}

func plainText(text string) *slackText { return &slackText{Type: "plain_text", Text: text} }

// escapeMrkdwn escapes the three characters that begin everything in Slack's markup that is more than looks.
func escapeMrkdwn(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

var slackWord = regexp.MustCompile(`^[a-z_]{2,40}$`)

// slackReason returns the one word that Slack answers, such as invalid_payload.
func slackReason(got answer) string {
	if word := strings.TrimSpace(string(got.body)); slackWord.MatchString(word) {
		return word
	}
	return ""
}
