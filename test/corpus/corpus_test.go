package corpus_test

import (
	"os"
	"testing"

	"sallyport/test/corpus"
)

// least is how many exchanges there must be.
const least = 150

func TestCorpusHasNoTwoAlike(t *testing.T) {
	exchanges, err := corpus.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, x := range exchanges {
		if file, twice := seen[x.Name()]; twice {
			t.Errorf("%q stands in %s and in %s", x.Name(), file, x.File)
		}
		seen[x.Name()] = x.File
	}
	if len(seen) < least {
		t.Errorf("%d exchanges, want %d", len(seen), least)
	}
	t.Logf("%d exchanges", len(seen))
}
