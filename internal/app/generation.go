package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/serve"
)

// generation is everything that answers a request, and never changes.
type generation struct {
	handler     http.Handler
	source      dataset.Source
	description *dataset.Description
	lowest      string       // tier
	stamp       stamp        // of the dataset file, taken before it was read
	references  atomic.Int64 // the App's own, and one for each request under way
	closed      func(error)
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

// build makes a generation of cfg, or closes what it opened.
func (a *App) build(ctx context.Context, cfg *config.Config) (*generation, error) {
	description, file, err := locate(ctx, cfg, a.options.Log)
	if err != nil {
		return nil, err
	}
	before := stampOf(file)
	source, err := open(ctx, cfg, description, file)
	if err != nil {
		return nil, err
	}
	handler, err := a.compose(cfg, description, source)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	g := &generation{handler: handler, source: source, description: description,
		lowest: tierNames(cfg)[0], stamp: before, closed: a.noteClosed}
	g.references.Store(1)
	return g, nil
}

func (a *App) noteClosed(err error) {
	if err != nil {
		a.options.Log.Error("closing generation", "error", err.Error())
	}
}

// open opens a private copy in the state directory, so that changing the file in place never reaches an
// answer. Without a state directory the file itself must lie where this process cannot change it either.
func open(ctx context.Context, cfg *config.Config, d *dataset.Description, file string) (dataset.Source, error) {
	options := sqlite.Options{MaxBytes: int(cfg.Query.MaxBytes)}
	if cfg.StateDir != "" {
		options.CopyDir = filepath.Join(cfg.StateDir, "generations")
	} else if writable(file) {
		return nil, fmt.Errorf("opening dataset %s: it can be changed while it is served; hint: set state_dir for a private copy, or put it on a read-only file system", file)
	}
	source, err := sqlite.Open(ctx, file, d, options)
	if err != nil {
		return nil, err
	}
	return source, nil
}

// writable tries: permissions alone do not tell of read-only file systems. It does not wait for the reader of a pipe.
func writable(file string) bool {
	if f, err := os.OpenFile(file, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		f.Close()
		return true
	}
	probe, err := os.CreateTemp(filepath.Dir(file), ".sallyport-probe-*")
	if err != nil {
		return false
	}
	probe.Close()
	os.Remove(probe.Name())
	return true
}

// compose puts the chain in front of the dataset API and the probes.
func (a *App) compose(cfg *config.Config, d *dataset.Description, source dataset.Source) (http.Handler, error) {
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
	m, err := sallyport.NewMiddleware(a.middleware(cfg, api.Routes()))
	if err != nil {
		return nil, fmt.Errorf("composing middleware: %w", err)
	}
	probes := &probes{version: a.options.Version, source: source}
	return m.Wrap(&dispatcher{data: api, own: map[string]http.HandlerFunc{
		healthPath: probes.health,
		readyPath:  probes.ready,
	}}), nil
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
