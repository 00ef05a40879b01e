package generation

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A command of root's gives the lock to the owner of the folder: a link there must not give him a file of somebody else's.
func TestLinksInTheFolderAreRefused(t *testing.T) {
	for name, link := range map[string]func(victim, name string) error{"symbolic": os.Symlink, "hard": os.Link} {
		for _, file := range []string{lockFile, journalFile} {
			t.Run(name+" "+file, func(t *testing.T) {
				s := In(t.TempDir())
				if err := os.Mkdir(s.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				victim := filepath.Join(t.TempDir(), "victim")
				if err := os.WriteFile(victim, []byte(`{"format":1}`), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := link(victim, filepath.Join(s.dir, file)); err != nil {
					t.Fatal(err)
				}
				if err := s.Allow(t.Context(), "x"); err == nil {
					t.Error("the link was followed")
				}
			})
		}
	}
}

func TestJournalThatDoesNotEndIsRefused(t *testing.T) {
	for name, place := range map[string]func(path string) error{
		"pipe":  func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"large": func(path string) error { return os.WriteFile(path, make([]byte, maxJournal+1), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s := In(t.TempDir())
			if err := os.Mkdir(s.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := place(filepath.Join(s.dir, journalFile)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.List(); err == nil {
				t.Error("it was read")
			}
		})
	}
}
