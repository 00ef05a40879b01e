package ingredients_test

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"sallyport/internal/dataset"
	"sallyport/internal/ingredients"

	"golang.org/x/text/unicode/norm"
)

var (
	casNumber = regexp.MustCompile(`\b\d{2,7}-\d{2}-\d\b`)
	ecNumber  = regexp.MustCompile(`\b\d{3}-\d{3}-\d\b`)
	annexCode = regexp.MustCompile(`\b(II|III|IV|V|VI)[ /]+(\d+[a-z]?)\b`)
	annexes   = []string{"II", "III", "IV", "V", "VI"}
)

// record is one line of a CSV file by the names of its header.
type record map[string]string

// bundled reads a file of the bundle.
func bundled(t *testing.T, name string) []record {
	t.Helper()
	f, err := ingredients.FS().Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records(rows)
}

// records gives each row the names of the first.
func records(rows [][]string) []record {
	var all []record
	for _, row := range rows[1:] {
		r := record{}
		for i, cell := range row {
			r[rows[0][i]] = cell
		}
		all = append(all, r)
	}
	return all
}

// codes lists the annex codes of a restriction cell as "II/416".
func codes(cell string) []string {
	var all []string
	for _, m := range annexCode.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1]+"/"+m[2])
	}
	return all
}

// checkDigit says whether a CAS number ends in the right digit: the sum of the others, each times its place
// from the right, modulo ten.
func checkDigit(cas string) bool {
	digits := strings.ReplaceAll(cas, "-", "")
	sum := 0
	for i := range len(digits) - 1 {
		sum += int(digits[i]-'0') * (len(digits) - 1 - i)
	}
	return sum%10 == int(digits[len(digits)-1]-'0')
}

func TestCheckDigit(t *testing.T) {
	for cas, want := range map[string]bool{"69-72-7": true, "7732-18-5": true, "69-72-8": false, "9556-89-9": false} {
		if got := checkDigit(cas); got != want {
			t.Errorf("%s: %v", cas, got)
		}
	}
}

func TestInventory(t *testing.T) {
	rows := bundled(t, "data/inventory.csv")
	if len(rows) < 400 {
		t.Errorf("%d ingredients, want at least 400", len(rows))
	}
	refs, last := map[string]string{}, ""
	for _, r := range rows {
		name := r["inci_name"]
		if other, ok := refs[r["cosing_ref_no"]]; ok {
			t.Errorf("%s and %s have one reference number", name, other)
		}
		refs[r["cosing_ref_no"]] = name
		if name <= last {
			t.Errorf("%s stands after %s", name, last)
		}
		last = name
		checkNumbers(t, name, r["cas_no"], r["ec_no"])
		if r["function"] == "" {
			t.Errorf("%s has no function", name)
		}
		if !regexp.MustCompile(`^\d\d/\d\d/20\d\d$`).MatchString(r["update_date"]) {
			t.Errorf("%s: %q is no day", name, r["update_date"])
		}
		if len(r["chem_iupac_name___description"]) > 80 {
			t.Errorf("%s: the description is not short", name)
		}
	}
}

// checkNumbers checks the layout of the number cells, and every check digit.
func checkNumbers(t *testing.T, name, cas, ec string) {
	t.Helper()
	if want := strings.Join(casNumber.FindAllString(cas, -1), "; "); cas != want {
		t.Errorf("%s: CAS cell %q, want %q", name, cas, want)
	}
	if want := strings.Join(ecNumber.FindAllString(ec, -1), "; "); ec != want {
		t.Errorf("%s: EC cell %q, want %q", name, ec, want)
	}
	doubtful := "1205-50-3" // V/1a has it so; kept and flagged
	for _, n := range casNumber.FindAllString(cas, -1) {
		if checkDigit(n) == (n == doubtful) {
			t.Errorf("%s: the check digit of %s is wrong", name, n)
		}
	}
}

// TestEveryStatusOccurs keeps the bundle fit to show each answer that the full inventory can give.
func TestEveryStatusOccurs(t *testing.T) {
	count := map[string]int{}
	for _, r := range bundled(t, "data/inventory.csv") {
		all := codes(r["restriction"])
		if len(all) == 0 {
			count["none"]++
		}
		for _, code := range all {
			annex, _, _ := strings.Cut(code, "/")
			count[annex]++
		}
	}
	for _, annex := range append([]string{"none"}, annexes...) {
		if count[annex] < 10 {
			t.Errorf("%d ingredients of annex %s", count[annex], annex)
		}
	}
}

func names(t *testing.T) []string {
	var all []string
	for _, r := range bundled(t, "data/inventory.csv") {
		all = append(all, r["inci_name"])
	}
	return all
}

