package deploy

import (
	"strings"
	"testing"
)

// rule is one protection of a file. Replacing old by weakened takes it away, and then holds must be false.
type rule struct {
	name          string
	holds         func(text string) bool
	old, weakened string
}

func contains(part string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, part) }
}

// checkRules checks that every rule holds, and that each one notices when its protection goes.
func checkRules(t *testing.T, text string, rules []rule) {
	t.Helper()
	for _, r := range rules {
		if !r.holds(text) {
			t.Errorf("%s: it does not hold", r.name)
		}
		if !strings.Contains(text, r.old) {
			t.Errorf("%s: %q is not there to be taken away", r.name, r.old)
			continue
		}
		if r.holds(strings.Replace(text, r.old, r.weakened, 1)) {
			t.Errorf("%s: it holds without its protection, with %q instead of %q", r.name, r.weakened, r.old)
		}
	}
}
