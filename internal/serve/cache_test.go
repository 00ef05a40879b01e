package serve_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport"
	"sallyport/internal/dataset"
	"sallyport/internal/serve"
	"sallyport/limit"
	"sallyport/secret"
)

const cacheSize = 1 << 20

// counting counts the queries that reach the source.
type counting struct {
	dataset.Source
	queries atomic.Int64
}

func (c *counting) Fetch(ctx context.Context, q dataset.Query) (dataset.Result, error) {
	c.queries.Add(1)
	return c.Source.Fetch(ctx, q)
}

func (c *counting) Exists(ctx context.Context, table, key string) (bool, error) {
	c.queries.Add(1)
	return c.Source.Exists(ctx, table, key)
}

func cachedAPI(t testing.TB) (*serve.API, *counting) {
	t.Helper()
	d := description(t)
	source := &counting{Source: newMemory(d, content())}
	cfg := config(d, source)
	cfg.CacheSize = cacheSize
	return newAPI(t, cfg), source
}

// TestRepeatsAskNothing: one question is asked once, however it is spelled.
func TestRepeatsAskNothing(t *testing.T) {
	for _, spellings := range [][]string{
		{"/v1/ingredient/inci?q=salicylic+acid", "/v1/ingredient/inci?q=SALICYLIC%20ACID", "/v1/ingredient/inci?query=%53alicylic++acid&limit=50",
			"/v1/ingredient/inci?limit=99&q=Salicylic-Acid"},
		{"/v1/ingredient/search?q=gly&field=inci", "/v1/ingredient/search?field=inci&q=GLY", "/v1/ingredient/search?field=inci&q=%67ly"},
		{"/v1/ingredient/37595", "/v1/ingredient/37595"},
		{"/v1/ingredient/1", "/v1/ingredient/1", "/v1/ingredient/1"},                               // 404
		{"/v1/ingredient/ec?q=000-000-0", "/v1/ingredient/ec?q=000-000-0"},                         // an empty list
		{"/v1/function/solvent", "/v1/function/solvent?limit=50", "/v1/function/solvent?limit=51"}, // MEGA has 50 rows a page
	} {
		a, source := cachedAPI(t)
		want := get(a, "MEGA", spellings[0])
		asked := source.queries.Load()
		for _, target := range spellings {
			if diff := cmp.Diff(want.Body.String(), get(a, "MEGA", target).Body.String()); diff != "" {
				t.Errorf("%s (-first +this):\n%s", target, diff)
			}
		}
		if now := source.queries.Load(); now != asked || asked == 0 {
			t.Errorf("%s: %d queries for the first spelling, and %d for all", spellings[0], asked, now)
		}
	}
}

// TestAnswersThatAreNotKept: what a busy or failing source said is no answer.
func TestAnswersThatAreNotKept(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, dataset.ErrTooLarge, dataset.ErrUnplanned} {
		d := description(t)
		source := &flaky{Source: newMemory(d, content()), err: err}
		cfg := config(d, source)
		cfg.CacheSize = cacheSize
		a := newAPI(t, cfg)
		if w := get(a, "BASIC", "/v1/ingredient/37595"); w.Code < 500 {
			t.Errorf("%v: status %d", err, w.Code)
		}
		source.err = nil
		if w := get(a, "BASIC", "/v1/ingredient/37595"); w.Code != http.StatusOK {
			t.Errorf("after %v: status %d", err, w.Code)
		}
	}
}

type flaky struct {
	dataset.Source
	err error
}

func (f *flaky) Fetch(ctx context.Context, q dataset.Query) (dataset.Result, error) {
	if f.err != nil {
		return dataset.Result{}, f.err
	}
	return f.Source.Fetch(ctx, q)
}

// TestNobodyReadsTheCache: with every answer in the cache, a request without a caller, or with one whose rights are
// not clear, gets none of them.
func TestNobodyReadsTheCache(t *testing.T) {
	a, source := cachedAPI(t)
	const target = "/v1/ingredient/inci?q=aqua"
	tag := map[string]string{}
	for _, tier := range tiers {
		tag[tier] = get(a, tier, target).Header().Get("ETag")
	}
	asked := source.queries.Load()
	for _, tier := range tiers {
		for name, caller := range map[string]any{
			"nobody": nil, "no tier": serve.Caller{}, "rank of another": serve.Caller{Tier: tier, Rank: 7}, "below": serve.Caller{Tier: tier, Rank: -1},
			"unknown tier": serve.Caller{Tier: "GOLD", Rank: 0}, "tier of another": serve.Caller{Tier: "BASIC", Rank: 3},
		} {
			r, w := httptest.NewRequest(http.MethodGet, target, nil), httptest.NewRecorder()
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, caller))
			r.Header.Set("If-None-Match", tag[tier])
			a.ServeHTTP(w, r)
			if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "AQUA") || w.Header().Get("ETag") != "" {
				t.Errorf("%s: status %d %v: %s", name, w.Code, w.Header(), w.Body)
			}
		}
	}
	if source.queries.Load() != asked {
		t.Error("somebody without rights reached the source")
	}
}

