package generation_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/generation"
	"sallyport/internal/dataset/sqlite"
)

const planets = `
dataset: {name: planets, version: "%d", date: "2026-01-%02[1]d"}
sources:
  - {name: s, csv: {file: s.csv}}
tables:
  - name: planet
    from: [s]
    key: name
    columns: [{name: name, tier: FREE}, {name: edition, type: integer, tier: FREE}]
endpoints:
  - {path: /planets, kind: list, table: planet, tier: FREE, cost: 1}
`

// edition writes the sealed file of an edition with that many rows.
func edition(t testing.TB, n, rows int) (string, *dataset.Description) {
	t.Helper()
	d, err := dataset.Parse(fmt.Appendf(nil, planets, n), "planets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var records []dataset.Record
	for i := range rows {
		records = append(records, dataset.Record{{fmt.Sprint("planet ", i)}, {fmt.Sprint(n)}})
	}
	path := filepath.Join(t.TempDir(), "planets.sqlite")
	if _, err := sqlite.Write(t.Context(), path, d, dataset.Content{Tables: map[string][]dataset.Record{"planet": records}}); err != nil {
		t.Fatal(err)
	}
	return path, d
}

// serve opens an edition and puts it in service.
func serve(t testing.TB, s *generation.Store, n int) generation.Generation {
	t.Helper()
	path, d := edition(t, n, 10)
	source, err := s.Open(t.Context(), path, d, sqlite.Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	g, err := s.Adopt(t.Context(), d.Dataset.Name, source.Seal(), time.Unix(int64(n), 0))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func kept(t testing.TB, s *generation.Store) []string {
	t.Helper()
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range list {
		mark := ""
		if g.InService {
			mark = "*"
		}
		if g.Withdrawn {
			mark += "-"
		}
		out = append(out, fmt.Sprintf("%d=%s%s", g.Number, g.Version, mark))
		if _, err := os.Stat(s.File(g)); err != nil {
			t.Error(err)
		}
	}
	return out
}

func TestStoreKeepsTheLastThree(t *testing.T) {
	state := t.TempDir()
	s := generation.In(state)
	if list, err := s.List(); err != nil || list != nil {
		t.Errorf("before the first: %v %v", list, err)
	}
	for n := 1; n <= 5; n++ {
		serve(t, s, n)
	}
	if d := cmp.Diff([]string{"5=5*", "4=4", "3=3"}, kept(t, s)); d != "" {
		t.Error(d)
	}
	if files, _ := filepath.Glob(filepath.Join(state, "generations", "*.sqlite")); len(files) != generation.Keep {
		t.Errorf("copies: %v", files)
	}
	g, err := s.InService()
	want := generation.Generation{
		Number: 5, Hash: g.Hash, Name: "planets", Version: "5", Date: "2026-01-05", Rows: map[string]int64{"planet": 10},
		Served: time.Unix(5, 0).UTC(), InService: true,
	}
	if d := cmp.Diff(want, g); d != "" || err != nil || len(g.Hash) != 64 {
		t.Error(d, err)
	}
}

// TestRollbackOrder: what a rollback went behind is no target of the next one, unless it is named.
func TestRollbackOrder(t *testing.T) {
	s := generation.In(t.TempDir())
	steps := []struct {
		serve  int
		kept   []string
		before int64 // 0: none
	}{
		{1, []string{"1=1*"}, 0},
		{1, []string{"1=1*"}, 0}, // a restart
		{2, []string{"2=2*", "1=1"}, 1},
		{3, []string{"3=3*", "2=2", "1=1"}, 2},
		{2, []string{"3=3", "2=2*", "1=1"}, 1},  // a rollback
		{1, []string{"3=3", "2=2", "1=1*"}, 0},  // and another
		{2, []string{"3=3", "2=2*", "1=1"}, 1},  // and back
		{4, []string{"4=4*", "2=2", "1=1"}, 2},  // 3 was withdrawn, and is the first to go
		{2, []string{"4=4", "2=2*", "1=1"}, 1},  //
		{1, []string{"4=4", "2=2", "1=1*"}, 0},  //
		{5, []string{"5=5*", "4=4-", "1=1"}, 1}, // both are withdrawn
		{4, []string{"5=5", "4=4*", "1=1"}, 1},  // by its number
		{3, []string{"6=3*", "4=4", "1=1"}, 4},  // what was forgotten is new
	}
	for i, step := range steps {
		serve(t, s, step.serve)
		if d := cmp.Diff(step.kept, kept(t, s)); d != "" {
			t.Fatalf("step %d: %s", i, d)
		}
		before, err := s.Before()
		if step.before == 0 {
			if !errors.Is(err, generation.ErrNone) {
				t.Errorf("step %d: before: %v %v", i, before, err)
			}
		} else if before.Number != step.before || err != nil {
			t.Errorf("step %d: before: %v %v", i, before, err)
		}
	}
	if g, err := s.Numbered(4); g.Version != "4" || err != nil {
		t.Errorf("%v %v", g, err)
	}
	if _, err := s.Numbered(2); !errors.Is(err, generation.ErrNone) {
		t.Errorf("a forgotten one: %v", err)
	}
}

// TestStoreProperties puts editions in service at random.
func TestStoreProperties(t *testing.T) {
	type file struct {
		path string
		d    *dataset.Description
	}
	files := make([]file, 6)
	for i := range files {
		files[i].path, files[i].d = edition(t, i+1, 3)
	}
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		state, err := os.MkdirTemp(base, "state-*")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(state)
		var last int64
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(rt, "editions") {
			s := generation.In(state) // as after a restart
			source, err := s.Open(context.Background(), files[i].path, files[i].d, sqlite.Options{Connections: 1})
			if err != nil {
				rt.Fatal(err)
			}
			g, err := s.Adopt(context.Background(), "planets", source.Seal(), time.Now())
			if err = errors.Join(err, source.Close()); err != nil {
				rt.Fatal(err)
			}
			list, err := s.List()
			copies, _ := filepath.Glob(filepath.Join(state, "generations", "*.sqlite"))
			if err != nil || len(list) > generation.Keep || len(list) != len(copies) {
				rt.Fatalf("%d generations, %d copies, %v", len(list), len(copies), err)
			}
			serving := slices.DeleteFunc(slices.Clone(list), func(g generation.Generation) bool { return !g.InService })
			if len(serving) != 1 || serving[0].Number != g.Number || serving[0].Withdrawn || g.Version != fmt.Sprint(i+1) {
				rt.Fatalf("%v in service, %v adopted", serving, g)
			}
			last = max(last, list[0].Number)
			if list[0].Number < last {
				rt.Fatalf("number %d after %d", list[0].Number, last)
			}
		}
	})
}

func TestAllowedUntilServed(t *testing.T) {
	s := generation.In(t.TempDir())
	g := serve(t, s, 1)
	for _, want := range []bool{false, true} {
		if got, err := s.Allowed(g.Hash); got != want || err != nil {
			t.Errorf("allowed: %v %v", got, err)
		}
		if err := s.Allow(t.Context(), g.Hash); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, s, 1)
	if got, err := s.Allowed(g.Hash); got || err != nil {
		t.Errorf("allowed after it was served: %v %v", got, err)
	}
}

func TestDiscardSparesGenerations(t *testing.T) {
	s := generation.In(t.TempDir())
	g := serve(t, s, 1)
	path, d := edition(t, 2, 3)
	source, err := s.Open(t.Context(), path, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	refused := generation.Generation{Hash: source.Seal().ContentHash}
	for _, hash := range []string{g.Hash, refused.Hash} {
		if err := s.Discard(t.Context(), hash); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(s.File(g)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.File(refused)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refused copy: %v", err)
	}
	if err := source.Ready(t.Context()); err != nil {
		t.Errorf("what is open: %v", err)
	}
}

// TestContentsAreChecked: a copy that was changed, or that is another edition's, is no generation.
func TestContentsAreChecked(t *testing.T) {
	s := generation.In(t.TempDir())
	first, second := serve(t, s, 1), serve(t, s, 2)
	c, err := s.Contents(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	other, err := os.ReadFile(s.File(second))
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"another edition": func(b []byte) []byte { return b },
		"half":            func(b []byte) []byte { return b[:len(b)/2] },
		"a byte":          func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		if err := os.Remove(s.File(first)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.File(first), damage(slices.Clone(other)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Contents(t.Context(), first); !errors.Is(err, dataset.ErrNotSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJournalThatIsNone: what cannot be understood is an error with a hint, never an empty journal.
func TestJournalThatIsNone(t *testing.T) {
	hash := strings.Repeat("a", 64)
	one := `{"number": 1, "content_hash": "` + hash + `", "in_service": true}`
	for name, text := range map[string]string{
		"empty": "", "half": `{"format": 1, "generations": [`, "another format": `{"format": 2}`, "no format": `{}`,
		"a path":            `{"format": 1, "last_number": 1, "generations": [{"number": 1, "content_hash": "../../x", "in_service": true}]}`,
		"none in service":   `{"format": 1, "last_number": 1, "generations": [{"number": 1, "content_hash": "` + hash + `"}]}`,
		"two in service":    `{"format": 1, "last_number": 2, "generations": [` + one + `,` + strings.Replace(one, "1", "2", 1) + `]}`,
		"out of order":      `{"format": 1, "last_number": 2, "generations": [` + one + `,` + one + `]}`,
		"beyond the number": `{"format": 1, "last_number": 0, "generations": [` + one + `]}`,
	} {
		state := t.TempDir()
		s := generation.In(state)
		serve(t, s, 1)
		if err := os.WriteFile(filepath.Join(state, "generations", "journal.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, listing := s.List()
		_, allowing := s.Allowed(hash)
		_, adopting := s.Adopt(t.Context(), "planets", dataset.Seal{ContentHash: hash}, time.Now())
		for _, err := range []error{listing, allowing, adopting} {
			if err == nil || !strings.Contains(err.Error(), "hint: remove it") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestProcessesShareAStore adopts from several stores of one folder at once, as processes do.
func TestProcessesShareAStore(t *testing.T) {
	state := t.TempDir()
	var wg sync.WaitGroup
	for n := 1; n <= 6; n++ {
		path, d := edition(t, n, 20)
		wg.Go(func() {
			s := generation.In(state)
			source, err := s.Open(context.Background(), path, d, sqlite.Options{Connections: 1})
			if err != nil {
				t.Error(err)
				return
			}
			defer source.Close()
			if _, err := s.Adopt(context.Background(), "planets", source.Seal(), time.Now()); err != nil {
				t.Error(err)
			}
			if err := source.Ready(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := generation.In(state).List()
	if err != nil || len(list) != generation.Keep || list[0].Number != 6 || !list[0].InService {
		t.Errorf("%v %v", list, err)
	}
	entries, err := os.ReadDir(filepath.Join(state, "generations"))
	if err != nil || len(entries) != generation.Keep+2 { // the journal and the lock
		t.Errorf("%v %v", entries, err)
	}
}

// TestUnwritableFolderChangesNothing: when the journal cannot be replaced it stays as it was.
func TestUnwritableFolderChangesNothing(t *testing.T) {
	state := t.TempDir()
	s := generation.In(state)
	serve(t, s, 1)
	journal := filepath.Join(state, "generations", "journal.json")
	before, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	path, d := edition(t, 2, 10)
	if _, err := s.Open(cancelled, path, d, sqlite.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
	if err := os.Remove(journal); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(journal, 0o700); err != nil { // nothing can be renamed over a folder
		t.Fatal(err)
	}
	if _, err := s.Adopt(t.Context(), "planets", dataset.Seal{ContentHash: strings.Repeat("b", 64)}, time.Now()); err == nil {
		t.Error("the journal is a folder, and was written")
	}
	if err := errors.Join(os.Remove(journal), os.WriteFile(journal, before, 0o600)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"1=1*"}, kept(t, s)); d != "" {
		t.Error(d)
	}
	if left, _ := filepath.Glob(filepath.Join(state, "generations", "*.tmp")); left != nil {
		t.Errorf("left: %v", left)
	}
}