func TestKorean(t *testing.T) {
	known := names(t)
	withName, seen := map[string]bool{}, map[string]bool{}
	for _, r := range bundled(t, "data/korean.csv") {
		name, kr := r["inci_name"], r["kr_name"]
		withName[name] = true
		if !slices.Contains(known, name) {
			t.Errorf("%s is not in the inventory", name)
		}
		if seen[name+"="+kr] {
			t.Errorf("%s has %s twice", name, kr)
		}
		seen[name+"="+kr] = true
		if strings.ContainsFunc(kr, unicode.IsSpace) || !norm.NFC.IsNormalString(kr) {
			t.Errorf("%s: %q has white space or is decomposed", name, kr)
		}
		if folded := dataset.FoldText(dataset.FoldKorean, kr); !strings.EqualFold(folded, kr) {
			t.Errorf("%s: %q is found as %q", name, kr, folded)
		}
		if !strings.ContainsFunc(kr, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
			t.Errorf("%s: %q is not Korean", name, kr)
		}
	}
	if len(withName) < 150 {
		t.Errorf("%d ingredients have a Korean name, want at least 150", len(withName))
	}
	for _, kr := range []string{"물", "워터", "정제수"} {
		if !seen["AQUA="+kr] {
			t.Errorf("AQUA is not found as %s", kr)
		}
	}
}

func TestSynonyms(t *testing.T) {
	known := names(t)
	groups := map[string]map[string]bool{}
	for _, r := range bundled(t, "data/synonyms.csv") {
		canonical, member := r["canonical"], dataset.FoldText(dataset.FoldName, r["member"])
		if !slices.Contains(known, canonical) {
			t.Errorf("%s is not in the inventory", canonical)
		}
		if groups[canonical] == nil {
			groups[canonical] = map[string]bool{dataset.FoldText(dataset.FoldName, canonical): true}
		}
		if groups[canonical][member] {
			t.Errorf("%s has %s twice", canonical, member)
		}
		groups[canonical][member] = true
	}
	if len(groups) < 40 {
		t.Errorf("%d synonym groups, want at least 40", len(groups))
	}
	for canonical, member := range map[string]string{"AQUA": "EAU", "CERA ALBA": "BEESWAX", "MEL": "HONEY",
		"PARFUM": "FRAGRANCE", "AROMA": "FLAVOR", "BUTYROSPERMUM PARKII BUTTER": "SHEA BUTTER",
		"BUTYL METHOXYDIBENZOYLMETHANE": "AVOBENZONE", "ETHYLHEXYL METHOXYCINNAMATE": "OCTINOXATE",
		"PARAFFINUM LIQUIDUM": "MINERAL OIL"} {
		if !groups[canonical][member] {
			t.Errorf("%s is not found as %s", canonical, member)
		}
	}
}

// TestAnnexEntries checks that every listing leads to an entry, and that no entry is idle.
func TestAnnexEntries(t *testing.T) {
	used := map[string]bool{}
	for _, r := range bundled(t, "data/inventory.csv") {
		for _, code := range codes(r["restriction"]) {
			used[code] = true
		}
	}
	entries := map[string]bool{}
	for _, annex := range annexes {
		for _, r := range bundled(t, "data/annex_"+strings.ToLower(annex)+".csv") {
			code := annex + "/" + r["reference_number"]
			if entries[code] || !used[code] || r["substance"] == "" {
				t.Errorf("%s is there twice, or used by no ingredient, or empty", code)
			}
			entries[code] = true
			checkNumbers(t, code, r["cas_number"], r["ec_number"])
		}
	}
	for code := range used {
		if !entries[code] {
			t.Errorf("%s has no entry", code)
		}
	}
}

func TestProvenance(t *testing.T) {
	content, err := fs.ReadFile(ingredients.FS(), "data/PROVENANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for _, want := range []string{"Reference only, not legal advice", "CC BY 4.0", "European Commission",
		"What was changed", "no full Korean dictionary"} {
		if !strings.Contains(text, want) {
			t.Errorf("the provenance does not say %q", want)
		}
	}
	for _, in := range describe(t).Sources {
		if !strings.Contains(text, filepath.Base(in.CSV.File)) && !strings.HasPrefix(in.Name, "annex_") {
			t.Errorf("the provenance does not name %s", in.CSV.File)
		}
	}
}

func TestWriteTo(t *testing.T) {
	dir := t.TempDir()
	if err := ingredients.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	for _, in := range describe(t).Sources {
		if info, err := os.Stat(filepath.Join(dir, in.CSV.File)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", in.CSV.File, err)
		}
	}
	if err := ingredients.WriteTo(dir); err == nil {
		t.Error("files that exist are overwritten")
	}
}
