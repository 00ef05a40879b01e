package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/dataset/build"
	"sallyport/internal/ingredients"
)

// dirVariable names the folder of what TestMain made for all tests.
const dirVariable = "SALLYPORT_TEST_E2E"

// fixture is what all tests share.
type fixture struct {
	program     string // the command, built from this tree
	description string // of the bundled ingredients
	dataset     string // sealed
}

func shared() fixture {
	dir := os.Getenv(dirVariable)
	return fixture{
		program: filepath.Join(dir, "sallyport"), dataset: filepath.Join(dir, "ingredients.sqlite"),
		description: filepath.Join(dir, "bundle", "ingredients.yaml"),
	}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sallyport-e2e-*")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Setenv(dirVariable, dir)
	}
	if err == nil {
		err = prepare(shared(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func prepare(f fixture, dir string) error {
	if err := readSources(); err != nil {
		return err
	}
	command := exec.Command("go", "build", "-o", f.program, "sallyport/cmd/sallyport")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the command: %w\n%s", err, out)
	}
	if err := ingredients.WriteTo(filepath.Join(dir, "bundle")); err != nil {
		return err
	}
	description, err := ingredients.Description()
	if err != nil {
		return err
	}
	_, err = build.Run(context.Background(), description, filepath.Join(dir, "bundle"), build.Options{}, f.dataset)
	return err
}

// readSources reads every file of the module, so that the go command knows what these tests depend on and does
// not show the result of an older program.
func readSources() error {
	return filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "../..":
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			_, err = os.ReadFile(name)
			return err
		}
		return nil
	})
}
