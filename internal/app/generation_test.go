package app

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
)

// TestGenerationStaysOpenUnderARequest takes a generation out of service while it answers.
func TestGenerationStaysOpenUnderARequest(t *testing.T) {
	source := openWords(t)
	a := &App{}
	var during error
	g := &generation{composed: &composed{}, candidate: &candidate{source: source}, closed: func(error) {}}
	g.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.current.Swap(nil).release()
		during = source.Ready(r.Context())
	})
	g.references.Store(1)
	a.current.Store(g)
	a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if during != nil {
		t.Errorf("under the request: %v", during)
	}
	if err := source.Ready(t.Context()); err == nil {
		t.Error("the last request has ended, and the generation is still open")
	}
	if g.acquire() {
		t.Error("a closed generation was acquired")
	}
}

func openWords(t *testing.T) *sqlite.Source {
	t.Helper()
	d, err := dataset.Parse([]byte(`
dataset: {name: words, version: "1"}
sources: [{name: words, csv: {file: words.csv}}]
tables: [{name: word, from: [words], key: id, columns: [{name: id, tier: BASIC}]}]
endpoints: [{path: /v1/words, kind: list, table: word, tier: BASIC, cost: 1}]
`), "words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "words.sqlite")
	content := dataset.Content{Tables: map[string][]dataset.Record{"word": {{{"1"}}}}}
	if _, err := sqlite.Write(t.Context(), file, d, content); err != nil {
		t.Fatal(err)
	}
	source, err := sqlite.Open(t.Context(), file, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return source
}
