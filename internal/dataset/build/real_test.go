package build_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
)

// realFile returns a file of the test data, or skips the test.
func realFile(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("SALLYPORT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the test data is not here; name its folder in SALLYPORT_TEST_DATA: %v", err)
	}
	return path
}

const inventory = `
dataset: {name: inventory, version: "2021-12-15"}
sources:
    - {name: inventory, csv: {file: inventory.csv, null: ["-"]}}
    - {name: annex_ii, csv: {file: x, null: ["-"], constants: {annex: II}}}
    - {name: annex_iii, csv: {file: x, null: ["-"], constants: {annex: III}}}
    - {name: annex_iv, csv: {file: x, null: ["-"], constants: {annex: IV}}}
    - {name: annex_v, csv: {file: x, null: ["-"], constants: {annex: V}}}
    - {name: annex_vi, csv: {file: x, null: ["-"], constants: {annex: VI}}}
tables:
    - name: ingredient
      from: [inventory]
      key: ref
      columns:
          - {name: ref, from: [cosing_ref_no, substance_id], type: integer, tier: FREE}
          - {name: name, from: [inci_name], fold: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: inn, from: [inn_name], tier: FREE}
          - {name: cas, from: [cas_no], list: true, pattern: '\b\d{2,7}-\d\d-\d\b', check: cas, fold: code, index: [exact, prefix], tier: FREE}
          - {name: functions, from: [function, function_name], list: true, split: [" | ", ","], fold: slug, index: [exact], tier: FREE}
          - {name: codes, from: [restriction, cosmetic_restriction], list: true, pattern: '\b(II|III|IV|V|VI)[ /]+(\d+[a-z]?)\b', replace: $1/$2, fold: code, tier: FREE}
          - {name: description, from: [chem_iupac_name_description, chemical_description], tier: FREE}
    - name: entry
      from: [annex_ii, annex_iii, annex_iv, annex_v, annex_vi]
      key: id
      columns:
          - {name: annex, tier: FREE}
          - {name: number, from: [reference_number], tier: FREE}
          - {name: code, template: "{annex}/{number}", fold: code, index: [exact], tier: FREE}
          - {name: substance, from: [chemical_name_inn, inn], tier: FREE}
          - {name: id, template: "{code} {substance}", tier: FREE}
joins:
    - {name: regulations, table: ingredient, column: codes, to: entry, on: code}
endpoints:
    - {path: "/{ref}", kind: get, table: ingredient, tier: FREE, cost: 1, parameters: [{name: ref}]}
    - {path: "/{ref}/regulations", kind: list, table: ingredient, join: regulations, tier: FREE, cost: 1, parameters: [{name: ref}]}
    - {path: /all, kind: list, table: ingredient, tier: FREE, cost: 1}
    - {path: /name, kind: lookup, table: ingredient, tier: FREE, cost: 1, parameters: [{name: q, columns: [name], modes: [{name: exact}, {name: prefix}]}]}
    - {path: /cas, kind: lookup, table: ingredient, tier: FREE, cost: 1, parameters: [{name: q, columns: [cas], modes: [{name: exact}, {name: prefix}]}]}
    - {path: /search, kind: search, table: ingredient, tier: FREE, cost: 3, parameters: [{name: q, min: 3, columns: [name], modes: [{name: contains}]}]}
    - {path: /function, kind: values, table: ingredient, column: functions, tier: FREE, cost: 1}
    - {path: "/function/{slug}", kind: list, table: ingredient, sort: [name], tier: FREE, cost: 1, parameters: [{name: slug, columns: [functions]}]}
`

func realSources(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{
		"inventory": realFile(t, "cosing_ingredients_2021-12.csv"),
		"annex_ii":  realFile(t, "cosing_annex_II_2025-12-24.csv"), "annex_iii": realFile(t, "cosing_annex_III_2025-12-25.csv"),
		"annex_iv": realFile(t, "cosing_annex_IV.csv"), "annex_v": realFile(t, "cosing_annex_V.csv"), "annex_vi": realFile(t, "cosing_annex_VI.csv"),
	}
}

// records reads a file with its header in the first line, independently of the code under test.
func records(t testing.TB, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, line := range lines[1:] {
		one := map[string]string{}
		for i, name := range lines[0] {
			one[name] = line[i]
		}
		all = append(all, one)
	}
	return all
}

