package docs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sallyport"
	"sallyport/internal/alert"
	"sallyport/internal/servicetest"
	"sallyport/internal/watch"
	"sallyport/secret"
)

// hookSecret signs what the webhooks of these tests get.
const hookSecret = "mT7wq2Zx9pLr4VbK"

// ear is a target that keeps what it is sent.
type ear struct {
	mu    sync.Mutex
	heard []alert.Alert
}

func (e *ear) Name() string { return "ops" }

func (e *ear) Send(_ context.Context, a alert.Alert) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, a)
	return nil
}

// scene is what the program puts together: a watcher that raises alerts, and a notifier that delivers them. Its clock
// begins at the first second of 2000, and runs as fast as nobody has anything to do.
type scene struct {
	*watch.Watcher
	lost atomic.Uint64 // lines of the access log
}

const exampleID = "qgde474acgrnoak3j5ex7erk"

func (s *scene) failure() {
	s.Record(sallyport.Record{Time: time.Now(), RequestID: exampleID, Method: "GET", Route: "/v1/planets", Status: http.StatusInternalServerError, Tier: "PRO",
		Err: fmt.Errorf("reading rows: %w", errors.New("disk I/O error"))})
}

func (s *scene) refusal(r sallyport.Refusal, marketplace bool) {
	s.Record(sallyport.Record{Time: time.Now(), RequestID: exampleID, Method: "GET", Status: http.StatusForbidden, Refusal: r,
		Sent: sallyport.Sent{Marketplace: marketplace}})
}

func (s *scene) event(kind sallyport.EventKind, value string) {
	s.Event(sallyport.Event{Kind: kind, Time: time.Now(), RequestID: exampleID, Value: value})
}

// scenes make the kinds of alert that come from requests and from time.
func scenes() map[alert.Kind]func(*scene) {
	return map[alert.Kind]func(*scene){
		alert.ErrorGroup: (*scene).failure,
		alert.Recovered: func(s *scene) {
			for range 152 {
				s.failure()
				time.Sleep(time.Second)
			}
			time.Sleep(time.Hour)
		},
		alert.Refusals: func(s *scene) {
			for range 30 {
				s.refusal(sallyport.RefusedSecret, false)
				s.refusal(sallyport.RefusedNotFound, false)
				s.refusal(sallyport.RefusedSecret, false)
			}
			time.Sleep(2 * time.Hour)
		},
		alert.Rejected: func(s *scene) {
			time.Sleep(5 * time.Second) // between two looks of the watcher
			for range 10 {
				s.refusal(sallyport.RefusedSecret, true)
				time.Sleep(time.Minute)
			}
		},
		alert.UnknownTier: func(s *scene) { s.event(sallyport.EventUnknownTier, `"GOLD"`) },
		alert.LogDropped: func(s *scene) {
			s.lost.Store(3021)
			time.Sleep(time.Minute)
		},
		alert.StoreFull:   func(s *scene) { s.event(sallyport.EventStoreFull, "") },
		alert.StoreFailed: func(s *scene) { s.event(sallyport.EventStoreFailed, "") },
		alert.HeldBack: func(s *scene) {
			for i := range 4 {
				s.event(sallyport.EventUnknownTier, fmt.Sprintf(`"PLAN-%d"`, i))
				time.Sleep(time.Minute)
			}
			time.Sleep(24 * time.Hour)
		},
	}
}

// play returns the first alert of a kind that its scene leads to.
func play(t *testing.T, kind alert.Kind, act func(*scene)) (first alert.Alert) {
	synctest.Test(t, func(t *testing.T) {
		e, s := &ear{}, &scene{}
		daily := 100
		if kind == alert.HeldBack {
			daily = 2
		}
		n, err := alert.NewNotifier(alert.Config{Targets: []alert.Route{{Target: e, Daily: daily}}, Deployment: "planets-api"})
		if err != nil {
			t.Fatal(err)
		}
		s.Watcher = watch.New(watch.Config{Raise: n.Raise, Logs: []watch.Log{{Name: "access", Output: "stdout", Dropped: s.lost.Load}}})
		ctx, end := context.WithCancel(t.Context())
		go s.Run(ctx)
		act(s)
		time.Sleep(10 * time.Second)
		end()
		if err := n.Close(t.Context()); err != nil {
			t.Error(err)
		}
		i := slices.IndexFunc(e.heard, func(a alert.Alert) bool { return a.Kind == kind })
		if i < 0 {
			t.Fatalf("no alert of kind %s: %+v", kind, e.heard)
		}
		first = e.heard[i]
	})
	return first
}

