package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// officialFiles are the names of the test data by source.
var officialFiles = map[string]string{
	"inventory": "cosing_ingredients_2021-12.csv",
	"annex_ii":  "cosing_annex_II_2025-12-24.csv",
	"annex_iii": "cosing_annex_III_2025-12-25.csv",
	"annex_iv":  "cosing_annex_IV.csv",
	"annex_v":   "cosing_annex_V.csv",
	"annex_vi":  "cosing_annex_VI.csv",
}

// official returns the path of a file of the test data, or skips the test.
func official(t *testing.T, source string) string {
	t.Helper()
	dir := os.Getenv("SALLYPORT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "data")
	}
	path, err := filepath.Abs(filepath.Join(dir, officialFiles[source]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil || officialFiles[source] == "" {
		t.Skipf("the official data is not here; name its folder in SALLYPORT_TEST_DATA: %v", err)
	}
	return path
}

// TestOfficialBuild runs the README's command as it stands, with the test data under the names that it gives.
func TestOfficialBuild(t *testing.T) {
	for _, f := range load(t, "README.md").fences {
		if !f.is("sh", "data") {
			continue
		}
		dir := t.TempDir()
		for _, m := range regexp.MustCompile(`--source (\w+)=(\S+)`).FindAllStringSubmatch(f.text, -1) {
			if err := os.Symlink(official(t, m[1]), filepath.Join(dir, m[2])); err != nil {
				t.Fatal(err)
			}
		}
		s := newShell(t, dir, dir)
		output, code := s.do(f.text)
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, output)
		}
		for _, want := range []string{"ingredient   30070 rows", "annex_entry  2363 rows", "wrote        full.sqlite"} {
			if !strings.Contains(output, want) {
				t.Errorf("the report lacks %q:\n%s", want, output)
			}
		}
		return
	}
	t.Error("the README has no command that builds the official data")
}
