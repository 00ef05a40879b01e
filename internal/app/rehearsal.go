package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/openapi"
	"sallyport/limit"
	"sallyport/secret"
)

// rehearsal asks the handler of a generation for examples, through the same chain with the same configuration, but
// with a secret that nobody else knows and counters of its own: it costs no customer anything, opens no door, and
// leaves neither log line nor event.
type rehearsal struct {
	config  sallyport.Config
	secret  secret.Secret
	store   limit.Store
	plain   http.Handler
	full    http.Handler // has no room for another customer
	without http.Handler // has lost its secrets
	asked   int
}

// newRehearsal takes the configuration of the generation's own middleware.
func newRehearsal(c sallyport.Config, replicas int, next http.Handler) (*rehearsal, error) {
	own := config.Generate()
	r := &rehearsal{secret: own, store: share{limit.NewMemoryStore(limit.MemoryOptions{Capacity: 1 << 14}), replicas}}
	c.Secrets, c.OnRecord, c.OnEvent, c.TierOverrides = sallyport.StaticSecrets{own}, nil, nil, nil
	r.config = c
	lost := &lostSecret{StaticSecrets: sallyport.StaticSecrets{own}}
	var errs []error
	wrap := func(secrets sallyport.SecretSource, store limit.Store) http.Handler {
		c.Secrets = secrets
		c.Counters = sallyport.NewCounters(sallyport.CountersConfig{Store: store, Capacity: 1 << 14})
		m, err := sallyport.NewMiddleware(c)
		errs = append(errs, err)
		return m.Wrap(next)
	}
	r.plain, r.full, r.without = wrap(c.Secrets, r.store), wrap(c.Secrets, fullStore{}), wrap(lost, r.store)
	lost.gone.Store(true)
	return r, errors.Join(errs...)
}

// lostSecret has its secret until it is gone.
type lostSecret struct {
	sallyport.StaticSecrets
	gone atomic.Bool
}

func (l *lostSecret) Secrets() []secret.Secret {
	if l.gone.Load() {
		return nil
	}
	return l.StaticSecrets.Secrets()
}

// share counts as one of several processes does that cannot count together.
type share struct {
	*limit.MemoryStore
	replicas int
}

// Take takes from this process's part of each policy.
func (s share) Take(ctx context.Context, key string, cost int64, policies []limit.Policy) (limit.Result, error) {
	scaled := make([]limit.Policy, len(policies))
	for i, p := range policies {
		scaled[i] = p.Scale(s.replicas)
	}
	return s.MemoryStore.Take(ctx, key, cost, scaled)
}

// fullStore has no room for anybody.
type fullStore struct{}

func (fullStore) Take(context.Context, string, int64, []limit.Policy) (limit.Result, error) {
	return limit.Result{}, limit.ErrFull
}
func (fullStore) Close() error { return nil }

// ask is an [openapi.Ask]. Each question comes from a customer of its own.
func (r *rehearsal) ask(ctx context.Context, q openapi.Request) (openapi.Answer, error) {
	r.asked++
	customer := "example-" + strconv.Itoa(r.asked)
	request, err := r.request(ctx, q, customer)
	if err != nil {
		return openapi.Answer{}, err
	}
	handler := r.plain
	switch q.Circumstance {
	case openapi.NoRoom:
		handler = r.full
	case openapi.NoSecret:
		handler = r.without
	case openapi.UsedUp:
		if err := r.useUp(ctx, customer, q.Tier); err != nil {
			return openapi.Answer{}, err
		}
	}
	w := &keeper{header: http.Header{}}
	handler.ServeHTTP(w, request)
	return openapi.Answer{Status: w.status, Header: w.header, Body: w.body.Bytes()}, ctx.Err()
}

func (r *rehearsal) request(ctx context.Context, q openapi.Request, customer string) (*http.Request, error) {
	target, err := url.ParseRequestURI(q.Target)
	if err != nil {
		return nil, fmt.Errorf("asking for an example: %w", err)
	}
	request := (&http.Request{
		Method: q.Method, URL: target, RequestURI: q.Target, Host: r.config.Hosts[0], Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "192.0.2.1:1", Body: http.NoBody,
	}).WithContext(ctx)
	if q.Tier != "" {
		request.Header.Set(r.config.Marketplace.Secret, r.secret.Reveal())
		request.Header.Set(r.config.Marketplace.User, customer)
		request.Header.Set(r.config.Marketplace.Tier, q.Tier)
	}
	r.bring(q.Circumstance, request)
	return request, nil
}

// bring brings about what a request itself can.
func (r *rehearsal) bring(c openapi.Circumstance, request *http.Request) {
	switch c {
	case openapi.OtherHost:
		request.Host = "elsewhere.invalid"
	case openapi.WithBody:
		request.ContentLength = 1
	case openapi.LongURL:
		request.RequestURI += "?" + strings.Repeat("a", r.config.MaxURL)
	case openapi.LargeHeader:
		request.Header.Set("X-Large", strings.Repeat("a", r.config.MaxHeader))
	case openapi.NoCoding:
		request.Header.Set("Accept-Encoding", "identity;q=0")
	}
}

// useUp takes all of the smallest quota, so that the next request is one too many.
func (r *rehearsal) useUp(ctx context.Context, customer, tier string) error {
	for _, t := range r.config.Tiers {
		if t.Name != tier {
			continue
		}
		least := t.Limits[0].Quota
		for _, p := range t.Limits {
			least = min(least, p.Quota)
		}
		if _, err := r.store.Take(ctx, customer, least, t.Limits); err != nil {
			return fmt.Errorf("using up a limit: %w", err)
		}
	}
	return nil
}

// keeper is a ResponseWriter that keeps the answer.
type keeper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keeper) Header() http.Header { return k.header }

func (k *keeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *keeper) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}
