//go:build race

package ingredients_test

// thin says to take one row in so many where a test would take all: the race detector makes the engine many
// times slower, and rows are not what it looks at.
const thin = 29