// bodies returns what the webhook sends for each kind.
func bodies(t *testing.T) map[alert.Kind]string {
	t.Helper()
	hook := servicetest.Webhook(t, hookSecret)
	target, err := alert.NewWebhook(alert.WebhookConfig{Name: "ops", URL: secret.New(hook.URL), Secret: secret.New(hookSecret)})
	if err != nil {
		t.Fatal(err)
	}
	for kind, act := range scenes() {
		if err := target.Send(t.Context(), play(t, kind, act)); err != nil {
			t.Fatal(err)
		}
	}
	samples := alert.Samples("planets-api")
	i := slices.IndexFunc(samples, func(a alert.Alert) bool { return a.Kind == alert.Trial })
	samples[i].ID = "trial"
	if err := target.Send(t.Context(), samples[i]); err != nil {
		t.Fatal(err)
	}
	sent := map[alert.Kind]string{}
	for _, d := range append(hook.Deliveries(), liveDeliveries(t)...) {
		var body struct{ Kind alert.Kind }
		if err := json.Unmarshal(d.Body, &body); err != nil {
			t.Fatal(err)
		}
		sent[body.Kind] = cmp.Or(sent[body.Kind], string(d.Body))
	}
	return sent
}

// steady replaces what differs from run to run.
func steady(body string) string {
	for _, r := range [][2]string{
		{`"id":"[^"]+"`, `"id":"r4xk7q2mvw9tz3nb6hc8yd5pja"`},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`, "2026-03-01T10:15:30Z"},
		{`127\.0\.0\.1:\d+`, ":8080"},
		{`/[\w./-]*/` + liveDir, "/srv/planets"},
		{`"fingerprint":"[0-9a-f]{64}"`, `"fingerprint":"a7c6c3913bb5be5e3274fbfa99662ffc8dccdcd2c6310eb4e32f99eede8ff561"`}, // of a path, too
	} {
		body = regexp.MustCompile(r[0]).ReplaceAllString(body, r[1])
	}
	return body
}

// TestAlertsAreListed writes what the webhook sends for each kind into the document, and compares the severities and
// the next commands of its table.
func TestAlertsAreListed(t *testing.T) {
	sent := bodies(t)
	var shown strings.Builder
	for _, kind := range alert.Kinds() {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(steady(sent[kind])), "", "  "); err != nil {
			t.Fatalf("%s was not sent: %v", kind, err)
		}
		fmt.Fprintf(&shown, "`%s`:\n\n```json\n%s\n```\n\n", kind, pretty.String())
	}
	generated(t, "docs/alerts.md", "bodies", strings.TrimSuffix(shown.String(), "\n"))

	var kinds []string
	for _, kind := range alert.Kinds() {
		kinds = append(kinds, string(kind))
	}
	d := load(t, "docs/alerts.md")
	compareSets(t, "kinds of alert", kinds, firstSpans(t, d, "Kinds"))
	for _, row := range d.tableUnder(t, "Kinds") {
		kind := strings.Trim(row[0], "`")
		var body struct{ Severity, Next string }
		if err := json.Unmarshal([]byte(sent[alert.Kind(kind)]), &body); err != nil {
			t.Fatal(err)
		}
		next, _, _ := strings.Cut(body.Next, " "+exampleID)
		if row[1] != body.Severity || strings.Trim(row[3], "`") != next {
			t.Errorf("%s is of severity %s and names %s next, the table says %s and %s", kind, body.Severity, next, row[1], row[3])
		}
	}
}
