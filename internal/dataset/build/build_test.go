package build_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
)

const small = `
dataset: {name: small, version: "1"}
sources:
    - {name: s, csv: {file: s.csv}}
tables:
    - name: item
      from: [s]
      key: id
      columns:
          - {name: id, type: integer, tier: FREE}
          - {name: names, list: true, split: ["|"], fold: name, index: [exact, prefix, trigram], tier: FREE}
endpoints:
    - {path: "/v1/item/{id}", kind: get, table: item, tier: FREE, cost: 1, parameters: [{name: id}]}
    - path: /v1/item
      kind: lookup
      table: item
      tier: FREE
      cost: 1
      parameters: [{name: q, columns: [names], modes: [{name: exact}, {name: prefix}]}]
    - path: /v1/search
      kind: search
      table: item
      tier: FREE
      cost: 1
      parameters: [{name: q, min: 3, columns: [names], modes: [{name: contains}]}]
`

func parse(t *testing.T, text string) *dataset.Description {
	t.Helper()
	d, err := dataset.Parse([]byte(text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBuildAndFetch(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	write(t, dir, map[string]string{"s.csv": "id,names\n2,Water|aqua\n1,\"1,2-Hexanediol\"\n3,Water lily\n"})
	d := parse(t, small)
	out := filepath.Join(dir, "out.db")
	if _, err := build.Run(ctx, d, dir, build.Options{}, out); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(ctx, out, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, tt := range []struct {
		endpoint int
		op       dataset.Op
		value    string
		want     []int64
	}{
		{0, dataset.OpKey, "2", []int64{2}},
		{1, dataset.OpExact, "1, 2-hexanediol", []int64{1}},
		{1, dataset.OpPrefix, "wa", []int64{2, 3}},
		{2, dataset.OpContains, "xaned", []int64{1}},
		{2, dataset.OpContains, `"%_`, nil},
	} {
		q := dataset.Query{Endpoint: &d.Endpoints[tt.endpoint], Op: tt.op, Columns: []string{"id"}, Value: tt.value, Limit: 10}
		if tt.endpoint > 0 {
			q.On = []string{"names"}
		}
		r, err := s.Fetch(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, row := range r.Rows {
			got = append(got, row[0].(int64))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %q: %s", tt.op, tt.value, diff)
		}
	}
}
