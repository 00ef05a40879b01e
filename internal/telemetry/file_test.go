package telemetry

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFileIsOpenedAnewAfterARotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write := func(text string) {
		t.Helper()
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write("two\n")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write("three\n")
	for name, want := range map[string]string{path + ".1": "one\ntwo\n", path: "three\n"} {
		if got, err := os.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("%s holds %q, want %q: %v", name, got, want, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestFileThatCannotBeOpenedAnewStaysInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(dir, dir+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err == nil {
		t.Error("opened in a folder that is gone")
	}
	if _, err := f.Write([]byte("still\n")); err != nil {
		t.Error(err)
	}
}

func TestStalledFileHoldsNobodyUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if _, err := OpenFile(path); !errors.Is(err, syscall.ENXIO) {
		t.Fatalf("a pipe without a reader: %v", err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stalled := make(chan error)
	go func() {
		_, err := f.Write(make([]byte, 1<<20)) // more than a pipe holds
		stalled <- err
	}()
	if _, err := io.ReadFull(reader, make([]byte, 1)); err != nil { // the write has begun
		t.Fatal(err)
	}
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-stalled; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the write ended with %v", err)
	}
}

func TestRotationLosesNoLine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const lines = 2000
	done := make(chan error)
	go func() {
		var errs []error
		for range lines {
			_, err := f.Write([]byte("line\n"))
			errs = append(errs, err)
		}
		done <- errors.Join(errs...)
	}()
	for i := range 50 {
		if err := errors.Join(os.Rename(path, filepath.Join(dir, fmt.Sprint(i))), f.Reopen()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(<-done, f.Close()); err != nil {
		t.Fatal(err)
	}
	var all []byte
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if got := strings.Count(string(all), "line\n"); got != lines {
		t.Errorf("%d lines of %d", got, lines)
	}
}