// world is the same deployment twice, with a cache and without, in two generations, behind the chain.
type world struct {
	clock         *clock
	cached, plain [4]http.Handler
}

// newWorld has four generations: other rows, and the first rows with other rights and in another shape.
func newWorld(t testing.TB) *world {
	changed := content()
	changed.Tables["ingredient"][1] = record("31959", "AQUA", "물", "", "7732-18-5", "SOLVENT", "restricted", "", "", "", "", "changed", "", "BETA")
	first, rights := description(t), description(t, "{name: molar_mass, type: number, tier: ULTRA}", "{name: molar_mass, type: number, tier: PRO}")
	shaped := description(t, "\nendpoints:\n", "\ncompatibility: "+older+"\nendpoints:\n")
	w := &world{clock: &clock{time.Date(2026, 1, 15, 12, 0, 1, 0, time.UTC)}}
	for i, g := range []struct {
		d       *dataset.Description
		content dataset.Content
	}{{first, content()}, {first, changed}, {rights, content()}, {shaped, content()}} {
		w.plain[i] = w.handler(t, g.d, newMemory(g.d, g.content), 0)
		w.cached[i] = w.handler(t, g.d, newMemory(g.d, g.content), 20<<10) // so small that entries are pushed out
	}
	return w
}

func (w *world) handler(t testing.TB, d *dataset.Description, source dataset.Source, size int64) http.Handler {
	cfg := config(d, source)
	cfg.CacheSize, cfg.Now, cfg.Charge = size, w.clock.Now, sallyport.Settle
	cfg.Caller = func(ctx context.Context) (serve.Caller, bool) {
		c, ok := sallyport.CallerFrom(ctx)
		return serve.Caller{Tier: c.Tier, Rank: c.Rank}, ok
	}
	api := newAPI(t, cfg)
	chain := sallyport.Config{
		Hosts: []string{"api.example.com"}, Secrets: sallyport.StaticSecrets{secret.New("cache-test-5d1f8a2c7e")},
		TierOverrides: map[string]string{"friend": "MEGA", "foe": "BASIC"},
	}
	for _, tier := range tiers {
		chain.Tiers = append(chain.Tiers, sallyport.Tier{Name: tier, InFlight: 9, Limits: []limit.Policy{{Name: "second", Quota: limit.MaxQuota, Window: time.Second}}})
	}
	for _, r := range api.Routes() {
		chain.Routes = append(chain.Routes, sallyport.Route{Pattern: r.Pattern, Methods: r.Methods, MinTier: r.MinTier, Cost: r.Cost, Conditional: r.Conditional})
	}
	m, err := sallyport.NewMiddleware(chain)
	if err != nil {
		t.Fatal(err)
	}
	return m.Wrap(api)
}

// told is what a client sees of an answer, without what names the request.
func told(w *httptest.ResponseRecorder) string {
	h := w.Header().Clone()
	id := h.Get("X-Request-Id")
	for _, name := range []string{"X-Request-Id", "Ratelimit"} {
		h.Del(name)
	}
	return fmt.Sprintf("%d %v\n%s", w.Code, h, strings.ReplaceAll(w.Body.String(), id, "-"))
}

