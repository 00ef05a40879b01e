// Package telemetry writes what happened: the access log, one line for each request, and the event log.
package telemetry

import (
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
	maxError     = 512
)

// minHashKey is the least length of the key for customers' hashes, in bytes.
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
//	customer?    first 16 hex digits of HMAC-SHA256 of the customer's name
//	client?      address, by trusted proxies
//	limit?       {"policy", "remaining"} of the tightest policy
//	refusal?     the protection that refused the request
//	error?       for a status of 500 and above
//
// A line {"time", "lost_lines"} says how many lines before it were lost. An AccessLog is safe for concurrent
// use.
type AccessLog struct {
	sink  *Sink
	lines sync.Pool // of *line
}

// line is room for one line and one hash, so that Write allocates nothing.
type line struct {
	text []byte
	mac  hash.Hash
	name []byte
	sum  []byte
}

// NewAccessLog returns an AccessLog that writes to w through a [Sink] of size bytes. hashKey is the key of the
// customers' hashes: at least 16 bytes, the same on all replicas.
func NewAccessLog(w io.Writer, hashKey []byte, size int) (*AccessLog, error) {
	if len(hashKey) < minHashKey {
		return nil, errors.New("making the access log: the key of the customers' hashes is too short")
	}
	key := append([]byte(nil), hashKey...)
	a := &AccessLog{sink: NewSink(w, size)}
	a.lines.New = func() any {
		return &line{text: make([]byte, 0, 1024), mac: newMAC(key)}
	}
	return a, nil
}

func newMAC(key []byte) hash.Hash { return hmac.New(sha256.New, key) }

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
	b = l.appendCustomer(b, r.Customer)
	b = appendClient(b, r.Client)
	if r.Limit.Policy != "" {
		b = append(appendKey(b, "limit"), '{')
		b = appendText(b, "policy", r.Limit.Policy, maxName)
		b = append(appendInt(b, "remaining", r.Limit.Remaining), '}')
	}
	b = appendText(b, "refusal", string(r.Refusal), maxName)
	if r.Status >= 500 && r.Err != nil {
		b = appendText(b, "error", r.Err.Error(), maxError)
	}
	return append(b, '}', '\n')
}

func (l *line) appendCustomer(b []byte, customer string) []byte {
	if customer == "" {
		return b
	}
	l.mac.Reset()
	l.name = append(l.name[:0], customer...)
	l.mac.Write(l.name)
	l.sum = l.mac.Sum(l.sum[:0])
	b = append(appendKey(b, "customer"), '"')
	return append(hex.AppendEncode(b, l.sum[:8]), '"')
}

func appendClient(b []byte, client netip.Addr) []byte {
	if !client.IsValid() {
		return b
	}
	b = append(appendKey(b, "client"), '"')
	return append(client.WithZone("").AppendTo(b), '"') // a zone is free text
}
