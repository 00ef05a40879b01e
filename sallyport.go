// Package sallyport puts one fail-closed chain of protections in front of an [http.Handler]: nothing
// missing, empty, unknown or unreachable ever means allow.
//
// A [Middleware] is made by [NewMiddleware], which validates the whole [Config] and reports everything that
// is wrong with it at once. [Middleware.Wrap] puts the chain in front of a handler; the handler then sees
// only requests that carry a valid marketplace secret, match a declared [Route], and are within the limits
// of the customer's tier. It learns who calls by [CallerFrom], and charges work whose size it learns late
// by [Charge].
//
// Every refusal and every failure is a problem (RFC 9457) written by the same pipeline as every answer, so
// that it carries the same security headers, request id and record.
package sallyport

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"time"

	"sallyport/limit"
	"sallyport/problem"
)

// Config configures a [Middleware]. There are no permissive defaults: what must be known and is not given
// is an error of [NewMiddleware].
type Config struct {
	// Hosts are the names under which the API is reached, without port. A request for any other is 421.
	// Loopback names are taken for public routes besides, so that probes work.
	Hosts []string
	// TrustedProxies are the peers whose X-Forwarded-For and X-Forwarded-Proto are believed. None when empty.
	TrustedProxies []netip.Prefix
	// Secrets are the marketplace secrets, one or two.
	Secrets SecretSource
	// Marketplace names the headers; [RapidAPI] when zero.
	Marketplace Marketplace
	// Tiers are ordered, lowest first. Unknown and missing tiers are the first.
	Tiers []Tier
	// TierAliases maps further values of the tier header to tiers.
	TierAliases map[string]string
	// TierOverrides maps customers to tiers, whatever their header says.
	TierOverrides map[string]string
	// Routes are what exists; all else is 404.
	Routes []Route
	// CORS lists the origins of browsers; nobody's when zero.
	CORS CORS
	// HSTS shapes Strict-Transport-Security; one year when zero.
	HSTS HSTS
	// FailureBudget is how many wrong secrets an address may send; 20 a minute when zero.
	FailureBudget limit.Policy
	// Errors is how errors are written, those of the handler included; problem details when nil.
	Errors *problem.Form
	// Counters outlive a Middleware; a new set in memory when nil.
	Counters *Counters
	// MaxURL and MaxHeader bound the request target and all header fields, in bytes; 16 KiB each when 0.
	MaxURL, MaxHeader int
	// OnRecord receives one [Record] for each request, after the answer. It must not block.
	OnRecord func(Record)
	// OnEvent receives what an operator should know. It must not block.
	OnEvent func(Event)
}

// Middleware is the chain. Make it with [NewMiddleware]: the zero value answers 500 to everything. It is
// immutable and safe for concurrent use.
type Middleware struct {
	hosts       hostRule
	clients     clientRule
	auth        authenticator
	tiers       tierTable
	router      *http.ServeMux // patterns of the routes, each bound to its own last steps
	public      map[string]*boundRoute
	literal     map[string]*boundRoute // patterns without wildcards
	cors        corsRule
	headers     headerSet
	form        *problem.Form
	counters    *Counters
	maxURL      int
	maxHeader   int
	onRecord    func(Record)
	onEvent     func(Event)
	constructed bool
}

// NewMiddleware validates c and returns the chain, or every mistake as joined [ConfigError] values.
func NewMiddleware(c Config) (*Middleware, error) {
	b := builder{}
	m := &Middleware{
		hosts:     b.hosts(c.Hosts),
		clients:   b.clients(c.TrustedProxies),
		auth:      b.authenticator(c),
		tiers:     b.tiers(c),
		cors:      b.cors(c),
		headers:   b.headers(c),
		form:      b.form(c.Errors),
		counters:  c.Counters,
		maxURL:    b.size("MaxURL", c.MaxURL),
		maxHeader: b.size("MaxHeader", c.MaxHeader),
		onRecord:  c.OnRecord,
		onEvent:   c.OnEvent,
	}
	b.routes(m, c.Routes)
	if err := b.err(); err != nil {
		return nil, err
	}
	if m.counters == nil {
		m.counters = NewCounters(CountersConfig{})
	}
	if m.onRecord == nil {
		m.onRecord = func(Record) {}
	}
	if m.onEvent == nil {
		m.onEvent = func(Event) {}
	}
	m.constructed = true
	return m, nil
}

// Wrap returns next behind the chain. A nil next, like a Middleware that NewMiddleware did not make,
// answers 500 to everything.
func (m *Middleware) Wrap(next http.Handler) http.Handler {
	if m == nil || !m.constructed || next == nil {
		return misuse{}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, next) })
}

