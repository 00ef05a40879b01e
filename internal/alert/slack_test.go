package alert

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

func newTestSlack(t testing.TB, url string) *Webhook {
	t.Helper()
	slack, err := NewSlack(WebhookConfig{Name: "slack", URL: secret.New(url), Client: testClient(t, DefaultTimeout)})
	if err != nil {
		t.Fatal(err)
	}
	return slack
}

func TestSlackMessage(t *testing.T) {
	sink := servicetest.SlackHook(t)
	if err := newTestSlack(t, sink.URL).Send(t.Context(), errorAlert()); err != nil {
		t.Fatal(err)
	}
	want := `{"text":"ERROR: 500 on GET /v1/search: disk error","blocks":[` +
		`{"type":"header","text":{"type":"plain_text","text":"ERROR: 500 on GET /v1/search: disk error","emoji":false}},` +
		`{"type":"section","text":{"type":"plain_text","text":"shop-api · x152 in 5 min · 2026-03-01 10:15:30 UTC","emoji":false}},` +
		`{"type":"rich_text","elements":[` +
		`{"type":"rich_text_preformatted","elements":[{"type":"text","text":"sqlite: disk I/O error (10)\nasked by @everyone"}]},` +
		`{"type":"rich_text_section","elements":[{"type":"text","text":"Next: "},{"type":"text","text":"sallyport why abc","style":{"code":true}},` +
		`{"type":"text","text":"\nRequest: "},{"type":"text","text":"abc","style":{"code":true}}]}]}],"unfurl_links":false,"unfurl_media":false}`
	if diff := cmp.Diff(want, string(sink.Deliveries()[0].Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

const mentions = "<!channel> <@U123> <https://example.org|here> &lt;!here&gt; @everyone <@123> [x](http://example.org) ```"

func TestChatsMentionNobody(t *testing.T) {
	slack, discord := servicetest.SlackHook(t), servicetest.DiscordHook(t)
	a := Alert{Kind: UnknownTier, Title: mentions, Detail: mentions, Next: mentions, RequestID: mentions, Deployment: mentions}
	for _, target := range []Target{newTestSlack(t, slack.URL), newTestDiscord(t, discord.URL)} {
		if err := target.Send(t.Context(), a); err != nil {
			t.Error(err)
		}
	}
	for _, d := range append(slack.Deliveries(), discord.Deliveries()...) {
		if len(d.Mentions) > 0 {
			t.Errorf("%q in %s", d.Mentions, d.Body)
		}
	}
}

// TestChatsTakeEveryText wants both to accept whatever text an alert has.
func TestChatsTakeEveryText(t *testing.T) {
	slackHook, discordHook := servicetest.SlackHook(t), servicetest.DiscordHook(t)
	slack, discord := newTestSlack(t, slackHook.URL), newTestDiscord(t, discordHook.URL)
	rapid.Check(t, func(t *rapid.T) {
		a := hostileAlert().Draw(t, "alert")
		for _, target := range []Target{slack, discord} {
			if err := target.Send(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, d := range append(slackHook.Deliveries(), discordHook.Deliveries()...) {
		if len(d.Mentions) > 0 || !json.Valid(d.Body) {
			t.Fatalf("%q in %s", d.Mentions, d.Body)
		}
	}
}

func TestSlackFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		reply servicetest.Reply
		retry bool
		after time.Duration
		want  string
	}{
		"payload":  {servicetest.Reply{Status: 400, Body: "invalid_payload"}, false, 0, "sending to slack: status 400: invalid_payload"},
		"archived": {servicetest.Reply{Status: 410, Body: "channel_is_archived"}, false, 0, "status 410: channel_is_archived; hint: the receiver is gone"},
		"token":    {servicetest.Reply{Status: 403, Body: "invalid_token"}, false, 0, "status 403: invalid_token; hint:"},
		"page":     {servicetest.Page(404), false, 0, "status 404; hint:"},
		"busy":     {servicetest.Busy(429, "30"), true, 30 * time.Second, "status 429: busy"},
		"rollup":   {servicetest.Reply{Status: 500, Body: "rollup_error"}, true, 0, "status 500: rollup_error"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := servicetest.SlackHook(t)
			sink.Next(tt.reply)
			err := newTestSlack(t, sink.URL).Send(t.Context(), errorAlert())
			retry, isRetry := errors.AsType[*RetryError](err)
			if err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), "sending to slack: "), strings.TrimPrefix(tt.want, "sending to slack: ")) ||
				isRetry != tt.retry || isRetry && retry.After != tt.after {
				t.Errorf("error %#v, want %q, to try again: %t after %v", err, tt.want, tt.retry, tt.after)
			}
		})
	}
}
