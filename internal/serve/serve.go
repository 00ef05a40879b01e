// Package serve answers questions about a dataset over HTTP.
//
// An [API] is made from a description and a source, and compiled once: every column, operator, page size and
// refusal that a tier can meet is resolved by [New], and a request only looks them up. It is a plain handler
// without any protection of its own: authentication, limits and security headers belong in front of it, and
// without a [Caller] from there it answers nothing.
//
// An answer is an object with success, count, data and meta. Data is always a list, also of one row. Members
// of a row without a value (null, or an empty list) are left out, and so are those that the caller's tier does
// not see. Meta has
//
//   - tier: the caller's
//   - match: exact, synonym, prefix or contains, how a search found rows; when it found some. Among exact rows
//     those that were found by a synonym alone have the member match, too
//   - limit: rows a page, after the cap of the tier
//   - next_cursor: the parameter cursor of the next page, with all others as they were; null on the last
//   - more_rows_in: the next tier that has further pages, when rows follow that this one does not get
//   - more_fields_in: the next tier that sees more members
//   - dataset: name, version and date; of stats also licence, attribution and disclaimer
//
// The compatibility of the description may name, add or leave out these members; it changes nothing about which
// rows and columns a caller gets.
package serve

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// The values that an empty field of [Config] stands for.
const (
	DefaultMaxRows  = 100
	DefaultDeadline = 5 * time.Second
)

// MinCursorKey is the length of the shortest cursor key, in bytes.
const MinCursorKey = 32

// Config says what an [API] serves and to whom.
type Config struct {
	// Description and Source are required; Source was built by the layout of Description.
	Description *dataset.Description
	Source      dataset.Source

	// Tiers are all tiers, lowest first. At least one is required.
	Tiers []string

	// Caller tells who asks, as it was proven in front of the API. It is required. Without a caller the
	// answer is a 500.
	Caller func(context.Context) (Caller, bool)

	// CursorKey authenticates and hides cursors; at least MinCursorKey bytes. Processes that share it accept
	// each other's cursors.
	CursorKey []byte

	// MaxRows is the largest page that the description may grant; DefaultMaxRows when 0.
	MaxRows int

	// Deadline is what [API.Routes] allow for one request; DefaultDeadline when 0. It reaches the source by
	// the context of the request, which the layers in front bound.
	Deadline time.Duration

	// CacheSize bounds the memory of encoded answers, in bytes; 0 keeps none.
	CacheSize int64

	// Charge takes the cost of an answer, before there is any work. The layers in front leave it to the API where a
	// Route is Conditional. A refusal is what the client gets instead. When nil the answer is paid for already.
	Charge func(context.Context) error

	// Now is the clock by which cursors expire; time.Now when nil.
	Now func() time.Time
}

// Caller is who asks: a tier by its name and by its place in [Config.Tiers], from 0. When the two disagree
// there is no telling which rights were meant, and the answer is a 500.
type Caller struct {
	Tier string
	Rank int
}

// Route is one path of an API as the layers in front of it need to know it.
type Route struct {
	Pattern  string        // of http.ServeMux, without a method
	Methods  []string      // that are answered
	MinTier  string        // lowest tier that may call it; never empty
	Cost     int64         // units of the caller's limits; at least 1
	MaxBody  int64         // bytes of a request body that are read; 0, there is none
	Deadline time.Duration // of the whole answer

	// Conditional says that a request with If-None-Match pays by Config.Charge, when it is not answered 304.
	Conditional bool
}

// API answers questions about one generation of a dataset. It is immutable and safe for concurrent use.
type API struct {
	source     dataset.Source
	tiers      []string
	caller     func(context.Context) (Caller, bool)
	charge     func(context.Context) error
	deadline   time.Duration
	now        func() time.Time
	cursors    *sealer
	mux        *http.ServeMux
	endpoints  []*endpoint
	matched    map[string]*endpoint // by pattern
	headers    headers
	tagger     *tagger
	compressor *compressor
	cache      *cache
	shape      *shape
	totals     totals
	spellings  *spellings // nil without cache
	buffers    sync.Pool  // of *[]byte
}

