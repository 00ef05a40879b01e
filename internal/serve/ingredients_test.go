package serve_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/ingredients"
	"sallyport/internal/serve"
)

// ingredientsAPI serves the bundled ingredients, with other files for the sources that are named.
func ingredientsAPI(t *testing.T, sources map[string]string) *serve.API {
	t.Helper()
	dir := t.TempDir()
	d, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	if err := ingredients.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "ingredients.db")
	if _, err := build.Run(t.Context(), d, dir, build.Options{Sources: sources}, file); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), file, d, sqlite.Options{CopyDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return newAPI(t, config(d, s))
}

func TestIngredients(t *testing.T) {
	a := ingredientsAPI(t, nil)
	t.Run("one name", func(t *testing.T) {
		const want = `{"success":true,"count":1,"data":[{"ref":37595,"inci_name":"SALICYLIC ACID","kr_names":["살리실릭애씨드","살리실산"],` +
			`"cas":["69-72-7"],"functions":["ANTI-SEBORRHEIC","FRAGRANCE","HAIR CONDITIONING","KERATOLYTIC","PRESERVATIVE","SKIN CONDITIONING"],` +
			`"regulation_status":"restricted","statuses":["restricted","preservative"]}],` +
			`"meta":{"tier":"BASIC","match":"exact","limit":10,"next_cursor":null,"more_fields_in":"PRO",` +
			`"dataset":{"name":"cosing","version":"2021-12-15","date":"2021-12-15"}}}` + "\n"
		if diff := cmp.Diff(want, get(a, "BASIC", "/v1/ingredient/inci?q=salicylic%20acid").Body.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("tiers", func(t *testing.T) {
		for target, lowest := range map[string]int{
			"/v1/ingredient/inci?q=glycerin":                  0,
			"/v1/ingredient/cas?q=56-81-5":                    0,
			"/v1/ingredient/ec?q=200-289-5":                   1,
			"/v1/ingredient/kr?q=%EC%A0%95%EC%A0%9C%EC%88%98": 0,
			"/v1/ingredient/search?q=salicyl":                 1,
			"/v1/ingredient/37595":                            0,
			"/v1/ingredient/37595/regulations":                1,
			"/v1/function":                                    0,
			"/v1/function/solvent":                            0,
			"/v1/status?s=prohibited":                         0,
			"/v1/stats":                                       0,
		} {
			for i, tier := range tiers {
				w, want := get(a, tier, target), 200
				if i < lowest {
					want = 403
				}
				if w.Code != want {
					t.Errorf("%s %s: status %d, want %d: %s", tier, target, w.Code, want, w.Body)
				} else if want == 200 && read(t, w).Count == 0 {
					t.Errorf("%s %s: no rows", tier, target)
				}
			}
		}
	})
	t.Run("every row stands under its functions", func(t *testing.T) {
		for _, page := range pages(t, a, "PRO", "/v1/function") {
			for _, one := range page.Data {
				var got []int
				for _, rows := range pages(t, a, "MEGA", "/v1/function/"+one["slug"].(string)) {
					got = append(got, refs(rows)...)
				}
				slices.Sort(got)
				if want := int(one["count"].(float64)); len(got) != want || len(slices.Compact(got)) != want {
					t.Errorf("%s: %d rows, want %d", one["value"], len(got), want)
				}
			}
		}
	})
}
