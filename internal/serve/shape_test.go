package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
	"sallyport/problem"
)

// shaped is an API with a cache over the rows in memory, whose description has that compatibility.
func shaped(t testing.TB, compatibility string) *serve.API {
	t.Helper()
	d := description(t, "\nendpoints:\n", "\ncompatibility: "+compatibility+"\nendpoints:\n")
	c := config(d, newMemory(d, content()))
	c.CacheSize = 1 << 20
	return newAPI(t, c)
}

const older = "{envelope: {success: ok, count: n, total: total, page: page, data: items, single: object}, nulls: keep, " +
	"join_lists: \"; \", unknown_parameters: ignore, page_numbers: {parameter: page, most: 9}}"

func TestShapes(t *testing.T) {
	const bare = "{envelope: {data: rows}}"
	for _, c := range []struct{ compatibility, target, want string }{
		{bare, "/v1/ingredient/ec?q=204-589-7", `{"rows":[{"ref":35967,"inci_name":"PHENOXYETHANOL","kr_names":["페녹시에탄올"],"aliases":["ETHYLENE GLYCOL MONOPHENYL ETHER"],"cas":["122-99-6"],"functions":["PRESERVATIVE"],"regulation_status":"preservative","ec":["204-589-7"],"annex":["V/29"]}]}`},
		{bare, "/v1/function?limit=1", `{"rows":[{"value":"HUMECTANT","slug":"humectant","count":5}]}`},
		{bare, "/v1/ingredient/1", ""},
		{older, "/v1/ingredient/34044", `{"ok":true,"items":{"ref":34044,"inci_name":"GLYCERETH-12","kr_names":null,"aliases":null,"cas":"31694-55-0","functions":"HUMECTANT; SOLVENT","regulation_status":"not-listed","ec":null,"annex":null}}`},
		{older, "/v1/ingredient/ec?q=999-999-9", `{"ok":true,"n":0,"items":[]}`},
		{older, "/v1/function/keratolytic?limit=1", `{"ok":true,"n":1,"total":1,"page":1,"items":[{"ref":37595,"inci_name":"SALICYLIC ACID","kr_names":"살리실릭애씨드","aliases":null,"cas":"69-72-7","functions":"KERATOLYTIC; PRESERVATIVE","regulation_status":"restricted","ec":"200-712-3","annex":"III/98; V/3"}]}`},
		{"{nulls: keep, envelope: {data: d}}", "/v1/ingredient/33804", `{"d":[{"ref":33804,"inci_name":"FORMALDEHYDE","kr_names":[],"aliases":["METHANAL","FORMALIN"],"cas":["50-00-0"],"functions":[],"regulation_status":"prohibited","ec":["200-001-8"],"annex":["II/1577"]}]}`},
		{"{join_lists: '|', envelope: {data: d}}", "/v1/ingredient/33804", `{"d":[{"ref":33804,"inci_name":"FORMALDEHYDE","aliases":"METHANAL|FORMALIN","cas":"50-00-0","regulation_status":"prohibited","ec":"200-001-8","annex":"II/1577"}]}`},
		{"{not_found: {key: empty}, envelope: {data: d}}", "/v1/ingredient/1", `{"d":[]}`},
		{"{not_found: {key: empty}, envelope: {data: d, single: object}}", "/v1/ingredient/1", `{"d":null}`},
		{"{not_found: {key: empty}, envelope: {data: d}}", "/v1/ingredient/1/regulations", `{"d":[]}`},
	} {
		t.Run(c.target, func(t *testing.T) {
			w := get(shaped(t, c.compatibility), "PRO", c.target)
			if c.want == "" {
				if w.Code != http.StatusNotFound {
					t.Errorf("status %d", w.Code)
				}
				return
			}
			if diff := cmp.Diff(c.want+"\n", w.Body.String()); diff != "" || w.Code != 200 {
				t.Errorf("status %d, body (-want +got):\n%s", w.Code, diff)
			}
		})
	}
}

