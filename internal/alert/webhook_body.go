package alert

import "time"

// webhookVersion is of the schema: it changes when a member changes its meaning, not when one is added.
const webhookVersion = 1

// maxWebhookDetail bounds the detail, in UTF-16 code units.
const maxWebhookDetail = 16 << 10

// webhookBody is what a webhook gets. Texts are cleaned like those for people.
type webhookBody struct {
	Version       int     `json:"version"`
	ID            string  `json:"id"`
	Kind          string  `json:"kind"`
	Severity      string  `json:"severity"`
	Time          string  `json:"time"`
	Title         string  `json:"title"`
	Detail        string  `json:"detail,omitempty"`
	Next          string  `json:"next,omitempty"`
	Fingerprint   string  `json:"fingerprint"`
	Count         int64   `json:"count"`
	WindowSeconds float64 `json:"window_seconds,omitempty"`
	RequestID     string  `json:"request_id,omitempty"`
	Deployment    string  `json:"deployment,omitempty"`
}

func newWebhookBody(a Alert) webhookBody {
	m := newMessage(a)
	detail, mark := cutDetail(m.detail, maxWebhookDetail)
	fingerprint := line(a.Fingerprint, maxTitle)
	if fingerprint == "" {
		fingerprint = string(a.Kind)
	}
	return webhookBody{
		Version:       webhookVersion,
		ID:            line(a.ID, maxID),
		Kind:          string(a.Kind),
		Severity:      a.Severity.String(),
		Time:          a.Time.UTC().Format(time.RFC3339Nano),
		Title:         m.subject,
		Detail:        detail + mark,
		Next:          m.next,
		Fingerprint:   fingerprint,
		Count:         max(1, a.Count),
		WindowSeconds: a.Window.Seconds(),
		RequestID:     m.request,
		Deployment:    line(a.Deployment, maxDeployment),
	}
}
