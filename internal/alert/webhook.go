package alert

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sallyport/secret"
)

// WebhookConfig says where alerts go. Name and URL are needed, and for [NewWebhook] either Secret or Unsigned.
type WebhookConfig struct {
	Name     string
	URL      secret.Secret // https, or http of a loopback address; it may carry a token
	Secret   secret.Secret // signs what [NewWebhook] sends; Slack and Discord check no signature
	Unsigned bool          // says that the receiver cannot check a signature
	Client   *Client       // one with the defaults when nil
}

// Webhook posts alerts as JSON to one address: signed in a documented schema, or in that of Slack or Discord.
// It is safe for concurrent use.
type Webhook struct {
	name   string
	url    secret.Secret
	secret secret.Secret
	client *Client
	form   form
}

// form is what differs between receivers.
type form struct {
	what   string
	encode func(Alert) any
	wait   func(answer, time.Time) time.Duration // that a refusal asks for
	reason func(answer) string                   // in the receiver's words, "" when it has none
}

// NewWebhook returns a target that posts the documented JSON object with the headers Sallyport-Signature,
// Sallyport-Alert-Id and Idempotency-Key. Its errors quote neither URL nor secret.
func NewWebhook(c WebhookConfig) (*Webhook, error) {
	if err := c.Secret.Validate(); err != nil && !(c.Unsigned && c.Secret.IsZero()) {
		return nil, fmt.Errorf("making a webhook target: signing %w; hint: give the receiver and this program the same random secret", err)
	}
	if c.Unsigned && !c.Secret.IsZero() {
		return nil, errors.New("making a webhook target: it has a secret and is unsigned; hint: take one of both")
	}
	return newWebhook(c, form{
		what:   "webhook",
		encode: func(a Alert) any { return newWebhookBody(a) },
		wait:   func(got answer, now time.Time) time.Duration { return retryAfter(got.header, now) },
		reason: func(answer) string { return "" },
	})
}

// newPreset returns a target for a receiver that has its own JSON and checks no signature.
func newPreset(c WebhookConfig, f form) (*Webhook, error) {
	if !c.Secret.IsZero() {
		return nil, fmt.Errorf("making a %s target: %s checks no signature; hint: leave the secret out", f.what, f.what)
	}
	return newWebhook(c, f)
}

func newWebhook(c WebhookConfig, f form) (*Webhook, error) {
	if c.Name == "" {
		return nil, fmt.Errorf("making a %s target: the name is missing", f.what)
	}
	if err := checkURL("its URL", c.URL); err != nil {
		return nil, fmt.Errorf("making a %s target: %w", f.what, err)
	}
	client, err := c.Client.or()
	if err != nil {
		return nil, fmt.Errorf("making a %s target: %w", f.what, err)
	}
	return &Webhook{name: c.Name, url: c.URL, secret: c.Secret, client: client, form: f}, nil
}

// Name returns the configured name.
func (w *Webhook) Name() string { return w.name }

// Send posts one alert, see [Target]. When the answer is lost it is posted again with the same id.
func (w *Webhook) Send(ctx context.Context, a Alert) error {
	body, err := json.Marshal(w.form.encode(a))
	if err != nil {
		return fmt.Errorf("sending to %s: writing JSON: %w", w.form.what, err)
	}
	now := time.Now()
	got, err := w.client.do(ctx, http.MethodPost, w.url.Reveal(), w.headers(a.ID, string(body), now), string(body))
	if err == nil {
		err = w.refusal(got, now)
	}
	return sendingTo(w.form.what, err)
}

func (w *Webhook) headers(id, body string, now time.Time) http.Header {
	header := http.Header{"Content-Type": {"application/json"}}
	if id = headerValue(id); id != "" {
		header.Set("Sallyport-Alert-Id", id)
		header.Set("Idempotency-Key", id)
	}
	if !w.secret.IsZero() {
		header.Set("Sallyport-Signature", sign(w.secret, body, now))
	}
	return header
}

// headerValue returns id when it can stand in a header.
func headerValue(id string) string {
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	return id
}

// sign returns a signature over the time and the body, so that neither can be changed, and an old delivery
// cannot be passed off as a new one: t=<unix seconds>,v1=<hex of HMAC-SHA256 over "seconds.body">.
func sign(key secret.Secret, body string, now time.Time) string {
	seconds := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(seconds + "." + body))
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// refusal says what the answer means: nil when the receiver has the alert.
func (w *Webhook) refusal(got answer, now time.Time) error {
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	reason := fmt.Sprintf("status %d", got.status)
	if words := w.form.reason(got); words != "" {
		reason += ": " + words
	}
	switch {
	case got.status >= 500, got.status == http.StatusTooManyRequests, got.status == http.StatusRequestTimeout, got.status == http.StatusTooEarly:
		return later(w.form.wait(got, now), "%s", reason)
	}
	return refused(reason, webhookHint(got.status))
}

// webhookHint tells what to do about a refusal.
func webhookHint(status int) string {
	switch {
	case status >= 300 && status < 400:
		return "redirects are not followed, because the URL may carry a token: configure the address that it points to"
	case status == http.StatusGone, status == http.StatusNotFound:
		return "the receiver is gone: make a new URL there, or take the target out"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "the receiver does not accept the URL's token or the signature: compare both sides"
	}
	return ""
}
