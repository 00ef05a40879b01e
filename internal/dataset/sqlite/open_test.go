package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/dataset"
)

// damage spoils a good file in one way.
type damage struct {
	name string
	do   func(t *testing.T, path string)
	want error
	says string
}

// flip changes one bit of the byte at the place that at gives for a size.
func flip(at func(size int) int) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		data := read(t, path)
		data[at(len(data))] ^= 1
		write(t, path, data)
	}
}

// foreign are files that no build made.
func foreign() []damage {
	other := strings.Replace(animals, "index: [exact, prefix, trigram]", "fold: name, index: [exact, prefix, trigram]", 1)
	return []damage{
		{"empty", func(t *testing.T, path string) { write(t, path, nil) }, dataset.ErrNotSealed, "no SQLite database"},
		{"another kind of file", func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("id,name\n"), 2000)) },
			dataset.ErrNotSealed, "no SQLite database"},
		{"not sealed", func(t *testing.T, path string) {
			write(t, path, nil)
			if _, err := raw(t, path).Exec(`CREATE TABLE "t_animal" ("name"); CREATE TABLE other (a)`); err != nil {
				t.Fatal(err)
			}
		}, dataset.ErrNotSealed, "no seal"},
		{"missing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, os.ErrNotExist, ""},
		{"another description", func(t *testing.T, path string) { write(t, path, read(t, zoo(t, parse(t, other), 3))) },
			dataset.ErrMismatch, "another description"},
		{"a named pipe", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, dataset.ErrNotSealed, "not a regular file"}, // to open it would wait for a writer
		{"a device", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Symlink(os.DevNull, path)); err != nil {
				t.Fatal(err)
			}
		}, dataset.ErrNotSealed, "not a regular file"},
		{"a log of changes", func(t *testing.T, path string) { write(t, path+"-wal", nil) }, dataset.ErrNotSealed, "-wal lies beside it"},
		{"a journal", func(t *testing.T, path string) { write(t, path+"-journal", nil) }, dataset.ErrNotSealed, "-journal lies beside it"},
	}
}

// broken are files that were changed after they were sealed.
func broken() []damage {
	cut := func(n int) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { data := read(t, path); write(t, path, data[:len(data)-n]) }
	}
	return []damage{
		{"truncated at a page", cut(4096), dataset.ErrNotSealed, "truncated"},
		{"truncated by a byte", cut(1), dataset.ErrNotSealed, "truncated"},
		{"lengthened", func(t *testing.T, path string) { write(t, path, append(read(t, path), 0)) }, dataset.ErrNotSealed, "changed after"},
		{"last byte", flip(func(size int) int { return size - 1 }), dataset.ErrNotSealed, "changed after"},
		{"a byte in the middle", flip(func(size int) int { return size / 2 }), dataset.ErrNotSealed, "changed after"},
		{"a byte of the header", flip(func(int) int { return 40 }), dataset.ErrNotSealed, "changed after"},
		{"a row edited", func(t *testing.T, path string) {
			if _, err := raw(t, path).Exec(`UPDATE "t_animal" SET "legs" = 6`); err != nil {
				t.Fatal(err)
			}
		}, dataset.ErrNotSealed, "changed after"},
		{"no seal row", func(t *testing.T, path string) {
			if _, err := raw(t, path).Exec(`DELETE FROM "sallyport_seal"`); err != nil {
				t.Fatal(err)
			}
		}, dataset.ErrNotSealed, ""},
	}
}

// forged are files that were changed and sealed anew by someone who knows the format.
func forged() []damage {
	by := func(statements ...string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { edit(t, path, statements...) }
	}
	return []damage{
		{"another format", by(`UPDATE "sallyport_seal" SET "format" = 'sallyport 1'||"format"`), dataset.ErrMismatch, "its format is"},
		{"row counts that are none", by(`UPDATE "sallyport_seal" SET "rows" = 'many'`), dataset.ErrNotSealed, "cannot be read"},
		{"a table missing", by(`DROP TABLE "x0"`), dataset.ErrMismatch, "missing"},
		{"a view for a table", by(`ALTER TABLE "x0" RENAME TO "z0"`, `CREATE VIEW "x0" AS SELECT * FROM "z0"`), dataset.ErrMismatch,
			"missing or another"},
		{"a table too many", by(`CREATE TABLE "extra" (a)`), dataset.ErrMismatch, `table "extra" is none`},
		{"a trigger", by(`CREATE TRIGGER "f0_data" AFTER INSERT ON "t_animal" BEGIN DELETE FROM "t_animal"; END`), dataset.ErrMismatch,
			`trigger "f0_data" is none`},
	}
}

// TestRefused opens every damaged file in its place and by a private copy.
func TestRefused(t *testing.T) {
	d := parse(t, animals)
	for _, tt := range slices.Concat(foreign(), broken(), forged()) {
		t.Run(tt.name, func(t *testing.T) {
			path := zoo(t, d, 50)
			tt.do(t, path)
			for _, o := range []Options{{}, {CopyDir: t.TempDir()}} {
				s, err := Open(context.Background(), path, d, o)
				if s != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
				}
				if o.CopyDir != "" {
					empty(t, o.CopyDir, tt.want == dataset.ErrMismatch || tt.says == "cannot be read")
				}
			}
		})
	}
}

