package sqlite

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nobody is the user that the container runs as.
const nobody = 65532

// TestPermissionsAlone is L6: with every layer of the connection off, the mode of the file stops a write by
// a process that is not root. As root the test runs itself again as another user.
func TestPermissionsAlone(t *testing.T) {
	if path := os.Getenv("SALLYPORT_TEST_WRITE"); path != "" {
		writeAsUser(t, path)
		return
	}
	d := parse(t, animals)
	dir, err := os.MkdirTemp("", "sallyport-permissions-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	own := filepath.Join(dir, "own")
	path, _, err := sealed(context.Background(), zoo(t, d, 3), own)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		writeAsUser(t, path)
		return
	}
	program := filepath.Join(dir, "test")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(program, read(t, self), 0o755), os.Chmod(program, 0o755), os.Chmod(dir, 0o755),
		os.Chown(own, nobody, nobody), os.Chown(path, nobody, nobody),
		os.Mkdir(filepath.Join(dir, "tmp"), 0o700), os.Chown(filepath.Join(dir, "tmp"), nobody, nobody),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	again := exec.Command(program, "-test.run", "^TestPermissionsAlone$", "-test.v")
	again.Dir = dir
	again.Env = append(os.Environ(), "SALLYPORT_TEST_WRITE="+path, "TMPDIR="+filepath.Join(dir, "tmp"))
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
}

// writeAsUser owns path, and still cannot write to it without changing its mode first.
func writeAsUser(t *testing.T, path string) {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o400 || folder.Mode().Perm() != 0o700 {
		t.Errorf("the copy has mode %v in a folder of mode %v", info.Mode(), folder.Mode())
	}
	a := attack{sql: `INSERT INTO "t_animal" VALUES (99, 'x', 'x', 1)`}
	if err := a.run(t, path, t.TempDir(), layers{}); err == nil {
		t.Error("the engine wrote to the copy")
	}
	if _, err := os.OpenFile(path, os.O_WRONLY, 0); !errors.Is(err, os.ErrPermission) {
		t.Errorf("opening the copy for writing: %v", err)
	}
}
