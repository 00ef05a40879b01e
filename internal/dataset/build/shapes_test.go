package build_test

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/dataset/build"
)

// withoutAnnexes has the values of every column of the inventory, and none of the slower indexes.
const withoutAnnexes = `
dataset: {name: inventory, version: "2021-12-15"}
sources:
    - {name: inventory, csv: {file: inventory.csv, null: ["-"]}}
tables:
    - name: ingredient
      from: [inventory]
      key: ref
      columns:
          - {name: ref, from: [cosing_ref_no, substance_id], type: integer, tier: FREE}
          - {name: name, from: [inci_name], fold: name, tier: FREE}
          - {name: inn, from: [inn_name], tier: FREE}
          - {name: cas, from: [cas_no], list: true, pattern: '\b\d{2,7}-\d\d-\d\b', fold: code, tier: FREE}
          - {name: ec, from: [ec_no], list: true, pattern: '\b\d{3}-\d{3}-\d\b', fold: code, tier: FREE}
          - {name: functions, from: [function, function_name], list: true, split: [" | ", ","], fold: slug, tier: FREE}
          - {name: restriction, from: [restriction, cosmetic_restriction], tier: FREE}
          - {name: description, from: [chem_iupac_name_description, chemical_description], tier: FREE}
endpoints:
    - {path: "/{ref}", kind: get, table: ingredient, tier: FREE, cost: 1, parameters: [{name: ref}]}
`

// TestRealShapes writes the inventory in the official shape, with lines before the header, and in the shape
// of 2026: all three files are the same data.
func TestRealShapes(t *testing.T) {
	d, sources, dir := parse(t, withoutAnnexes), map[string]string{"inventory": realFile(t, "cosing_ingredients_2021-12.csv")}, t.TempDir()
	all := records(t, sources["inventory"])
	official := [][]string{{"sep=,"}, {"File creation date: 15/12/2021"}, {""}, {"Ingredients"}, {""}, {"COSING Ref No", "INCI name", "INN name",
		"Ph. Eur. Name", "CAS No", "EC No", "Chem/IUPAC Name / Description", "Restriction", "Function", "Update Date"}}
	recent := [][]string{{"substanceId", "inciName", "innName", "phEurName", "casNo", "ecNo", "chemicalDescription", "chemicalName",
		"functionName", "status", "cosmeticRestriction"}}
	for _, r := range all {
		official = append(official, []string{r["cosing_ref_no"], r["inci_name"], r["inn_name"], r["ph_eur_name"], r["cas_no"], r["ec_no"],
			r["chem_iupac_name___description"], r["restriction"], r["function"], r["update_date"]})
		dash := func(text string) string {
			if text == "" {
				return "-"
			}
			return text
		}
		functions := strings.Join(strings.FieldsFunc(r["function"], func(r rune) bool { return r == ',' }), " | ")
		recent = append(recent, []string{r["cosing_ref_no"], dash(r["inci_name"]), dash(r["inn_name"]), dash(r["ph_eur_name"]), dash(r["cas_no"]),
			dash(r["ec_no"]), dash(r["chem_iupac_name___description"]), "-", dash(functions), "Active", dash(r["restriction"])})
	}
	hashes := map[string]string{"snake": ""}
	for name, lines := range map[string][][]string{"official": official, "recent": recent} {
		hashes[name] = filepath.Join(dir, name+".csv")
		file, err := os.Create(hashes[name])
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(csv.NewWriter(file).WriteAll(lines), file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	want := ""
	for name, path := range hashes {
		if path != "" {
			sources["inventory"] = path
		} else {
			sources["inventory"] = realFile(t, "cosing_ingredients_2021-12.csv")
		}
		report, err := build.Run(context.Background(), d, dir, build.Options{Sources: sources}, filepath.Join(dir, name+".db"))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = report.Seal.ContentHash
		}
		if report.Seal.ContentHash != want {
			t.Errorf("%s: another content hash", name)
		}
	}
}
