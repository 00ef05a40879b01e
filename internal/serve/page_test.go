package serve_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
)

func with(c serve.Caller) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v1/stats", nil)
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// next returns the target of the page after a.
func next(target string, a answer) string {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return target + separator + "cursor=" + url.QueryEscape(*a.Meta.NextCursor)
}

// pages follows the cursors to the end.
func pages(t *testing.T, h http.Handler, tier, target string) []answer {
	t.Helper()
	all := []answer{read(t, get(h, tier, target))}
	for all[len(all)-1].Meta.NextCursor != nil {
		if len(all) > 100 {
			t.Fatal("the pages have no end")
		}
		all = append(all, read(t, get(h, tier, next(target, all[len(all)-1]))))
	}
	return all
}

func TestPagesHaveEveryRowOnce(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for _, c := range []struct {
			target, match string
			want          []int
		}{
			{"/v1/ingredient/inci?q=water", "exact", []int{31959, 92472}},
			{"/v1/ingredient/inci?q=eau", "synonym", []int{31959, 92472}},
			{"/v1/ingredient/inci?q=gl", "prefix", []int{34044, 34041, 34042, 34043, 34040, 76343}},
			{"/v1/ingredient/cas?q=31694-55-0", "exact", []int{34041, 34042, 34043, 34044}},
			{"/v1/ingredient/secret?q=glow", "exact", []int{34041, 34042, 34043, 34044}},
			{"/v1/ingredient/secret?q=gam", "prefix", []int{34040, 76343}},
			{"/v1/ingredient/search?q=lyce&field=inci", "contains", []int{34040, 34041, 34042, 34043, 34044, 76343}},
			{"/v1/status", "", []int{99001, 31959, 34044, 34041, 34042, 34043, 34040, 76343, 92472, 35967, 33804, 37595, 38579}},
			{"/v1/status?s=restricted", "", []int{37595, 38579}},
			{"/v1/function/solvent", "", []int{31959, 34044, 34041, 34042, 34043, 34040, 92472}},
		} {
			for _, limit := range []string{"1", "2", "3", "50"} {
				var got []int
				for _, page := range pages(t, a, "MEGA", c.target+separator(c.target)+"limit="+limit) {
					got = append(got, refs(page)...)
					if page.Meta.Match != c.match {
						t.Errorf("%s: match %q, want %q", c.target, page.Meta.Match, c.match)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s by %s (-want +got):\n%s", c.target, limit, diff)
				}
			}
		}
	})
}

func separator(target string) string {
	if strings.Contains(target, "?") {
		return "&"
	}
	return "?"
}

func TestPagesOfValuesAndJoins(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for target, want := range map[string][]string{
			"/v1/function?limit=4":                     {"HUMECTANT", "KERATOLYTIC", "OPACIFYING", "PRESERVATIVE", "SOLVENT", "UV FILTER"},
			"/v1/ingredient/38579/regulations?limit=1": {"III/321", "IV/143", "VI/27"},
		} {
			var got []string
			for _, page := range pages(t, a, "MEGA", target) {
				for _, row := range page.Data {
					for _, name := range []string{"value", "code"} {
						if text, ok := row[name].(string); ok {
							got = append(got, text)
						}
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", target, diff)
			}
		}
	})
}

func TestPagesByTier(t *testing.T) {
	a := memoryAPI(t)
	for tier, want := range map[string]struct {
		pages, rows int
		more        string
	}{"BASIC": {1, 1, "PRO"}, "PRO": {2, 2, "ULTRA"}, "ULTRA": {7, 7, ""}, "MEGA": {7, 7, ""}} {
		all := pages(t, a, tier, "/v1/function/solvent?limit=1")
		if last := all[len(all)-1]; len(all) != want.pages || last.Meta.MoreRows != want.more {
			t.Errorf("%s: %d pages, then more rows in %q; want %+v", tier, len(all), last.Meta.MoreRows, want)
		}
	}
	if all := pages(t, a, "PRO", "/v1/function/uv-filter"); all[0].Meta.MoreRows != "" {
		t.Errorf("no rows remain, and %s is said to have more", all[0].Meta.MoreRows)
	}
}

