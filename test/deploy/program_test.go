package deploy

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// folder of what is built once for all tests; TestMain removes it.
var built = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sallyport-deploy-*") })

func TestMain(m *testing.M) {
	syscall.Umask(0o022) // every user can enter the folders of an image
	code := m.Run()
	if dir, err := built(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// program returns the path of the program, built by the command that stands in the Dockerfile.
func program(t *testing.T) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "sallyport")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	for _, i := range slices.Concat(stages(read(t, repository, "Dockerfile"))...) {
		if i.name != "RUN" || !strings.Contains(i.args, "go build") {
			continue
		}
		command := exec.Command("sh", "-c", strings.Replace(i.args, "-o /sallyport ", "-o '"+file+"' ", 1))
		command.Dir = repository
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", i.args, err, out)
		}
		return file
	}
	t.Fatal("the Dockerfile does not build the program")
	return ""
}

// TestProgramIsStatic: in an image from scratch there is no loader and no library.
func TestProgramIsStatic(t *testing.T) {
	file, err := elf.Open(program(t))
	if err != nil {
		t.Skip("not an ELF program:", err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it has a program header %s", p.Type)
		}
	}
	libraries, err := file.ImportedLibraries()
	if err == nil && len(libraries) > 0 {
		t.Errorf("it needs %q", libraries)
	}
}
