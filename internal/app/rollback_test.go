package app_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/dataset/generation"
)

// TestRollback goes back and forth while a watcher looks.
func TestRollback(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 9)
	a := s.start()
	go a.Watch(t.Context(), 10*time.Millisecond)
	serves := func(want string) {
		t.Helper()
		s.eventually("version "+want+" is not served", func() bool { return version(a) == want })
	}
	for n := 2; n <= 4; n++ {
		s.publishRows(fmt.Sprint(n), 9+n)
		serves(fmt.Sprint(n))
	}
	for _, step := range []struct {
		number int64
		want   string
	}{{0, "3"}, {0, "2"}, {4, "4"}, {2, "2"}} {
		done, err := app.Rollback(t.Context(), s.config(), step.number)
		if err != nil {
			t.Fatal(err)
		}
		if done.Seal.Version != step.want || done.Changes == nil {
			t.Errorf("step %v: %+v", step, done)
		}
		serves(step.want)
		time.Sleep(50 * time.Millisecond) // several looks at the file
		if got := version(a); got != step.want {
			t.Errorf("step %v was undone: %s", step, got)
		}
	}
	if _, err := app.Rollback(t.Context(), s.config(), 0); !errors.Is(err, generation.ErrNone) {
		t.Errorf("behind the oldest: %v", err)
	}
	if _, err := app.Rollback(t.Context(), s.config(), 1); !errors.Is(err, generation.ErrNone) {
		t.Errorf("one that is not kept: %v", err)
	}
}

// TestRollbackIsChecked: a copy that is another edition, though a sealed one, is not what was served.
func TestRollbackIsChecked(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 9)
	a := s.start()
	first := copyOf(t, s)
	s.publishRows("2", 9)
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Fatal(err)
	}
	served, err := os.ReadFile(s.file())
	if err != nil {
		t.Fatal(err)
	}
	s.publishRows("3", 9)
	other, err := os.ReadFile(s.file())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(s.file()), os.WriteFile(s.file(), served, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"another edition": other, "half": other[:len(other)/2], "nothing": nil} {
		if err := errors.Join(os.Remove(first), os.WriteFile(first, content, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Rollback(t.Context(), s.config(), 1); err == nil {
			t.Errorf("%s was put back", name)
		}
		if now, err := os.ReadFile(s.file()); string(now) != string(served) || err != nil {
			t.Errorf("%s replaced the dataset, %v", name, err)
		}
	}
}

func copyOf(t *testing.T, s *site) string {
	t.Helper()
	list, err := app.Generations(s.config())
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return filepath.Join(s.dir, "state", "generations", list[0].Hash+".sqlite")
}

// TestRollbackNeedsItsDescription: rows of another layout cannot be served with this one.
func TestRollbackNeedsItsDescription(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 3)
	a := s.start()
	s.describe(strings.Replace(fmt.Sprintf(words, "2"), "fold: name", "fold: slug", 1))
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Rollback(t.Context(), s.config(), 0); err == nil || !strings.Contains(err.Error(), "another description") {
		t.Errorf("error %v", err)
	}
}
