package python

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// snippet is a small program, whether the newest Python accepts it, and since which 3.x it is decided so.
type snippet struct {
	accepted bool
	since    int
	source   string
}

func snippets(t testing.TB) []snippet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "snippets.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var list []snippet
	for line := range strings.Lines(string(text)) {
		var s snippet
		var verdict, quoted string
		if _, err := fmt.Sscanf(line, "%s 3.%d %q", &verdict, &s.since, &quoted); err != nil {
			t.Fatalf("snippets.txt: %q: %v", line, err)
		}
		s.accepted, s.source = verdict == "ok", quoted
		list = append(list, s)
	}
	return list
}

func TestSnippetsAreAcceptedOrRefused(t *testing.T) {
	for _, s := range snippets(t) {
		module, errs := Parse([]byte(s.source), "snippet.py")
		switch {
		case s.accepted && len(errs) > 0:
			t.Errorf("%q is refused: %v", s.source, errs[0])
		case !s.accepted && len(errs) == 0:
			var tree strings.Builder
			_ = Dump(&tree, module)
			t.Errorf("%q is accepted:\n%s", s.source, tree.String())
		}
	}
}

func TestSnippetTreesAreCPythons(t *testing.T) {
	ref := startReference(t)
	dir := t.TempDir()
	for i, s := range snippets(t) {
		if ref.minor < s.since {
			continue
		}
		path := filepath.Join(dir, strconv.Itoa(i)+".py")
		if err := os.WriteFile(path, []byte(s.source), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs := ref.dump(t, path)
		if accepted := !strings.HasPrefix(theirs[0], "!"); accepted != s.accepted {
			t.Errorf("%q: CPython says %s", s.source, theirs[0])
			continue
		}
		module, errs := Parse([]byte(s.source), path)
		var c comparison
		if problem := c.difference(ref, module, errs, theirs); problem != "" {
			t.Errorf("%q: %s", s.source, problem)
		}
	}
}
