package secrets_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/secrets"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// made returns a key that looks like one of OpenAI and that no file of this repository has.
func made(seed uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	r := rand.New(rand.NewPCG(seed, 1))
	key := []byte("sk-" + "proj-")
	for range 48 {
		key = append(key, letters[r.IntN(len(letters))])
	}
	return string(key)
}

type repo struct {
	t   testing.TB
	dir string
	day int
}

func newRepo(t testing.TB) *repo {
	r := &repo{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
	cmd.Dir = r.dir
	date := fmt.Sprintf("2026-03-%02dT12:00:00+00:00", r.day%28+1)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repo) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// commit writes files, all of them together the whole change, and returns the commit's id.
func (r *repo) commit(files map[string]string) string {
	r.t.Helper()
	r.day++
	for name, text := range files {
		r.write(name, text)
	}
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", "x")
	return r.git("rev-parse", "HEAD")
}

func rule() finding.Rule {
	return finding.Rule{ID: "SP202", Class: "secret-in-history", Severity: finding.High, Fix: "rotate"}
}

func history(t *testing.T, dir string, o secrets.HistoryOptions) ([]finding.Finding, *source.HistorySummary) {
	t.Helper()
	tree, err := source.ReadTree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Rule = rule()
	found, summary, err := secrets.History(t.Context(), audit.NewProject(tree), o)
	if err != nil {
		t.Fatal(err)
	}
	return found, summary
}

// silent fails when any of the findings shows a secret.
func silent(t *testing.T, found any, keys ...string) {
	t.Helper()
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		for n := 0; n+16 <= len(key); n++ {
			if strings.Contains(string(text), key[n:n+16]) {
				t.Fatalf("a secret is shown: %s", text)
			}
		}
	}
}

func TestHistoryFindsSecretsWhereverTheyWere(t *testing.T) {
	r := newRepo(t)
	var keys []string
	for seed := range uint64(6) {
		keys = append(keys, made(seed))
	}
	line := func(n int) string { return "KEY = \"" + keys[n] + "\"\n" }
	want := map[string]string{}
	want["first.py"] = r.commit(map[string]string{"first.py": "x = 1\n" + line(0)})
	r.commit(map[string]string{"first.py": "x = 1\n"})
	r.commit(map[string]string{"a.py": "a\n"})
	want["middle.py"] = r.commit(map[string]string{"middle.py": line(1)})
	r.commit(map[string]string{"moved.py": line(1)}) // the first commit counts
	r.commit(map[string]string{"middle.py": "\n", "moved.py": "\n"})
	r.git("checkout", "-q", "-b", "topic")
	want["topic.py"] = r.commit(map[string]string{"topic.py": line(2), "a.py": "topic\n"})
	r.commit(map[string]string{"topic.py": "\n"})
	r.git("checkout", "-q", "main")
	r.commit(map[string]string{"a.py": "main\n"})
	r.git("merge", "-q", "--no-commit", "-s", "ours", "topic")
	want["merge.py"] = r.commit(map[string]string{"merge.py": line(3)})
	r.git("branch", "-q", "-D", "topic")
	r.commit(map[string]string{"merge.py": "\n", "now.py": line(4)})
	want["gone.py"] = r.commit(map[string]string{"gone.py": line(5)})
	r.write("gone.py", "\n") // HEAD has it, the working tree has not

	found, summary := history(t, r.dir, secrets.HistoryOptions{TreeReported: true})
	got, standing := map[string]string{}, map[string]bool{}
	for _, f := range found {
		got[f.Path], standing[f.Path] = f.Commit, *f.InHead
		if f.Author == "" || !strings.Contains(f.Message, f.Commit[:10]) || !strings.Contains(f.Message, f.Path) || !strings.Contains(f.Message, "2026-03-") {
			t.Errorf("the message does not say when and where: %+v", f)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"first.py": false, "middle.py": false, "topic.py": false, "merge.py": false, "gone.py": true}, standing); diff != "" {
		t.Errorf("in HEAD (-want +got):\n%s", diff)
	}
	if summary.Commits != 12 || len(summary.Problems) != 0 {
		t.Errorf("summary %+v", summary)
	}
	silent(t, found, keys...)
	all, _ := history(t, r.dir, secrets.HistoryOptions{})
	if len(all) != len(found)+1 {
		t.Errorf("alone, history has %d findings and not %d", len(all), len(found)+1)
	}
	again, _ := history(t, r.dir, secrets.HistoryOptions{TreeReported: true})
	if diff := cmp.Diff(found, again); diff != "" {
		t.Errorf("a second run: %s", diff)
	}
}

