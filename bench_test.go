package sallyport_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/secret"
)

// discard is a ResponseWriter that costs nothing, so that the chain's own work shows.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func benchmarkChain(b *testing.B, edit func(*http.Request)) {
	config := testConfig()
	config.Secrets = sallyport.StaticSecrets{secret.New(current)}
	config.Tiers[0].Limits = []limit.Policy{{Name: "minute", Quota: limit.MaxQuota, Window: time.Second}}
	config.FailureBudget = limit.Policy{Name: "failures", Quota: limit.MaxQuota, Window: time.Second}
	m, err := sallyport.NewMiddleware(config)
	if err != nil {
		b.Fatal(err)
	}
	h := m.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := request("GET", "/item/1")
	edit(r)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

func BenchmarkChainAllowed(b *testing.B) { benchmarkChain(b, func(*http.Request) {}) }
func BenchmarkChainRefused(b *testing.B) { benchmarkChain(b, noSecret) }

func BenchmarkFloor(b *testing.B) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	r := httptest.NewRequest("GET", "/", nil)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
