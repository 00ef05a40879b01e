package ingredients_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/dataset"

	"github.com/google/go-cmp/cmp"
)

// inventoryRows is how many ingredients the real inventory has.
const inventoryRows = 30070

// asExported writes the inventory as the official download has it: a byte order mark, lines before the
// header, its own header words, cells with line breaks.
func asExported(t *testing.T, inventory []record) string {
	rows := [][]string{
		{"COSING Ref No", "INCI name", "INN name", "Ph. Eur. Name", "CAS No", "EC No",
			"Chem/IUPAC Name / Description", "Restriction", "Function", "Update Date"},
	}
	for _, r := range inventory {
		rows = append(rows, []string{r["cosing_ref_no"], r["inci_name"], r["inn_name"], r["ph_eur_name"], r["cas_no"], r["ec_no"],
			r["chem_iupac_name___description"] + "\n\nsecond line", strings.ReplaceAll(r["restriction"], " V/", "\nV/"),
			strings.ReplaceAll(r["function"], ", ", ",\n"), r["update_date"]})
	}
	return writeCSV(t, "exported.csv", "\ufeffsep=,\n\"File creation date: 25/12/2025\"\n\n\n\"INGREDIENTS\",\"Last update: 08/12/2025\"\n\n\n\n\n", rows)
}

// asOf2026 writes the inventory with the columns of 2026, compressed: "-" for what is empty, functions
// joined with " | ".
func asOf2026(t *testing.T, inventory []record) string {
	header := []string{"substanceId", "itemType", "inciName", "innName", "phEurName", "casNo", "ecNo", "chemicalDescription",
		"chemicalName", "functionName", "status", "cosmeticRestriction", "otherRestrictions", "annexNo", "refNo"}
	rows := [][]string{header}
	for _, r := range inventory {
		row := []string{r["cosing_ref_no"], "ingredient", r["inci_name"], r["inn_name"], r["ph_eur_name"], r["cas_no"], r["ec_no"],
			r["chem_iupac_name___description"], "", strings.ReplaceAll(r["function"], ", ", " | "), "Active", r["restriction"], "", "", ""}
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		rows = append(rows, row)
	}
	return writeCSV(t, "inventory2026.csv.gz", "", rows)
}

