package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

// herd writes a sealed file of animals with the legs given by name.
func herd(t testing.TB, d *dataset.Description, dir string, legs map[string]int64) *Contents {
	t.Helper()
	var records []dataset.Record
	for name, n := range legs {
		records = append(records, dataset.Record{{name}, {fmt.Sprint(n)}})
	}
	path := filepath.Join(dir, fmt.Sprintf("herd-%d.sqlite", len(legs)))
	_ = os.Remove(path)
	if _, err := Write(context.Background(), path, d, dataset.Content{Tables: map[string][]dataset.Record{"animal": records}}); err != nil {
		t.Fatal(err)
	}
	c, err := ReadContents(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCompareIsTheDifferenceOfMaps compares files with what their rows say as maps.
func TestCompareIsTheDifferenceOfMaps(t *testing.T) {
	d := parse(t, animals)
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SampledFrom([]string{"ant", "ANT", "ant eater", "bee", "b", "Ö", "z", "emu", "1", "10", "9"})
		rows := rapid.MapOfN(names, rapid.Int64Range(-2, 2), 1, 11)
		dir, err := os.MkdirTemp(base, "herd-*")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		before, after := unfolded(d, rows.Draw(rt, "before")), unfolded(d, rows.Draw(rt, "after"))
		if err := os.MkdirAll(filepath.Join(dir, "n"), 0o700); err != nil {
			rt.Fatal(err)
		}
		one, two := herd(t, d, dir, before), herd(t, d, filepath.Join(dir, "n"), after)
		defer one.Close()
		defer two.Close()
		got := map[string]Change{}
		diff, err := Compare(context.Background(), one, two, func(c Change) error { got[c.Key] = c; return nil })
		if err != nil {
			rt.Fatal(err)
		}
		want, counts := differences(before, after)
		if d := cmp.Diff(want, got); d != "" {
			rt.Error(d)
		}
		if d := cmp.Diff([]TableDiff{counts}, diff); d != "" {
			rt.Error(d)
		}
	})
}

// unfolded keeps one of the names that compare as one.
func unfolded(d *dataset.Description, rows map[string]int64) map[string]int64 {
	key, one := d.Tables[0].Column("name"), map[string]int64{}
	for name, legs := range rows {
		one[key.Comparable(name)] = legs
	}
	return one
}

func differences(before, after map[string]int64) (map[string]Change, TableDiff) {
	changes := map[string]Change{}
	counts := TableDiff{Table: "animal", Before: int64(len(before)), After: int64(len(after))}
	for name, legs := range before {
		now, ok := after[name]
		switch {
		case !ok:
			counts.Removed++
			changes[name] = Change{Table: "animal", Kind: Removed, Key: name}
		case now != legs:
			counts.Changed++
			changes[name] = Change{Table: "animal", Kind: Changed, Key: name, Fields: []Field{{"legs", legs, now}}}
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			counts.Added++
			changes[name] = Change{Table: "animal", Kind: Added, Key: name}
		}
	}
	return changes, counts
}

