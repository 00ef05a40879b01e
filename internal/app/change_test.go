package app_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/dataset/generation"
)

// rows is a CSV file of n words.
func rows(n int) string {
	var b strings.Builder
	b.WriteString("id,text\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,word %d\n", i+1, i+1)
	}
	return b.String()
}

// publishRows builds a dataset of n words.
func (s *site) publishRows(version string, n int) {
	s.t.Helper()
	s.write("words.csv", rows(n))
	s.describe(fmt.Sprintf(words, version))
}

func version(a http.Handler) string {
	_, text := ask(a, "/v1/word?q=word", proxySecret)
	_, after, _ := strings.Cut(text, `"version":"`)
	version, _, _ := strings.Cut(after, `"`)
	return version
}

func (s *site) file() string { return filepath.Join(s.dir, "words.sqlite") }

// TestTooManyMissingRowsAreRefused: also by a reload, and at the next start; until somebody says that it is meant.
func TestTooManyMissingRowsAreRefused(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 10)
	a := s.start()
	s.publishRows("2", 7)
	for range 2 {
		err := a.Reload(t.Context(), s.config())
		if !errors.Is(err, generation.ErrDropped) || !strings.Contains(err.Error(), "of the 10 rows of table word it lacks 3 (30 %)") ||
			!strings.Contains(err.Error(), "; hint: when that is meant, sallyport dataset install "+s.file()+" --allow-drop") {
			t.Fatalf("error %v", err)
		}
	}
	if got := version(a); got != "1" {
		t.Errorf("version %s is served", got)
	}
	quiet := app.Options{Log: slog.New(slog.DiscardHandler)}
	if _, err := app.New(t.Context(), s.config(), quiet); !errors.Is(err, generation.ErrDropped) {
		t.Errorf("a start: %v", err)
	}
	if err := app.Check(t.Context(), s.config()); !errors.Is(err, generation.ErrDropped) {
		t.Errorf("a check: %v", err)
	}
	if _, err := app.Install(t.Context(), s.config(), s.file(), false); !errors.Is(err, generation.ErrDropped) {
		t.Errorf("installing: %v", err)
	}
	if _, err := app.Install(t.Context(), s.config(), s.file(), true); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadDataset(t.Context()); err != nil || version(a) != "2" {
		t.Errorf("version %s is served, %v", version(a), err)
	}
}

// TestReplacedRowsAreMissing: keys count, not numbers of rows, and another dataset is no loss of this one.
func TestReplacedRowsAreMissing(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 10)
	a := s.start()
	s.write("words.csv", strings.NewReplacer("\n1", "\n91", "\n2", "\n92", "\n3", "\n93").Replace(rows(10)))
	s.describe(fmt.Sprintf(words, "2"))
	if err := a.ReloadDataset(t.Context()); !errors.Is(err, generation.ErrDropped) {
		t.Errorf("another three of ten rows: %v", err)
	}
	s.describe(strings.Replace(fmt.Sprintf(words, "2"), "name: words,", "name: others,", 1))
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Errorf("another dataset: %v", err)
	}
}

