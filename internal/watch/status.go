package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/internal/alert"
)

// State is what is served now, as who serves it tells.
type State struct {
	Ready    error // why no question can be answered; nil when they can
	Dataset  Dataset
	Limits   Limits
	InFlight int64
	Ignored  uint64 // parameters that the generation passed over, where the description says so
}

// Dataset tells which data is in service.
type Dataset struct {
	Name       string    `json:"name"`
	Version    string    `json:"version,omitempty"`
	Date       string    `json:"date,omitempty"`
	Content    string    `json:"content"` // hash
	Rows       int64     `json:"rows"`
	Generation int64     `json:"generation"` // as sallyport dataset list numbers it
	Since      time.Time `json:"since"`
}

// Limits tells how much room there is to count customers.
type Limits struct {
	Counters int `json:"counters"` // one for each customer and policy
	Capacity int `json:"capacity"`
}

// LogStatus tells how a log does.
type LogStatus struct {
	Name    string `json:"name"`
	Output  string `json:"output"`
	Dropped uint64 `json:"dropped"`
}

// PastNotice is a notice with its time.
type PastNotice struct {
	Time   time.Time  `json:"time"`
	Kind   alert.Kind `json:"kind"`
	Title  string     `json:"title"`
	Detail string     `json:"detail,omitempty"`
}

// Status tells what works and what does not.
type Status struct {
	About
	Problems []string     `json:"problems"` // empty when all is well
	Dataset  Dataset      `json:"dataset"`
	Requests Requests     `json:"requests"`
	InFlight int64        `json:"in_flight"`
	Limits   Limits       `json:"limits"`
	Logs     []LogStatus  `json:"logs"`
	Alerts   alert.Stats  `json:"alerts"`
	Errors   []ErrorGroup `json:"errors"`
	Notices  []PastNotice `json:"notices"`
}

// Status asks everybody how they do.
func (w *Watcher) Status(ctx context.Context) Status {
	s := Status{About: w.config.About, Problems: []string{}, Requests: w.tally.read(), Errors: w.errors.read(),
		Notices: w.notices.read(), Logs: []LogStatus{}}
	if w.config.State != nil {
		state := w.config.State(ctx)
		s.Dataset, s.Limits, s.InFlight = state.Dataset, state.Limits, state.InFlight
		if state.Ready != nil {
			s.problem("the dataset does not answer: %v", state.Ready)
		}
	}
	for _, l := range w.config.Logs {
		s.Logs = append(s.Logs, LogStatus{l.Name, l.Output, l.Dropped()})
	}
	if w.config.Alerts != nil {
		s.Alerts = w.config.Alerts()
	}
	s.judge()
	return s
}

func (s *Status) problem(format string, args ...any) {
	s.Problems = append(s.Problems, fmt.Sprintf(format, args...))
}

// recently is how long a failure that is over stays a problem.
const recently = 15 * time.Minute

func (s *Status) judge() {
	for _, l := range s.Logs {
		if l.Dropped > 0 {
			s.problem("the %s log lost %d lines", l.Name, l.Dropped)
		}
	}
	for _, t := range s.Alerts.Targets {
		if t.Refusing || t.Failures > 0 {
			s.problem("alerts do not reach %s: %s", t.Name, t.LastError)
		}
	}
	if s.Limits.Capacity > 0 && s.Limits.Counters >= s.Limits.Capacity {
		s.problem("there is no room to count another customer: new ones are refused")
	}
	for _, e := range s.Errors {
		if time.Since(e.Last) < recently {
			s.problem("%d on %s, %d times, last at %s: %s", e.Status, cmp.Or(e.Route, "no route"), e.Count, clock(e.Last), e.Error)
		}
	}
	s.judgeNotices()
}

// judgeNotices takes what was refused for a problem until something was taken: another dataset, or, which is
// no notice, a configuration, with which a generation begins, too.
func (s *Status) judgeNotices() {
	for _, n := range s.Notices { // the latest first
		if n.Time.Before(s.Dataset.Since) {
			return
		}
		switch n.Kind {
		case alert.DatasetSwapped, alert.Started:
			return
		case alert.DatasetRefused, alert.ReloadRefused:
			s.problem("%s at %s: %s", n.Title, clock(n.Time), n.Detail)
			return
		}
	}
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// WriteText writes the status for people.
func (s *Status) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  version %s, env %s, up %s\n", s.Deployment, s.Version, s.Env, time.Since(s.Started).Round(time.Second))
	if len(s.Problems) == 0 {
		b.WriteString("all is well\n")
	}
	for _, p := range s.Problems {
		fmt.Fprintf(&b, "problem: %s\n", p)
	}
	d := s.Dataset
	fmt.Fprintf(&b, "\ndataset   %s %s, %d rows, content %s, generation %d since %s\n", d.Name, d.Version, d.Rows, cut(d.Content, 12), d.Generation, clock(d.Since))
	r := s.Requests
	fmt.Fprintf(&b, "requests  %d, %d accepted, %d in flight, %d failed, %d cancelled\n", r.Total, r.Accepted, s.InFlight, r.Failed, r.Cancelled)
	if len(r.Refused) > 0 {
		fmt.Fprintf(&b, "refused   %s\n", refusals(r.Refused))
	}
	fmt.Fprintf(&b, "limits    %d of %d counters in use\n", s.Limits.Counters, s.Limits.Capacity)
	for _, l := range s.Logs {
		fmt.Fprintf(&b, "log       %s to %s, %d lines lost\n", l.Name, l.Output, l.Dropped)
	}
	s.writeAlerts(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Status) writeAlerts(b *strings.Builder) {
	if len(s.Alerts.Targets) == 0 {
		b.WriteString("alerts    nobody is told; hint: name a receiver in alerts.targets\n")
	}
	for _, t := range s.Alerts.Targets {
		fmt.Fprintf(b, "alerts    %s: %d sent, %d waiting, %d held back, %d failed, %d dropped\n", t.Name, t.Sent, t.Queued, t.HeldBack, t.Failed, t.Dropped)
	}
	for _, e := range s.Errors {
		fmt.Fprintf(b, "error     x%d %d %s, last %s, %s\n          %s\n", e.Count, e.Status, cmp.Or(e.Route, "no route"), clock(e.Last), e.RequestID, e.Error)
	}
	for _, n := range s.Notices {
		fmt.Fprintf(b, "notice    %s  %s\n", clock(n.Time), n.Title)
	}
}

func refusals(count map[string]uint64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, count[reason]))
	}
	return strings.Join(parts, ", ")
}

// maxNotices is how many notices are remembered.
const maxNotices = 16

// notices remembers the last notices. The zero value is empty.
type notices struct {
	mu   sync.Mutex
	list []PastNotice
}

func (n *notices) add(one Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append([]PastNotice{{time.Now(), one.Kind, one.Title, one.Detail}}, n.list[:min(len(n.list), maxNotices-1)]...)
}

// read returns the latest first.
func (n *notices) read() []PastNotice {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]PastNotice{}, n.list...)
}

// DecodeStatus reads what the private listener answers.
func DecodeStatus(r io.Reader) (Status, error) {
	var s Status
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return Status{}, fmt.Errorf("reading the status: %w", err)
	}
	return s, nil
}
