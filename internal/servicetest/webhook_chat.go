package servicetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// Paths with the tokens that the fakes of Slack and Discord know.
const (
	slackPath   = "/services/T0SERVICE/B0TEST/xoServicetestTokenOfSlack"
	discordPath = "/api/webhooks/1234567890/servicetest-token-of-discord"
)

// SlackHook starts a [Sink] that answers as an incoming webhook of Slack.
func SlackHook(t testing.TB) *Sink {
	t.Helper()
	s := &Sink{}
	s.URL = s.serve(t, func(w http.ResponseWriter, r *http.Request) {
		status, word := s.slack(r)
		w.WriteHeader(status)
		io.WriteString(w, word)
	}) + slackPath
	return s
}

// slackMessage is what this server looks at of a message.
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string          `json:"type"`
	Text     *slackText      `json:"text"`
	Elements json.RawMessage `json:"elements"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

func (s *Sink) slack(r *http.Request) (status int, word string) {
	body, err := io.ReadAll(r.Body)
	var message slackMessage
	switch {
	case r.URL.Path != slackPath && strings.HasPrefix(r.URL.Path, "/services/"):
		return http.StatusForbidden, "invalid_token"
	case r.URL.Path != slackPath:
		return http.StatusNotFound, "no_service"
	case err != nil || json.Unmarshal(body, &message) != nil:
		return http.StatusBadRequest, "invalid_payload"
	case message.Text == "" && len(message.Blocks) == 0:
		return http.StatusBadRequest, "no_text"
	case slices.ContainsFunc(message.Blocks, slackBlock.isInvalid) || len(message.Blocks) > 50:
		return http.StatusBadRequest, "invalid_blocks"
	}
	s.record(r, body, message.mentions())
	return http.StatusOK, "ok"
}

// isInvalid knows the blocks with one text and those of rich text.
func (b slackBlock) isInvalid() bool {
	limit := 3000
	switch b.Type {
	case "header":
		limit = 150
	case "section":
	case "rich_text":
		var parts []struct {
			Elements []struct{ Type, Text string }
		}
		return json.Unmarshal(b.Elements, &parts) != nil || len(parts) == 0 || strings.Contains(string(b.Elements), `"text":""`)
	default:
		return true
	}
	return b.Text == nil || b.Text.Text == "" || utf8.RuneCountInString(b.Text.Text) > limit || b.Type == "header" && b.Text.Type != "plain_text"
}

// slackMention is what Slack takes for a link to somebody or somewhere, in text that it parses.
var slackMention = regexp.MustCompile(`<[!@#][^>]*>|<\w+:[^>]*>`)

// mentions looks at the texts that Slack parses; plain and rich text are none.
func (m slackMessage) mentions() []string {
	parsed := m.Text
	for _, b := range m.Blocks {
		if b.Text != nil && b.Text.Type == "mrkdwn" {
			parsed += "\n" + b.Text.Text
		}
	}
	return slackMention.FindAllString(parsed, -1)
}

// DiscordHook starts a [Sink] that answers as a webhook of Discord.
func DiscordHook(t testing.TB) *Sink {
	t.Helper()
	s := &Sink{}
	s.URL = s.serve(t, func(w http.ResponseWriter, r *http.Request) {
		status, code, words := s.discord(r)
		if status != http.StatusNoContent {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			fmt.Fprintf(w, `{"message":%q,"code":%d}`, words, code)
		}
	}) + discordPath
	return s
}

// DiscordBusy is the reply of Discord to who sends too much. Seconds may have a fraction.
func DiscordBusy(seconds float64) Reply {
	text := strconv.FormatFloat(seconds, 'f', -1, 64)
	return Reply{
		Status: http.StatusTooManyRequests,
		Header: map[string]string{"Content-Type": "application/json", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": text, "X-RateLimit-Scope": "shared"},
		Body:   `{"message":"You are being rate limited.","retry_after":` + text + `,"global":false}`,
	}
}

// discordMessage is what this server looks at of a message.
type discordMessage struct {
	Content string `json:"content"`
	Embeds  []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Footer      struct {
			Text string `json:"text"`
		} `json:"footer"`
	} `json:"embeds"`
	Mentions *struct {
		Parse []string `json:"parse"`
	} `json:"allowed_mentions"`
}

func (s *Sink) discord(r *http.Request) (status, code int, words string) {
	body, err := io.ReadAll(r.Body)
	var message discordMessage
	switch {
	case r.URL.Path != discordPath && strings.HasPrefix(r.URL.Path, "/api/webhooks/1234567890/"):
		return http.StatusUnauthorized, 50027, "Invalid Webhook Token"
	case r.URL.Path != discordPath:
		return http.StatusNotFound, 10015, "Unknown Webhook"
	case err != nil || json.Unmarshal(body, &message) != nil:
		return http.StatusBadRequest, 50109, "The request body contains invalid JSON."
	case message.Content == "" && len(message.Embeds) == 0:
		return http.StatusBadRequest, 50006, "Cannot send an empty message"
	case message.isTooLong():
		return http.StatusBadRequest, 50035, "Invalid Form Body"
	}
	s.record(r, body, message.mentions())
	return http.StatusNoContent, 0, ""
}

func (m discordMessage) isTooLong() bool {
	all := 0
	for _, e := range m.Embeds {
		title, description, footer := utf8.RuneCountInString(e.Title), utf8.RuneCountInString(e.Description), utf8.RuneCountInString(e.Footer.Text)
		if title > 256 || description > 4096 || footer > 2048 {
			return true
		}
		all += title + description + footer
	}
	return all > 6000 || len(m.Embeds) > 10 || utf8.RuneCountInString(m.Content) > 2000
}

var discordMention = regexp.MustCompile(`@everyone|@here|<@[!&]?\d+>`)

// mentions returns what stands in the content and is not forbidden by allowed_mentions. Embeds call nobody, but
// people cannot be expected to know.
func (m discordMessage) mentions() []string {
	if m.Mentions != nil && len(m.Mentions.Parse) == 0 {
		return nil
	}
	texts := m.Content
	for _, e := range m.Embeds {
		texts += "\n" + e.Title + "\n" + e.Description
	}
	return discordMention.FindAllString(texts, -1)
}
