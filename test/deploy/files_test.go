// Package deploy tests the container, the unit and what init writes: it parses and checks the files, and starts
// the real program the way they start it.
package deploy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/scaffold"
)

var update = flag.Bool("update", false, "write the repository's files from the templates")

// repository is the folder of the repository.
const repository = "../.."

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// TestRepositoryFilesComeFromTheTemplates keeps the repository's own container and unit the same as those that
// init writes. After a change of a template: go test ./test/deploy -run Templates -update
func TestRepositoryFilesComeFromTheTemplates(t *testing.T) {
	files, err := scaffold.Repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Join(repository, f.Name)
		if *update {
			write(t, name, string(f.Content), f.Mode)
		}
		if have := []byte(read(t, name)); !bytes.Equal(have, f.Content) {
			t.Errorf("%s is not what its template says: %s", f.Name, cmp.Diff(string(f.Content), string(have)))
		}
	}
}

// scaffolded writes a new deployment and returns its folder.
func scaffolded(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files, err := scaffold.Files(scaffold.Options{Key: deploymentKey, Version: "0.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scaffold.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

const (
	deploymentKey    = "w3Kq9ZtB5vXn7RmLh2YcPs8JdGf4AuE6o1iTxVbN0zM"
	deploymentSecret = "6f1d0c7e-93a4-4b52-8e1f-2ad05b7c9e38"
)

// both runs a test on a file of the repository and on that file of a new deployment.
func both(t *testing.T, own, scaffold string, test func(t *testing.T, text string)) {
	t.Run("repository", func(t *testing.T) { test(t, read(t, repository, own)) })
	t.Run("init", func(t *testing.T) { test(t, read(t, scaffolded(t), scaffold)) })
}
