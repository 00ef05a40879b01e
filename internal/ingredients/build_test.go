package ingredients_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/ingredients"

	"github.com/google/go-cmp/cmp"
)

// built is a file made by the bundled description.
type built struct {
	*sqlite.Source
	description *dataset.Description
	report      *build.Report
}

// buildFrom builds the bundle, with other files for the sources that are named, and opens it.
func buildFrom(t *testing.T, sources map[string]string) built {
	t.Helper()
	dir, d := t.TempDir(), describe(t)
	if err := ingredients.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "ingredients.db")
	report, err := build.Run(t.Context(), d, dir, build.Options{Sources: sources}, out)
	if err != nil {
		t.Fatal(err)
	}
	source, err := sqlite.Open(t.Context(), out, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	return built{source, d, report}
}

// ask sends one query to the endpoint of a path, over the columns of the parameter that it searches.
func (b built) ask(t *testing.T, path string, op dataset.Op, value string, columns ...string) dataset.Result {
	t.Helper()
	i := slices.IndexFunc(b.description.Endpoints, func(e dataset.Endpoint) bool { return e.Path == path })
	e := &b.description.Endpoints[i]
	q := dataset.Query{Endpoint: e, Op: op, Value: value, Columns: columns, Limit: 100}
	if op != dataset.OpKey && op != dataset.OpJoined {
		q.On = e.Parameters[0].Columns
	}
	r, err := b.Fetch(t.Context(), q)
	if err != nil {
		t.Fatalf("%s %s %q: %v", path, op, value, err)
	}
	return r
}

// texts returns the first column of every row as text.
func texts(t *testing.T, r dataset.Result) []string {
	t.Helper()
	var all []string
	for _, row := range r.Rows {
		text, ok := row[0].(string)
		if !ok {
			t.Fatalf("%v is no text", row[0])
		}
		all = append(all, text)
	}
	return all
}