// A page beyond those of the tier is refused also when the cursor for it was made while the tier had more.
func TestPageBeyondTheTier(t *testing.T) {
	d := description(t)
	before := newAPI(t, config(d, newMemory(d, content())))
	first := read(t, get(before, "PRO", "/v1/function/solvent"))
	d = description(t, "pages: {BASIC: 1, PRO: 2}\n    parameters", "pages: {BASIC: 1, PRO: 1}\n    parameters")
	after := newAPI(t, config(d, newMemory(d, content())))
	w := get(after, "PRO", next("/v1/function/solvent", first))
	sameProblem(t, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"more pages require tier ULTRA or above"}`, w)
}

func TestCursorsElsewhere(t *testing.T) {
	d := description(t)
	cfg := config(d, newMemory(d, content()))
	now := &clock{cfg.Now()}
	cfg.Now = now.Now
	a := newAPI(t, cfg)
	const target = "/v1/ingredient/inci?q=gl&limit=3"
	page := read(t, get(a, "PRO", target))
	token := *page.Meta.NextCursor
	if got := refs(read(t, get(a, "PRO", target+"&cursor="+token))); !slices.Equal(got, []int{34043, 34040, 76343}) {
		t.Fatalf("the second page has %v", got)
	}
	refused := func(name string, a http.Handler, tier, target string) {
		t.Helper()
		w := get(a, tier, target)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "cursor is not valid here or has expired") {
			t.Errorf("%s: status %d: %s", name, w.Code, w.Body)
		}
	}
	other := read(t, get(a, "PRO", "/v1/ingredient/secret?q=gl&limit=3"))
	refused("another route", a, "PRO", target+"&cursor="+*other.Meta.NextCursor)
	refused("another tier", a, "ULTRA", target+"&cursor="+token)
	refused("another value", a, "PRO", "/v1/ingredient/inci?q=gly&limit=3&cursor="+token)
	refused("another limit", a, "PRO", "/v1/ingredient/inci?q=gl&limit=4&cursor="+token)
	refused("cut", a, "PRO", target+"&cursor="+token[:len(token)-1])
	refused("longer", a, "PRO", target+"&cursor="+token+"AAAA")
	refused("padded", a, "PRO", target+"&cursor="+token+"%3D")
	refused("endless", a, "PRO", target+"&cursor="+strings.Repeat("A", 9000))
	for i := range token {
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		refused("tampered", a, "PRO", target+"&cursor="+token[:i]+string(other)+token[i+1:])
	}

	changed := content()
	changed.Tables["ingredient"] = changed.Tables["ingredient"][1:]
	refused("another generation", newAPI(t, config(d, newMemory(d, changed))), "PRO", target+"&cursor="+token)
	keyed := cfg
	keyed.CursorKey = []byte(strings.Repeat("x", serve.MinCursorKey))
	refused("another key", newAPI(t, keyed), "PRO", target+"&cursor="+token)
	if w := get(newAPI(t, cfg), "PRO", target+"&cursor="+token); w.Code != http.StatusOK {
		t.Errorf("another process with the same key: status %d", w.Code)
	}

	exact := description(t, "modes: [{name: exact}, {name: prefix, min: 2}], required: true, min: 2}\n  - path: /v1/ingredient/cas",
		"modes: [{name: exact}], required: true, min: 2}\n  - path: /v1/ingredient/cas")
	refused("an operator that is gone", newAPI(t, config(exact, newMemory(exact, content()))), "PRO", target+"&cursor="+token)

	now.now = now.now.Add(time.Hour)
	if w := get(a, "PRO", target+"&cursor="+token); w.Code != http.StatusOK {
		t.Errorf("after an hour: status %d", w.Code)
	}
	now.now = now.now.Add(5 * time.Minute)
	refused("expired", a, "PRO", target+"&cursor="+token)
}

// The place in a list can be the text of a column that is hidden.
func TestCursorsHideTheirPlace(t *testing.T) {
	a := memoryAPI(t)
	page := read(t, get(a, "BASIC", "/v1/ingredient/secret?q=gam&limit=1"))
	if raw := decode(t, *page.Meta.NextCursor); strings.Contains(raw, "GAMMA") {
		t.Errorf("the cursor shows %q", raw)
	}
}

// A later page asks by the operator that found the first, and by no other.
func TestLaterPagesAskOnce(t *testing.T) {
	d := description(t)
	s := &listener{Source: newMemory(d, content())}
	a := newAPI(t, config(d, s))
	const target = "/v1/ingredient/inci?q=gl&limit=3"
	first := read(t, get(a, "BASIC", target))
	s.ops = nil
	get(a, "BASIC", next(target, first))
	if diff := cmp.Diff([]dataset.Op{dataset.OpPrefix}, s.ops); diff != "" {
		t.Errorf("operators of the second page (-want +got):\n%s", diff)
	}
}

// listener notes which operators are asked for.
type listener struct {
	dataset.Source
	ops []dataset.Op
}

func (l *listener) Fetch(ctx context.Context, q dataset.Query) (dataset.Result, error) {
	l.ops = append(l.ops, q.Op)
	return l.Source.Fetch(ctx, q)
}

// With more rows of the very name than a page holds, it is not known which rows a synonym found: none is
// marked, rather than a wrong one.
func TestSynonymsOfNamesThatFillAPage(t *testing.T) {
	d, c := description(t), content()
	again := slices.Clone(c.Tables["ingredient"][2])
	again[0] = []string{"92473"}
	c.Tables["ingredient"] = append(c.Tables["ingredient"], again)
	a := newAPI(t, config(d, newMemory(d, c)))
	var got []int
	for _, page := range pages(t, a, "BASIC", "/v1/ingredient/inci?q=water&limit=1") {
		got = append(got, refs(page)...)
		if match, marked := page.Data[0]["match"]; marked {
			t.Errorf("row %v is marked %v", got, match)
		}
	}
	if diff := cmp.Diff([]int{31959, 92472, 92473}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
