package serve_test

import (
	"context"
	"net/http"
	"testing"

	"sallyport/internal/dataset"
)

// canned answers every question with the same row, so that what is measured is the handler.
type canned struct {
	dataset.Source
	result dataset.Result
}

// discard is a client that wants nothing but the headers.
type discard struct{ header http.Header }

func (d discard) Header() http.Header            { return d.header }
func (d discard) Write(body []byte) (int, error) { return len(body), nil }
func (d discard) WriteHeader(int)                {}

func benchmark(b *testing.B, s dataset.Source, d *dataset.Description, target string) {
	a := newAPI(b, config(d, s))
	r, w := as("BASIC", http.MethodGet, target), discard{http.Header{}}
	if got := get(a, "BASIC", target); got.Code != http.StatusOK {
		b.Fatalf("status %d: %s", got.Code, got.Body)
	}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		a.ServeHTTP(w, r)
	}
}

func BenchmarkLookup(b *testing.B) {
	d := description(b)
	s := newMemory(d, content())
	b.Run("handler", func(b *testing.B) { benchmark(b, newCanned(b, s, d), d, "/v1/ingredient/cas?q=69-72-7") })
	b.Run("memory", func(b *testing.B) { benchmark(b, s, d, "/v1/ingredient/cas?q=69-72-7") })
	b.Run("sqlite", func(b *testing.B) { benchmark(b, sqliteSource(b, d, content()), d, "/v1/ingredient/cas?q=69-72-7") })
	b.Run("sqlite synonyms", func(b *testing.B) {
		benchmark(b, sqliteSource(b, d, content()), d, "/v1/ingredient/inci?q=salicylic+acid")
	})
	b.Run("page", func(b *testing.B) { benchmark(b, s, d, "/v1/ingredient/inci?q=gl") })
}

func (c canned) Fetch(context.Context, dataset.Query) (dataset.Result, error) { return c.result, nil }

func newCanned(b *testing.B, s dataset.Source, d *dataset.Description) dataset.Source {
	b.Helper()
	result, err := s.Fetch(b.Context(), dataset.Query{Endpoint: &d.Endpoints[1], Op: dataset.OpExact, On: []string{"cas"},
		Columns: d.Tables[0].Visible(tiers, "BASIC"), Value: "69-72-7", Limit: 3})
	if err != nil || len(result.Rows) != 1 {
		b.Fatalf("%d rows, %v", len(result.Rows), err)
	}
	return canned{s, result}
}
