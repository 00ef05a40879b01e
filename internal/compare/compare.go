// Package compare sends the same requests to two servers and tells in what their answers differ, by field: the
// status, the headers that callers read, and each member of a JSON body by its pointer (RFC 6901).
//
// Nothing counts as equal because it could not be compared: an answer that did not arrive whole is a failure of
// its exchange, and a difference is only passed over when an [Allowance] names it and says why.
package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// The values that zero fields of [Options] stand for, and the bounds of what may be asked for.
const (
	DefaultConcurrency = 4
	DefaultTimeout     = 10 * time.Second
	DefaultMaxBody     = 8 << 20 // bytes
	MaxConcurrency     = 64
)

// Server is one of the two. Its header fields are sent with every request, instead of those of the same name
// that the request has; a field Host is the name that the server is asked by.
type Server struct {
	URL    *url.URL
	Header http.Header
}

// Options say how to compare.
type Options struct {
	Headers     []string      // names of response headers that are compared; [DefaultHeaders] when nil
	Ignore      []string      // places that are not looked at, see [Place]
	Allow       []Allowance   // differences that are justified
	Conceal     []string      // secret values, shown as [redacted]; those of headers with telling names are besides
	Concurrency int           // requests under way; DefaultConcurrency when 0
	Timeout     time.Duration // of one answer; DefaultTimeout when 0
	MaxBody     int64         // bytes of a body; DefaultMaxBody when 0
	Progress    func(done int)
}

// DefaultHeaders returns the names of the response headers that callers depend on.
func DefaultHeaders() []string {
	return []string{"Allow", "Cache-Control", "Content-Encoding", "Content-Language", "Content-Type", "Location",
		"Retry-After", "WWW-Authenticate"}
}

// Difference is one field in which two answers differ. Old and New are JSON, except for status, headers and
// bodies that are no JSON; "absent" is a field that is not there.
type Difference struct {
	Place  string `json:"place"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Reason string `json:"reason,omitempty"` // why it is allowed; empty when it is not

	allowance int // that allows it, or -1
}

// Exchange is one request and how the answers to it differ.
type Exchange struct {
	Number      int          `json:"number"`  // place among the requests, from 1
	Request     string       `json:"request"` // method and path
	OldStatus   int          `json:"old_status,omitempty"`
	NewStatus   int          `json:"new_status,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	Failure     string       `json:"failure,omitempty"` // why it could not be compared
}

// Report is the outcome of [Run], in the order of the requests.
type Report struct {
	Exchanges []Exchange `json:"exchanges"` // that differ or failed, allowed differences included
	Allowed   []Use      `json:"allowances,omitempty"`
	Requests  int        `json:"requests"`
	Equal     int        `json:"equal"`     // without any difference
	Justified int        `json:"justified"` // with differences that are all allowed
	Different int        `json:"different"`
	Failed    int        `json:"failed"`
}

// Use is an allowance and how often it was needed: what matched nothing may be out of date.
type Use struct {
	Allowance
	Differences int `json:"differences"` // that it allowed
	Exchanges   int `json:"exchanges"`   // in which it allowed one
}

// ErrUnreachable is in the chain of the error of a server that nobody answers for.
var ErrUnreachable = errors.New("server cannot be reached")

// Run sends every request to both servers, first to older, and compares the answers. It ends early when ctx is
// done or a server cannot be reached; any other failure is one of its exchange. The report does not depend on
// the order in which answers arrive.
func Run(ctx context.Context, older, newer Server, requests []Request, o Options) (*Report, error) {
	headers := []http.Header{older.Header, newer.Header}
	for _, request := range requests {
		headers = append(headers, request.Header)
	}
	o.Conceal = append(slices.Clip(o.Conceal), secrets(headers...)...)
	r, err := newRunner(older, newer, o)
	if err != nil {
		return nil, err
	}
	defer r.client.CloseIdleConnections()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	exchanges := make([]Exchange, len(requests))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(r.concurrency, len(requests)) {
		workers.Go(func() {
			for i := range next {
				exchanges[i] = r.exchange(ctx, cancel, i, requests[i])
				r.advance()
			}
		})
	}
	feed(ctx, next, len(requests))
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	return r.report(exchanges), nil
}

func feed(ctx context.Context, next chan<- int, n int) {
	defer close(next)
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
	}
}

// runner holds what all exchanges share.
type runner struct {
	older, newer Server
	client       *http.Client
	headers      []string
	ignore       []Place
	allow        []allowance
	concurrency  int
	maxBody      int64
	conceal      concealer

	mu       sync.Mutex
	done     int
	progress func(int)
}

