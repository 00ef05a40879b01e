package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

const animals = `
dataset: {name: animals, version: "1"}
sources:
    - {name: s, csv: {file: s.csv}}
tables:
    - name: animal
      from: [s]
      key: name
      columns:
          - {name: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: legs, type: integer, index: [exact], tier: FREE}
endpoints:
    - {path: "/animal/{name}", kind: get, table: animal, tier: FREE, cost: 1, parameters: [{name: name}]}
    - path: /animal
      kind: lookup
      table: animal
      tier: FREE
      cost: 1
      parameters: [{name: q, columns: [name], modes: [{name: exact}, {name: prefix}]}]
    - path: /search
      kind: search
      table: animal
      tier: FREE
      cost: 1
      parameters: [{name: q, min: 3, columns: [name], modes: [{name: contains}]}]
    - {path: /all, kind: list, table: animal, tier: FREE, cost: 1}
    - {path: /legs, kind: values, table: animal, column: legs, tier: FREE, cost: 1}
`

func parse(t testing.TB, text string) *dataset.Description {
	t.Helper()
	d, err := dataset.Parse([]byte(text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// zoo writes a sealed file of n animals and some with given names.
func zoo(t testing.TB, d *dataset.Description, n int, names ...string) string {
	t.Helper()
	var records []dataset.Record
	for i := range n {
		names = append(names, fmt.Sprintf("animal %04d", i))
	}
	for i, name := range names {
		records = append(records, dataset.Record{{name}, {fmt.Sprint(i % 5)}})
	}
	path := filepath.Join(t.TempDir(), "zoo.sqlite")
	content := dataset.Content{Tables: map[string][]dataset.Record{"animal": records}}
	if _, err := Write(context.Background(), path, d, content); err != nil {
		t.Fatal(err)
	}
	return path
}

// raw opens a file as any program could.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// edit changes a file and seals it anew, as someone who knows the format can.
func edit(t testing.TB, path string, statements ...string) {
	t.Helper()
	db := raw(t, path)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	at, _, err := findSeal(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte(strings.Repeat("0", hashDigits)), at); err != nil {
		t.Fatal(err)
	}
	if _, err := stamp(context.Background(), path); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
