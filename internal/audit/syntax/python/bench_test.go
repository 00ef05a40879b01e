package python

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkParse parses the files of Python's standard library, without its packages.
func BenchmarkParse(b *testing.B) {
	var files [][]byte
	total := 0
	for _, folder := range []string{"/usr/lib/python3*", "/usr/local/lib/python3*"} {
		paths, err := filepath.Glob(filepath.Join(folder, "*.py"))
		if err != nil {
			b.Fatal(err)
		}
		for _, path := range paths {
			src, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			files = append(files, src)
			total += len(src)
		}
	}
	if total == 0 {
		b.Skip("no standard library of Python found")
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range files {
			Parse(src, "library.py")
		}
	}
}
