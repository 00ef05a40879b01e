package alert

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Bounds of Discord's embeds, in characters. All texts of a message together may have 6,000.
const (
	maxDiscordTitle       = 256
	maxDiscordDescription = 4096
)

// NewDiscord returns a target for a webhook of Discord. Nobody is mentioned, whatever a text says.
func NewDiscord(c WebhookConfig) (*Webhook, error) {
	return newPreset(c, form{
		what:   "discord",
		encode: func(a Alert) any { return newDiscordMessage(a) },
		wait:   discordWait,
		reason: discordReason,
	})
}

// discordMessage is the body of a webhook's message.
type discordMessage struct {
	Embeds   []discordEmbed  `json:"embeds"`
	Mentions discordMentions `json:"allowed_mentions"`
}

// discordMentions says which mentions of a text count; with an empty list none does.
type discordMentions struct {
	Parse []string `json:"parse"`
}

type discordEmbed struct {
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	Color       int            `json:"color"`
	Footer      *discordFooter `json:"footer,omitempty"`
}

type discordFooter struct {
	Text string `json:"text"`
}

func newDiscordMessage(a Alert) discordMessage {
	m := newMessage(a)
	title, _ := cutUnits(escapeMarkdown(m.title), maxDiscordTitle)
	embed := discordEmbed{Title: strings.TrimRight(title, `\`), Description: discordDescription(m), Color: discordColor(a.Severity)}
	if m.facts != "" {
		embed.Footer = &discordFooter{m.facts}
	}
	return discordMessage{Embeds: []discordEmbed{embed}, Mentions: discordMentions{Parse: []string{}}}
}

// discordDescription has the detail as a block of code, then the command and the request's id. What is too
// long is the detail.
func discordDescription(m message) string {
	const fence = "```"
	var tail strings.Builder
	for _, part := range []struct{ label, value string }{{"\nNext: ", m.next}, {"\nRequest: ", m.request}} {
		if part.value != "" {
			tail.WriteString(part.label + "`" + withoutQuotes(part.value) + "`")
		}
	}
	if m.detail == "" {
		return strings.TrimSpace(tail.String())
	}
	room := maxDiscordDescription - units(tail.String()) - 2*len(fence) - len("\n\n")
	detail, mark := cutDetail(withoutQuotes(m.detail), room)
	return fence + "\n" + detail + mark + "\n" + fence + tail.String()
}

// withoutQuotes replaces back quotes, which would end code.
func withoutQuotes(text string) string { return strings.ReplaceAll(text, "`", "ˋ") }

// escapeMarkdown puts a backslash before every character that Discord's markup begins with.
func escapeMarkdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\*_~`|<>@#[]():/-", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// discordColor is the colour of the bar beside an embed.
func discordColor(s Severity) int {
	switch s {
	case Info:
		return 0x2f6fde
	case Warning:
		return 0xd9a400
	case Error:
		return 0xd9541e
	}
	return 0xb3001b
}

// discordError is the body of a refusal.
type discordError struct {
	Code       int     `json:"code"`
	RetryAfter float64 `json:"retry_after"`
}

// discordReason names the code alone: its words may quote what was sent.
func discordReason(got answer) string {
	var said discordError
	if json.Unmarshal(got.body, &said) != nil || said.Code == 0 {
		return ""
	}
	return fmt.Sprintf("code %d", said.Code)
}

// discordWait returns the longest of the three waits that Discord tells.
func discordWait(got answer, now time.Time) time.Duration {
	var said discordError
	if json.Unmarshal(got.body, &said) != nil {
		said.RetryAfter = 0
	}
	return max(clampWait(said.RetryAfter), retryAfter(got.header, now), waitSeconds(got.header.Get("X-RateLimit-Reset-After")))
}
