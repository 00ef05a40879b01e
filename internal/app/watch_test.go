package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWatcherWaitsUntilAFileHasSettled looks at one file through its life.
func TestWatcherWaitsUntilAFileHasSettled(t *testing.T) {
	dir := t.TempDir()
	file, description := filepath.Join(dir, "file"), filepath.Join(dir, "description")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, served := &watcher{}, stamp{}
	look := func() attempt { return attempt{stampOf(file), stampOf(description)} }
	step := func(what string, want bool) {
		t.Helper()
		if got := w.due(look(), served); got != want {
			t.Errorf("%s: %v", what, got)
		}
	}
	step("no file", false)
	step("still no file", false)
	write(file, "1")
	step("begun", false)
	write(file, "12")
	step("growing", false)
	step("settled", true)
	if !w.refuse(look(), errors.New("bad")) {
		t.Error("a first refusal is no news")
	}
	step("refused", false)
	write(description, "1")
	step("another description", false)
	step("its description has settled", true)
	if w.refuse(look(), errors.New("bad")) {
		t.Error("the same refusal is news")
	}
	write(file, "123")
	step("changed", false)
	step("settled again", true)
	served = stampOf(file)
	step("served", false)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	step("removed", false)
	step("still removed: it would be missing at the next start", true)
}

// TestStampTellsFilesOfOneSizeAndTimeApart: copying keeps times, where it is told to.
func TestStampTellsFilesOfOneSizeAndTimeApart(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	day := time.Unix(1e9, 0)
	for _, name := range []string{one, two} {
		if err := errors.Join(os.WriteFile(name, []byte("x"), 0o600), os.Chtimes(name, day, day)); err != nil {
			t.Fatal(err)
		}
	}
	before := stampOf(one)
	if !before.same(stampOf(one)) {
		t.Error("a file is not what it was")
	}
	if err := os.Rename(two, one); err != nil {
		t.Fatal(err)
	}
	if before.same(stampOf(one)) {
		t.Error("another file of the same size and time is taken for the one before")
	}
}
