package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/serve"
)

// generation is everything that answers a request, and never changes.
type generation struct {
	*candidate
	*composed
	lowest     string       // tier
	number     int64        // as sallyport dataset list numbers it
	since      time.Time    // in service
	references atomic.Int64 // the App's own, and one for each request under way
	closed     func(error)
}

// acquire fails once the last reference is gone.
func (g *generation) acquire() bool {
	for {
		n := g.references.Load()
		if n == 0 {
			return false
		}
		if g.references.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (g *generation) release() {
	if g.references.Add(-1) == 0 {
		g.closed(g.source.Close())
	}
}

// build makes a generation of cfg and c, or closes c.
func (a *App) build(ctx context.Context, cfg *config.Config, c *candidate) (*generation, error) {
	api, err := a.compose(cfg, c.description, c.source)
	if err == nil {
		err = canary(ctx, cfg, c.description, c.source)
	}
	if err != nil {
		return nil, errors.Join(err, a.refuse(ctx, c))
	}
	g := &generation{composed: api, candidate: c, lowest: tierNames(cfg)[0], closed: a.noteClosed}
	g.references.Store(1)
	return g, nil
}

func (a *App) noteClosed(err error) {
	if err != nil {
		a.options.Log.Error("closing generation", "error", err.Error())
	}
}

// composed is what answers, behind the chain.
type composed struct {
	handler  http.Handler
	contract *contract
	ignored  func() uint64 // parameters that were passed over
}

// compose puts the chain in front of the dataset API, the probes and what the API tells about itself.
func (a *App) compose(cfg *config.Config, d *dataset.Description, source dataset.Source) (*composed, error) {
	keys, err := config.NewKeyring(cfg.Secrets.Key)
	if err != nil {
		return nil, err
	}
	cursorKey, err := keys.Derive("cursor")
	if err != nil {
		return nil, err
	}
	api, err := serve.New(serve.Config{
		Description: d, Source: source, Tiers: tierNames(cfg), Caller: caller, CursorKey: cursorKey, Deadline: cfg.Query.Deadline,
		CacheSize: int64(cfg.Cache.Size), Charge: sallyport.Settle,
	})
	if err != nil {
		return nil, err
	}
	chain := a.middleware(cfg, api.Routes())
	chain.Errors = errorForm(d)
	chain.Routes = append(chain.Routes, ownRoutes(cfg)...)
	probes := &probes{version: a.options.Version, source: source}
	next := &dispatcher{data: announcing(d, api), own: map[string]http.HandlerFunc{
		healthPath: probes.health,
		readyPath:  probes.ready,
	}}
	contract, err := next.mount(cfg, d, chain)
	if err != nil {
		return nil, err
	}
	m, err := sallyport.NewMiddleware(chain)
	if err != nil {
		return nil, fmt.Errorf("composing middleware: %w", err)
	}
	return &composed{m.Wrap(next), contract, api.IgnoredParameters}, nil
}

// dispatcher goes by the pattern that the chain has matched.
type dispatcher struct {
	own  map[string]http.HandlerFunc // what is no question about the dataset
	data http.Handler
}

func (d *dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if own := d.own[r.Pattern]; own != nil {
		own(w, r)
		return
	}
	d.data.ServeHTTP(w, r)
}

// caller hands the proven caller to the API, which must not know the middleware.
func caller(ctx context.Context) (serve.Caller, bool) {
	c, ok := sallyport.CallerFrom(ctx)
	return serve.Caller{Tier: c.Tier, Rank: c.Rank}, ok
}