func TestTotalsAsObject(t *testing.T) {
	w := get(shaped(t, older), "BASIC", "/v1/stats")
	var got struct {
		OK    bool
		N     *int
		Items struct {
			Rows   map[string]int
			Values map[string][]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if !got.OK || got.N != nil || got.Items.Rows["ingredient"] != 13 || len(got.Items.Values["functions"]) == 0 {
		t.Errorf("totals %s", w.Body)
	}
	d := description(t, "\nendpoints:\n", "\ncompatibility: "+older+"\nendpoints:\n", "    groups: [regulation_status, functions]\n", "")
	w = get(newAPI(t, config(d, newMemory(d, content()))), "PRO", "/v1/stats")
	if want := `{"ok":true,"items":{"ingredient":13,"entry":6}}` + "\n"; w.Body.String() != want {
		t.Errorf("totals without groups %s, want %s", w.Body, want)
	}
}

// TestShapesHaveTheSameRows asks both shapes everything: one may write more or fewer members, and never another
// row or a column that the tier does not see.
func TestShapesHaveTheSameRows(t *testing.T) {
	plain, other := memoryAPI(t), shaped(t, "{envelope: {data: items, count: n}, nulls: keep, unknown_parameters: ignore, page_numbers: {parameter: page, most: 9}}")
	for _, tier := range tiers {
		for _, e := range description(t).Endpoints {
			for _, query := range queries(&e) {
				target := strings.NewReplacer("{ref}", "38579", "{slug}", "solvent").Replace(e.Path) + query
				a, b := get(plain, tier, target), get(other, tier, target)
				if a.Code != b.Code {
					t.Errorf("%s as %s: status %d, and %d in another shape", target, tier, a.Code, b.Code)
				}
				if a.Code == 200 {
					if diff := cmp.Diff(rowsIn(t, a, "data"), rowsIn(t, b, "items")); diff != "" {
						t.Errorf("%s as %s (-plain +other):\n%s", target, tier, diff)
					}
				}
			}
		}
	}
}

// rowsIn are the rows of an answer without what has no value and what marks synonyms.
func rowsIn(t *testing.T, w *httptest.ResponseRecorder, member string) []map[string]any {
	t.Helper()
	var body map[string]json.RawMessage
	var rows []map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if err := json.Unmarshal(body[member], &rows); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	for _, row := range rows {
		delete(row, "match")
		for name, value := range row {
			if list, ok := value.([]any); value == nil || ok && len(list) == 0 {
				delete(row, name)
			}
		}
	}
	return rows
}

// TestIgnoringIsNotGuessing: what has no single reading is refused as ever.
func TestIgnoringIsNotGuessing(t *testing.T) {
	a := shaped(t, older)
	for _, c := range []struct {
		target  string
		status  int
		ignored uint64
	}{
		{"/v1/ingredient/inci?q=aqua", 200, 0},
		{"/v1/ingredient/inci?q=aqua&utm_source=x&fields=all", 200, 2},
		{"/v1/ingredient/inci?q=aqua&utm_source=x&fields=all", 200, 2}, // the same words again
		{"/v1/ingredient/inci?=&q=aqua&", 200, 2},
		{"/v1/ingredient/34040?x=1", 200, 1},
		{"/v1/ingredient/inci?utm_source=x", 400, 0},
		{"/v1/ingredient/inci?q=aqua&q=aqua", 400, 0},
		{"/v1/ingredient/inci?q=aqua&query=aqua", 400, 0},
		{"/v1/ingredient/inci?q=aqua&x=%zz", 400, 0},
		{"/v1/ingredient/inci?q=aqua&%zz=x", 400, 0},
		{"/v1/ingredient/inci?q=aqua&x=" + strings.Repeat("a", 16<<10), 400, 0},
		{"/v1/ingredient/inci?q=" + strings.Repeat("a", 201), 400, 0},
		{"/v1/ingredient/inci?q=%00", 400, 0},
		{"/v1/ingredient/inci?q=", 400, 0},
		{"/v1/status?s=prohibited&s=not-listed", 400, 0},
	} {
		before := a.IgnoredParameters()
		if w := get(a, "BASIC", c.target); w.Code != c.status {
			t.Errorf("%.80s: status %d, want %d: %s", c.target, w.Code, c.status, w.Body)
		}
		if got := a.IgnoredParameters() - before; got != c.ignored {
			t.Errorf("%.80s: %d ignored, want %d", c.target, got, c.ignored)
		}
	}
}

func TestIgnoredIsZeroWhereNothingIsIgnored(t *testing.T) {
	a := memoryAPI(t)
	if w := get(a, "BASIC", "/v1/ingredient/inci?q=aqua&utm_source=x"); w.Code != 400 || a.IgnoredParameters() != 0 {
		t.Errorf("status %d, %d ignored", w.Code, a.IgnoredParameters())
	}
}

// TestAllowedValuesFilterInEveryShape: without the parameter, or with a misspelt one that is ignored, a tier gets
// the rows of the values that it may ask for, and no others.
func TestAllowedValuesFilterInEveryShape(t *testing.T) {
	a := shaped(t, older)
	for tier, hidden := range map[string][]string{"BASIC": {"restricted", "prohibited"}, "ULTRA": {"prohibited"}, "MEGA": nil} {
		for _, target := range []string{"/v1/status?", "/v1/status?status=prohibited&", "/v1/status?S=restricted&"} {
			total := 0
			for page := 1; page <= 9; page++ {
				w := get(a, tier, fmt.Sprintf("%spage=%d", target, page))
				if w.Code != 200 {
					t.Fatalf("%s: %d %s", target, w.Code, w.Body)
				}
				rows := rowsIn(t, w, "items")
				total += len(rows)
				for _, status := range hidden {
					if strings.Contains(w.Body.String(), `"`+status+`"`) {
						t.Errorf("%s as %s has rows that are %s", target, tier, status)
					}
				}
				checkTotal(t, w, map[string]int{"BASIC": 10, "ULTRA": 12, "MEGA": 13}[tier])
			}
			if want := map[string]int{"BASIC": 10, "ULTRA": 12, "MEGA": 13}[tier]; total != want {
				t.Errorf("%s as %s: %d rows on all pages, want %d", target, tier, total, want)
			}
		}
	}
}

func checkTotal(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	var body struct{ Total int }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Total != want {
		t.Errorf("total %d, want %d: %s", body.Total, want, w.Body)
	}
}

// TestNumberedPagesAreThoseOfCursors compares the two ways through a list, over both sources.
func TestNumberedPagesAreThoseOfCursors(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		plain := newAPI(t, config(d, s))
		d.Compatibility = &dataset.Compatibility{PageNumbers: &dataset.PageNumbers{Parameter: "page", Most: 20}}
		numbered := newAPI(t, config(d, s))
		for _, target := range []string{"/v1/status?limit=2", "/v1/status?s=not-listed&limit=3", "/v1/function/solvent?limit=1", "/v1/status?limit=100"} {
			all := pages(t, plain, "MEGA", target)
			for i, want := range all {
				w := get(numbered, "MEGA", fmt.Sprintf("%s&page=%d", target, i+1))
				if diff := cmp.Diff(want.Data, read(t, w).Data); diff != "" {
					t.Errorf("%s page %d (-cursor +number):\n%s", target, i+1, diff)
				}
			}
			for _, beyond := range []int{len(all) + 1, len(all) + 2} {
				if got := read(t, get(numbered, "MEGA", fmt.Sprintf("%s&page=%d", target, beyond))); len(got.Data) != 0 {
					t.Errorf("%s page %d of %d has rows", target, beyond, len(all))
				}
			}
		}
	})
}

