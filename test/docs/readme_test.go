package docs

import (
	"strings"
	"testing"
)

// TestFirstScreen keeps the first screen of the README to a name, one sentence and a session of five lines, and
// runs that session as it stands: from the repository, with a new user's home.
func TestFirstScreen(t *testing.T) {
	d := load(t, "README.md")
	if len(d.fences) == 0 || !d.fences[0].is("sh", "session") {
		t.Fatal("the README does not begin with a session")
	}
	session := d.fences[0]
	before := strings.Split(d.text, "\n")[:session.line-1]
	if sentence := strings.TrimSpace(strings.Join(before[1:], " ")); strings.Count(sentence, ". ") > 0 || !strings.HasSuffix(sentence, ".") {
		t.Errorf("%q stands before the session, want one sentence", sentence)
	}
	if n := len(lines(session)); n != 5 {
		t.Errorf("the session has %d lines", n)
	}
	if end := session.line + strings.Count(session.text, "\n") + 1; end > 40 {
		t.Errorf("the session ends in line %d", end)
	}
	newShell(t, root, t.TempDir()).run(session)
}

// TestFirstScreenHasStatuses keeps the session from losing what it shows.
func TestFirstScreenHasStatuses(t *testing.T) {
	text := load(t, "README.md").fences[0].text
	for _, part := range []string{"serve --dev", "# 403", "# 200"} {
		if !strings.Contains(text, part) {
			t.Errorf("the session has no %q", part)
		}
	}
}
