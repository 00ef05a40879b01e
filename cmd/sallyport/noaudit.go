//go:build noaudit

package main

// checking has no commands in a build without the scanner.
type checking struct{}

// features are the halves of this build.
func features() []string { return []string{"serve", "build"} }