// TestCursorsGoOnFromNumberedPages: the two ways meet.
func TestCursorsGoOnFromNumberedPages(t *testing.T) {
	a := shaped(t, "{page_numbers: {parameter: page, most: 9}}")
	second := read(t, get(a, "MEGA", "/v1/status?limit=2&page=2"))
	third := read(t, get(a, "MEGA", "/v1/status?limit=2&page=3"))
	if diff := cmp.Diff(third.Data, read(t, get(a, "MEGA", next("/v1/status?limit=2", second))).Data); diff != "" {
		t.Errorf("page 3 by number and by the cursor of page 2:\n%s", diff)
	}
}

func TestPageNumbersAreBounded(t *testing.T) {
	a := shaped(t, "{page_numbers: {parameter: page, most: 3}}")
	cursor := *read(t, get(a, "MEGA", "/v1/status?limit=2")).Meta.NextCursor
	for _, c := range []struct {
		tier, target string
		status       int
		reason       problem.Reason
	}{
		{"MEGA", "/v1/status?limit=1&page=3", 200, ""},
		{"MEGA", "/v1/status?limit=1&page=4", 400, problem.Large},
		{"MEGA", "/v1/status?page=0", 400, problem.Small},
		{"MEGA", "/v1/status?page=-1", 400, problem.Small},
		{"MEGA", "/v1/status?page=", 400, problem.Integer},
		{"MEGA", "/v1/status?page=1.0", 400, problem.Integer},
		{"MEGA", "/v1/status?page=99999999999999999999", 400, problem.Integer},
		{"MEGA", "/v1/status?page=1&page=2", 400, problem.Repeated},
		{"MEGA", "/v1/status?limit=2&page=2&cursor=" + url.QueryEscape(cursor), 400, problem.Repeated},
		{"MEGA", "/v1/ingredient/inci?q=gl&page=1", 400, ""}, // only lists have numbers
		{"BASIC", "/v1/function/solvent?limit=1&page=2", 403, ""},
		{"PRO", "/v1/function/solvent?limit=1&page=2", 200, ""},
		{"PRO", "/v1/function/solvent?limit=1&page=3", 403, ""},
	} {
		w := &formed{ResponseRecorder: httptest.NewRecorder()}
		a.ServeHTTP(w, as(c.tier, http.MethodGet, c.target))
		if w.Code != c.status {
			t.Errorf("%s as %s: status %d, want %d: %s", c.target, c.tier, w.Code, c.status, w.Body)
		}
		if got := w.reason(); c.reason != "" && got != c.reason {
			t.Errorf("%s: reason %q, want %q", c.target, got, c.reason)
		}
	}
}

