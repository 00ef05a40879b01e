package build_test

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
)

const airports = `
dataset: {name: navaids, version: "1"}
sources:
    - {name: navaids, csv: {file: ourairports_navaids.csv}}
    - {name: countries, csv: {file: ourairports_countries.csv}}
tables:
    - name: navaid
      from: [navaids]
      key: id
      columns:
          - {name: id, type: integer, tier: FREE}
          - {name: ident, fold: code, index: [exact, prefix], tier: FREE}
          - {name: name, fold: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: kind, from: [type], index: [exact], tier: FREE}
          - {name: frequency, from: [frequency_khz], type: integer, index: [exact], tier: FREE}
          - {name: latitude, from: [latitude_deg], type: number, tier: FREE}
          - {name: country, from: [iso_country], index: [exact], tier: FREE}
          - {name: country_name, lookup: {source: countries, match: code, on: country, value: name}, tier: FREE}
          - {name: usage, from: [usageType], map: [{from: LO, to: low}, {from: HI, to: high}, {from: BOTH, to: both}, {from: TERMINAL, to: terminal}, {from: RNAV, to: area}], tier: FREE}
    - name: country
      from: [countries]
      key: code
      columns:
          - {name: code, fold: code, index: [exact], tier: FREE}
          - {name: name, tier: FREE}
          - {name: keywords, list: true, split: [","], tier: FREE}
joins:
    - {name: country, table: navaid, column: country, to: country, on: code}
endpoints:
    - {path: "/navaid/{id}", kind: get, table: navaid, tier: FREE, cost: 1, parameters: [{name: id}]}
    - {path: "/navaid/{id}/country", kind: list, table: navaid, join: country, tier: FREE, cost: 1, parameters: [{name: id}]}
    - path: /navaid
      kind: lookup
      table: navaid
      tier: FREE
      cost: 1
      parameters:
          - {name: q, columns: [ident], modes: [{name: exact}, {name: prefix}]}
          - {name: kind, columns: [kind]}
    - path: /by-country
      kind: list
      table: navaid
      sort: [frequency, name]
      tier: FREE
      cost: 1
      parameters: [{name: country, columns: [country]}]
    - {path: /kinds, kind: values, table: navaid, column: kind, tier: FREE, cost: 1}
`

// TestAirports builds and asks a dataset that has nothing to do with the bundled one.
func TestAirports(t *testing.T) {
	file := realFile(t, "ourairports_navaids.csv")
	d, out := parse(t, airports), filepath.Join(t.TempDir(), "out.db")
	report, err := build.Run(context.Background(), d, filepath.Dir(file), build.Options{}, out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"navaid": 11_008, "country": 249}
	if diff := cmp.Diff(want, report.Seal.Rows); diff != "" || len(report.Checks) != 0 {
		t.Errorf("%s %+v", diff, report.Checks)
	}
	s, err := sqlite.Open(context.Background(), out, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	byIdent, byCountry := map[string][]int64{}, map[string]int{}
	for _, r := range records(t, file) {
		id, err := strconv.ParseInt(r["id"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if r["type"] == "NDB" {
			byIdent[r["ident"]] = append(byIdent[r["ident"]], id)
		}
		byCountry[r["iso_country"]]++
	}
	for ident, want := range byIdent {
		slices.Sort(want)
		got := fetch(t, s, dataset.Query{Endpoint: endpoint(t, d, "/navaid"), Op: dataset.OpExact, On: []string{"ident"},
			Columns: []string{"id"}, Value: ident, Allow: &dataset.Allow{Column: "kind", Values: []string{"NDB"}}})
		if diff := cmp.Diff(want, refs(got)); diff != "" {
			t.Fatalf("%s: %s", ident, diff)
		}
	}
	for country, want := range byCountry {
		got := fetch(t, s, dataset.Query{Endpoint: endpoint(t, d, "/by-country"), Op: dataset.OpExact, On: []string{"country"},
			Columns: []string{"id", "frequency"}, Value: country})
		sorted := slices.IsSortedFunc(got, func(a, b dataset.Row) int { return int(a[1].(int64) - b[1].(int64)) })
		if len(got) != want || !sorted {
			t.Errorf("%s: %d rows, want %d, sorted: %v", country, len(got), want, sorted)
		}
	}
	one := fetch(t, s, dataset.Query{Endpoint: endpoint(t, d, "/navaid/{id}/country"), Op: dataset.OpJoined, Value: "85050",
		Columns: []string{"code", "name"}})
	if diff := cmp.Diff([]dataset.Row{{"CA", "Canada"}}, one); diff != "" {
		t.Error(diff)
	}
}
