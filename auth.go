package sallyport

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"sallyport/limit"
	"sallyport/problem"
	"sallyport/secret"
)

// Marketplace names the request headers by which a marketplace proves itself and names its customer. User
// and Tier are believed only beside a valid Secret.
type Marketplace struct {
	Secret string // carries the shared secret
	User   string // names the customer
	Tier   string // names the customer's subscription
}

// RapidAPI returns the headers that RapidAPI's proxy adds.
func RapidAPI() Marketplace {
	return Marketplace{Secret: "X-Rapidapi-Proxy-Secret", User: "X-Rapidapi-User", Tier: "X-Rapidapi-Subscription"}
}

// Generic returns headers for a proxy of one's own.
func Generic() Marketplace {
	return Marketplace{Secret: "X-Proxy-Secret", User: "X-Proxy-User", Tier: "X-Proxy-Tier"}
}

// SecretSource gives the secrets that are valid now: one, or two while one replaces the other. It is asked
// on every request. When it gives none that is usable the answer is 500, never a skipped check. It must be
// safe for concurrent use, and its slice is not changed afterwards.
type SecretSource interface{ Secrets() []secret.Secret }

// StaticSecrets is a fixed list.
type StaticSecrets []secret.Secret

// Secrets returns s.
func (s StaticSecrets) Secrets() []secret.Secret { return s }

// maxSecrets is how many secrets may be valid at once: the current one and its predecessor.
const maxSecrets = 2

type authenticator struct {
	source SecretSource
	header Marketplace // canonical keys
	digest *atomic.Pointer[digests]
	budget []limit.Policy
}

// digests remembers the digests of one answer of the source.
type digests struct {
	of    []secret.Secret
	valid []secret.Digest
}

// sent notes what the client sent, before anything of it is believed.
func (m *Marketplace) sent(r *http.Request) Sent {
	s := Sent{Query: r.URL.RawQuery}
	if agent := r.Header["User-Agent"]; len(agent) > 0 {
		s.UserAgent = agent[0]
	}
	for _, name := range [...]string{m.Secret, m.User, m.Tier} {
		s.Marketplace = s.Marketplace || len(r.Header[name]) > 0
	}
	return s
}

func (b *builder) authenticator(c Config) authenticator {
	a := authenticator{source: c.Secrets, header: b.marketplace(c.Marketplace), digest: new(atomic.Pointer[digests])}
	b.secrets(c.Secrets)
	budget := c.FailureBudget
	if budget == (limit.Policy{}) {
		budget = limit.Policy{Name: "failures", Quota: 20, Window: time.Minute}
	}
	if err := budget.Validate(); err != nil {
		b.fail("FailureBudget", err.Error())
	}
	a.budget = []limit.Policy{budget}
	return a
}

func (b *builder) secrets(source SecretSource) {
	if source == nil {
		b.fail("Secrets", "no source of secrets: without one nobody could be let in")
		return
	}
	list := source.Secrets()
	if len(list) == 0 || len(list) > maxSecrets {
		b.failf("Secrets", "%d secrets, want one, or two while one replaces the other", len(list))
	}
	for _, s := range list {
		if err := s.Validate(); err != nil {
			b.fail("Secrets", err.Error())
		}
	}
}

func (m Marketplace) orDefault() Marketplace {
	if m == (Marketplace{}) {
		return RapidAPI()
	}
	return m
}

func (b *builder) marketplace(m Marketplace) Marketplace {
	m = m.orDefault()
	names := []*string{&m.Secret, &m.User, &m.Tier}
	for _, name := range names {
		if !validHeaderName(*name) {
			b.failf("Marketplace", "%q is not the name of a header", *name)
		}
		*name = http.CanonicalHeaderKey(*name)
	}
	if m.Secret == m.User || m.Secret == m.Tier || m.User == m.Tier {
		b.fail("Marketplace", "one header cannot carry two things")
	}
	return m
}

// authenticate lets a request on that carries a valid marketplace secret, once.
func (m *Middleware) authenticate(x *exchange) *problem.Error {
	a := &m.auth
	valid := a.valid()
	if len(valid) == 0 {
		err := errors.New("no usable marketplace secret to compare with")
		x.event(EventNoSecret, "", err)
		return x.refuse(RefusedNoSecret, problem.Internal(err))
	}
	presented := x.r.Header[a.header.Secret]
	if len(presented) > 1 {
		return m.fail(x, RefusedRepeated, errRepeated)
	}
	if len(presented) == 0 || !matches(valid, presented[0]) {
		return m.fail(x, RefusedSecret, errSecret)
	}
	x.proven = true
	return m.identify(x)
}

// valid returns the digests of the secrets that are valid now. Unusable ones do not count.
func (a *authenticator) valid() []secret.Digest {
	list := a.source.Secrets()
	known := a.digest.Load()
	if known != nil && slices.Equal(known.of, list) {
		return known.valid
	}
	fresh := &digests{of: slices.Clone(list)}
	for _, s := range list {
		if d, ok := s.Digest(); ok {
			fresh.valid = append(fresh.valid, d)
		}
	}
	if len(list) > maxSecrets {
		fresh.valid = nil
	}
	a.digest.Store(fresh)
	return fresh.valid
}

// matches compares with every digest, so that time does not tell which one it was.
func matches(valid []secret.Digest, presented string) bool {
	d, found := secret.DigestOf(presented), false
	for _, v := range valid {
		found = v.Equal(d) || found
	}
	return found && presented != ""
}

// fail spends the failure budget of the client's address. Over it the answer is 429, without a log line.
func (m *Middleware) fail(x *exchange, why Refusal, p *problem.Error) *problem.Error {
	result, err := m.counters.failures.Take(context.Background(), clientKey(x.record.Client), 1, m.auth.budget)
	if err != nil || result.Allowed {
		return x.refuse(why, p)
	}
	x.record.Quiet = true
	return x.refuse(RefusedBudget, &problem.Error{
		Status: http.StatusTooManyRequests, Detail: "too many failed attempts", RetryAfter: result.RetryAfter,
	})
}

// hush keeps an address that sends nothing but malformed requests from filling the log. They are refused all
// the same, and spend a budget of their own.
func (m *Middleware) hush(x *exchange) {
	result, err := m.counters.failures.Take(context.Background(), "malformed "+clientKey(x.record.Client), 1, m.auth.budget)
	x.record.Quiet = err == nil && !result.Allowed
}

// identify reads who the marketplace says is calling. It runs only once the secret is proven.
func (m *Middleware) identify(x *exchange) *problem.Error {
	users, tiers := x.r.Header[m.auth.header.User], x.r.Header[m.auth.header.Tier]
	if len(users) > 1 || len(tiers) > 1 {
		return x.refuse(RefusedRepeated, errRepeatedIdentity)
	}
	if len(users) == 0 || users[0] == "" {
		return nil
	}
	if !validCustomer(users[0]) {
		return x.refuse(RefusedIdentity, errIdentity)
	}
	x.caller.Customer = users[0]
	x.record.Customer = users[0]
	return nil
}

// maxCustomer bounds a customer's name, in bytes.
const maxCustomer = 128

// validCustomer takes printable ASCII: a name that could be written in two ways would be two customers.
func validCustomer(name string) bool {
	for i := range len(name) {
		if name[i] <= ' ' || name[i] > '~' {
			return false
		}
	}
	return len(name) <= maxCustomer
}
