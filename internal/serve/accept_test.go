package serve

import (
	"strings"
	"testing"
)

// FuzzAccept: whatever a client sends, it gets nothing that it refuses by name, and a refusal only when it refuses the
// body as it is.
func FuzzAccept(f *testing.F) {
	for _, field := range []string{"", "gzip", "gzip, br;q=0.5, *;q=0", "identity;q=0", "*;q=0, zstd;q=0.001", "x-gzip ;\tQ=1.000", ",,;,", "gzip;q=1;q=0", "\xff"} {
		f.Add(field)
	}
	names := [codings]string{"identity", "gzip", "zstd"}
	f.Fuzz(func(t *testing.T, field string) {
		got, err := accept([]string{field})
		if err != nil {
			if !strings.Contains(field, "=0") {
				t.Fatalf("%q refuses nothing, and is answered %v", field, err)
			}
			return
		}
		for _, c := range []coding{got.large, got.small} {
			if c >= codings {
				t.Fatalf("%q gives coding %d", field, c)
			}
			for element := range strings.SplitSeq(strings.ToLower(field), ",") {
				refused := strings.Join(strings.Fields(element), "") == names[c]+";q=0"
				if w, ok := readWeights(field); ok && refused && w.of[c] == 0 {
					t.Fatalf("%q gives %s", field, names[c])
				}
			}
		}
		if got.small != identity && got.small != got.large {
			t.Fatalf("%q gives %s for small bodies and %s for large ones", field, names[got.small], names[got.large])
		}
	})
}