// TestLostCopyIsComparedByNumbers: what was served last is gone, and still no half of it is served.
func TestLostCopyIsComparedByNumbers(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 10)
	if err := s.start().Close(); err != nil {
		t.Fatal(err)
	}
	copies, _ := filepath.Glob(filepath.Join(s.dir, "state", "generations", "*.sqlite"))
	for _, name := range copies {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	s.publishRows("2", 5)
	_, err := app.New(t.Context(), s.config(), app.Options{Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, generation.ErrDropped) {
		t.Errorf("half of the rows: %v", err)
	}
	s.publishRows("3", 9)
	s.start()
}

const notes = `
dataset: {name: words, version: "%s"}
sources:
  - {name: words, csv: {file: words.csv}}
tables:
  - name: word
    from: [words]
    key: id
    columns:
      - {name: id, type: integer, tier: BASIC}
      - {name: text, tier: BASIC, fold: name, index: [exact, prefix, trigram]}
      - {name: tag, list: true, split: [";"], tier: BASIC, fold: slug, index: [exact]}
      - {name: note, tier: PRO}
rows: {BASIC: 10, PRO: 10, ULTRA: 10, MEGA: 10}
endpoints:
  - path: /v1/word
    kind: lookup
    table: word
    tier: BASIC
    cost: 1
    parameters:
      - {name: q, columns: [text], required: true, min: 1, max: 9, modes: [{name: exact}, {name: prefix}]}
  - path: /v1/search
    kind: search
    table: word
    tier: PRO
    cost: 1
    parameters:
      - {name: q, columns: [text], required: true, min: 3, max: 9, modes: [{name: contains}]}
  - {path: "/v1/word/{id}", kind: get, table: word, tier: BASIC, cost: 1, parameters: [{name: id, pattern: '%s'}]}
  - {path: "/v1/tag/{tag}", kind: list, table: word, tier: BASIC, cost: 1, parameters: [{name: tag, columns: [tag], pattern: '[a-z-]+'}]}
  - {path: /v1/tags, kind: values, table: word, column: tag, tier: BASIC, cost: 1}
  - {path: /v1/words, kind: list, table: word, tier: BASIC, cost: 1}
  - {path: /v1/stats, kind: stats, table: word, tier: BASIC, cost: 1}
`

// TestNewDatasetIsTried asks datasets that are whole and complete, and still cannot be served.
func TestNewDatasetIsTried(t *testing.T) {
	const sound = "id,text,tag,note\n1,a word too long to ask for,Big Words,x\n2,ab,,x\n3,word 3,Small Words,x\n"
	s := newSite(t)
	s.write("words.csv", sound)
	s.describe(fmt.Sprintf(notes, "1", "[0-9]+"))
	a := s.start()
	for name, tt := range map[string]struct{ csv, pattern, says string }{
		"a row larger than an answer may be": {strings.ReplaceAll(sound, ",x\n", ","+strings.Repeat("x", 2<<20)+"\n"), "[0-9]+", "/v1/words"},
		"keys that the path does not admit":  {sound, "[a-z]+", "/v1/word/{id}: none of 3 values"},
	} {
		s.write("words.csv", tt.csv)
		s.describe(fmt.Sprintf(notes, "2", tt.pattern))
		err := a.ReloadDataset(t.Context())
		if err == nil || !strings.Contains(err.Error(), "trying the dataset at ") || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if _, text := ask(a, "/v1/word/3", proxySecret); !strings.Contains(text, `"version":"1"`) {
			t.Errorf("%s is served: %.200s", name, text)
		}
	}
	copies, _ := filepath.Glob(filepath.Join(s.dir, "state", "generations", "*.sqlite"))
	if len(copies) != 1 {
		t.Errorf("copies of what was refused stay: %v", copies)
	}
	s.write("words.csv", strings.NewReplacer("Big Words", "", "Small Words", "").Replace(sound))
	s.describe(fmt.Sprintf(notes, "3", "[0-9]+"))
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Errorf("a column without values: %v", err)
	}
}

// TestPlacesThatCannotBeWritten are told with a hint.
func TestPlacesThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/sys"); err != nil {
		t.Skip("no file system here that nobody can write to")
	}
	s := newSite(t)
	s.publishRows("1", 3)
	cfg := s.config()
	cfg.Dataset.File = "/sys/words.sqlite"
	_, err := app.Install(t.Context(), cfg, s.file(), false)
	if err == nil || !strings.Contains(err.Error(), "; hint: the place of dataset.file cannot be written from here") {
		t.Errorf("error %v", err)
	}
}

// TestAnswersNameTheDatasetsOwnEdition, whatever the description says by now.
func TestAnswersNameTheDatasetsOwnEdition(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 3)
	s.write("words.yaml", fmt.Sprintf(words, "2"))
	a := s.start()
	if got := version(a); got != "1" || !strings.Contains(s.log.String(), "another edition") {
		t.Errorf("version %s; log:\n%s", got, s.log)
	}
}

// TestCheckChangesNothing: a check beside a running server neither serves nor keeps.
func TestCheckChangesNothing(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 3)
	s.start()
	before := listing(t, s)
	s.publishRows("2", 3)
	if err := app.Check(t.Context(), s.config()); err != nil {
		t.Fatal(err)
	}
	if after := listing(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func listing(t *testing.T, s *site) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(s.dir, "state"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSlowOverwriteInPlace writes into the served file itself, with pauses in which it is looked at.
func TestSlowOverwriteInPlace(t *testing.T) {
	s := newSite(t)
	s.publishRows("1", 2000)
	a := s.start()
	s.write("old.sqlite", s.read("words.sqlite"))
	s.publishRows("2", 2000)
	next := s.read("words.sqlite")
	if err := errors.Join(os.Remove(s.file()), os.Rename(filepath.Join(s.dir, "old.sqlite"), s.file())); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadDataset(t.Context()); err != nil {
		t.Fatal(err)
	}
	go a.Watch(t.Context(), 10*time.Millisecond)
	f, err := os.OpenFile(s.file(), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for part := range 4 {
		if _, err := f.WriteString(next[part*len(next)/4 : (part+1)*len(next)/4]); err != nil {
			t.Fatal(err)
		}
		if part == 1 {
			s.eventually("half a file was not tried", func() bool { return strings.Contains(s.log.String(), "truncated") })
		}
		if got := version(a); got != "1" && part < 3 {
			t.Fatalf("version %s is served of a part", got)
		}
	}
	s.eventually("the whole file is not served", func() bool { return version(a) == "2" })
	if text := s.log.String(); !strings.Contains(text, "dataset swapped") || !strings.Contains(text, "old_version=1") {
		t.Errorf("log:\n%s", text)
	}
}

func (s *site) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
