package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sallyport"
	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/limit"
	"sallyport/secret"
)

// benchmark runs in this process, without a network.
type benchmark struct {
	name string
	run  func(*testing.B)
}

func alone() []benchmark {
	return []benchmark{
		{"middleware alone, allowed", func(b *testing.B) { chain(b, proxySecret) }},
		{"middleware alone, refused", func(b *testing.B) { chain(b, "") }},
		{"whole server, exact lookup, warm", func(b *testing.B) { whole(b, 8<<20, "") }},
		{"whole server, exact lookup, cold", func(b *testing.B) { whole(b, 0, "") }},
		{"whole server, 304", func(b *testing.B) { whole(b, 8<<20, "If-None-Match") }},
	}
}

// whole measures one exact lookup through everything but the network and the log.
func whole(b *testing.B, cacheSize int64, condition string) {
	dir := b.TempDir()
	cfg, err := config.Load(config.Options{Dev: true, Dir: dir, Environ: []string{
		"XDG_STATE_HOME=" + dir, "RAPIDAPI_PROXY_SECRET=" + proxySecret, "SALLYPORT_KEY=bench-key-6c2d8f0a4e1b7395-5a7c3e9b",
	}})
	if err != nil {
		b.Fatal(err)
	}
	cfg.Cache.Size = config.Size(cacheSize)
	for i := range cfg.Tiers {
		for j := range cfg.Tiers[i].Limits {
			cfg.Tiers[i].Limits[j].Quota = limit.MaxQuota
		}
	}
	a, err := app.New(b.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	w, r := &discard{header: http.Header{}}, httptest.NewRequest(http.MethodGet, "http://localhost/v1/ingredient/inci?q=salicylic+acid", nil)
	r.Header.Set("X-RapidAPI-Proxy-Secret", proxySecret)
	r.Header.Set("X-RapidAPI-User", "bench")
	a.ServeHTTP(w, r)
	if condition != "" {
		r.Header.Set(condition, w.header.Get("Etag"))
	}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		a.ServeHTTP(w, r)
	}
}

// printCustomers counts that many customers with two policies each, and tells time and memory.
func printCustomers(n int) error {
	policies := []limit.Policy{{Name: "hour", Quota: 10, Window: time.Hour}, {Name: "day", Quota: 100, Window: 24 * time.Hour}}
	before := heap()
	store := limit.NewMemoryStore(limit.MemoryOptions{Capacity: 4 * n})
	started := time.Now()
	for i := range n {
		if r, err := store.Take(context.Background(), "customer-"+strconv.Itoa(i), 1, policies); err != nil || !r.Allowed {
			return fmt.Errorf("customer %d: %v", i, err)
		}
	}
	elapsed, used := time.Since(started), heap()-before
	counters := int64(store.Len())
	fmt.Printf("%-40s %8d ns a new customer, %d MB: %d bytes a counter\n", fmt.Sprintf("limiter with %d customers", n),
		elapsed.Nanoseconds()/int64(n), used>>20, used/counters)
	return store.Close()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func chain(b *testing.B, presented string) {
	huge := limit.Policy{Name: "huge", Quota: limit.MaxQuota, Window: time.Second}
	m, err := sallyport.NewMiddleware(sallyport.Config{
		Hosts:         []string{"bench.example.com"},
		Secrets:       sallyport.StaticSecrets{secret.New(proxySecret)},
		Tiers:         []sallyport.Tier{{Name: "BASIC", InFlight: 10, Limits: []limit.Policy{huge}}},
		Routes:        []sallyport.Route{{Pattern: "/item/{id}", Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1}},
		FailureBudget: huge,
	})
	if err != nil {
		b.Fatal(err)
	}
	h := m.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, err := http.NewRequest(http.MethodGet, "http://bench.example.com/item/1", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "192.0.2.1:1"
	r.Header.Set("X-RapidAPI-Proxy-Secret", presented)
	r.Header.Set("X-RapidAPI-User", "bench")
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
