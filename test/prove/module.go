package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// module is a copy that may be changed.
type module struct {
	dir    string
	passed map[string]bool // package and test: passed unchanged
}

// testTime bounds one run of one test, the compilation included.
const testTime = 10 * time.Minute

// copyModule copies every regular file below root but hidden folders.
func copyModule(root string) (*module, error) {
	dir, err := os.MkdirTemp("", "sallyport-prove-*")
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(dir, path), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		return copyFile(filepath.Join(dir, path), path)
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &module{dir: dir, passed: map[string]bool{}}, nil
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}

// prove returns why the protection of p is not proven. It leaves the module as it was.
func (m *module) prove(p patch) (err error) {
	restore, err := m.apply(p)
	if err != nil {
		return err
	}
	failed := m.mustFail(p)
	if err := restore(); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	key := p.pkg + " " + p.test
	if m.passed[key] {
		return nil
	}
	out, err := m.test(p)
	if err != nil || !strings.Contains(out, "--- PASS: "+p.test) {
		return fmt.Errorf("the test does not pass unchanged:\n%s", tail(out))
	}
	m.passed[key] = true
	return nil
}

// apply makes the edits of p and returns what takes them back.
func (m *module) apply(p patch) (restore func() error, err error) {
	type file struct {
		path string
		text []byte
	}
	var originals []file
	restore = func() error {
		var errs []error
		for i := len(originals) - 1; i >= 0; i-- {
			errs = append(errs, os.WriteFile(originals[i].path, originals[i].text, 0o644))
		}
		return errors.Join(errs...)
	}
	for _, e := range p.edits {
		path := filepath.Join(m.dir, filepath.FromSlash(e.file))
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, errors.Join(err, restore())
		}
		changed, err := e.apply(string(text))
		if err == nil {
			originals = append(originals, file{path, text})
			err = os.WriteFile(path, []byte(changed), 0o644)
		}
		if err != nil {
			return nil, errors.Join(err, restore())
		}
	}
	return restore, nil
}

func (m *module) mustFail(p patch) error {
	out, err := m.test(p)
	switch {
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return fmt.Errorf("the patch does not compile:\n%s", tail(out))
	case err == nil:
		return errors.New("the test passes without the protection")
	case strings.Contains(out, "panic: test timed out") && strings.Contains(out, "\t"+p.test+" ("):
		return nil
	case !strings.Contains(out, "--- FAIL: "+p.test):
		return fmt.Errorf("something else failed:\n%s", tail(out))
	}
	return nil
}

// test runs the one test of p. Vet is left out: a removed protection may well leave something unused.
func (m *module) test(p patch) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-vet=off", "-trimpath", "-timeout="+p.timeout, "-run", "^"+p.test+"$", p.pkg)
	command.Dir = m.dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD="+m.dir)
	out, err := command.CombinedOutput()
	return string(out), err
}

func tail(text string) string {
	const most = 2000
	return text[max(0, len(text)-most):]
}