// TestNothingCrosses: whatever was asked before, an API with a cache answers as one without, to every customer and
// tier, in every coding, generation and time.
func TestNothingCrosses(t *testing.T) {
	w := newWorld(t)
	var tags []string
	bodies := map[string]string{} // by tag: a strong one stands for these very bytes
	paths := []string{
		"/v1/ingredient/inci?q=aqua", "/v1/ingredient/inci?q=AQUA&limit=1", "/v1/ingredient/inci?q=water", "/v1/ingredient/inci?limit=2&q=gl",
		"/v1/ingredient/37595", "/v1/ingredient/1", "/v1/function/solvent", "/v1/function/solvent?limit=2", "/v1/function/solvent?limit=2&page=2", "/v1/function/solvent?page=1&limit=2&x=y", "/v1/function", "/v1/status?s=not-listed",
		"/v1/stats", "/v1/ingredient/ec?q=231-791-2", "/v1/ingredient/search?q=gly", "/v1/ingredient/search?q=gly&field=inci", "/v1/ingredient/38579/regulations",
		"/v1/ingredient/inci?q=nothing", "/v1/ingredient/cas?q=31694-55-0", "/v1/ingredient/secret?q=beta",
	}
	codings := []string{"", "gzip", "zstd", "zstd, gzip", "gzip;q=1, zstd;q=0.5", "identity;q=0, gzip", "*;q=0, zstd", "identity;q=0, br", "gzip;q=nonsense", "*"}
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 40).Draw(t, "requests") {
			r := httptest.NewRequest(rapid.SampledFrom([]string{"GET", "GET", "HEAD"}).Draw(t, "method"),
				"http://api.example.com"+rapid.SampledFrom(paths).Draw(t, "path"), nil)
			r.Header.Set("X-Rapidapi-Proxy-Secret", rapid.SampledFrom([]string{"cache-test-5d1f8a2c7e", "cache-test-5d1f8a2c7e", "cache-test-5d1f8a2c7e", "wrong"}).Draw(t, "secret"))
			r.Header.Set("X-Rapidapi-User", rapid.SampledFrom([]string{"friend", "foe", "anybody"}).Draw(t, "customer"))
			r.Header.Set("X-Rapidapi-Subscription", rapid.SampledFrom(append(tiers, "GOLD")).Draw(t, "tier"))
			if c := rapid.SampledFrom(codings).Draw(t, "coding"); c != "" {
				r.Header.Set("Accept-Encoding", c)
			}
			w.clock.now = w.clock.now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 299, 301}).Draw(t, "seconds")) * time.Second)
			g := rapid.IntRange(0, len(w.cached)-1).Draw(t, "generation")
			without := httptest.NewRecorder()
			w.plain[g].ServeHTTP(without, r.Clone(r.Context()))
			tag := without.Header().Get("ETag")
			if len(tags) > 0 && rapid.Bool().Draw(t, "conditional") {
				shown := rapid.SampledFrom(tags).Draw(t, "tag")
				r.Header.Set("If-None-Match", shown)
				if tag == shown && tag != "" {
					without = httptest.NewRecorder()
					w.plain[g].ServeHTTP(without, r.Clone(r.Context()))
					if without.Code != http.StatusNotModified {
						t.Fatalf("the tag of this very answer gives %d", without.Code)
					}
				}
			}
			with := httptest.NewRecorder()
			w.cached[g].ServeHTTP(with, r)
			if diff := cmp.Diff(told(without), told(with)); diff != "" {
				t.Fatalf("%s %v (-without cache +with):\n%s", r.URL, r.Header, diff)
			}
			if body, twice := bodies[tag]; twice && with.Code == http.StatusOK && r.Method == http.MethodGet && body != with.Body.String() {
				t.Fatalf("%s %v: tag %s stands for two bodies:\n%q\n%q", r.URL, r.Header, tag, body, with.Body)
			}
			if with.Code == http.StatusOK && r.Method == http.MethodGet {
				bodies[tag] = with.Body.String()
			}
			if tag != "" {
				tags = append(tags[max(0, len(tags)-50):], tag)
			}
		}
	})
}

// TestScanFlushesNothing: what is asked for often outlives what is asked for once.
func TestScanFlushesNothing(t *testing.T) {
	d := description(t)
	source := &counting{Source: newMemory(d, content())}
	cfg := config(d, source)
	cfg.CacheSize = 64 << 10
	a := newAPI(t, cfg)
	const hot = "/v1/ingredient/inci?q=aqua"
	for range 200 {
		get(a, "BASIC", hot)
	}
	lost := 0
	for i := range 3000 {
		get(a, "BASIC", fmt.Sprintf("/v1/ingredient/inci?q=scan%d", i))
		if i%10 != 0 {
			continue
		}
		before := source.queries.Load()
		get(a, "BASIC", hot)
		if source.queries.Load() != before {
			lost++
		}
	}
	if lost > 15 {
		t.Errorf("of 300 repeats between 3,000 others %d were asked again", lost)
	}
}
