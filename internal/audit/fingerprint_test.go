package audit_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport/internal/audit"
	"sallyport/internal/finding"
)

// prints returns the fingerprints of the lines with the word bad, in order.
func prints(t *testing.T, content string) (list []string) {
	t.Helper()
	for _, f := range scan(t, nil, content, nil).Findings {
		list = append(list, f.Fingerprint)
	}
	return list
}

// TestTwinsKeepTheirFingerprints takes the first of two places with the same text away.
func TestTwinsKeepTheirFingerprints(t *testing.T) {
	for name, c := range map[string]struct{ first, second string }{
		"functions of Python":    {"def one(x):\n    if x:\n        bad\n", "def two(x):\n    bad\n"},
		"methods of two classes": {"class A:\n    def get(self):\n        bad\n", "class B:\n    def get(self):\n        bad\n"},
		"routes of Express":      {"app.get(\"/one\", (req, res) => {\n  bad\n});\n", "app.get('/two', (req, res) => {\n  bad\n});\n"},
		"methods of Go":          {"func (s *Server) one() {\n\tif x {\n\t\tbad\n\t}\n}\n", "func (s *Server) two() {\n\tbad\n}\n"},
		"keys of YAML":           {"services:\n  one:\n    bad\n", "  two:\n    bad\n"},
		"in and out of one":      {"def one(x):\n    bad\n", "bad\n"},
	} {
		both := prints(t, c.first+c.second)
		alone := c.second
		if strings.HasPrefix(alone, " ") {
			alone = "services:\n" + alone
		}
		if after := prints(t, "\n\n"+alone); len(both) != 2 || !slices.Equal(after, both[1:]) {
			t.Errorf("%s: %v became %v", name, both, after)
		}
	}
}

// TestFingerprintsIgnoreWhatSurrounds changes what a place does not depend on.
func TestFingerprintsIgnoreWhatSurrounds(t *testing.T) {
	want := prints(t, "class Shop:\n    def get(self, key=\"one\"):\n        with lock:\n            bad\n")
	for _, content := range []string{
		"class Shop(Base):\n\n    def get(self, key=\"two\", more=None):\n        with other:\n            bad\n",
		"import os\n\nclass Shop:\n  def get(self):\n    if x:\n      bad\n",
	} {
		if got := prints(t, content); !slices.Equal(got, want) {
			t.Errorf("%v, want %v: %s", got, want, content)
		}
	}
	if got := prints(t, "def get(self):\n    bad\n    bad\n"); len(got) != 2 || got[1] != got[0]+"-2" {
		t.Errorf("twins in one function: %v", got)
	}
}

// TestBaselinesOfVersion1StayValid reads a baseline as it was written before functions counted, and keeps its entries when it
// is written again.
func TestBaselinesOfVersion1StayValid(t *testing.T) {
	content := "def one():\n    bad\n\ndef two():\n    bad\n"
	old := audit.Fingerprint("SP101", "a.py", "bad", "")
	baseline, entries, err := audit.ParseBaseline([]byte(`{"version": 1, "findings": [{"fingerprint": "` + old + `", "rule": "SP101", "path": "a.py"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		result := scan(t, baseline, content, nil)
		if len(result.Findings) != 1 || result.Findings[0].Line != 5 || len(result.Hidden) != 1 || result.Hidden[0].HiddenBy != finding.HiddenByBaseline {
			t.Fatalf("%+v", result)
		}
		data, err := audit.FormatBaseline(entries)
		if err != nil {
			t.Fatal(err)
		}
		if baseline, entries, err = audit.ParseBaseline(data); err != nil || !strings.Contains(string(data), `"version": 2`) {
			t.Fatalf("%v: %s", err, data)
		}
	}
	if _, _, err := audit.ParseBaseline([]byte(`{"version": 3}`)); err == nil {
		t.Error("a baseline of version 3 is read")
	}
}

// TestNoCommentsReportsWhatCommentsAccept is for projects whose word counts for nothing.
func TestNoCommentsReportsWhatCommentsAccept(t *testing.T) {
	content := "# sallyport:ignore SP101 a reason\nbad\n"
	if result := scan(t, nil, content, nil); len(result.Findings) != 0 || result.Suppressed != 1 || result.Hidden[0].HiddenBy != finding.HiddenByComment {
		t.Errorf("%+v", result)
	}
	if result := scan(t, nil, content, nil, func(o *audit.Options) { o.NoComments = true }); len(result.Findings) != 1 || result.Suppressed != 0 {
		t.Errorf("%+v", result)
	}
}

// FuzzFingerprint wants a name for every place of any file.
func FuzzFingerprint(f *testing.F) {
	f.Add("def one(x):\n    if x:\n        bad\n")
	f.Add("func (s *Server) one() {\n\tbad\n}\n")
	f.Add("app.get('/one', (req) => {\n  bad\n})\n\tbad")
	f.Fuzz(func(t *testing.T, content string) {
		for _, name := range prints(t, content) {
			if plain, _, _ := strings.Cut(name, "-"); len(plain) != 20 {
				t.Errorf("%q", name)
			}
		}
	})
}
