package ingredients_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// officialFiles are the names of the real files by source.
var officialFiles = map[string]string{
	"inventory": "cosing_ingredients_2021-12.csv",
	"annex_ii":  "cosing_annex_II_2025-12-24.csv",
	"annex_iii": "cosing_annex_III_2025-12-25.csv",
	"annex_iv":  "cosing_annex_IV.csv",
	"annex_v":   "cosing_annex_V.csv",
	"annex_vi":  "cosing_annex_VI.csv",
}

// officialPath returns where the real file of a source is, or skips the test.
func officialPath(t *testing.T, source string) string {
	t.Helper()
	dir := os.Getenv("SALLYPORT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path, err := filepath.Abs(filepath.Join(dir, officialFiles[source]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the official data is not here; name its folder in SALLYPORT_TEST_DATA: %v", err)
	}
	return path
}

// official reads a real file from its header on, which begins with the cell that is given.
func official(t *testing.T, source, cell string) []record {
	t.Helper()
	f, err := os.Open(officialPath(t, source))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := slices.IndexFunc(rows, func(row []string) bool { return strings.TrimPrefix(row[0], "\ufeff") == cell })
	if header < 0 {
		t.Fatalf("%s has no header", source)
	}
	rows[header][0] = cell
	return records(rows[header:])
}

// TestAgreesWithInventory compares every bundled row with the real one of its reference number.
func TestAgreesWithInventory(t *testing.T) {
	byNumber := map[string]record{}
	for _, r := range official(t, "inventory", "cosing_ref_no") {
		byNumber[r["cosing_ref_no"]] = r
	}
	for _, got := range bundled(t, "data/inventory.csv") {
		want, ok := byNumber[got["cosing_ref_no"]]
		if !ok {
			t.Errorf("%s: no ingredient has the reference number %s", got["inci_name"], got["cosing_ref_no"])
			continue
		}
		if diff := cmp.Diff(facts(want), facts(got)); diff != "" {
			t.Errorf("%s: %s", got["inci_name"], diff)
		}
		own := strings.ToLower(strings.TrimSuffix(got["chem_iupac_name___description"], "."))
		if own != "" && strings.Contains(strings.ToLower(want["chem_iupac_name___description"]), own) {
			t.Errorf("%s: the description is not our own", got["inci_name"])
		}
	}
}

// facts is what a row says, however it is laid out. INN and Ph. Eur. names are compared by their presence:
// the bundle mends their spelling.
func facts(r record) map[string]any {
	functions := strings.Split(r["function"], ",")
	for i := range functions {
		functions[i] = strings.TrimSpace(functions[i])
	}
	return map[string]any{
		"name":      r["inci_name"],
		"cas":       set(casNumber.FindAllString(r["cas_no"], -1)),
		"ec":        set(ecNumber.FindAllString(r["ec_no"], -1)),
		"functions": set(functions),
		"codes":     set(codes(r["restriction"])),
		"updated":   r["update_date"],
		"inn":       r["inn_name"] != "",
	}
}

// set returns the distinct values that are not empty, sorted; it is never nil.
func set(values []string) []string {
	distinct := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(distinct)
	return append([]string{}, slices.Compact(distinct)...)
}

// TestAgreesWithAnnexes compares the numbers of every bundled annex entry with the real one.
func TestAgreesWithAnnexes(t *testing.T) {
	// Limonene's former numbers are kept for the codes that name them; the real annex merged them into III/88.
	gone := []string{"III/167", "III/168"}
	for _, annex := range annexes {
		first, cas, ec := "Reference Number", "CAS Number", "EC Number"
		if annex != "II" && annex != "III" {
			first, cas, ec = "reference_number", "cas_number", "ec_number"
		}
		source := "annex_" + strings.ToLower(annex)
		byNumber := map[string]record{}
		for _, r := range official(t, source, first) {
			byNumber[strings.TrimSpace(r[first])] = r
		}
		for _, r := range bundled(t, "data/"+source+".csv") {
			code := annex + "/" + r["reference_number"]
			want, ok := byNumber[r["reference_number"]]
			if !ok {
				if !slices.Contains(gone, code) {
					t.Errorf("%s is no real entry", code)
				}
				continue
			}
			if diff := cmp.Diff(set(casNumber.FindAllString(want[cas], -1)), set(casNumber.FindAllString(r["cas_number"], -1))); diff != "" {
				t.Errorf("%s: CAS %s", code, diff)
			}
			if diff := cmp.Diff(set(ecNumber.FindAllString(want[ec], -1)), set(ecNumber.FindAllString(r["ec_number"], -1))); diff != "" {
				t.Errorf("%s: EC %s", code, diff)
			}
		}
	}
}