// TestRealInventory builds the full inventory with its annexes and compares every row with the file.
func TestRealInventory(t *testing.T) {
	d, sources, dir := parse(t, inventory), realSources(t), t.TempDir()
	out := filepath.Join(dir, "out.db")
	report, err := build.Run(context.Background(), d, dir, build.Options{Sources: sources}, out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"ingredient": 30_070, "entry": 1744 + 373 + 154 + 57 + 35}
	if diff := cmp.Diff(want, report.Seal.Rows); diff != "" {
		t.Error(diff)
	}
	for _, s := range report.Sources {
		if s.Rejected != 0 {
			t.Errorf("%s: %+v", s.Name, s.Reasons)
		}
	}
	s, err := sqlite.Open(context.Background(), out, d, sqlite.Options{CopyDir: filepath.Join(dir, "state")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := records(t, sources["inventory"])
	compareRows(t, s, d, all)
	compareNames(t, s, d, all)
	compareCAS(t, s, d, all)
	compareFunctions(t, s, d, all)
}

func endpoint(t testing.TB, d *dataset.Description, path string) *dataset.Endpoint {
	t.Helper()
	i := slices.IndexFunc(d.Endpoints, func(e dataset.Endpoint) bool { return e.Path == path })
	if i < 0 {
		t.Fatal("no endpoint", path)
	}
	return &d.Endpoints[i]
}

func fetch(t testing.TB, s dataset.Source, q dataset.Query) []dataset.Row {
	t.Helper()
	q.Limit = 200
	var all []dataset.Row
	for more := true; more; {
		r, err := s.Fetch(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		all, more, q.After = append(all, r.Rows...), r.More, r.Last
	}
	return all
}

// sample is how many records share one that is asked for by itself.
const sample = 10

// compareRows compares every row with its record, and asks for some by their key.
func compareRows(t *testing.T, s dataset.Source, d *dataset.Description, all []map[string]string) {
	columns := []string{"ref", "name", "inn", "cas", "description"}
	byRef := map[string]dataset.Row{}
	for _, row := range fetch(t, s, dataset.Query{Endpoint: endpoint(t, d, "/all"), Op: dataset.OpAll, Columns: columns}) {
		byRef[strconv.FormatInt(row[0].(int64), 10)] = row
	}
	numbers := 0
	for i, r := range all {
		want, cas := wanted(t, r)
		numbers += min(cas, 1)
		if diff := cmp.Diff(want, byRef[r["cosing_ref_no"]]); diff != "" {
			t.Fatal(diff)
		}
		if i%sample == 0 {
			got := fetch(t, s, dataset.Query{Endpoint: endpoint(t, d, "/{ref}"), Op: dataset.OpKey, Value: r["cosing_ref_no"], Columns: columns})
			if diff := cmp.Diff([]dataset.Row{want}, got); diff != "" {
				t.Fatal(diff)
			}
		}
	}
	if numbers != 14_385 || len(byRef) != len(all) {
		t.Errorf("%d of %d rows have a CAS number", numbers, len(byRef))
	}
}

// wanted is the row of a record, and how many CAS numbers it has.
func wanted(t *testing.T, r map[string]string) (dataset.Row, int) {
	t.Helper()
	cas := []string{}
	for _, number := range regexp.MustCompile(`\b\d{2,7}-\d\d-\d\b`).FindAllString(r["cas_no"], -1) {
		if !slices.Contains(cas, number) {
			cas = append(cas, number)
		}
	}
	encoded, err := json.Marshal(cas)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := strconv.ParseInt(r["cosing_ref_no"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return dataset.Row{ref, cell(r["inci_name"]), cell(r["inn_name"]), json.RawMessage(encoded), cell(r["chem_iupac_name___description"])}, len(cas)
}

func cell(text string) any {
	text = strings.TrimSpace(text)
	if text == "" || text == "-" {
		return nil
	}
	return text
}

// refs are the keys of rows, sorted.
func refs(rows []dataset.Row) []int64 {
	var refs []int64
	for _, r := range rows {
		refs = append(refs, r[0].(int64))
	}
	slices.Sort(refs)
	return refs
}

// expected collects the keys of the records by each text that find yields.
func expected(all []map[string]string, find func(r map[string]string) []string) map[string][]int64 {
	byText := map[string][]int64{}
	for _, r := range all {
		ref, _ := strconv.ParseInt(r["cosing_ref_no"], 10, 64)
		for _, text := range find(r) {
			if !slices.Contains(byText[text], ref) {
				byText[text] = append(byText[text], ref)
			}
		}
	}
	for _, refs := range byText {
		slices.Sort(refs)
	}
	return byText
}

func compareNames(t *testing.T, s dataset.Source, d *dataset.Description, all []map[string]string) {
	exact := func(r map[string]string) string { return strings.TrimSpace(r["inci_name"]) }
	distinct := expected(all, func(r map[string]string) []string { return []string{exact(r)} })
	if len(distinct) != 30_059 {
		t.Errorf("%d distinct names", len(distinct))
	}
	folded := expected(all, func(r map[string]string) []string {
		return []string{dataset.FoldText(dataset.FoldName, r["inci_name"])}
	})
	for i := 0; i < len(all); i += sample {
		r := all[i]
		q := dataset.Query{Endpoint: endpoint(t, d, "/name"), Op: dataset.OpExact, On: []string{"name"}, Columns: []string{"ref"}, Value: r["inci_name"]}
		want := folded[dataset.FoldText(dataset.FoldName, r["inci_name"])]
		if diff := cmp.Diff(want, refs(fetch(t, s, q))); diff != "" {
			t.Fatalf("%s: %s", r["inci_name"], diff)
		}
	}
	for _, part := range []string{"GLYC", "1,2-", "PEG-", "CI 77", "AQUA", "ALOE BARBA", "ZINC"} {
		fold := dataset.FoldText(dataset.FoldName, part)
		for op, match := range map[dataset.Op]func(s, part string) bool{dataset.OpPrefix: strings.HasPrefix, dataset.OpContains: strings.Contains} {
			var want []int64
			for text, refs := range folded {
				if match(text, fold) && (op == dataset.OpPrefix || len(fold) >= 3) {
					want = append(want, refs...)
				}
			}
			slices.Sort(want)
			path := map[dataset.Op]string{dataset.OpPrefix: "/name", dataset.OpContains: "/search"}[op]
			q := dataset.Query{Endpoint: endpoint(t, d, path), Op: op, On: []string{"name"}, Columns: []string{"ref"}, Value: part}
			if diff := cmp.Diff(want, refs(fetch(t, s, q))); diff != "" || len(want) == 0 {
				t.Errorf("%s %q: %s", op, part, diff)
			}
		}
	}
}

func compareCAS(t *testing.T, s dataset.Source, d *dataset.Description, all []map[string]string) {
	pattern := regexp.MustCompile(`\b\d{2,7}-\d\d-\d\b`)
	byNumber := expected(all, func(r map[string]string) []string { return pattern.FindAllString(r["cas_no"], -1) })
	if n := len(byNumber["9003-11-6"]); n != 75 || len(byNumber) != 11_122 {
		t.Errorf("9003-11-6 stands for %d names, and there are %d numbers", n, len(byNumber))
	}
	for i, number := range slices.Sorted(maps.Keys(byNumber)) {
		if i%sample != 0 && number != "9003-11-6" {
			continue
		}
		want := byNumber[number]
		q := dataset.Query{Endpoint: endpoint(t, d, "/cas"), Op: dataset.OpExact, On: []string{"cas"}, Columns: []string{"ref"}, Value: number}
		if diff := cmp.Diff(want, refs(fetch(t, s, q))); diff != "" {
			t.Fatalf("%s: %s", number, diff)
		}
	}
}

func compareFunctions(t *testing.T, s dataset.Source, d *dataset.Description, all []map[string]string) {
	byFunction := expected(all, func(r map[string]string) []string {
		var functions []string
		for f := range strings.SplitSeq(r["function"], ",") {
			if f = strings.TrimSpace(f); f != "" {
				functions = append(functions, f)
			}
		}
		return functions
	})
	values, err := s.Values(context.Background(), "ingredient", "functions")
	if err != nil || len(values) != len(byFunction) || len(values) != 81 {
		t.Fatalf("%d functions, want %d: %v", len(values), len(byFunction), err)
	}
	for _, v := range values {
		q := dataset.Query{Endpoint: endpoint(t, d, "/function/{slug}"), Op: dataset.OpExact, On: []string{"functions"},
			Columns: []string{"ref", "name"}, Value: v.Slug}
		got := fetch(t, s, q)
		if diff := cmp.Diff(byFunction[v.Value], refs(got)); diff != "" || int(v.Count) != len(got) {
			t.Errorf("%s, %d: %s", v.Value, v.Count, diff)
		}
		if !slices.IsSortedFunc(got, func(a, b dataset.Row) int {
			return strings.Compare(dataset.FoldText(dataset.FoldName, a[1].(string)), dataset.FoldText(dataset.FoldName, b[1].(string)))
		}) {
			t.Errorf("%s is not in the order of the names", v.Value)
		}
	}
}