// formed keeps what a refusal says of a parameter.
type formed struct {
	*httptest.ResponseRecorder
	refused *problem.Error
}

func (f *formed) RecordError(e *problem.Error) { f.refused = e }

func (f *formed) reason() problem.Reason {
	if f.refused == nil || f.refused.Invalid == nil {
		return ""
	}
	return f.refused.Invalid.Reason
}

// TestRefusalsNameTheirParameter: forms that tell of parameters find what they need.
func TestRefusalsNameTheirParameter(t *testing.T) {
	a := memoryAPI(t)
	for _, c := range []struct {
		target string
		want   problem.Invalid
	}{
		{"/v1/ingredient/inci", problem.Invalid{In: "query", Name: "q", Reason: problem.Missing}},
		{"/v1/ingredient/search?q=a", problem.Invalid{In: "query", Name: "q", Reason: problem.Short, Limit: 2}},
		{"/v1/ingredient/search?q=", problem.Invalid{In: "query", Name: "q", Reason: problem.Short, Limit: 2}},
		{"/v1/ingredient/search?q=ab&mode=contains", problem.Invalid{In: "query", Name: "q", Reason: problem.Short, Limit: 3}},
		{"/v1/ingredient/search?q=ab&mode=odd", problem.Invalid{In: "query", Name: "mode", Reason: problem.Choice, Values: []string{"exact", "prefix", "contains"}}},
		{"/v1/ingredient/ec?q=" + strings.Repeat("1", 201), problem.Invalid{In: "query", Name: "q", Reason: problem.Long, Limit: 200}},
		{"/v1/ingredient/cas?q=abc", problem.Invalid{In: "query", Name: "q", Reason: problem.NoMatch, Pattern: `\d{2,7}(-(\d{1,2}(-\d?)?)?)?`}},
		{"/v1/ingredient/abc", problem.Invalid{In: "path", Name: "ref", Reason: problem.Integer}},
		{"/v1/ingredient/ec?q=a%01", problem.Invalid{In: "query", Name: "q", Reason: problem.NoText}},
		{"/v1/ingredient/ec?q=a&q=b", problem.Invalid{In: "query", Name: "q", Reason: problem.Repeated}},
	} {
		w := &formed{ResponseRecorder: httptest.NewRecorder()}
		a.ServeHTTP(w, as("MEGA", http.MethodGet, c.target))
		if w.Code != 400 || w.refused == nil || w.refused.Invalid == nil {
			t.Errorf("%.60s: %d %s", c.target, w.Code, w.Body)
			continue
		}
		if diff := cmp.Diff(c.want, *w.refused.Invalid); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", c.target, diff)
		}
	}
}

func TestNoRowsCanBeRefused(t *testing.T) {
	refusing, plain := shaped(t, "{not_found: {rows: refuse}}"), shaped(t, "{not_found: {rows: empty}}")
	for range 2 { // the second time from the cache
		for _, target := range []string{"/v1/ingredient/ec?q=999-999-9", "/v1/ingredient/contains?q=zzz", "/v1/function/nothing", "/v1/ingredient/34040/regulations"} {
			if w := get(refusing, "PRO", target); w.Code != 404 || !strings.Contains(w.Body.String(), "no row answers") {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
			if w := get(plain, "PRO", target); w.Code != 200 {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
		}
		if w := get(refusing, "PRO", "/v1/ingredient/contains?q=glyc"); w.Code != 200 {
			t.Errorf("with rows: %d %s", w.Code, w.Body)
		}
	}
}

// TestShapesHaveTagsOfTheirOwn: a tag of the one shape does not say that an answer in the other is unchanged.
func TestShapesHaveTagsOfTheirOwn(t *testing.T) {
	seen := map[string]string{}
	for _, compatibility := range []string{"{}", "{nulls: keep}", "{join_lists: '|'}", "{join_lists: ','}", "{envelope: {data: a}}", "{envelope: {data: b}}"} {
		a := shaped(t, compatibility)
		tag := get(a, "PRO", "/v1/ingredient/34040").Header().Get("ETag")
		if other, twice := seen[tag]; twice || tag == "" {
			t.Errorf("%s and %s have the tag %q", compatibility, other, tag)
		}
		seen[tag] = compatibility
		r := as("PRO", http.MethodGet, "/v1/ingredient/34040")
		for old := range seen {
			r.Header.Set("If-None-Match", old)
			w := httptest.NewRecorder()
			if a.ServeHTTP(w, r); (w.Code == http.StatusNotModified) != (old == tag) {
				t.Errorf("%s: status %d to the tag of %s", compatibility, w.Code, seen[old])
			}
		}
	}
}
