package dataset_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
)

// TestDeprecation reads the one line that announces an end, with days that YAML takes for times.
func TestDeprecation(t *testing.T) {
	text := strings.Replace(example(t), "cost: 2\n      pages: {FREE: 1}",
		"cost: 2\n      deprecated: {since: 2026-01-01, sunset: 2026-12-31, successor: /v2/state}\n      pages: {FREE: 1}", 1)
	d, err := dataset.Parse([]byte(text), "elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := d.Endpoints[5].Deprecated
	want := &dataset.Deprecation{Since: "2026-01-01", Sunset: "2026-12-31", Successor: "/v2/state"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	since, sunset := got.Begins()
	if since != time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) || sunset != time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC) {
		t.Errorf("from %s until %s", since, sunset)
	}
	if _, sunset := (&dataset.Deprecation{Since: "2026-01-01"}).Begins(); !sunset.IsZero() {
		t.Errorf("no sunset begins at %s", sunset)
	}
	plain, err := dataset.Parse([]byte(example(t)), "elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if plain.LayoutHash() != d.LayoutHash() {
		t.Error("announcing the end of an endpoint needs a new build")
	}
}
