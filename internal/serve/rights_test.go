package serve_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
)

// answer is what a client reads.
type answer struct {
	Success bool             `json:"success"`
	Count   int              `json:"count"`
	Data    []map[string]any `json:"data"`
	Meta    struct {
		Tier       string  `json:"tier"`
		Match      string  `json:"match"`
		Limit      int     `json:"limit"`
		NextCursor *string `json:"next_cursor"`
		MoreFields string  `json:"more_fields_in"`
		MoreRows   string  `json:"more_rows_in"`
	} `json:"meta"`
}

func read(t *testing.T, w *httptest.ResponseRecorder) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, error %v: %s", w.Code, err, w.Body)
	}
	if !a.Success || a.Count != len(a.Data) {
		t.Fatalf("success %v, count %d for %d rows", a.Success, a.Count, len(a.Data))
	}
	return a
}

// refs are the keys of the rows.
func refs(a answer) []int {
	refs := []int{}
	for _, row := range a.Data {
		refs = append(refs, int(row["ref"].(float64)))
	}
	return refs
}

func TestEndpointsByTier(t *testing.T) {
	a := memoryAPI(t)
	for target, want := range map[string][]int{
		"/v1/ingredient/inci?q=aqua":                 {200, 200, 200, 200},
		"/v1/ingredient/cas?q=69-72-7":               {200, 200, 200, 200},
		"/v1/ingredient/ec?q=200-712-3":              {403, 200, 200, 200},
		"/v1/ingredient/contains?q=aqua":             {403, 200, 200, 200},
		"/v1/ingredient/search?q=aqua":               {200, 200, 200, 200},
		"/v1/ingredient/37595":                       {200, 200, 200, 200},
		"/v1/ingredient/37595/regulations":           {403, 200, 200, 200},
		"/v1/function":                               {200, 200, 200, 200},
		"/v1/function/solvent":                       {200, 200, 200, 200},
		"/v1/status":                                 {200, 200, 200, 200},
		"/v1/status?s=not-listed":                    {200, 200, 200, 200},
		"/v1/status?s=restricted":                    {403, 200, 200, 200},
		"/v1/status?s=prohibited":                    {403, 403, 403, 200},
		"/v1/ingredient/search?q=aqua&mode=exact":    {200, 200, 200, 200},
		"/v1/ingredient/search?q=aqua&mode=prefix":   {403, 200, 200, 200},
		"/v1/ingredient/search?q=aqua&mode=contains": {403, 403, 200, 200},
		"/v1/stats":                                  {200, 200, 200, 200},
	} {
		var got []int
		for _, tier := range tiers {
			got = append(got, get(a, tier, target).Code)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}

func TestFieldsByTier(t *testing.T) {
	basic := []string{"ref", "inci_name", "kr_names", "cas", "functions", "regulation_status"}
	pro := append(slices.Clone(basic), "ec", "annex")
	ultra := append(slices.Clone(pro), "molar_mass", "mineral", "description")
	mega := append(slices.Clone(ultra), "cas_raw")
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for i, want := range [][]string{basic, pro, ultra, mega} {
			got := read(t, get(a, tiers[i], "/v1/ingredient/37595"))
			var members []string
			for name := range got.Data[0] {
				members = append(members, name)
			}
			slices.Sort(members)
			slices.Sort(want)
			if diff := cmp.Diff(want, members); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tiers[i], diff)
			}
			if next := []string{"PRO", "ULTRA", "MEGA", ""}[i]; got.Meta.MoreFields != next {
				t.Errorf("%s: more fields in %q, want %q", tiers[i], got.Meta.MoreFields, next)
			}
		}
	})
}

func TestRowsByTier(t *testing.T) {
	a := memoryAPI(t)
	for i, want := range []int{3, 5, 7, 7} {
		got := read(t, get(a, tiers[i], "/v1/function/solvent"))
		if got.Count != want || got.Meta.Limit != []int{3, 5, 20, 50}[i] {
			t.Errorf("%s: %d rows of a page of %d, want %d", tiers[i], got.Count, got.Meta.Limit, want)
		}
	}
	for _, c := range []struct {
		limit string
		want  int
	}{{"1", 1}, {"2", 2}, {"3", 3}, {"4", 3}, {"999999999", 3}} {
		got := read(t, get(a, "BASIC", "/v1/function/solvent?limit="+c.limit))
		if got.Meta.Limit != c.want || got.Count != c.want {
			t.Errorf("limit %s: %d rows, limit %d, want %d", c.limit, got.Count, got.Meta.Limit, c.want)
		}
	}
}

// A value that a tier may not ask for is not among the rows that it gets without asking.
func TestAbsentParameterFilters(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for i, want := range [][]string{
			{"not-listed", "preservative"},
			{"not-listed", "preservative", "restricted"},
			{"not-listed", "preservative", "restricted"},
			{"not-listed", "preservative", "prohibited", "restricted"},
		} {
			var statuses []string
			for _, page := range pages(t, a, tiers[i], "/v1/status") {
				for _, row := range page.Data {
					statuses = append(statuses, row["regulation_status"].(string))
				}
			}
			slices.Sort(statuses)
			if diff := cmp.Diff(want, slices.Compact(statuses)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tiers[i], diff)
			}
		}
	})
}

// Operators that a tier has not are left out, as long as it does not ask for them.
func TestOperatorsByTier(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for _, c := range []struct{ q, basic, pro, ultra string }{
			{"glycerin", "exact", "exact", "exact"},
			{"glyceri", "", "prefix", "prefix"},
			{"lyceri", "", "", "contains"},
			{"ly", "", "", ""},
		} {
			for i, want := range []string{c.basic, c.pro, c.ultra} {
				got := read(t, get(a, tiers[i], "/v1/ingredient/search?q="+c.q))
				if got.Meta.Match != want || (got.Count > 0) != (want != "") {
					t.Errorf("%s %q: %d rows by %q, want %q", tiers[i], c.q, got.Count, got.Meta.Match, want)
				}
			}
		}
	})
}

func TestCallerThatCannotBeTold(t *testing.T) {
	a := memoryAPI(t)
	for name, r := range map[string]*http.Request{
		"none":            as("", http.MethodGet, "/v1/stats"),
		"unknown tier":    with(serve.Caller{Tier: "CUSTOM", Rank: 0}),
		"empty tier":      with(serve.Caller{}),
		"rank too high":   with(serve.Caller{Tier: "MEGA", Rank: 4}),
		"negative rank":   with(serve.Caller{Tier: "BASIC", Rank: -1}),
		"rank of another": with(serve.Caller{Tier: "BASIC", Rank: 3}),
	} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		sameProblem(t, `{"type":"about:blank","title":"Internal Server Error","status":500}`, w)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	d := description(t)
	cfg := config(d, newMemory(d, content()))
	cfg.Caller = func(context.Context) (serve.Caller, bool) { return serve.Caller{Tier: "MEGA", Rank: 3}, false }
	if w := get(newAPI(t, cfg), "MEGA", "/v1/stats"); w.Code != http.StatusInternalServerError {
		t.Errorf("a caller that was not proven: status %d", w.Code)
	}
}
