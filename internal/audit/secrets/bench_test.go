package secrets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/audit/source"
)

// BenchmarkMatcher reads this repository's own source as if commits had added it.
func BenchmarkMatcher(b *testing.B) {
	m, err := newMatcher()
	if err != nil {
		b.Fatal(err)
	}
	var batches []batch
	size := 0
	for _, pattern := range []string{"../../*/*.go", "../*/*.go", "../../../docs/*.md", "../../../*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			next := batch{at: source.Added{Path: "src/" + filepath.Base(name)}, lines: strings.Split(string(data), "\n")}
			next.numbers = make([]int, len(next.lines))
			batches = append(batches, next)
			size += len(data)
		}
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, next := range batches {
			m.batch(next)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		m, err := newMatcher()
		if err != nil {
			b.Fatal(err)
		}
		_ = fmt.Sprint(len(m.patterns))
	}
}
