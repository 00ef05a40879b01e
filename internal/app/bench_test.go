package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"sallyport/internal/app"
	"sallyport/internal/config"
)

// BenchmarkLookup measures one exact lookup through the whole chain, without a network.
func BenchmarkLookup(b *testing.B) {
	b.Setenv("XDG_STATE_HOME", b.TempDir())
	cfg, err := config.Load(config.Options{Dev: true, Dir: b.TempDir(), Environ: []string{
		"XDG_STATE_HOME=" + b.TempDir(), "RAPIDAPI_PROXY_SECRET=bench-4f6a1c9e2b7d8035", "SALLYPORT_KEY=bench-key-6c2d8f0a4e1b7395-5a7c3e9b",
	}})
	if err != nil {
		b.Fatal(err)
	}
	for i := range cfg.Tiers {
		for j := range cfg.Tiers[i].Limits {
			cfg.Tiers[i].Limits[j].Quota = 1 << 30
		}
	}
	a, err := app.New(b.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/v1/ingredient/inci?q=salicylic+acid", nil)
	r.Header.Set("X-RapidAPI-Proxy-Secret", "bench-4f6a1c9e2b7d8035")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
