package alert

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

func newTestDiscord(t testing.TB, url string) *Webhook {
	t.Helper()
	discord, err := NewDiscord(WebhookConfig{Name: "discord", URL: secret.New(url), Client: testClient(t, DefaultTimeout)})
	if err != nil {
		t.Fatal(err)
	}
	return discord
}

func TestDiscordMessage(t *testing.T) {
	sink := servicetest.DiscordHook(t)
	if err := newTestDiscord(t, sink.URL).Send(t.Context(), errorAlert()); err != nil {
		t.Fatal(err)
	}
	want := `{"embeds":[{"title":"ERROR\\: 500 on GET \\/v1\\/search\\: disk error",` +
		"\"description\":\"```\\nsqlite: disk I/O error (10)\\nasked by @everyone\\n```\\nNext: `sallyport why abc`\\nRequest: `abc`\"," +
		`"color":14242846,"footer":{"text":"shop-api · x152 in 5 min · 2026-03-01 10:15:30 UTC"}}],"allowed_mentions":{"parse":[]}}`
	if diff := cmp.Diff(want, string(sink.Deliveries()[0].Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestDiscordTextIsCut(t *testing.T) {
	sink := servicetest.DiscordHook(t)
	a := errorAlert()
	a.Title, a.Detail, a.Next, a.Deployment = strings.Repeat("*", 999), strings.Repeat("```\n", 5000), strings.Repeat("`", 999), strings.Repeat("정", 999)
	if err := newTestDiscord(t, sink.URL).Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var got discordMessage
	if err := json.Unmarshal(sink.Deliveries()[0].Body, &got); err != nil {
		t.Fatal(err)
	}
	description := got.Embeds[0].Description
	if n := units(description); n > maxDiscordDescription || n < maxDiscordDescription-20 {
		t.Errorf("%d units", n)
	}
	if strings.Count(description, "```") != 2 || !strings.Contains(description, "… cut\n```\nNext: `ˋˋ") {
		t.Errorf("the description ends with %q", description[len(description)-1100:])
	}
}

func TestDiscordWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		reply servicetest.Reply
		want  time.Duration
	}{
		"fraction":      {servicetest.DiscordBusy(0.529), 529 * time.Millisecond},
		"header alone":  {servicetest.Reply{Status: 429, Header: map[string]string{"X-RateLimit-Reset-After": "1.5"}, Body: "error code: 1015"}, 1500 * time.Millisecond},
		"longer header": {servicetest.Reply{Status: 429, Header: map[string]string{"Retry-After": "65"}, Body: `{"retry_after":64.57}`}, 65 * time.Second},
		"nothing":       {servicetest.Page(429), 0},
	} {
		t.Run(name, func(t *testing.T) {
			sink := servicetest.DiscordHook(t)
			sink.Next(tt.reply)
			err := newTestDiscord(t, sink.URL).Send(t.Context(), errorAlert())
			if retry, ok := errors.AsType[*RetryError](err); !ok || retry.After != tt.want {
				t.Errorf("error %#v, want to wait %v", err, tt.want)
			}
		})
	}
}

func TestDiscordRefusals(t *testing.T) {
	sink := servicetest.DiscordHook(t)
	for url, want := range map[string]string{
		sink.URL + "x": "sending to discord: status 401: code 50027; hint: ",
		strings.Replace(sink.URL, "1234567890", "1", 1): "sending to discord: status 404: code 10015; hint: the receiver is gone",
	} {
		err := newTestDiscord(t, url).Send(t.Context(), errorAlert())
		if _, isRetry := errors.AsType[*RetryError](err); err == nil || isRetry || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
