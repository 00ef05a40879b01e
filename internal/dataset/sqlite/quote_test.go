package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// FuzzContains asks an index that holds one value whether it contains a question, and compares the answer
// with the text itself.
func FuzzContains(f *testing.F) {
	for _, seed := range [][2]string{
		{"1,2-hexanediol", "2-hex"}, {`say "ah"`, `"ah`}, {"water lily", "water OR"}, {"a*b*c", "a*b"}, {"été", "ete"},
		{"x:y:z", "x:y"}, {"NEAR(a b)", "near("}, {"wa%er", "wa%e"}, {"물정제수", "정제수"}, {"\U0001f600\U0001f601\U0001f602", "\U0001f600\U0001f601\U0001f602"},
		{"ab\x1fcd", "b\x1fc"}, {"a\u0301bc", "ábc"}, {"{name}:x", "{name}"}, {"-abc", "-ab"}, {"^abc", "^ab"}, {"İstanbul", "i̇s"},
	} {
		f.Add(seed[0], seed[1])
	}
	d := parse(f, strings.ReplaceAll(animals, "fold: name", ""))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.TempDir(), "index.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	statements := schema(d, d.Layout())
	if _, err := db.Exec(statements[len(statements)-1]); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value, asked string) {
		if !utf8.ValidString(value+asked) || strings.ContainsAny(value+asked, "\x00"+partBreak) {
			t.Skip("no stored value and no question is so")
		}
		value = dataset.FoldText(dataset.FoldNone, value)
		part := dataset.FoldText(dataset.FoldNone, asked)
		match := contains(d.Table("animal"), []string{"name"}, asked)
		if short := utf8.RuneCountInString(part) < 3; short || match == "" {
			if short != (match == "") {
				t.Fatalf("%q asks %q", asked, match)
			}
			return
		}
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.Exec(`INSERT INTO "f0" ("rowid", "name") VALUES (1, ?)`, value); err != nil {
			t.Fatal(err)
		}
		found := 0
		if err := tx.QueryRow(`SELECT count(*) FROM "f0" WHERE "f0" MATCH ?`, match).Scan(&found); err != nil {
			t.Fatalf("%q as %q: %v", asked, match, err)
		}
		if (found == 1) != strings.Contains(value, part) {
			t.Errorf("%q in %q: %d found by %q", part, value, found, match)
		}
	})
}

// FuzzPrefix compares the range of a prefix with the prefix itself.
func FuzzPrefix(f *testing.F) {
	for _, seed := range [][2]string{{"water", "wat"}, {"wa", "wat"}, {"waz", "wat"}, {"wat\U0010ffff\U0010ffff", "wat"}, {"\u07ff", "\u07fe"}, {"a%", "a_"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, value, prefix string) {
		if !utf8.ValidString(value + prefix) {
			t.Skip("no stored value and no question is so")
		}
		if in := value >= prefix && value < above(prefix); in != strings.HasPrefix(value, prefix) {
			t.Errorf("%q is in the range of %q: %v", value, prefix, in)
		}
	})
}

// BenchmarkFetch shows what each operator costs on a table of 30,000 rows.
func BenchmarkFetch(b *testing.B) {
	d := parse(b, animals)
	s, err := Open(context.Background(), zoo(b, d, 30_000), d, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for _, q := range []dataset.Query{
		{Endpoint: &d.Endpoints[0], Op: dataset.OpKey, Value: "animal 0042"},
		{Endpoint: &d.Endpoints[1], Op: dataset.OpExact, On: []string{"name"}, Value: "animal 0042"},
		{Endpoint: &d.Endpoints[1], Op: dataset.OpPrefix, On: []string{"name"}, Value: "animal 004"},
		{Endpoint: &d.Endpoints[2], Op: dataset.OpContains, On: []string{"name"}, Value: "mal 0042"},
		{Endpoint: &d.Endpoints[3], Op: dataset.OpAll},
	} {
		q.Columns, q.Limit = []string{"name", "legs"}, 10
		b.Run(string(q.Op), func(b *testing.B) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Fetch(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
