// Building the whole inventory takes a minute under the race detector, which the bundled one serves as well.

//go:build !race

package serve_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// One CAS number of the official inventory stands for 75 ingredients: ten a page for the lowest tier.
func TestOfficialInventory(t *testing.T) {
	dir := os.Getenv("SALLYPORT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	inventory, err := filepath.Abs(filepath.Join(dir, "cosing_ingredients_2021-12.csv"))
	if err == nil {
		_, err = os.Stat(inventory)
	}
	if err != nil {
		t.Skipf("the official data is not here; name its folder in SALLYPORT_TEST_DATA: %v", err)
	}
	a := ingredientsAPI(t, map[string]string{"inventory": inventory})
	for i, want := range []int{8, 3, 2, 2} {
		all := pages(t, a, tiers[i], "/v1/ingredient/cas?q=9003-11-6")
		var got []int
		for _, page := range all {
			got = append(got, refs(page)...)
		}
		slices.Sort(got)
		if len(all) != want || len(slices.Compact(got)) != 75 {
			t.Errorf("%s: %d pages with %d rows, want %d with 75", tiers[i], len(all), len(got), want)
		}
	}
	stats := get(a, "BASIC", "/v1/stats").Body.String()
	if want := `"ingredient":30070`; !strings.Contains(stats, want) {
		t.Errorf("stats lack %s: %.200s", want, stats)
	}
}