func newRunner(older, newer Server, o Options) (*runner, error) {
	r := &runner{
		older: older, newer: newer, client: newClient(cmp.Or(o.Timeout, DefaultTimeout)),
		concurrency: cmp.Or(o.Concurrency, DefaultConcurrency), maxBody: cmp.Or(o.MaxBody, DefaultMaxBody),
		conceal: newConcealer(o.Conceal), progress: o.Progress,
	}
	errs := []error{older.check("old"), newer.check("new")}
	if r.concurrency < 1 || r.concurrency > MaxConcurrency {
		errs = append(errs, fmt.Errorf("%d requests at a time are not between 1 and %d", r.concurrency, MaxConcurrency))
	}
	if o.Timeout < 0 || r.maxBody < 0 {
		errs = append(errs, errors.New("a bound is negative"))
	}
	names := o.Headers
	if names == nil {
		names = DefaultHeaders()
	}
	for _, name := range names {
		r.headers = append(r.headers, http.CanonicalHeaderKey(name))
	}
	slices.Sort(r.headers)
	r.headers = slices.Compact(r.headers)
	for _, text := range o.Ignore {
		place, err := ParsePlace(text)
		r.ignore, errs = append(r.ignore, place), append(errs, err)
	}
	for _, a := range o.Allow {
		compiled, err := a.compile()
		r.allow, errs = append(r.allow, compiled), append(errs, err)
	}
	return r, errors.Join(errs...)
}

func (s Server) check(which string) error {
	if s.URL == nil || s.URL.Host == "" || s.URL.Scheme != "http" && s.URL.Scheme != "https" {
		return fmt.Errorf("the address of the %s server is not of the form http://host or https://host", which)
	}
	if s.URL.User != nil || s.URL.RawQuery != "" || s.URL.Fragment != "" {
		return fmt.Errorf("the address of the %s server has more than a host and a path", which)
	}
	return nil
}

func (r *runner) advance() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.progress != nil {
		r.progress(r.done)
	}
}

// exchange asks both servers.
func (r *runner) exchange(ctx context.Context, cancel context.CancelCauseFunc, i int, request Request) Exchange {
	x := Exchange{Number: i + 1, Request: r.conceal.text(request.Method + " " + request.Path)}
	var answers [2]*answer
	for side, server := range []Server{r.older, r.newer} {
		a, err := r.send(ctx, server, request)
		if errors.Is(err, ErrUnreachable) {
			cancel(r.conceal.err(err))
		}
		if err != nil {
			x.Failure = []string{"old: ", "new: "}[side] + r.conceal.text(err.Error())
			return x
		}
		answers[side] = a
	}
	x.OldStatus, x.NewStatus = answers[0].status, answers[1].status
	for _, d := range r.differences(answers[0], answers[1]) {
		x.Differences = append(x.Differences, r.judge(&x, request, d))
	}
	return x
}

// judge looks for the first allowance of d, and makes it fit to be shown.
func (r *runner) judge(x *Exchange, request Request, d difference) Difference {
	shown := Difference{Place: r.conceal.text(d.place.String()), allowance: -1,
		Old: shorten(r.conceal.text(d.older)), New: shorten(r.conceal.text(d.newer))}
	for i := range r.allow {
		if r.allow[i].matches(x, request, d.place) {
			shown.Reason, shown.allowance = r.allow[i].Reason, i
			break
		}
	}
	return shown
}

// report counts.
func (r *runner) report(exchanges []Exchange) *Report {
	report := &Report{Requests: len(exchanges), Exchanges: []Exchange{}}
	for _, a := range r.allow {
		report.Allowed = append(report.Allowed, Use{Allowance: a.Allowance})
	}
	for _, x := range exchanges {
		unjustified := report.count(&x)
		switch {
		case x.Failure != "":
			report.Failed++
		case unjustified > 0:
			report.Different++
		case len(x.Differences) > 0:
			report.Justified++
		default:
			report.Equal++
			continue
		}
		report.Exchanges = append(report.Exchanges, x)
	}
	return report
}

// count credits the allowances of x, and returns how many differences have none.
func (r *Report) count(x *Exchange) int {
	unjustified := 0
	credited := map[int]bool{}
	for _, d := range x.Differences {
		if d.allowance < 0 {
			unjustified++
			continue
		}
		r.Allowed[d.allowance].Differences++
		if !credited[d.allowance] {
			credited[d.allowance] = true
			r.Allowed[d.allowance].Exchanges++
		}
	}
	return unjustified
}