// TestCompareAcrossLayouts: a column or a table that one file does not have is no reason to fail.
func TestCompareAcrossLayouts(t *testing.T) {
	wider := strings.Replace(animals, "          - {name: legs", "          - {name: wings, type: integer, tier: FREE}\n          - {name: legs", 1)
	narrow, wide := parse(t, animals), parse(t, wider)
	path := filepath.Join(t.TempDir(), "wide.sqlite")
	records := []dataset.Record{{{"ant"}, nil, {"6"}}, {{"bee"}, {"4"}, {"6"}}}
	if _, err := Write(t.Context(), path, wide, dataset.Content{Tables: map[string][]dataset.Record{"animal": records}}); err != nil {
		t.Fatal(err)
	}
	before, after := herd(t, narrow, t.TempDir(), map[string]int64{"ant": 6, "bee": 6}), open(t, path)
	defer before.Close()
	var changes []Change
	diff, err := Compare(t.Context(), before, after, func(c Change) error { changes = append(changes, c); return nil })
	want := []Change{{Table: "animal", Kind: Changed, Key: "bee", Fields: []Field{{"wings", nil, int64(4)}}}}
	if d := cmp.Diff(want, changes); d != "" || err != nil || diff[0].Changed != 1 {
		t.Errorf("%v %v\n%s", diff, err, d)
	}
	after.columns = map[string][]string{}
	if diff, err = Compare(t.Context(), before, after, nil); err != nil || diff[0].Removed != 2 {
		t.Errorf("without the table: %v %v", diff, err)
	}
	stop := errors.New("enough")
	if _, err := Compare(t.Context(), before, after, func(Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of the visitor: %v", err)
	}
}

func open(t *testing.T, path string) *Contents {
	t.Helper()
	c, err := ReadContents(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestContentsOfAnOpenSource are those of its file, and closing them leaves it open.
func TestContentsOfAnOpenSource(t *testing.T) {
	d := parse(t, animals)
	path := zoo(t, d, 40)
	s, err := Open(t.Context(), path, d, Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lent, read := s.Contents(), open(t, path)
	if d := cmp.Diff(lent.columns, read.columns); d != "" {
		t.Error(d)
	}
	read.seal.ContentHash = "another" // so that the files are read
	diff, err := Compare(t.Context(), lent, read, nil)
	if err != nil || diff[0] != (TableDiff{Table: "animal", Before: 40, After: 40}) {
		t.Errorf("%v %v", diff, err)
	}
	if err := errors.Join(lent.Close(), s.Ready(t.Context())); err != nil {
		t.Error(err)
	}
}

// TestContentsOfHostileFiles: the names in a file that somebody sealed by hand reach no statement.
func TestContentsOfHostileFiles(t *testing.T) {
	d := parse(t, animals)
	for name, statement := range map[string]string{
		"table":         `UPDATE "sallyport_seal" SET "rows" = '{"x\" UNION SELECT 1 --": 1}'`,
		"missing table": `UPDATE "sallyport_seal" SET "rows" = '{"ghost": 1}'`,
		"column":        `ALTER TABLE "t_animal" ADD COLUMN "a"" b" TEXT`,
	} {
		path := zoo(t, d, 3)
		edit(t, path, statement)
		if _, err := ReadContents(t.Context(), path); !errors.Is(err, dataset.ErrNotSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := zoo(t, d, 3)
	edit(t, path, `UPDATE "t_animal" SET "legs" = x'00ff'`)
	before, after := open(t, path), open(t, zoo(t, d, 3))
	if diff, err := Compare(t.Context(), before, after, nil); err != nil || diff[0].Changed != 3 {
		t.Errorf("%v %v", diff, err)
	}
}

// TestPlace writes whole files of the wanted hash, or nothing.
func TestPlace(t *testing.T) {
	d := parse(t, animals)
	dir, path := t.TempDir(), zoo(t, d, 30)
	target := filepath.Join(dir, "served.sqlite")
	write(t, target, []byte("old"))
	hash := open(t, path).Seal().ContentHash
	for name, want := range map[string]string{"another hash": strings.Repeat("0", hashDigits), "no hash": ""} {
		if err := Place(t.Context(), path, want, target); !errors.Is(err, dataset.ErrNotSealed) || string(read(t, target)) != "old" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Place(t.Context(), path, hash, target); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(target)
	if err != nil || info.Mode().Perm() != 0o444 || open(t, target).Seal().ContentHash != hash {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("left %v", left)
	}
}

func TestSamples(t *testing.T) {
	d := parse(t, animals)
	s, err := Open(t.Context(), zoo(t, d, 3, "aardvark"), d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Samples(t.Context(), "animal", "name", 2)
	if d := cmp.Diff([]string{"aardvark", "animal 0000"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if got, err = s.Samples(t.Context(), "animal", "legs", 1); err != nil || len(got) != 1 || got[0] != "0" {
		t.Error(got, err)
	}
	for _, name := range []string{"ghost", `name" FROM t_animal; --`} {
		if _, err := s.Samples(t.Context(), "animal", name, 1); !errors.Is(err, dataset.ErrUnplanned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
