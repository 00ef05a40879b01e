package docs

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// update writes the generated documents instead of comparing them.
var update = flag.Bool("update", false, "write the generated documents")

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if dir, err := binaries(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// binaries is the folder of the program under test, for PATH.
var binaries = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sallyport-docs-*") })

// build builds the program once, with the flags of go run, so that the session of the README compiles nothing anew.
var build = sync.OnceValues(func() (string, error) {
	dir, err := binaries()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, "./cmd/sallyport")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, output)
	}
	return filepath.Join(dir, "sallyport"), nil
})

// program returns the path of the built program.
func program(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the built program in dir with little in its environment, and returns what it prints.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Dir, cmd.Env = dir, environment(t, dir)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sallyport %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// environment is that of a new user whose home is dir, with the program in the PATH. Nothing of the
// deployment that the tests may run in reaches the examples, but for Go's own settings and caches.
func environment(t *testing.T, dir string) []string {
	t.Helper()
	env := []string{
		"HOME=" + dir, "PATH=" + filepath.Dir(program(t)) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"LC_ALL=C.UTF-8", "CGO_ENABLED=0",
	}
	if config, err := os.UserConfigDir(); err == nil {
		env = append(env, "XDG_CONFIG_HOME="+config) // else the go command writes about itself into the new home
	}
	for name, value := range goSettings(t) {
		env = append(env, name+"="+value)
	}
	return env
}

func goSettings(t *testing.T) map[string]string {
	t.Helper()
	output, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB", "GOTOOLCHAIN").Output()
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	if err := json.Unmarshal(output, &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}
