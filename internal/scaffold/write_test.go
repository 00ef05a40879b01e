package scaffold

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const key = "Zk3vQp8xLr5tBn1wYc7mHd2sJf9gKa4e"

func files(t *testing.T) []File {
	t.Helper()
	files, err := Files(Options{Key: key, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, dir string, files []File) map[string]Result {
	t.Helper()
	results, err := Write(dir, files)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Result{}
	for _, r := range results {
		byName[r.Name] = r
	}
	return byName
}

// tree returns what lies under dir, by slash-separated path; folders are not listed.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWriteMakesEveryFileAndNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "shop")
	want := map[string]string{}
	for _, f := range files(t) {
		want[f.Name] = string(f.Content)
	}
	for name, r := range write(t, dir, files(t)) {
		if r.State != Made {
			t.Errorf("%s is %s, want %s", name, r.State, Made)
		}
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	for _, f := range files(t) {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&^f.Mode != 0 || mode&0o700 != f.Mode&0o700 {
			t.Errorf("%s has mode %04o, want %04o", f.Name, mode, f.Mode)
		}
	}
}

// TestWriteNeverOverwrites puts another file in the place of each one in turn.
func TestWriteNeverOverwrites(t *testing.T) {
	for _, f := range files(t) {
		t.Run(f.Name, func(t *testing.T) {
			dir := t.TempDir()
			const own = "password: qOwnXjB7\n"
			put(t, dir, f.Name, own)
			results := write(t, dir, files(t))
			if got := tree(t, dir)[f.Name]; got != own {
				t.Errorf("it now holds %q", got)
			}
			want := Lacking
			if f.kind == example {
				want = Complete
			}
			r := results[f.Name]
			if r.State != want || (r.Diff == "") != (want == Complete) {
				t.Errorf("it is %s with the diff %q, want %s", r.State, r.Diff, want)
			}
			if strings.Contains(r.Diff, "qOwnXjB7") || strings.Contains(r.Diff, key) {
				t.Errorf("the diff shows what may be a secret:\n%s", r.Diff)
			}
			for name, other := range results {
				if name != f.Name && other.State != Made && other.State != Held && f.kind != example {
					t.Errorf("%s beside it is %s", name, other.State)
				}
			}
		})
	}
}

func TestWriteHoldsSecretsUntilTheyAreIgnored(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, ".gitignore", "build/\n")
	if r := write(t, dir, files(t))[".env"]; r.State != Held {
		t.Errorf(".env is %s beside a .gitignore without it, want %s", r.State, Held)
	}
	if _, there := tree(t, dir)[".env"]; there {
		t.Error(".env was written")
	}
	put(t, dir, ".gitignore", "build/\n.env\n")
	if r := write(t, dir, files(t))[".env"]; r.State != Made {
		t.Errorf(".env is %s beside a .gitignore that lists it, want %s", r.State, Made)
	}
	broken := t.TempDir()
	if err := os.Mkdir(filepath.Join(broken, ".gitignore"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(broken, files(t)); err == nil {
		t.Error("a folder in the place of .gitignore is no error")
	}
	if _, there := tree(t, broken)[".env"]; there {
		t.Error(".env was written without a .gitignore")
	}
}

// TestWriteInARace lets several writers with different keys meet: each file is made by exactly one of them,
// whole, and nothing of the others stays.
func TestWriteInARace(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	var mu sync.Mutex
	made := map[string]int{}
	for i := range 8 {
		group.Go(func() {
			files, err := Files(Options{Key: strings.Repeat(string(rune('a'+i)), 40), Version: "1"})
			if err != nil {
				t.Error(err)
				return
			}
			results, err := Write(dir, files)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range results {
				if r.State == Made {
					made[r.Name]++
				}
			}
		})
	}
	group.Wait()
	found := tree(t, dir)
	for _, f := range files(t) {
		if made[f.Name] != 1 {
			t.Errorf("%s was made %d times", f.Name, made[f.Name])
		}
		if len(found[f.Name]) == 0 {
			t.Errorf("%s is empty or missing", f.Name)
		}
		delete(found, f.Name)
	}
	if len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

// TestWriteStaysInItsFolder has symbolic links lead out of it, to a folder, a file and nowhere.
func TestWriteStaysInItsFolder(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	put(t, outside, "victim", "theirs\n")
	for name, target := range map[string]string{
		".github": outside, "compose.yaml": filepath.Join(outside, "victim"), "Dockerfile": filepath.Join(outside, "new"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	results, err := Write(dir, files(t))
	for _, name := range []string{".github", "compose.yaml", "Dockerfile"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not tell of %s: %v", name, err)
		}
	}
	if diff := cmp.Diff(map[string]string{"victim": "theirs\n"}, tree(t, outside)); diff != "" {
		t.Error("outside changed:", diff)
	}
	if len(results) != len(files(t))-3 {
		t.Errorf("%d files were dealt with, want all but three", len(results))
	}
}

func TestWriteRefusesWhatIsNoFolder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", "text")
	if _, err := Write(filepath.Join(dir, "file"), files(t)); err == nil {
		t.Error("a file passes for a folder")
	}
	put(t, dir, "data", "no folder")
	_, err := Write(dir, files(t))
	if err == nil || !strings.Contains(err.Error(), "data/items.csv") {
		t.Errorf("a file in the place of the folder data: %v", err)
	}
	for name := range tree(t, dir) {
		if strings.Contains(name, ".sallyport-") {
			t.Errorf("%s was left behind", name)
		}
	}
}

func TestTheKeyStandsInOneFile(t *testing.T) {
	for _, f := range files(t) {
		if has := bytes.Contains(f.Content, []byte(key)); has != (f.Name == ".env") {
			t.Errorf("%s: holds the key: %t", f.Name, has)
		}
		if bytes.Contains(f.Content, []byte("<no value>")) || !bytes.HasSuffix(f.Content, []byte("\n")) {
			t.Errorf("%s is not filled in, or does not end with a line", f.Name)
		}
	}
}
