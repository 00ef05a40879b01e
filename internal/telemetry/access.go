// Package telemetry writes what happened: the access log, one line for each request, and the event log.
package telemetry

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/netip"
	"sync"

	"sallyport"
)

// Longest texts of the fields, in bytes; longer ones are cut. Methods are the client's own words.
const (
	maxMethod    = 24
	maxRequestID = 64
	maxRoute     = 256
	maxName      = 64
	maxCustomer  = 128
	maxError     = 512
	maxQuery     = 1024
	maxAgent     = 256
)

// minHashKey is the least length of the key of the hashes, in bytes.
const minHashKey = 16

// AccessLog writes one JSON object a line for each request, in printable ASCII. The fields, in this order;
// those marked ? are left out when there is nothing to say:
//
//	time         when the request arrived; RFC 3339, UTC, milliseconds
//	request_id   the id that the answer carries
//	method       as it was sent, cut to 24 bytes
//	route?       pattern of the route, never the path
//	status       0 when the connection was cut before an answer
//	duration_ms  milliseconds with three decimals
//	bytes        of the answer's body
//	tier?        of the proven customer
//	customer?    as the switch says; else 16 hex digits of HMAC-SHA256 of the customer's name
//	client?      address, by trusted proxies, as the switch says
//	query?       as the switch says, cut to 1,024 bytes; without a switch not at all
//	user_agent?  as the switch says, cut to 256 bytes; without a switch not at all
//	limit?       {"policy", "remaining"} of the tightest policy
//	cost?        units taken from the limits
//	cache?       hit, miss or not-modified
//	refusal?     the protection that refused the request
//	cancelled?   true when the client went away before the answer was complete
//	error?       for a status of 500 and above
//
// A line {"time", "lost_lines"} says how many lines before it were lost. An AccessLog is safe for concurrent
// use.
type AccessLog struct {
	sink  *Sink
	lines sync.Pool // of *line
}

// Show says how much of a value the log shows.
type Show int

// The ways to show a value. The zero value shows nothing.
const (
	ShowNothing Show = iota
	ShowHash         // keyed, so that equal values can be found and none can be guessed
	ShowFull
)

// AccessConfig says what an [AccessLog] shows. The zero value shows nothing that identifies anybody.
type AccessConfig struct {
	HashKey   []byte // at least 16 bytes, the same on all replicas; required
	Size      int    // of the buffer, see [NewSink]; [DefaultSinkSize] when 0
	Query     Show
	UserAgent Show
	Client    Show
	Customer  Show
}

// line is room for one line and one hash, so that Write allocates nothing.
type line struct {
	show *AccessConfig
	text []byte
	mac  hash.Hash
	name []byte
	sum  []byte
}

// NewAccessLog returns an AccessLog that writes to w through a [Sink].
func NewAccessLog(w io.Writer, c AccessConfig) (*AccessLog, error) {
	if len(c.HashKey) < minHashKey {
		return nil, errors.New("making the access log: the key of the hashes is too short")
	}
	c.HashKey = bytes.Clone(c.HashKey)
	a := &AccessLog{sink: NewSink(w, cmp.Or(c.Size, DefaultSinkSize))}
	a.lines.New = func() any {
		return &line{show: &c, text: make([]byte, 0, 1024), mac: hmac.New(sha256.New, c.HashKey)}
	}
	return a, nil
}

// Write logs r. It never blocks, and logs nothing of a quiet record.
func (a *AccessLog) Write(r sallyport.Record) {
	if r.Quiet {
		return
	}
	l := a.lines.Get().(*line)
	l.text = l.appendRecord(l.text[:0], &r)
	a.sink.Write(l.text)
	a.lines.Put(l)
}

// Customer returns name as the lines show it; empty when they do not.
func (a *AccessLog) Customer(name string) string {
	l := a.lines.Get().(*line)
	defer a.lines.Put(l)
	switch l.show.Customer {
	case ShowFull:
		return name
	case ShowHash:
		l.name = append(l.name[:0], name...)
		shown := l.appendHash([]byte{'{'}, "")
		return string(shown[len(shown)-17 : len(shown)-1])
	}
	return ""
}

// Dropped returns how many lines were lost so far.
func (a *AccessLog) Dropped() uint64 { return a.sink.Dropped() }

// Close writes what is waiting and stops, see [Sink.Close].
func (a *AccessLog) Close(ctx context.Context) error { return a.sink.Close(ctx) }

func (l *line) appendRecord(b []byte, r *sallyport.Record) []byte {
	b = append(b, `{"time":"`...)
	b = r.Time.UTC().AppendFormat(b, timeLayout)
	b = append(b, '"')
	b = appendString(appendKey(b, "request_id"), r.RequestID, maxRequestID)
	b = appendString(appendKey(b, "method"), r.Method, maxMethod)
	b = appendText(b, "route", r.Route, maxRoute)
	b = appendInt(b, "status", int64(r.Status))
	b = appendMillis(b, "duration_ms", r.Duration)
	b = appendInt(b, "bytes", r.Bytes)
	b = appendText(b, "tier", r.Tier, maxName)
	b = l.appendShown(b, "customer", l.show.Customer, r.Customer, maxCustomer)
	b = l.appendClient(b, r.Client)
	b = l.appendShown(b, "query", l.show.Query, r.Sent.Query, maxQuery)
	b = l.appendShown(b, "user_agent", l.show.UserAgent, r.Sent.UserAgent, maxAgent)
	b = appendLimit(b, r)
	b = appendText(b, "cache", r.Grant.Cache, maxName)
	b = appendText(b, "refusal", string(r.Refusal), maxName)
	if r.Cancelled {
		b = append(appendKey(b, "cancelled"), "true"...)
	}
	if r.Status >= 500 && r.Err != nil {
		b = appendText(b, "error", r.Err.Error(), maxError)
	}
	return append(b, '}', '\n')
}

func appendLimit(b []byte, r *sallyport.Record) []byte {
	if r.Limit.Policy != "" {
		b = append(appendKey(b, "limit"), '{')
		b = appendText(b, "policy", r.Limit.Policy, maxName)
		b = append(appendInt(b, "remaining", r.Limit.Remaining), '}')
	}
	if r.Grant.Cost > 0 {
		b = appendInt(b, "cost", r.Grant.Cost)
	}
	return b
}

// appendShown appends a member as its switch says.
func (l *line) appendShown(b []byte, key string, show Show, text string, limit int) []byte {
	switch {
	case text == "" || show == ShowNothing:
		return b
	case show == ShowFull:
		return appendText(b, key, text, limit)
	}
	l.name = append(l.name[:0], text...)
	return l.appendHash(b, key)
}

// appendHash appends a member with the keyed hash of l.name.
func (l *line) appendHash(b []byte, key string) []byte {
	l.mac.Reset()
	l.mac.Write(l.name)
	l.sum = l.mac.Sum(l.sum[:0])
	b = append(appendKey(b, key), '"')
	return append(hex.AppendEncode(b, l.sum[:8]), '"')
}

func (l *line) appendClient(b []byte, client netip.Addr) []byte {
	if !client.IsValid() || l.show.Client == ShowNothing {
		return b
	}
	l.name = client.WithZone("").AppendTo(l.name[:0]) // a zone is free text
	if l.show.Client != ShowFull {
		return l.appendHash(b, "client")
	}
	b = append(appendKey(b, "client"), '"')
	return append(append(b, l.name...), '"')
}
