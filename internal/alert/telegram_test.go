package alert

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

// newTestTelegram returns a target that sends to a fake, after changes to its configuration.
func newTestTelegram(t testing.TB, url string, change ...func(*TelegramConfig)) *Telegram {
	t.Helper()
	config := TelegramConfig{Name: "ops", API: url, Token: secret.New(servicetest.BotToken), Chat: servicetest.BotChat}
	for _, c := range change {
		c(&config)
	}
	telegram, err := NewTelegram(config)
	if err != nil {
		t.Fatal(err)
	}
	return telegram
}

func testClient(t testing.TB, timeout time.Duration) *Client {
	t.Helper()
	client, err := NewClient(ClientConfig{Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func errorAlert() Alert {
	return Alert{
		ID: "a1", Kind: ErrorGroup, Severity: Error, Time: time.Date(2026, 3, 1, 10, 15, 30, 0, time.UTC),
		Title: "500 on GET /v1/search: disk error", Detail: "sqlite: disk I/O error (10)\nasked by @everyone",
		Next: "sallyport why abc", Count: 152, Window: 5 * time.Minute, RequestID: "abc", Deployment: "shop-api",
	}
}

func TestTelegramMessage(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	if err := newTestTelegram(t, api.URL).Send(t.Context(), errorAlert()); err != nil {
		t.Fatal(err)
	}
	got := api.Messages()[0]
	want := "ERROR: 500 on GET /v1/search: disk error\nshop-api · x152 in 5 min · 2026-03-01 10:15:30 UTC\n\n" +
		"sqlite: disk I/O error (10)\nasked by @everyone\n\nNext: sallyport why abc\nRequest: abc"
	if diff := cmp.Diff(want, got.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	var looks []string
	for _, e := range got.Entities {
		looks = append(looks, e.Type+" "+got.Text[byteAt(got.Text, e.Offset):byteAt(got.Text, e.Offset+e.Length)])
	}
	wantLooks := []string{"bold ERROR: 500 on GET", "code /v1/search:", "bold disk error",
		"pre sqlite: disk I/O error (10)\nasked by @everyone", "code sallyport why abc", "code abc"}
	if diff := cmp.Diff(wantLooks, looks); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
	if got.Preview || got.Links != nil {
		t.Errorf("preview %t, links %q", got.Preview, got.Links)
	}
}

// byteAt returns where a number of UTF-16 code units ends.
func byteAt(text string, n int) int {
	for i, r := range text {
		if n <= 0 {
			return i
		}
		n -= runeUnits(r)
	}
	return len(text)
}

func TestTelegramTextIsCut(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	a := errorAlert()
	a.Title, a.Detail, a.Next = strings.Repeat("정", 999), strings.Repeat("👩‍👩‍👧\n", 5000), strings.Repeat("n", 999)
	if err := newTestTelegram(t, api.URL).Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	text := api.Messages()[0].Text
	if n := units(text); n > maxTelegram || n < maxTelegram-20 {
		t.Errorf("%d units", n)
	}
	if !strings.Contains(text, "👩‍👩‍👧\n… cut\n\nNext: nnn") || !strings.HasSuffix(text, "Request: abc") {
		t.Errorf("the text ends with %q", text[len(text)-700:])
	}
}

// checkTelegramText wants what the Bot API takes, and nothing that it would make a link of.
func checkTelegramText(a Alert) error {
	text := telegramText(a)
	var entities []servicetest.BotEntity
	for _, e := range text.entities {
		entities = append(entities, servicetest.BotEntity(e))
	}
	if len(entities) > 100 {
		return errors.New("more entities than the Bot API looks at")
	}
	if text.units != units(text.text.String()) {
		return errors.New("the length is counted wrong")
	}
	return servicetest.CheckBotText(text.text.String(), entities)
}

func TestTelegramTakesEveryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := checkTelegramText(hostileAlert().Draw(t, "alert")); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzTelegramText(f *testing.F) {
	f.Add("500 on /v1/search", "detail\n😀", "sallyport status", "shop", 4000)
	f.Add("@everyone #tag /stop https://example.org", "\u202e\x00\xff", "`", "e\u0301", 1)
	f.Add(strings.Repeat("a @b ", 50), strings.Repeat("👩‍👩‍👧", 600), "🇩🇪🇫🇷", "\u200d\u200d", 3)
	f.Fuzz(func(t *testing.T, title, detail, next, deployment string, times int) {
		a := Alert{Kind: Trial, Title: title, Detail: strings.Repeat(detail, max(0, times%64)), Next: next, Deployment: deployment, RequestID: next}
		if err := checkTelegramText(a); err != nil {
			t.Error(err)
		}
	})
}

func TestTelegramMakesNoLinks(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	telegram := newTestTelegram(t, api.URL)
	const bait = "@somebody, (#tag) /stop $USD https://example.org/x www.example.org. mail@example.org"
	a := Alert{Kind: UnknownTier, Title: "the plan " + bait, Detail: bait, Next: bait, RequestID: bait, Deployment: bait}
	if err := telegram.Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	a.Title += strings.Repeat(" a @b", 20)
	if err := telegram.Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, m := range api.Messages() {
		if len(m.Links) > 0 {
			t.Errorf("the server makes links of %q in\n%s", m.Links, m.Text)
		}
	}
}

func TestTelegramFollowsTheChat(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	api.Move(servicetest.BotChat, -1009)
	var log bytes.Buffer
	telegram := newTestTelegram(t, api.URL, func(c *TelegramConfig) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for range 2 {
		if err := telegram.Send(t.Context(), errorAlert()); err != nil {
			t.Fatal(err)
		}
	}
	if got := api.Messages(); len(got) != 2 || got[0].Chat != "-1009" || api.Requests() != 3 {
		t.Errorf("%d requests, messages %+v; want 3, the last two to the new chat", api.Requests(), got)
	}
	if text := log.String(); strings.Count(text, "has moved") != 1 || !strings.Contains(text, "to=-1009") || !strings.Contains(text, "target=ops") {
		t.Errorf("log: %s", text)
	}
}

// TestTelegramFollowsOnce wants no ring of chats to be followed.
func TestTelegramFollowsOnce(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	api.Move(servicetest.BotChat, -1009)
	api.Move("-1009", -1010)
	err := newTestTelegram(t, api.URL).Send(t.Context(), errorAlert())
	if _, isRetry := errors.AsType[*RetryError](err); err == nil || isRetry || api.Requests() != 2 {
		t.Errorf("%d requests, error %v; want 2 and a final error", api.Requests(), err)
	}
}

func TestTelegramWaits(t *testing.T) {
	busy := func(header string, parameter string) servicetest.Reply {
		return servicetest.Reply{Status: 429, Header: map[string]string{"Retry-After": header},
			Body: `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":` + parameter + `}}`}
	}
	for name, tt := range map[string]struct {
		reply servicetest.Reply
		want  time.Duration
	}{
		"both":            {servicetest.TooManyRequests(7), 7 * time.Second},
		"body is larger":  {busy("3", "9"), 9 * time.Second},
		"header":          {busy("12", "9"), 12 * time.Second},
		"no header":       {busy("", "4"), 4 * time.Second},
		"negative":        {busy("-1", "-4"), 0},
		"for ever":        {busy("", "1e300"), maxWait},
		"page of a proxy": {servicetest.Busy(429, "5"), 5 * time.Second},
		"no parameters":   {servicetest.Reply{Status: 429, Body: `{"ok":false,"error_code":429,"description":"Too Many Requests"}`}, 0},
		"in a 200":        {servicetest.Reply{Status: 200, Body: `{"ok":false,"error_code":429,"parameters":{"retry_after":6}}`}, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			api := servicetest.TelegramAPI(t)
			api.Next(tt.reply)
			telegram := newTestTelegram(t, api.URL)
			err := telegram.Send(t.Context(), errorAlert())
			if retry, ok := errors.AsType[*RetryError](err); !ok || retry.After != tt.want {
				t.Errorf("%#v, want to wait %v", err, tt.want)
			}
			if err := telegram.Send(t.Context(), errorAlert()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestTelegramConfiguration(t *testing.T) {
	whole := TelegramConfig{Name: "ops", Token: secret.New(servicetest.BotToken), Chat: "@some_channel"}
	if _, err := NewTelegram(whole); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*TelegramConfig)
		want   string
	}{
		"name":           {func(c *TelegramConfig) { c.Name = "" }, "name"},
		"token":          {func(c *TelegramConfig) { c.Token = secret.Secret{} }, "token"},
		"token with way": {func(c *TelegramConfig) { c.Token = secret.New("1:../../getUpdates?aaaaaaaaaaaaaaaaaa") }, "token"},
		"chat":           {func(c *TelegramConfig) { c.Chat = "" }, "chat"},
		"chat's form":    {func(c *TelegramConfig) { c.Chat = "some channel" }, "chat"},
		"mixed up":       {func(c *TelegramConfig) { c.Chat = "123456:" + c.Chat + "getUpdates" }, "chat"},
		"http":           {func(c *TelegramConfig) { c.API = "http://api.telegram.org" }, "not https"},
		"loopback name":  {func(c *TelegramConfig) { c.API = "http://127.0.0.1.example.org" }, "not https"},
		"no address":     {func(c *TelegramConfig) { c.API = "api.telegram.org" }, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			config := whole
			tt.change(&config)
			_, err := NewTelegram(config)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "getUpdates") {
				t.Errorf("error %v, want one of the %s", err, tt.want)
			}
		})
	}
}

func TestTelegramStopsWithItsContext(t *testing.T) {
	api := servicetest.TelegramAPI(t)
	api.Always(servicetest.Reply{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := newTestTelegram(t, api.URL).Send(ctx, errorAlert())
	if _, isRetry := errors.AsType[*RetryError](err); !isRetry || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want one to try again that tells of the context", err)
	}
}
