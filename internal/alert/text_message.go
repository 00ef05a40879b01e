package alert

import (
	"fmt"
	"strings"
	"time"
)

// cutMark follows a text that was cut.
const cutMark = "… cut"

// message is an alert in words for people, cleaned and bounded. Each target dresses it in its own markup.
type message struct {
	subject string // one line: "500 on /v1/search"
	title   string // with the severity: "ERROR: 500 on /v1/search"
	facts   string // one line: "shop-api · x152 in 5 min · 2026-03-01 10:15:30 UTC"
	detail  string // lines, not bounded yet
	next    string // the command to type
	request string // id
}

func newMessage(a Alert) message {
	subject := line(a.Title, maxTitle)
	if subject == "" {
		subject = line(string(a.Kind), maxTitle)
	}
	return message{
		subject: subject,
		title:   strings.ToUpper(a.Severity.String()) + ": " + subject,
		facts:   facts(a),
		detail:  strings.TrimSpace(clean(a.Detail, true)),
		next:    line(a.Next, maxNext),
		request: line(a.RequestID, maxID),
	}
}

// facts says where, how often and when.
func facts(a Alert) string {
	var parts []string
	if deployment := line(a.Deployment, maxDeployment); deployment != "" {
		parts = append(parts, deployment)
	}
	if a.Count > 1 && a.Window > 0 {
		parts = append(parts, fmt.Sprintf("x%d in %s", a.Count, words(a.Window)))
	} else if a.Count > 1 {
		parts = append(parts, fmt.Sprintf("x%d", a.Count))
	}
	if !a.Time.IsZero() {
		parts = append(parts, a.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return strings.Join(parts, " · ")
}

// words returns a duration as people say it: "45 s", "5 min", "2 h".
func words(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", max(1, d.Round(time.Second)/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d.Round(time.Minute)/time.Minute)
	}
	return fmt.Sprintf("%d h", d.Round(time.Hour)/time.Hour)
}

// cutDetail returns as much of detail as fits into limit units, with the mark when something is missing.
func cutDetail(detail string, limit int) (head, mark string) {
	if head, isCut := cutUnits(detail, limit); !isCut {
		return head, ""
	}
	head, _ = cutUnits(detail, limit-units(cutMark)-1)
	return strings.TrimSpace(head), "\n" + cutMark
}