func writeCSV(t *testing.T, name, before string, rows [][]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var out io.WriteCloser = f
	if strings.HasSuffix(name, ".gz") {
		out = gzip.NewWriter(f)
	}
	_, err = io.WriteString(out, before)
	if err == nil {
		err = csv.NewWriter(out).WriteAll(rows)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOfficialFiles builds the whole inventory and all annexes, and compares what is served with what the
// files say.
func TestOfficialFiles(t *testing.T) {
	sources := map[string]string{}
	for source := range officialFiles {
		sources[source] = officialPath(t, source)
	}
	want := official(t, "inventory", "cosing_ref_no")
	b := buildFrom(t, sources)
	b.compareRows(t, want, thin)
	b.compareTotals(t)
	b.compareAnnexes(t)
}

// TestInventoryShapes builds the whole inventory from the other shapes it comes in.
func TestInventoryShapes(t *testing.T) {
	want := official(t, "inventory", "cosing_ref_no")
	if len(want) != inventoryRows {
		t.Fatalf("the inventory has %d rows, want %d", len(want), inventoryRows)
	}
	want = every(want, thin)
	for name, write := range map[string]func(*testing.T, []record) string{"exported": asExported, "2026": asOf2026} {
		t.Run(name, func(t *testing.T) {
			buildFrom(t, map[string]string{"inventory": write(t, want)}).compareRows(t, want, 29)
		})
	}
}

// every returns one record in n.
func every(all []record, n int) []record {
	var some []record
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// compareRows checks that there are as many ingredients as in want, and compares one in n.
func (b built) compareRows(t *testing.T, want []record, n int) {
	t.Helper()
	if got := b.Seal().Rows["ingredient"]; got != int64(len(want)) {
		t.Errorf("%d ingredients, want %d", got, len(want))
	}
	for _, r := range every(want, n) {
		b.compare(t, r)
	}
}

// compare fetches one ingredient by its key.
func (b built) compare(t *testing.T, want record) {
	t.Helper()
	r := b.ask(t, "/v1/ingredient/{ref}", dataset.OpKey, want["cosing_ref_no"],
		"inci_name", "cas", "ec", "functions", "annex_codes", "statuses", "regulation_status", "inn_name", "cas_doubtful")
	if len(r.Rows) != 1 {
		t.Fatalf("%s: %d rows", want["cosing_ref_no"], len(r.Rows))
	}
	row := r.Rows[0]
	var doubtful []string
	for _, n := range casNumber.FindAllString(want["cas_no"], -1) {
		if !checkDigit(n) {
			doubtful = append(doubtful, n)
		}
	}
	statuses, headline := statusesOf(codes(want["restriction"]))
	f := facts(want)
	for i, value := range []any{strings.TrimSpace(want["inci_name"]), f["cas"], f["ec"], f["functions"], f["codes"], statuses,
		headline, want["inn_name"], set(doubtful)} {
		got := row[i]
		if list, ok := got.(json.RawMessage); ok {
			got = set(decode(t, list))
		}
		if got == nil {
			got = ""
		}
		if diff := cmp.Diff(value, got); diff != "" {
			t.Errorf("%s: %s", want["inci_name"], diff)
		}
	}
}

func decode(t *testing.T, list json.RawMessage) []string {
	t.Helper()
	var values []string
	if err := json.Unmarshal(list, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// statusesOf says what codes mean: the list, and the strictest.
func statusesOf(codes []string) ([]string, string) {
	words := []string{"prohibited", "restricted", "colorant", "preservative", "uv-filter"}
	var all []string
	headline := len(words)
	for _, code := range codes {
		annex, _, _ := strings.Cut(code, "/")
		i := slices.Index(annexes, annex)
		headline = min(headline, i)
		all = append(all, words[i])
	}
	if len(all) == 0 {
		return []string{"not-listed"}, "not-listed"
	}
	return set(all), words[headline]
}

// compareTotals checks the figures that the inventory is known by.
func (b built) compareTotals(t *testing.T) {
	t.Helper()
	functions, err := b.Values(t.Context(), "ingredient", "functions")
	if err != nil || len(functions) != 81 {
		t.Errorf("%d functions, %v", len(functions), err)
	}
	for _, c := range b.report.Checks {
		// 39 numbers, one of them in two rows.
		if c.Table == "ingredient" && (c.Check != "cas" || c.Failed != 40) {
			t.Errorf("%+v", c)
		}
	}
	if got := len(b.ask(t, "/v1/ingredient/cas", dataset.OpExact, "9003-11-6", "ref").Rows); got != 75 {
		t.Errorf("%d ingredients share a CAS number, want 75", got)
	}
	if got := b.ask(t, "/v1/ingredient/inci", dataset.OpSynonym, "purified water", "ref").Rows; len(got) != 2 {
		t.Errorf("water is %v", got)
	}
}

// compareAnnexes checks what became of the official annexes, in which numbers recur and records end early.
func (b built) compareAnnexes(t *testing.T) {
	t.Helper()
	want := map[string]int{"annex_ii": 1744, "annex_iii": 373, "annex_iv": 154, "annex_v": 57, "annex_vi": 35}
	for _, s := range b.report.Sources {
		if n, ok := want[s.Name]; ok && (s.Kept != n || s.Rejected != 0) {
			t.Errorf("%+v", s)
		}
	}
	// Numbers that the annexes had when the inventory was made, and have no more.
	gone := []string{"III/125", "III/126", "III/158", "III/160", "III/161", "III/162", "III/165", "III/167", "III/168", "VI/36"}
	if diff := cmp.Diff(gone, set(b.report.Joins[0].Examples)); diff != "" {
		t.Error(diff)
	}
	b.compareEntries(t)
}

// compareEntries reads entries through the join. Number III/196 stands for two substances, a hair dye and
// verbena absolute: a listing shows both.
func (b built) compareEntries(t *testing.T) {
	t.Helper()
	for _, tt := range []struct {
		ref  string
		want []string
	}{
		{"37595", []string{"III/98", "V/3"}},
		{"38617", []string{"IV/143", "VI/27", "VI/27a"}},
		{"34188", []string{"III/196", "III/196"}},
		{"31959", nil},
	} {
		r := b.ask(t, "/v1/ingredient/{ref}/regulations", dataset.OpJoined, tt.ref, "code", "substance")
		if diff := cmp.Diff(tt.want, texts(t, r)); diff != "" {
			t.Errorf("%s: %s", tt.ref, diff)
		}
		for _, row := range r.Rows {
			if text, _ := row[1].(string); text == "" {
				t.Errorf("%s: %v has no substance", tt.ref, row[0])
			}
		}
	}
}