func TestHistorySinceARevision(t *testing.T) {
	r := newRepo(t)
	base := r.commit(map[string]string{"a.py": "KEY = \"" + made(1) + "\"\n"})
	r.commit(map[string]string{"a.py": "KEY = \"" + made(2) + "\"\n"})
	r.commit(map[string]string{"a.py": "\n"})
	found, summary := history(t, r.dir, secrets.HistoryOptions{Since: base, TreeReported: true})
	if len(found) != 1 || summary.Commits != 2 {
		t.Errorf("%d findings in %d commits", len(found), summary.Commits)
	}
}

// TestHistoryOfWhatIsNoSecret wants silence about what tells nothing, or was accepted.
func TestHistoryOfWhatIsNoSecret(t *testing.T) {
	r := newRepo(t)
	r.commit(map[string]string{
		"main.py":                   "KEY = \"" + made(1) + "\"  # sallyport:ignore SP201 a key of the documentation\n",
		"next.py":                   "# sallyport:ignore SP202 a key of the documentation\nKEY = \"" + made(2) + "\"\n",
		"node_modules/a/index.js":   "const apiKey = \"" + made(3) + "\"\n",
		"package-lock.json":         "{\"token\": \"" + made(4) + "\"}\n",
		".env.example":              "DB_PASSWORD=postgres-1\nURL=postgresql://user:password@localhost/db\n",
		"app.py":                    "url = \"postgresql://postgres:postgres@localhost/app\"\nSECRET_KEY = \"your-secret-here\"\n",
		"tests/test_a.py":           "password = \"hunter2\"\n",
		"static/vendor/lib.min.js":  "x={token:\"" + made(5) + "\"}\n",
		"docs/a.md":                 "password: hunter-2\n",
		"locales/en/messages.json":  "{\"password\": \"Password 1\"}\n",
		"web/firebase-messaging.js": "const firebaseConfig = { apiKey: \"" + "AI" + "za" + made(6)[8:43] + "\", authDomain: \"x\" }\n",
	})
	r.git("rm", "-q", "-r", ".")
	r.commit(nil)
	if found, _ := history(t, r.dir, secrets.HistoryOptions{TreeReported: true}); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

// TestHistoryOfEnvironmentFiles wants the values that people put there before they learned of .gitignore.
func TestHistoryOfEnvironmentFiles(t *testing.T) {
	r := newRepo(t)
	random := made(9)[8:40]
	r.commit(map[string]string{".env": "PORT=3000\nDB_PASSWORD=" + "qwerty-" + "uiop-1\nAPI_KEY=" + random + "\n", ".env.example": "OPENAI_API_KEY=" + made(3) + "\n"})
	r.git("rm", "-q", ".env", ".env.example")
	r.commit(map[string]string{".gitignore": ".env\n"})
	r.write(".env", "API_KEY="+random+"\n") // it lives on where it may
	found, _ := history(t, r.dir, secrets.HistoryOptions{TreeReported: true})
	if len(found) != 3 {
		t.Errorf("%+v", found)
	}
	silent(t, found, random, made(3))
}

func TestNoRepositoryHasNoHistory(t *testing.T) {
	found, summary := history(t, t.TempDir(), secrets.HistoryOptions{})
	if len(found) != 0 || len(summary.Problems) != 0 {
		t.Errorf("%+v %+v", found, summary)
	}
}