func TestBundleBuilds(t *testing.T) {
	b := buildFrom(t, nil)
	for _, s := range b.report.Sources {
		if s.Rejected != 0 || s.Short != 0 {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
	if got := b.Seal().Rows["ingredient"]; got != int64(len(bundled(t, "data/inventory.csv"))) {
		t.Errorf("%d ingredients", got)
	}
	if j := b.report.Joins[0]; j.Dangling != 0 || j.Linked < 200 {
		t.Errorf("%+v", j)
	}
	for _, c := range b.report.Checks {
		if diff := cmp.Diff([]string{"1205-50-3"}, c.Examples); c.Table != "annex_entry" || diff != "" {
			t.Errorf("%+v", c)
		}
	}
}

// TestBundleAnswers asks the questions that a newcomer asks first.
func TestBundleAnswers(t *testing.T) {
	b := buildFrom(t, nil)
	tests := []struct {
		path  string
		op    dataset.Op
		value string
		want  []string
	}{
		{"/v1/ingredient/inci", dataset.OpExact, "salicylic acid", []string{"SALICYLIC ACID"}},
		{"/v1/ingredient/inci", dataset.OpExact, "1, 2-Hexanediol", []string{"1,2-HEXANEDIOL"}},
		{"/v1/ingredient/inci", dataset.OpSynonym, "Eau", []string{"AQUA", "WATER"}},
		{"/v1/ingredient/inci", dataset.OpSynonym, "shea butter", []string{"BUTYROSPERMUM PARKII BUTTER"}},
		{"/v1/ingredient/inci", dataset.OpSynonym, "Butyrospermum Parkii (Shea) Butter", []string{"BUTYROSPERMUM PARKII BUTTER"}},
		{"/v1/ingredient/inci", dataset.OpSynonym, "iron oxides", []string{"CI 77491", "CI 77492", "CI 77499"}},
		{"/v1/ingredient/inci", dataset.OpPrefix, "ceramide n", []string{"CERAMIDE NP", "CERAMIDE NS"}},
		{"/v1/ingredient/cas", dataset.OpExact, "69-72-7", []string{"SALICYLIC ACID"}},
		{"/v1/ingredient/ec", dataset.OpExact, "200-712-3", []string{"SALICYLIC ACID"}},
		{"/v1/ingredient/kr", dataset.OpExact, "카올린", []string{"KAOLIN"}},
		{"/v1/ingredient/kr", dataset.OpExact, "물", []string{"AQUA", "WATER"}},
		{"/v1/ingredient/kr", dataset.OpExact, "1,2-헥산 다이올", []string{"1,2-HEXANEDIOL"}},
		{"/v1/ingredient/search", dataset.OpContains, "헥산다이올", []string{"1,2-HEXANEDIOL"}},
		{"/v1/ingredient/search", dataset.OpContains, "lyceryl stearate c", []string{"GLYCERYL STEARATE CITRATE"}},
		{"/v1/function/{slug}", dataset.OpExact, "uv-absorber", nil},
		{"/v1/status", dataset.OpExact, "uv-filter", nil},
	}
	for _, tt := range tests {
		got := texts(t, b.ask(t, tt.path, tt.op, tt.value, "inci_name"))
		slices.Sort(got)
		if tt.want == nil && len(got) < 15 || tt.want != nil && !slices.Equal(got, tt.want) {
			t.Errorf("%s %s %q: %q, want %q", tt.path, tt.op, tt.value, got, tt.want)
		}
	}
}

func TestBundleRow(t *testing.T) {
	b := buildFrom(t, nil)
	columns := b.description.Table("ingredient").Visible(tiers, "MEGA")
	r := b.ask(t, "/v1/ingredient/{ref}", dataset.OpKey, "37595", columns...)
	got := map[string]any{}
	for i, c := range columns {
		got[c] = r.Rows[0][i]
	}
	list := func(text string) json.RawMessage { return json.RawMessage(text) }
	want := map[string]any{
		"ref": int64(37595), "inci_name": "SALICYLIC ACID", "kr_names": list(`["살리실릭애씨드","살리실산"]`),
		"cas": list(`["69-72-7"]`), "cas_doubtful": list(`[]`),
		"functions":         list(`["ANTI-SEBORRHEIC","FRAGRANCE","HAIR CONDITIONING","KERATOLYTIC","PRESERVATIVE","SKIN CONDITIONING"]`),
		"regulation_status": "restricted", "statuses": list(`["restricted","preservative"]`),
		"annex_codes": list(`["III/98","V/3"]`), "ec": list(`["200-712-3"]`), "inn_name": "salicylic acid",
		"ph_eur_name": "acidum salicylicum", "description": "Peeling acid and preservative.", "updated": "2020-08-11",
		"cas_raw": "69-72-7", "ec_raw": "200-712-3", "restriction_raw": "III/98; V/3",
		"function_raw": "ANTI-SEBORRHEIC, FRAGRANCE, HAIR CONDITIONING, KERATOLYTIC, PRESERVATIVE, SKIN CONDITIONING",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBundleRegulations follows the join.
func TestBundleRegulations(t *testing.T) {
	b := buildFrom(t, nil)
	for ref, want := range map[string][]string{
		"37595": {"III/98", "V/3"},
		"38617": {"IV/143", "VI/27", "VI/27a"},
		"31959": nil,
	} {
		got := texts(t, b.ask(t, "/v1/ingredient/{ref}/regulations", dataset.OpJoined, ref, "code", "substance"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
	}
	counts, err := b.Values(context.Background(), "ingredient", "regulation_status")
	if err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, c := range counts {
		statuses = append(statuses, c.Slug)
	}
	if diff := cmp.Diff([]string{"colorant", "not-listed", "preservative", "prohibited", "restricted", "uv-filter"}, statuses); diff != "" {
		t.Error(diff)
	}
}
