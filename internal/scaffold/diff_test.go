package scaffold

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCompare(t *testing.T) {
	const ours = "# why\nfirst: 1\n\nsecond: 2\n# more\n# still more\nthird: 3\n"
	for name, c := range map[string]struct {
		kind           kind
		ours, existing string
		diff           string
	}{
		"nothing is missing":        {ours: ours, existing: ours},
		"order does not count":      {ours: ours, existing: "third: 3\n  second: 2\r\nfirst: 1"},
		"own lines do not count":    {ours: ours, existing: "zero: 0\n" + ours},
		"comments alone are no gap": {ours: ours, existing: "first: 1\nsecond: 2\nthird: 3\n"},
		"a gap with its comments": {ours: ours, existing: "first: 1\nsecond: 2\n",
			diff: "@@ +5,3 @@\n+# more\n+# still more\n+third: 3\n"},
		"two gaps": {ours: ours, existing: "second: 2\n# more\n",
			diff: "@@ +1,2 @@\n+# why\n+first: 1\n@@ +6,2 @@\n+# still more\n+third: 3\n"},
		"everything": {ours: "a\nb\n", existing: "", diff: "@@ +1,2 @@\n+a\n+b\n"},
		"names of secrets": {kind: secrets, ours: "KEY=ours\nOTHER=ours\n", existing: "export KEY = theirs\n",
			diff: "@@ +2,1 @@\n+OTHER=\n"},
		"a comment is no name": {kind: secrets, ours: "KEY=ours\n", existing: "# KEY=theirs\n", diff: "@@ +1,1 @@\n+KEY=\n"},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.diff
			if want != "" {
				want = "--- f\n+++ f, as init would write it\n" + want
			}
			got, lacks := compare(File{Name: "f", Content: []byte(c.ours), kind: c.kind}, []byte(c.existing))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if (len(lacks) > 0) != (c.diff != "") {
				t.Errorf("it lacks %q", lacks)
			}
		})
	}
}

// TestCompareFindsWhatWasTakenOut takes lines out of a file at random: exactly those are missing, and with them
// added at the end nothing is.
func TestCompareFindsWhatWasTakenOut(t *testing.T) {
	all := files(t)
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(all).Draw(t, "file")
		var kept, out []string
		for line := range strings.Lines(string(f.Content)) {
			if rapid.Bool().Draw(t, "keep") {
				kept = append(kept, line)
			} else {
				out = append(out, f.shown(line))
			}
		}
		existing := strings.Join(kept, "")
		var want []string
		for _, line := range settings(out) {
			if line != "" && !slices.ContainsFunc(kept, func(k string) bool { return f.key(k) == f.key(line) }) {
				want = append(want, line)
			}
		}
		_, lacks := compare(f, []byte(existing))
		if diff := cmp.Diff(want, lacks); diff != "" {
			t.Fatal(diff)
		}
		if _, still := compare(f, []byte(existing+strings.Join(lacks, "\n"))); len(still) > 0 {
			t.Fatalf("with the lines added it still lacks %q", still)
		}
	})
}