// New compiles an API. The error joins everything that is wrong with cfg and its description.
func New(cfg Config) (*API, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("serving a dataset: %w", err)
	}
	a := &API{
		source: cfg.Source, tiers: slices.Clone(cfg.Tiers), caller: cfg.Caller, charge: cfg.Charge, deadline: cfg.Deadline,
		now: cfg.Now, mux: http.NewServeMux(), matched: map[string]*endpoint{}, headers: newHeaders(), compressor: newCompressor(),
	}
	a.defaults()
	a.shape = newShape(cfg.Description.Compatibility)
	if err := errors.Join(a.keys(&cfg), a.compile(cfg.Description)); err != nil {
		return nil, fmt.Errorf("serving a dataset: %w", err)
	}
	return a, nil
}

// keys makes what holds for this generation alone.
func (a *API) keys(cfg *Config) error {
	shape, err := cfg.shape()
	if err != nil {
		return err
	}
	a.tagger = newTagger(cfg.CursorKey, shape)
	if a.cursors, err = newSealer(cfg.CursorKey, cfg.Source.Seal().ContentHash); err != nil {
		return err
	}
	if cfg.CacheSize == 0 {
		return nil
	}
	a.spellings = newSpellings()
	a.cache, err = newCache(cfg.CacheSize)
	return err
}

func (a *API) defaults() {
	if a.deadline == 0 {
		a.deadline = DefaultDeadline
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.charge == nil {
		a.charge = func(context.Context) error { return nil }
	}
	a.buffers.New = func() any { return new(make([]byte, 0, 4096)) }
}

func (c *Config) check() error { return errors.Join(c.settings(), c.data()) }

func (c *Config) settings() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	need(c.Caller != nil, "a way to tell the caller is required")
	need(len(c.CursorKey) >= MinCursorKey, fmt.Sprintf("the cursor key is shorter than %d bytes", MinCursorKey))
	need(c.Deadline >= 0, "the deadline is negative")
	need(c.CacheSize >= 0, "the size of the cache is negative")
	need(c.MaxRows >= 0, "the largest page is negative")
	need(len(c.Tiers) > 0, "at least one tier is required")
	for i, tier := range c.Tiers {
		need(strings.TrimSpace(tier) != "", "a tier has no name")
		need(!slices.Contains(c.Tiers[:i], tier), fmt.Sprintf("tier %q stands twice in the order", tier))
	}
	need(c.Description != nil, "a description is required")
	need(c.Source != nil, "a source is required")
	return errors.Join(errs...)
}

// data checks the description, and that the source is one for it.
func (c *Config) data() error {
	if c.Description == nil || c.Source == nil || len(c.Tiers) == 0 {
		return nil // settings reports it; Validate would take missing tiers for "not known yet"
	}
	if err := errors.Join(c.Description.Validate(c.Tiers), c.pages()); err != nil {
		return err
	}
	seal := c.Source.Seal()
	if hash, err := hex.DecodeString(seal.ContentHash); err != nil || len(hash) == 0 {
		return errors.New("the source has no content hash")
	}
	if seal.DescriptionHash != c.Description.LayoutHash() {
		return errors.New("the source was built by another description")
	}
	return nil
}

// pages reports page sizes above the largest that is served.
func (c *Config) pages() error {
	most := c.MaxRows
	if most == 0 {
		most = DefaultMaxRows
	}
	var errs []error
	check := func(where string, rows map[string]int) {
		for _, tier := range c.Tiers {
			if rows[tier] > most {
				errs = append(errs, fmt.Errorf("%s: %d rows a page for tier %q, and %d is the most", where, rows[tier], tier, most))
			}
		}
	}
	check("rows", c.Description.Rows)
	for _, e := range c.Description.Endpoints {
		check(e.Path, e.Rows)
	}
	return errors.Join(errs...)
}

// Routes returns what the layers in front of the API must know of each endpoint, in the description's order.
func (a *API) Routes() []Route {
	routes := make([]Route, len(a.endpoints))
	for i, e := range a.endpoints {
		routes[i] = Route{
			Pattern: e.spec.Path, Methods: []string{http.MethodGet, http.MethodHead},
			MinTier: e.spec.Tier, Cost: int64(e.spec.Cost), Deadline: a.deadline, Conditional: true,
		}
	}
	return routes
}

// ServeHTTP answers r. A path that is not in its shortest form is not found: a redirect would hide from the
// layers in front what is asked for.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := a.matched[r.Pattern]; e != nil { // a router in front found the same pattern, and the values in it
		a.serve(w, r, e)
		return
	}
	escaped := r.URL.EscapedPath()
	if len(escaped) > maxQuery || !strings.HasPrefix(escaped, "/") || path.Clean(escaped) != escaped {
		notFound(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem.Write(w, r, problem.New(http.StatusNotFound, "there is nothing at this path"))
}
