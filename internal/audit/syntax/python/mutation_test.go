package python

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var words = regexp.MustCompile(`[A-Za-z_]\w*|\d+|[ \t]+|\n|.`)

// beyondComparison has what is judged alike only by Python 3.14, and what differences.txt explains.
var beyondComparison = regexp.MustCompile(`(?i)\br?tr?["']|except[^:]*,|\\N|[^\x00-\x7f]`)

// mutate deletes, doubles, moves or replaces a few words of a source.
func mutate(random *rand.Rand, source string, others []string) string {
	parts := words.FindAllString(source, -1)
	for range 1 + random.IntN(2) {
		if len(parts) == 0 {
			return source
		}
		i := random.IntN(len(parts))
		switch random.IntN(4) {
		case 0:
			parts = append(parts[:i:i], parts[i+1:]...)
		case 1:
			parts = append(parts[:i:i], append([]string{parts[i]}, parts[i:]...)...)
		case 2:
			j := random.IntN(len(parts))
			parts[i], parts[j] = parts[j], parts[i]
		case 3:
			parts[i] = others[random.IntN(len(others))]
		}
	}
	return strings.Join(parts, "")
}

// TestMutationsAreJudgedAlike breaks snippets at random and wants CPython's verdict, and its tree when it
// accepts them. It needs the f-strings of Python 3.13.
func TestMutationsAreJudgedAlike(t *testing.T) {
	ref := startReference(t)
	if ref.minor < 13 {
		t.Skipf("Python 3.%d judges f-strings in another way", ref.minor)
	}
	list := snippets(t)
	var others []string
	for _, s := range list {
		others = append(others, words.FindAllString(s.source, -1)...)
	}
	random := rand.New(rand.NewPCG(3, 4))
	path := filepath.Join(t.TempDir(), "mutation.py")
	rounds := 5000
	if os.Getenv("SALLYPORT_TEST_FULL") != "" {
		rounds = 50_000
	}
	for range rounds {
		source := mutate(random, list[random.IntN(len(list))].source, others)
		if beyondComparison.MatchString(source) {
			continue
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs := ref.dump(t, path)
		module, errs := Parse([]byte(source), path)
		var c comparison
		if problem := c.difference(ref, module, errs, theirs); problem != "" {
			t.Errorf("%q: %s", source, problem)
		}
	}
}
