#!/bin/sh
# Runs every fuzz target for FUZZTIME, one after the other, and stops at the first finding.
set -eu
GO=${GO:-go}
FUZZTIME=${FUZZTIME:-1m}
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $package $target"
		"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -parallel 2 "$package"
	done
done
