package servicetest

import (
	"net"
	"os"
	"os/exec"
	"testing"
)

// FastAPI starts the ASGI application app of main.py in folder by uvicorn, with the variables of environ and few
// others, and returns the address where it listens. It needs a Python that has fastapi and uvicorn. Nothing is
// written beside main.py.
func FastAPI(t testing.TB, folder string, environ ...string) (*Process, string) {
	t.Helper()
	python := findPython(t, "fastapi", "uvicorn")
	address := FreeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-B", "-m", "uvicorn", "--app-dir", folder, "--host", host, "--port", port,
		"--log-level", "warning", "--no-access-log", "main:app")
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "LC_ALL=C.UTF-8"}, environ...)
	return Start(t, cmd, address), address
}

// findPython returns a Python that has all modules: that of PATH, or the system's, which has the packages of the
// distribution where PATH leads to another. Without one it skips or fails the test.
func findPython(t testing.TB, modules ...string) string {
	t.Helper()
	imports := ""
	for _, m := range modules {
		imports += "import " + m + "\n"
	}
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", imports).Run() == nil {
			return python
		}
	}
	if os.Getenv(Require) == "require" {
		t.Fatalf("no python3 has %v, and %s=require wants one", modules, Require)
	}
	t.Skipf("no python3 has %v", modules)
	return ""
}