// serve is the chain, outermost first. Each step either lets the request on or names the problem.
func (m *Middleware) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	x := m.open(w, r, next) // request id, client address, security headers
	defer m.close(x)        // the record
	defer m.recover(x)      // a panic is a 500
	if p := m.admit(x); p != nil {
		problem.Write(x.w, x.r, p)
		return
	}
	if x.done {
		return
	}
	m.route(x)
}

// admit decides what needs no route. Public routes leave it before authentication.
func (m *Middleware) admit(x *exchange) *problem.Error {
	for _, step := range [...]func(*exchange) *problem.Error{m.checkSizes, m.checkHost, m.checkPath} {
		if p := step(x); p != nil {
			m.hush(x)
			return p
		}
	}
	for _, step := range [...]func(*exchange) *problem.Error{m.preflight, m.servePublic, m.authenticate} {
		if p := step(x); p != nil || x.done {
			return p
		}
	}
	return nil
}

// ServeHTTP is the second half of the chain, for a request that matched this route.
func (b *boundRoute) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	x.record.Route = b.route.Pattern
	defer x.leave()
	if p := b.enter(x); p != nil {
		problem.Write(x.w, r, p)
		return
	}
	x.context.limit(x.record.Time.Add(b.route.Deadline))
	x.next.ServeHTTP(x.w, r)
}

// enter runs the steps that need the route.
func (b *boundRoute) enter(x *exchange) *problem.Error {
	m := b.middleware
	for _, step := range [...]func(*exchange, *boundRoute) *problem.Error{
		m.checkMethod, m.chooseTier, m.checkTier, m.checkBody, m.countInFlight, m.takeLimits,
	} {
		if p := step(x, b); p != nil {
			return p
		}
	}
	return nil
}

// exchange is one request on its way through the chain. It belongs to the request's goroutine.
type exchange struct {
	m        *Middleware
	w        *responseWriter // &writer
	r        *http.Request
	next     http.Handler
	writer   responseWriter
	context  requestContext
	id       [1]string // header values
	limit    [1]string
	record   Record
	caller   Caller
	proven   bool // the caller showed a valid credential
	tier     *boundTier
	owed     int64 // units that a conditional request pays unless its answer is 304
	inFlight bool  // counted in flight
	done     bool  // answered by a step
}

// Caller is who a request was proven to come from.
type Caller struct {
	Customer string // the marketplace's name of the customer; empty when it named none
	Tier     string
	Rank     int // of the tier, from 0 for the lowest
}

type exchangeKey struct{}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// CallerFrom returns the caller of a request that passed the chain of a private route. ok is false anywhere
// else, and then nothing may be answered: treat it as a failure of the server.
func CallerFrom(ctx context.Context) (caller Caller, ok bool) {
	x := exchangeFrom(ctx)
	if x == nil || x.tier == nil {
		return Caller{}, false
	}
	return x.caller, true
}

// errOutside is a call from a handler that is not behind the chain.
var errOutside = errors.New("the request did not pass the middleware")

// open begins the exchange.
func (m *Middleware) open(w http.ResponseWriter, r *http.Request, next http.Handler) *exchange {
	x := &exchange{m: m, next: next}
	x.record.Time = time.Now()
	x.record.RequestID = newRequestID()
	x.record.Method = r.Method
	x.record.Client, x.record.HTTPS = m.clients.identify(r)
	x.record.Sent = m.auth.header.sent(r)
	x.writer.ResponseWriter, x.writer.exchange, x.w = w, x, &x.writer
	x.context.Context, x.context.exchange = r.Context(), x
	x.r = r.WithContext(&x.context)
	m.headers.set(x)
	return x
}

// close hands the record on.
func (m *Middleware) close(x *exchange) {
	x.record.Duration = time.Since(x.record.Time)
	x.record.Status = x.w.status
	x.record.Bytes = x.w.bytes
	x.record.Cancelled = errors.Is(x.context.Context.Err(), context.Canceled)
	x.context.stop()
	m.onRecord(x.record)
}

// refuse notes why and returns p. A body that came along is not read, so the connection ends with the answer:
// where the body ends may be read in two ways (RFC 9112 section 6.3), and what follows could be a request of
// somebody else's.
func (x *exchange) refuse(why Refusal, p *problem.Error) *problem.Error {
	x.record.Refusal = why
	if x.r.ContentLength != 0 && x.r.ProtoMajor == 1 {
		x.w.Header()["Connection"] = []string{"close"}
	}
	return p
}

func (x *exchange) event(kind EventKind, value string, err error) {
	x.m.onEvent(Event{Kind: kind, Time: time.Now(), RequestID: x.record.RequestID, Value: value, Err: err})
}

// misuse answers for a Middleware that cannot protect anything.
type misuse struct{}

func (misuse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), fixedHeaders())
	problem.Write(w, r, problem.Internal(errors.New("this middleware was not made by NewMiddleware")))
}
