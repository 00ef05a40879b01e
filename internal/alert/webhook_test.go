package alert

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/servicetest"
	"sallyport/secret"
)

const hookKey = "k3y-of-the-webhooks-test"

func newTestWebhook(t testing.TB, url string, change ...func(*WebhookConfig)) *Webhook {
	t.Helper()
	config := WebhookConfig{Name: "hook", URL: secret.New(url), Secret: secret.New(hookKey)}
	for _, c := range change {
		c(&config)
	}
	webhook, err := NewWebhook(config)
	if err != nil {
		t.Fatal(err)
	}
	return webhook
}

func TestWebhookBody(t *testing.T) {
	sink := servicetest.Webhook(t, hookKey)
	a := errorAlert()
	a.Fingerprint = "disk:/v1/search"
	if err := newTestWebhook(t, sink.URL).Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	got := sink.Deliveries()[0]
	want := `{"version":1,"id":"a1","kind":"error-group","severity":"error","time":"2026-03-01T10:15:30Z",` +
		`"title":"500 on GET /v1/search: disk error","detail":"sqlite: disk I/O error (10)\nasked by @everyone",` +
		`"next":"sallyport why abc","fingerprint":"disk:/v1/search","count":152,"window_seconds":300,"request_id":"abc","deployment":"shop-api"}`
	if diff := cmp.Diff(want, string(got.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"Sallyport-Alert-Id": "a1", "Idempotency-Key": "a1", "User-Agent": "sallyport", "Cookie": "", "Accept-Encoding": ""} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestWebhookBodyOfLittle(t *testing.T) {
	sink := servicetest.Webhook(t, "")
	webhook := newTestWebhook(t, sink.URL, func(c *WebhookConfig) { c.Secret, c.Unsigned = secret.Secret{}, true })
	if err := webhook.Send(t.Context(), Alert{ID: "in valid\n", Kind: Trial}); err != nil {
		t.Fatal(err)
	}
	got := sink.Deliveries()[0]
	want := `{"version":1,"id":"in valid","kind":"trial","severity":"info","time":"0001-01-01T00:00:00Z","title":"trial","fingerprint":"trial","count":1}`
	if diff := cmp.Diff(want, string(got.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got.Header.Get("Sallyport-Signature") != "" || got.Header.Get("Idempotency-Key") != "" {
		t.Errorf("headers %v", got.Header)
	}
}

func TestWebhookBodyIsBounded(t *testing.T) {
	a := Alert{Kind: Trial, Title: strings.Repeat("t", 1<<20), Detail: strings.Repeat("d\x00", 1<<20), Next: strings.Repeat("n", 1<<20)}
	body, err := json.Marshal(newWebhookBody(a))
	if err != nil || len(body) > 2*maxWebhookDetail {
		t.Errorf("%d bytes, error %v", len(body), err)
	}
}

// TestSignatureCoversTimeAndBody wants another signature for another time, body or key, and one known value.
func TestSignatureCoversTimeAndBody(t *testing.T) {
	at := time.Unix(1772360130, 0)
	base := sign(secret.New(hookKey), `{"a":1}`, at)
	if want := "t=1772360130,v1=890872f54a533cb14f9fb206915dd8dd806c57e724de102e500f2eff2944f382"; base != want {
		t.Errorf("signature %s, want %s", base, want)
	}
	_, sum, _ := strings.Cut(base, ",v1=")
	for name, other := range map[string]string{
		"time": sign(secret.New(hookKey), `{"a":1}`, at.Add(time.Second)),
		"body": sign(secret.New(hookKey), `{"a":2}`, at),
		"key":  sign(secret.New(hookKey+"x"), `{"a":1}`, at),
	} {
		if strings.HasSuffix(other, sum) {
			t.Errorf("another %s has the same signature", name)
		}
	}
}

func TestWebhookFailures(t *testing.T) {
	inTenSeconds := time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)
	for name, tt := range map[string]struct {
		reply servicetest.Reply
		retry bool
		least time.Duration
		want  string
	}{
		"busy":            {servicetest.Busy(429, "7"), true, 7 * time.Second, "status 429"},
		"busy by date":    {servicetest.Busy(429, inTenSeconds), true, 5 * time.Second, "status 429"},
		"unavailable":     {servicetest.Busy(503, "7"), true, 7 * time.Second, "status 503"},
		"unavailable by":  {servicetest.Busy(503, inTenSeconds), true, 5 * time.Second, "status 503"},
		"wrong date":      {servicetest.Busy(503, "soon"), true, 0, "status 503"},
		"past date":       {servicetest.Busy(503, "Mon, 02 Jan 2006 15:04:05 GMT"), true, 0, "status 503"},
		"broken":          {servicetest.ServerError(500), true, 0, "status 500"},
		"timeout":         {servicetest.ServerError(408), true, 0, "status 408"},
		"closed":          {servicetest.Reply{Close: true}, true, 0, "closed"},
		"hangs":           {servicetest.Reply{Hang: true}, true, 0, "in time"},
		"gone":            {servicetest.ServerError(410), false, 0, "hint: the receiver is gone"},
		"missing":         {servicetest.ServerError(404), false, 0, "hint: the receiver is gone"},
		"malformed":       {servicetest.ServerError(400), false, 0, "status 400"},
		"forbidden":       {servicetest.ServerError(403), false, 0, "hint: the receiver does not accept"},
		"moved":           {servicetest.Redirect(301, "/elsewhere"), false, 0, "hint: redirects are not followed"},
		"moved for now":   {servicetest.Redirect(307, "/elsewhere"), false, 0, "hint: redirects are not followed"},
		"redirect to hid": {servicetest.Redirect(302, "http://127.0.0.1/T0P-s3cret"), false, 0, "hint: redirects are not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := servicetest.Webhook(t, hookKey)
			sink.Always(tt.reply)
			webhook := newTestWebhook(t, sink.URL+"/T0P-s3cret?token=T0P-s3cret", func(c *WebhookConfig) { c.Client = testClient(t, 300*time.Millisecond) })
			err := webhook.Send(t.Context(), errorAlert())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			retry, isRetry := errors.AsType[*RetryError](err)
			if isRetry != tt.retry || isRetry && (retry.After < tt.least || tt.least == 0 && retry.After != 0) {
				t.Errorf("error %#v, want to try again: %t, after %v", err, tt.retry, tt.least)
			}
			if printed := shown(err, webhook); strings.Contains(printed, "T0P") || strings.Contains(printed, hookKey) {
				t.Errorf("a credential is shown in\n%s", printed)
			}
			if n := sink.Requests(); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestWebhookRepeatsAreKnown wants the id of an alert to stay when it is sent again.
func TestWebhookRepeatsAreKnown(t *testing.T) {
	sink := servicetest.Webhook(t, hookKey)
	webhook := newTestWebhook(t, sink.URL)
	for range 2 {
		if err := webhook.Send(t.Context(), errorAlert()); err != nil {
			t.Fatal(err)
		}
	}
	if len(sink.Deliveries()) != 1 || sink.Repeats() != 1 {
		t.Errorf("%d deliveries, %d repeats", len(sink.Deliveries()), sink.Repeats())
	}
}

func TestWebhookConfiguration(t *testing.T) {
	const token = "T0P-s3cret"
	whole := WebhookConfig{Name: "hook", URL: secret.New("https://hooks.example.org/" + token), Secret: secret.New(hookKey)}
	if _, err := NewWebhook(whole); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*WebhookConfig)
		want   string
	}{
		"name":             {func(c *WebhookConfig) { c.Name = "" }, "name"},
		"no URL":           {func(c *WebhookConfig) { c.URL = secret.Secret{} }, "its URL is missing"},
		"http":             {func(c *WebhookConfig) { c.URL = secret.New("http://hooks.example.org/" + token) }, "its URL is not https"},
		"other scheme":     {func(c *WebhookConfig) { c.URL = secret.New("file:///" + token) }, "its URL is not an address"},
		"no host":          {func(c *WebhookConfig) { c.URL = secret.New("https:" + token) }, "its URL is not an address"},
		"control":          {func(c *WebhookConfig) { c.URL = secret.New("https://a/" + token + "\n") }, "its URL is not an address"},
		"fragment":         {func(c *WebhookConfig) { c.URL = secret.New("https://a/#" + token) }, "its URL has a fragment"},
		"almost loopback":  {func(c *WebhookConfig) { c.URL = secret.New("http://localhost.example.org/" + token) }, "its URL is not https"},
		"no secret":        {func(c *WebhookConfig) { c.Secret = secret.Secret{} }, "signing secret is missing"},
		"short secret":     {func(c *WebhookConfig) { c.Secret = secret.New("short") }, "shorter than"},
		"unsigned, secret": {func(c *WebhookConfig) { c.Unsigned = true }, "take one of both"},
	} {
		t.Run(name, func(t *testing.T) {
			config := whole
			tt.change(&config)
			_, err := NewWebhook(config)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), token) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	for _, address := range []string{"http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/", "http://127.9.9.9/"} {
		if _, err := NewWebhook(WebhookConfig{Name: "hook", URL: secret.New(address), Secret: whole.Secret}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := NewSlack(whole); err == nil {
		t.Error("slack takes a secret that it does not use")
	}
}

// TestAnswersAreBounded sends an answer without end, which must neither be kept nor waited for.
func TestAnswersAreBounded(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for block := make([]byte, 1<<16); ; {
			if _, err := w.Write(block); err != nil || r.Context().Err() != nil {
				close(done)
				return
			}
		}
	}))
	defer server.Close()
	got, err := testClient(t, DefaultTimeout).do(context.Background(), http.MethodGet, server.URL, http.Header{}, "")
	if err != nil || len(got.body) != maxAnswer {
		t.Errorf("%d bytes, error %v; want %d bytes", len(got.body), err, maxAnswer)
	}
	<-done
}
