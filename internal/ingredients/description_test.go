package ingredients_test

import (
	"regexp"
	"strings"
	"testing"

	"sallyport/internal/dataset"
	"sallyport/internal/ingredients"

	"github.com/google/go-cmp/cmp"
)

var tiers = []string{"BASIC", "PRO", "ULTRA", "MEGA"}

func describe(t *testing.T) *dataset.Description {
	t.Helper()
	d, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDescription(t *testing.T) {
	d := describe(t)
	if err := d.Validate(tiers); err != nil {
		t.Fatal(err)
	}
	if d.Dataset.Disclaimer != "Reference only, not legal advice." || !strings.Contains(d.Dataset.Attribution, "European Commission") {
		t.Errorf("%+v", d.Dataset)
	}
	// Callers may change what they get, such as the paths of sources.
	d.Sources[0].CSV.File = "elsewhere.csv"
	if describe(t).Sources[0].CSV.File != "data/inventory.csv" {
		t.Error("two callers share one description")
	}
}

// TestEndpoints pins the contract that customers know: who may call what, and what it costs.
func TestEndpoints(t *testing.T) {
	got := map[string]string{}
	for _, e := range describe(t).Endpoints {
		line := []string{string(e.Kind), e.Tier, strings.Repeat("I", e.Cost)}
		for _, p := range e.Parameters {
			name := strings.Join(append([]string{p.Name}, p.Aliases...), "|")
			for _, m := range p.Modes {
				name += ":" + m.Name
			}
			line = append(line, name)
		}
		if e.Pages["BASIC"] == 1 && len(e.Pages) == 1 {
			line = append(line, "first page for BASIC")
		}
		got[e.Path] = strings.Join(line, " ")
	}
	want := map[string]string{
		"/v1/ingredient/inci":              "lookup BASIC I q|query:exact:prefix",
		"/v1/ingredient/cas":               "lookup BASIC I q|query:exact:prefix",
		"/v1/ingredient/ec":                "lookup PRO I q|query:exact",
		"/v1/ingredient/kr":                "lookup BASIC I q|query:exact:prefix",
		"/v1/ingredient/search":            "search PRO III q|query:contains field mode",
		"/v1/ingredient/{ref}":             "get BASIC I ref",
		"/v1/ingredient/{ref}/regulations": "list PRO II ref annex",
		"/v1/function":                     "values BASIC I first page for BASIC",
		"/v1/function/{slug}":              "list BASIC II slug first page for BASIC",
		"/v1/status":                       "list BASIC II s first page for BASIC",
		"/v1/stats":                        "stats BASIC I",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantRows := map[string]int{"BASIC": 10, "PRO": 30, "ULTRA": 50, "MEGA": 50}
	if diff := cmp.Diff(wantRows, describe(t).Rows); diff != "" {
		t.Error(diff)
	}
}

func TestLengths(t *testing.T) {
	d := describe(t)
	for path, want := range map[string]int{"inci": 2, "cas": 4, "kr": 1, "search": 3} {
		for _, e := range d.Endpoints {
			if e.Path == "/v1/ingredient/"+path && e.Parameter("q").Min != want {
				t.Errorf("%s takes %d characters", e.Path, e.Parameter("q").Min)
			}
		}
	}
}

func TestFields(t *testing.T) {
	d := describe(t)
	added := map[string][]string{
		"BASIC": {"ref", "inci_name", "kr_names", "cas", "cas_doubtful", "functions", "regulation_status", "statuses"},
		"PRO":   {"annex_codes", "ec", "inn_name"},
		"ULTRA": {"ph_eur_name", "description", "updated"},
		"MEGA":  {"cas_raw", "ec_raw", "function_raw", "restriction_raw"},
	}
	var want []string
	for _, tier := range tiers {
		want = append(want, added[tier]...)
		if diff := cmp.Diff(want, d.Table("ingredient").Visible(tiers, tier)); diff != "" {
			t.Errorf("%s: %s", tier, diff)
		}
	}
	entry := d.Table("annex_entry")
	if got := entry.Visible(tiers, "BASIC"); got != nil {
		t.Errorf("BASIC sees %v of an annex entry", got)
	}
	if diff := cmp.Diff([]string{"annex", "reference_number", "code"}, entry.Visible(tiers, "PRO")); diff != "" {
		t.Error(diff)
	}
	if got := entry.Visible(tiers, "ULTRA"); len(got) != len(entry.Columns)-1 {
		t.Errorf("ULTRA sees %v", got)
	}
}

// TestAnnexCodeForms applies the patterns of the description to every form in which the inventory writes codes.
func TestAnnexCodeForms(t *testing.T) {
	tests := []struct{ cell, codes, statuses string }{
		{"II/416", "II/416", "II"},
		{"III/99 V/9", "III/99 V/9", "III V"},
		{"Annex III/212", "III/212", "III"},
		{"annex III/212", "III/212", "III"},
		{"III/45 and V/34", "III/45 V/34", "III V"},
		{"III/2a", "III/2a", "III"},
		{"IV/44 (CI 19140) III/189 (Acid Yellow 23)", "IV/44 III/189", "IV III"},
		{"IV 143 VI 27 VI 27a (nano)", "IV/143 VI/27 VI/27a", "IV VI VI"},
		{"II/306 Distillates (petroleum), if they contain > 3 % w/w extract.", "II/306", "II"},
		{"VI/27 see Annex IV of REACH", "VI/27", "VI"},
		{"II/1416?", "II/1416", "II"},
		{"CMR1B", "", ""},
		{"Reg (EU) No 1298/2015, 1223/article 15", "", ""},
		{"", "", ""},
	}
	table := describe(t).Table("ingredient")
	for _, tt := range tests {
		for column, want := range map[string]string{"annex_codes": tt.codes, "statuses": tt.statuses, "regulation_status": tt.statuses} {
			if got := parts(table.Column(column), tt.cell); got != want {
				t.Errorf("%s of %q: got %q, want %q", column, tt.cell, got, want)
			}
		}
	}
}

// parts joins what a column's pattern makes of a cell.
func parts(c *dataset.Column, cell string) string {
	pattern := regexp.MustCompile(c.Pattern)
	var all []string
	for _, m := range pattern.FindAllStringSubmatchIndex(cell, -1) {
		all = append(all, string(pattern.ExpandString(nil, c.Replace, cell, m)))
	}
	return strings.Join(all, " ")
}

// TestStrictestFirst checks the order in which a headline is chosen, and that unlisted never reads as allowed.
func TestStrictestFirst(t *testing.T) {
	want := []dataset.Mapping{{From: "II", To: "prohibited"}, {From: "III", To: "restricted"}, {From: "IV", To: "colorant"},
		{From: "V", To: "preservative"}, {From: "VI", To: "uv-filter"}}
	for _, name := range []string{"regulation_status", "statuses"} {
		c := describe(t).Table("ingredient").Column(name)
		if diff := cmp.Diff(want, c.Map); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c.Default != "not-listed" || c.Optional {
			t.Errorf("%s: default %q, optional %v", name, c.Default, c.Optional)
		}
	}
}
