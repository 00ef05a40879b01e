package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

// attack is SQL that gets through when no layer is on. Folder F stands for a folder of its own.
type attack struct {
	name, first, sql string
	layers           map[string]layers // the layers each of which stops it alone
}

func attacks() []attack {
	l1, l2, l3, l4 := layers{readOnly: true}, layers{queryOnly: true}, layers{noAttach: true}, layers{distrustful: true}
	return []attack{
		{"write to the main file", "", `INSERT INTO "t_animal" VALUES (99, 'x', 'x', 1)`, map[string]layers{"L1": l1, "L2": l2}},
		{"delete", "", `DELETE FROM "t_animal"`, map[string]layers{"L1": l1, "L2": l2}},
		{"drop a table", "", `DROP TABLE "x0"`, map[string]layers{"L1": l1, "L2": l2}},
		{"write through another handle", `ATTACH 'F/other.db' AS other`, `CREATE TABLE other.loot AS SELECT * FROM "t_animal"`,
			map[string]layers{"L2": l2}},
		{"temporary table", "", `CREATE TEMP TABLE scratch AS SELECT * FROM "t_animal"`, map[string]layers{"L2": l2}},
		{"attach another file", "", `ATTACH 'F/other.db' AS other`, map[string]layers{"L3": l3}},
		{"copy the data out", "", `VACUUM INTO 'F/copy.db'`, map[string]layers{"L2": l2, "L3": l3}},
		{"rewrite the schema", `PRAGMA writable_schema = ON`, `UPDATE sqlite_schema SET sql = replace(sql, 'legs', 'arms') WHERE name = 't_animal'`,
			map[string]layers{"L1": l1, "L2": l2, "L4": l4}},
		{"corrupt the trigram index", "", `DELETE FROM "f0_data"`, map[string]layers{"L1": l1, "L2": l2, "L4": l4}},
		{"take a mistyped name for text", "", `SELECT "legz" FROM "t_animal"`, map[string]layers{"L4": l4}},
		{"let a view of the file read the server", "", `SELECT * FROM "spy"`, map[string]layers{"L4": l4}},
	}
}

// run opens the file behind l and runs the attack.
func (a attack) run(t *testing.T, path, folder string, l layers) error {
	t.Helper()
	p, err := openPool(context.Background(), path, l, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(1)
	return p.with(context.Background(), func(c *conn) error {
		for _, text := range []string{a.first, a.sql} {
			text = strings.ReplaceAll(text, "F/", folder+"/")
			rows, err := c.QueryContext(context.Background(), text)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// hostileZoo holds a view by which a file could read what the server knows.
func hostileZoo(t *testing.T) string {
	t.Helper()
	path := zoo(t, parse(t, animals), 3)
	edit(t, path, `CREATE VIEW "spy" AS SELECT "file" FROM pragma_database_list`)
	return path
}

// TestLayerAlone has three proofs for each attack: it succeeds with no layer, each of the layers named for
// it stops it with the others off, and behind all of them nothing is written.
func TestLayerAlone(t *testing.T) {
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			if err := a.run(t, hostileZoo(t), t.TempDir(), layers{}); err != nil {
				t.Fatalf("with no layer it should succeed: %v", err)
			}
			for name, l := range a.layers {
				path := hostileZoo(t)
				before := read(t, path)
				if err := a.run(t, path, t.TempDir(), l); err == nil {
					t.Errorf("%s alone does not stop it", name)
				}
				if !bytes.Equal(before, read(t, path)) {
					t.Errorf("behind %s alone the file has changed", name)
				}
			}
			path, folder := hostileZoo(t), t.TempDir()
			before := read(t, path)
			if err := a.run(t, path, folder, allLayers()); err == nil {
				t.Error("all layers do not stop it")
			}
			left, err := os.ReadDir(folder)
			if err != nil || len(left) > 0 || !bytes.Equal(before, read(t, path)) {
				t.Errorf("behind all layers something was written: %v, %v", left, err)
			}
		})
	}
}

// TestReadOnlyModeCopies records why the first layer is not enough: the engine opens the file read-only and
// immutable, and still writes others.
func TestReadOnlyModeCopies(t *testing.T) {
	folder := t.TempDir()
	for _, text := range []string{`VACUUM INTO 'F/copy.db'`, `ATTACH 'F/other.db' AS other`} {
		a := attack{sql: text}
		if err := a.run(t, zoo(t, parse(t, animals), 3), folder, layers{readOnly: true}); err != nil {
			t.Errorf("%s: %v; the layers can be simplified", text, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*.db")); err != nil || len(left) != 2 {
		t.Errorf("written: %v, %v", left, err)
	}
}

// TestPlannedStatementsAlone is L5: with every layer of the connection off, nothing that a query holds
// becomes SQL.
func TestPlannedStatementsAlone(t *testing.T) {
	d := parse(t, animals)
	path := zoo(t, d, 3)
	s, err := openWith(context.Background(), path, d, Options{Connections: 1}, layers{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before, folder := read(t, path), t.TempDir()
	for _, injected := range []string{
		`name"; DROP TABLE "t_animal"; --`, `name" FROM "t_animal"; VACUUM INTO '` + folder + `/copy.db'; --`,
		`1; ATTACH '` + folder + `/other.db' AS other`, `sqlite_schema`, `*`, `_key`, `rowid`,
	} {
		good := dataset.Query{Endpoint: &d.Endpoints[1], Op: dataset.OpExact, On: []string{"name"}, Columns: []string{"name"}, Value: "x", Limit: 1}
		for name, change := range map[string]func(q *dataset.Query){
			"path": func(q *dataset.Query) {
				q.Endpoint = &dataset.Endpoint{Path: injected, Table: injected, Sort: []string{injected}}
			},
			"operator": func(q *dataset.Query) { q.Op = dataset.Op(injected) },
			"on":       func(q *dataset.Query) { q.On = []string{injected} },
			"columns":  func(q *dataset.Query) { q.Columns = []string{injected} },
			"allow":    func(q *dataset.Query) { q.Allow = &dataset.Allow{Column: injected, Values: []string{"1"}} },
		} {
			q := good
			change(&q)
			if _, err := s.Fetch(context.Background(), q); !errors.Is(err, dataset.ErrUnplanned) {
				t.Errorf("%s %q: %v", name, injected, err)
			}
		}
		good.Value = injected
		good.After = dataset.Position{Sort: injected}
		if _, err := s.Fetch(context.Background(), good); err != nil {
			t.Errorf("value %q: %v", injected, err)
		}
		if _, err := s.Exists(context.Background(), injected, "x"); !errors.Is(err, dataset.ErrUnplanned) {
			t.Errorf("table %q: %v", injected, err)
		}
		if _, err := s.Values(context.Background(), "animal", injected); !errors.Is(err, dataset.ErrUnplanned) {
			t.Errorf("values of %q: %v", injected, err)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 || !bytes.Equal(before, read(t, path)) {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

// TestEveryConnectionHasTheLayers opens a pool as Open does and looks at each connection.
func TestEveryConnectionHasTheLayers(t *testing.T) {
	p, err := openPool(context.Background(), zoo(t, parse(t, animals), 1), allLayers(), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(3)
	for range 3 {
		c := <-p.free
		defer func() { p.free <- c }()
		for pragma, want := range map[string]int{"query_only": 1, "trusted_schema": 0} {
			var got int
			if err := c.QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %d, want %d (%v)", pragma, got, want, err)
			}
		}
		if _, err := c.ExecContext(context.Background(), `ATTACH ':memory:' AS m`); err == nil {
			t.Error("a connection attaches")
		}
	}
}
