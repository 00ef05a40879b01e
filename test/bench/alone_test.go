package main

import "testing"

// BenchmarkAlone is for profiles: go test ./test/bench -bench 'Alone/.*cold' -cpuprofile FILE.
func BenchmarkAlone(b *testing.B) {
	for _, one := range alone() {
		b.Run(one.name, one.run)
	}
}
