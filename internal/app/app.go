// Package app composes what is served: one immutable generation of middleware, routes and dataset behind one
// atomic pointer.
//
// A reload or a new dataset builds the next generation beside the current one and swaps it in whole. A
// request belongs to the generation that it began with, and the last request of an old one closes it.
// Counters outlive generations.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/watch"
	"sallyport/limit"
	"sallyport/problem"
)

// Options say what an [App] is told from outside its configuration.
type Options struct {
	Version  string                 // of the program, in /health
	Log      *slog.Logger           // events; required
	OnRecord func(sallyport.Record) // one for each request; must not block
	OnEvent  func(sallyport.Event)  // must not block
	OnNotice func(watch.Notice)     // a change of what is served, or one that was refused; must not block

	trial string // folder for copies of a dataset that is only tried; empty to serve
}

// App answers requests with the current generation. It is safe for concurrent use.
type App struct {
	options  Options
	counters *sallyport.Counters
	current  atomic.Pointer[generation]
	reload   sync.Mutex // one reload at a time
	config   *config.Config
	inFlight atomic.Int64
	capacity int // of counters
}

// New builds the first generation of cfg. The error tells everything that is wrong.
func New(ctx context.Context, cfg *config.Config, o Options) (*App, error) {
	if o.Log == nil {
		return nil, errors.New("starting: no event log")
	}
	if o.OnNotice == nil {
		o.OnNotice = func(watch.Notice) {}
	}
	a := &App{options: o, capacity: counterCapacity(cfg)}
	a.counters = sallyport.NewCounters(sallyport.CountersConfig{Capacity: a.capacity, Replicas: cfg.Replicas})
	if err := a.Reload(ctx, cfg); err != nil {
		return nil, err
	}
	return a, nil
}

// Check builds a generation of cfg and puts it away again: it tells whether [New] would succeed.
func Check(ctx context.Context, cfg *config.Config) error {
	return try(ctx, cfg, func(*generation) error { return nil })
}

// try builds a generation of cfg, beside whatever is served from the same folders, for use alone.
func try(ctx context.Context, cfg *config.Config, use func(*generation) error) error {
	complete := *cfg
	if cfg.Env == config.Dev { // dev makes what is missing when it starts
		complete.Secrets.Key = cmp.Or(cfg.Secrets.Key, config.Generate())
		complete.Secrets.Marketplace = cmp.Or(cfg.Secrets.Marketplace, config.Generate())
	}
	options := Options{Log: slog.New(slog.DiscardHandler)}
	if cfg.StateDir != "" {
		if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
			return fmt.Errorf("making state directory: %w", err)
		}
		var err error
		if options.trial, err = os.MkdirTemp(cfg.StateDir, ".check-*"); err != nil {
			return fmt.Errorf("trying the dataset: %w", err)
		}
		defer os.RemoveAll(options.trial)
	}
	a, err := New(ctx, &complete, options)
	if err != nil {
		return err
	}
	return errors.Join(use(a.current.Load()), a.Close())
}

// CheckDataset tells what is wrong with the dataset of a configuration that has mistakes of its own, so that
// all can be mended at once. cfg may be nil.
func CheckDataset(ctx context.Context, cfg *config.Config) error {
	if cfg == nil || cfg.Dataset.File == "" || cfg.Dataset.Description == "" {
		return nil // the configuration's own mistake
	}
	d, file, err := locate(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	source, err := sqlite.Open(ctx, file, d, sqlite.Options{})
	if err != nil {
		return err
	}
	return errors.Join(d.Validate(tierNames(cfg)), source.Close())
}

// counterCapacity is one counter for each policy of each customer.
func counterCapacity(cfg *config.Config) int {
	most := 1
	for _, t := range cfg.Tiers {
		most = max(most, len(t.Limits))
	}
	return cfg.LimitsCapacity * min(most, limit.MaxPolicies)
}

// Reload builds the next generation from cfg and swaps it in. When anything is wrong the current one goes on
// unchanged. A dataset that is not the one in service is compared with it and tried before.
func (a *App) Reload(ctx context.Context, cfg *config.Config) error {
	a.reload.Lock()
	defer a.reload.Unlock()
	c, err := a.candidate(ctx, cfg)
	if err != nil {
		return err
	}
	return a.bring(ctx, cfg, c)
}

// bring builds the next generation of a candidate and swaps it in. The caller holds the reload lock.
func (a *App) bring(ctx context.Context, cfg *config.Config, c *candidate) error {
	next, err := a.build(ctx, cfg, c)
	if err != nil {
		return err
	}
	if err := a.adopt(ctx, c); err != nil {
		return errors.Join(err, a.refuse(ctx, c))
	}
	a.config = cfg
	next.follow(a.current.Load())
	old := a.current.Swap(next)
	a.reportServed(next)
	if old != nil {
		old.release()
	}
	return nil
}

// ReloadConfig is Reload for a configuration that has changed. A dataset that is refused does not keep what else was
// changed from coming into service, such as the marketplace's new secret: the dataset in service goes on.
func (a *App) ReloadConfig(ctx context.Context, cfg *config.Config) error {
	refused := a.Reload(ctx, cfg)
	if refused == nil || ctx.Err() != nil {
		return refused
	}
	a.reload.Lock()
	defer a.reload.Unlock()
	c, err := a.inService(ctx, cfg)
	if err != nil || a.bring(ctx, cfg, c) != nil {
		return refused
	}
	a.reportRefused(refused)
	return nil
}

// ReloadDataset builds the next generation from the configuration in use and the files as they are now.
func (a *App) ReloadDataset(ctx context.Context) error {
	a.reload.Lock()
	cfg := a.config
	a.reload.Unlock()
	if err := a.Reload(ctx, cfg); err != nil {
		return fmt.Errorf("reloading dataset: %w", err)
	}
	return nil
}

// ServeHTTP answers with the current generation, which stays open until the answer is complete.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := a.acquire()
	if g == nil {
		problem.Write(w, r, problem.New(http.StatusServiceUnavailable, "the server is stopping"))
		return
	}
	defer g.release()
	a.inFlight.Add(1)
	defer a.inFlight.Add(-1)
	g.handler.ServeHTTP(w, r)
}

// acquire takes a reference to the current generation, or nil after Close.
func (a *App) acquire() *generation {
	for {
		g := a.current.Load()
		if g == nil || g.acquire() {
			return g
		}
	}
}

// Example returns a path and query that the lowest tier may ask for without knowing the data, for a first trial.
func (a *App) Example() string {
	g := a.acquire()
	if g == nil {
		return healthPath
	}
	defer g.release()
	return example(g.description, g.lowest)
}

// Close takes the last generation out of service. Requests under way end with it.
func (a *App) Close() error {
	a.reload.Lock()
	defer a.reload.Unlock()
	if g := a.current.Swap(nil); g != nil {
		g.release()
	}
	return a.counters.Close()
}
