package dataset_test

import (
	"testing"

	"sallyport/internal/dataset"

	"github.com/google/go-cmp/cmp"
)

// TestKeysThatReadAsValues holds that a key is text, whatever it would be as a value.
func TestKeysThatReadAsValues(t *testing.T) {
	const text = `
dataset: {name: n, version: "1"}
sources: [{name: s, csv: {file: s.csv, null: ["-", none], constants: {null: a, true: b, 7: c}}}]
tables: [{name: t, from: [s], key: k, columns: [{name: k, tier: A}]}]
endpoints: [{path: /v1/t, kind: stats, table: t, tier: A, cost: 1}]
`
	d, err := dataset.Parse([]byte(text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &dataset.CSVInput{File: "s.csv", Null: []string{"-", "none"},
		Constants: map[string]string{"null": "a", "true": "b", "7": "c"}}
	if diff := cmp.Diff(want, d.Sources[0].CSV); diff != "" {
		t.Error(diff)
	}
}
