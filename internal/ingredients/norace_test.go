//go:build !race

package ingredients_test

const thin = 1
