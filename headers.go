package sallyport

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"sallyport/problem"
)

// HSTS shapes Strict-Transport-Security (RFC 6797), which is sent when https is proven. The zero value is
// one year for this host alone.
type HSTS struct {
	MaxAge            time.Duration // whole seconds; one year when 0
	IncludeSubDomains bool          // also binds hosts that this program knows nothing of
	Preload           bool          // asks browsers to ship the rule; needs IncludeSubDomains and one year
}

const year = 365 * 24 * time.Hour

// headerSet holds header values as prebuilt slices under canonical keys: setting one costs a map write. They
// are full, so that a handler that appends gets a slice of its own.
type headerSet struct {
	fixed []fixedHeader
	hsts  []string
}

type fixedHeader struct {
	name  string
	value []string
}

// fixedHeaders follows the OWASP Secure Headers Project for an API: nothing may be sniffed, framed, run or
// cached unless a handler says so.
func fixedHeaders() http.Header {
	return http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'; sandbox"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
	}
}

func (b *builder) headers(c Config) headerSet {
	m := c.Marketplace.orDefault()
	vary := []string{m.Tier, m.User, m.Secret, "Authorization", "Accept-Encoding", "Origin"}
	for i, name := range vary {
		vary[i] = http.CanonicalHeaderKey(name)
	}
	set := headerSet{hsts: []string{b.hsts(c.HSTS)}}
	fixed := fixedHeaders()
	fixed["Vary"] = []string{strings.Join(vary, ", ")}
	for name, value := range fixed {
		set.fixed = append(set.fixed, fixedHeader{name, value})
	}
	return set
}

func (b *builder) hsts(h HSTS) string {
	if h.MaxAge == 0 {
		h.MaxAge = year
	}
	if h.MaxAge < 0 || h.MaxAge%time.Second != 0 {
		b.failf("HSTS", "max age %s is not a whole number of seconds", h.MaxAge)
	}
	if h.Preload && (!h.IncludeSubDomains || h.MaxAge < year) {
		b.fail("HSTS", "preload needs include_subdomains and a max age of one year")
	}
	value := fmt.Sprintf("max-age=%d", int64(h.MaxAge/time.Second))
	if h.IncludeSubDomains {
		value += "; includeSubDomains"
	}
	if h.Preload {
		value += "; preload"
	}
	return value
}

// set writes what every answer carries, before anything can go wrong.
func (s *headerSet) set(x *exchange) {
	h := x.w.Header()
	for i := range s.fixed {
		h[s.fixed[i].name] = s.fixed[i].value
	}
	x.id[0] = x.record.RequestID
	h[problem.RequestIDHeader] = x.id[:]
	if x.record.HTTPS {
		h["Strict-Transport-Security"] = s.hsts
	}
}

// requestIDAlphabet is RFC 4648 base 32, lower case.
const requestIDAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

// newRequestID returns 24 letters that carry 120 random bits: a name, not a secret.
func newRequestID() string {
	var id [24]byte
	high, low := rand.Uint64(), rand.Uint64()
	for i := range 12 {
		id[i] = requestIDAlphabet[high&31]
		id[12+i] = requestIDAlphabet[low&31]
		high, low = high>>5, low>>5
	}
	return string(id[:])
}
