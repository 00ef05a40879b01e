// Package watch sees what happens to a deployment and tells: the logs, the metrics, alerts, and whoever asks by
// the private listener.
//
// A [Watcher] is handed each request's record, each event and each notice. It never blocks, so that no trouble
// of a log, a disk or a receiver becomes trouble of a request.
package watch

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"sallyport"
	"sallyport/internal/alert"
	"sallyport/internal/telemetry"
)

// Config says what a [Watcher] tells, and to whom. Functions that are nil are not called.
type Config struct {
	Access   func(sallyport.Record) // the access log
	Events   func(sallyport.Event)  // the event log
	Metrics  *telemetry.Metrics
	Raise    func(alert.Alert)
	Alerts   func() alert.Stats       // how the receivers of alerts do
	Customer func(name string) string // how a customer's name may be shown; never, when nil
	Logs     []Log                    // whose losses are told
	State    func(context.Context) State
	About    About
}

// About names what runs.
type About struct {
	Deployment string    `json:"deployment"`
	Env        string    `json:"env"`
	Version    string    `json:"version"`
	Started    time.Time `json:"started"`
}

// Log is a log that counts the lines it lost.
type Log struct {
	Name    string
	Output  string
	Dropped func() uint64
}

// Notice tells of a change of what is served.
type Notice struct {
	Kind   alert.Kind // DatasetSwapped, DatasetRefused, ReloadRefused, ...
	Title  string
	Detail string
	Next   string // the command to type
}

// Watcher hands on what happens. Make it with [New]. It is safe for concurrent use.
type Watcher struct {
	config   Config
	recent   ring
	errors   errorGroups
	tally    tally
	notices  notices
	rejected rejections
	digest   digest
	lost     []atomic.Uint64 // of config.Logs, already told
}

// New returns a Watcher. Call [Watcher.Run] for what takes time to notice.
func New(c Config) *Watcher {
	w := &Watcher{config: c, lost: make([]atomic.Uint64, len(c.Logs))}
	w.config.About.Started = cmp.Or(c.About.Started, time.Now())
	return w
}

// Record takes what happened to one request.
func (w *Watcher) Record(r sallyport.Record) {
	if w.config.Access != nil {
		w.config.Access(r)
	}
	if w.config.Metrics != nil {
		w.config.Metrics.Record(r)
	}
	w.recent.add(&r)
	w.tally.add(&r)
	w.digest.add(&r)
	if w.rejected.add(&r) {
		w.raise(alert.Alert{Kind: alert.Recovered, Fingerprint: string(alert.Rejected), Title: "the marketplace gets in again",
			Detail: "a request with a valid marketplace secret was answered"})
	}
	if failed(&r) {
		w.fail(&r)
	}
}

// Event takes what an operator should know.
func (w *Watcher) Event(e sallyport.Event) {
	if w.config.Events != nil {
		w.config.Events(e)
	}
	if w.config.Metrics != nil {
		w.config.Metrics.Event(e)
	}
	if a, ok := eventAlert(e); ok {
		w.raise(a)
	}
}

// eventAlert turns the events that people are told of into alerts. A panic is told by its record.
func eventAlert(e sallyport.Event) (alert.Alert, bool) {
	a := alert.Alert{Time: e.Time, RequestID: e.RequestID, Fingerprint: string(e.Kind)}
	switch e.Kind {
	case sallyport.EventNoSecret:
		a.Kind, a.Severity, a.Title = alert.Rejected, alert.Critical, "the server has no usable marketplace secret: it refuses everybody"
		a.Next = "sallyport config check"
	case sallyport.EventUnknownTier:
		a.Kind, a.Severity, a.Title = alert.UnknownTier, alert.Warning, "the marketplace names a plan that no tier has: "+e.Value
		a.Detail, a.Next = "its customers get the lowest tier until tier_aliases names it", "sallyport config show"
		a.Fingerprint += " " + e.Value
	case sallyport.EventStoreFull:
		a.Kind, a.Severity, a.Title = alert.StoreFull, alert.Error, "there is no room to count another customer: new ones are refused"
		a.Next = "sallyport status"
		a.Detail = "raise limits_capacity if these are real customers"
	case sallyport.EventStoreFailed:
		a.Kind, a.Severity, a.Title = alert.StoreFailed, alert.Error, "the shared limit store does not answer: this process counts alone, at its share"
		a.Next = "sallyport status"
	case sallyport.EventStoreHealed:
		a.Kind, a.Title, a.Fingerprint = alert.Recovered, "the shared limit store answers again", string(sallyport.EventStoreFailed)
	default:
		return a, false
	}
	return a, true
}

// Notice takes a change of what is served.
func (w *Watcher) Notice(n Notice) {
	w.notices.add(n)
	a := alert.Alert{Kind: n.Kind, Severity: alert.Error, Title: n.Title, Detail: n.Detail, Next: n.Next,
		Fingerprint: string(n.Kind) + " " + n.Detail} // another cause is other news
	if n.Kind == alert.DatasetSwapped || n.Kind == alert.Started {
		a.Severity = alert.Info
	}
	w.raise(a)
}

func (w *Watcher) raise(a alert.Alert) {
	if w.config.Raise != nil {
		w.config.Raise(a)
	}
}

// tickInterval is how often Run looks.
const tickInterval = 10 * time.Second

// Run notices what no single request tells, until ctx is done.
func (w *Watcher) Run(ctx context.Context) {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			w.tick(now)
		}
	}
}

func (w *Watcher) tick(now time.Time) {
	if n := w.rejected.due(now); n > 0 {
		w.raise(alert.Alert{
			Kind: alert.Rejected, Severity: alert.Critical, Count: n, Fingerprint: string(alert.Rejected),
			Title: "the marketplace calls, and nobody gets in: was its secret changed?",
			Detail: "no request was accepted for 5 minutes, while refused ones carry the marketplace's headers. " +
				"Put the marketplace's present secret in place of ours, and ours in _PREVIOUS until all is well",
			Next: "sallyport config show",
		})
	}
	if text, n := w.digest.due(now); n > 0 {
		w.raise(alert.Alert{Kind: alert.Refusals, Count: n, Title: "requests were refused", Detail: text, Next: "sallyport status"})
	}
	for i, l := range w.config.Logs {
		w.tellLost(i, l)
	}
}

func (w *Watcher) tellLost(i int, l Log) {
	total := l.Dropped()
	if lost := total - w.lost[i].Swap(total); lost > 0 {
		w.raise(alert.Alert{
			Kind: alert.LogDropped, Severity: alert.Warning, Count: int64(lost), Fingerprint: string(alert.LogDropped) + " " + l.Name,
			Title:  "lines of the " + l.Name + " log were lost",
			Detail: "its output " + l.Output + " stalls or is full; requests are not affected", Next: "df -h",
		})
	}
}