// empty checks that a refused file leaves nothing, or at most its whole copy.
func empty(t *testing.T, dir string, copied bool) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 1 || len(left) == 1 && !copied {
		t.Errorf("left in %s: %v, %v", dir, left, err)
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSealInData gives the file rows that look like its seal.
func TestSealInData(t *testing.T) {
	d := parse(t, animals)
	fake := sealFormat + sealMarker + strings.Repeat("0", hashDigits)
	path := zoo(t, d, 300, fake, fake+"1", sealMarker+strings.Repeat("a", hashDigits))
	s, err := Open(context.Background(), path, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if found, err := s.Exists(context.Background(), "animal", fake); !found || err != nil {
		t.Error(found, err)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	d := parse(t, animals)
	if !bytes.Equal(read(t, zoo(t, d, 500, "b", "a")), read(t, zoo(t, d, 500, "b", "a"))) {
		t.Error("two files of the same content differ")
	}
	if bytes.Equal(read(t, zoo(t, d, 500, "b", "a")), read(t, zoo(t, d, 500, "b", "c"))) {
		t.Error("two files of different content are equal")
	}
}

// TestCopyIsPrivate overwrites the source in place while its copy is open.
func TestCopyIsPrivate(t *testing.T) {
	d := parse(t, animals)
	ctx, path, dir := context.Background(), zoo(t, d, 300, "aardvark"), filepath.Join(t.TempDir(), "state")
	s, err := Open(ctx, path, d, Options{CopyDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(t, path, read(t, zoo(t, d, 300, "zebra")))
	if found, err := s.Exists(ctx, "animal", "aardvark"); !found || err != nil {
		t.Errorf("the old row: %v, %v", found, err)
	}
	if found, err := s.Exists(ctx, "animal", "zebra"); found || err != nil {
		t.Errorf("a row of the new file: %v, %v", found, err)
	}
	next, err := Open(ctx, path, d, Options{CopyDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if found, err := next.Exists(ctx, "animal", "zebra"); !found || err != nil {
		t.Errorf("the next generation: %v, %v", found, err)
	}
	if found, err := s.Exists(ctx, "animal", "aardvark"); !found || err != nil {
		t.Errorf("the old row after the next generation: %v, %v", found, err)
	}
	for _, open := range []*Source{s, next} {
		if _, err := os.Stat(CopiedFile(dir, open.Seal().ContentHash)); err != nil {
			t.Error(err)
		}
	}
}

// TestCopyIsMadeAnew finds a damaged copy under the right name.
func TestCopyIsMadeAnew(t *testing.T) {
	d := parse(t, animals)
	ctx, path, dir := context.Background(), zoo(t, d, 3), t.TempDir()
	for range 2 {
		s, err := Open(ctx, path, d, Options{CopyDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, s.Seal().ContentHash+".sqlite")
		if !bytes.Equal(read(t, path), read(t, copied)) {
			t.Error("the copy differs")
		}
		if err := errors.Join(s.Close(), os.Chmod(copied, 0o600)); err != nil {
			t.Fatal(err)
		}
		write(t, copied, []byte("damaged"))
	}
}

// TestPrune: what killed processes began must not fill the state directory; what another begins now, what is kept
// and what is not ours is not removed.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	kept, dropped, young := strings.Repeat("a", hashDigits), strings.Repeat("b", hashDigits), strings.Repeat("c", hashDigits)
	long := time.Now().Add(-2 * abandoned)
	for name, old := range map[string]bool{
		"copy-1.tmp": true, "copy-2.tmp": false, "notes.tmp": true, "notes.sqlite": true, "journal.json": true,
		kept + ".sqlite": true, dropped + ".sqlite": true, young + ".sqlite": false,
	} {
		path := filepath.Join(dir, name)
		write(t, path, []byte("half"))
		if old {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Prune(dir, []string{kept}); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	want := []string{kept + ".sqlite", young + ".sqlite", "copy-2.tmp", "journal.json", "notes.sqlite", "notes.tmp"}
	if !slices.Equal(left, want) || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
}

// TestOddPaths opens files whose names mean something in a URI.
func TestOddPaths(t *testing.T) {
	d := parse(t, animals)
	for _, name := range []string{"a b.sqlite", "a?mode=rw&b.sqlite", "a%2Fb#c.sqlite", "é;'\".sqlite"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.Rename(zoo(t, d, 3), path); err != nil {
			t.Fatal(err)
		}
		s, err := Open(context.Background(), path, d, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := errors.Join(s.Ready(context.Background()), s.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteLeavesNothing(t *testing.T) {
	d := parse(t, animals)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	row := func(name, legs string) dataset.Record { return dataset.Record{{name}, {legs}} }
	for name, tt := range map[string]struct {
		ctx     context.Context
		records []dataset.Record
	}{
		"cancelled":         {cancelled, []dataset.Record{row("a", "1")}},
		"key twice":         {context.Background(), []dataset.Record{row("a", "1"), row("a", "2")}},
		"no key":            {context.Background(), []dataset.Record{{nil, {"1"}}}},
		"too few columns":   {context.Background(), []dataset.Record{{{"a"}}}},
		"not an integer":    {context.Background(), []dataset.Record{row("a", "one")}},
		"two in one column": {context.Background(), []dataset.Record{{{"a"}, {"1", "2"}}}},
	} {
		dir := t.TempDir()
		content := dataset.Content{Tables: map[string][]dataset.Record{"animal": tt.records}}
		if _, err := Write(tt.ctx, filepath.Join(dir, "out"), d, content); err == nil {
			t.Errorf("%s: no error", name)
		}
		empty(t, dir, false)
	}
}
