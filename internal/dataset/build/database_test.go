package build_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
)

const fromDatabase = `
dataset: {name: small, version: "1"}
sources:
    - {name: s, sqlite: {file: s.db, table: TABLE, null: ["n/a"]}}
tables:
    - name: item
      from: [s]
      key: id
      columns:
          - {name: id, type: integer, tier: FREE}
          - {name: name, tier: FREE}
          - {name: weight, type: number, tier: FREE}
          - {name: sound, type: boolean, tier: FREE}
endpoints:
    - {path: /v1/all, kind: list, table: item, tier: FREE, cost: 1}
`

func describe(t testing.TB, table string) *dataset.Description {
	t.Helper()
	return parse(t, strings.Replace(fromDatabase, "TABLE", `'`+table+`'`, 1))
}

// TestFromDatabase reads a table and a view, with odd names, of which a part is still in the log.
func TestFromDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.db")
	db := database(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, `PRAGMA journal_mode = WAL`, `PRAGMA wal_autocheckpoint = 0`,
		`CREATE TABLE "odd "" name" (ID INTEGER, "Name" TEXT, Weight, sound)`,
		`INSERT INTO "odd "" name" VALUES (2, 'two', 0.1, 0), (3, NULL, 7, 1), (4, 'n/a', NULL, NULL)`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
		`INSERT INTO "odd "" name" VALUES (1, 'still in the log', 1e21, 'yes'), (5, x'ff', 1, 1), (6, 'six', 'heavy', 1)`,
		`CREATE VIEW seen AS SELECT id, upper(name) AS name, weight, sound FROM "odd "" name" WHERE id < 3`)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := []dataset.Row{{int64(1), "still in the log", 1e21, true}, {int64(2), "two", 0.1, false},
		{int64(3), nil, 7.0, true}, {int64(4), nil, nil, nil}}
	view := []dataset.Row{{int64(1), "STILL IN THE LOG", 1e21, true}, {int64(2), "TWO", 0.1, false}}
	for table, want := range map[string][]dataset.Row{`odd " name`: all, "seen": view} {
		d, out := describe(t, table), filepath.Join(dir, "out.db")
		report, err := build.Run(context.Background(), d, dir, build.Options{}, out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, rows(t, d, out, "/v1/all", "id", "name", "weight", "sound")); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
		if table != "seen" {
			rejections := []build.Rejection{{Line: 5, Reason: "invalid UTF-8", Detail: "cell 2"},
				{Line: 6, Reason: "value of the wrong type", Detail: `column weight: "heavy" is not a number`}}
			if diff := cmp.Diff(rejections, report.Sources[0].Rejections); diff != "" {
				t.Error(diff)
			}
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("reading has changed the database (%v)", err)
	}
}

func TestFromDatabaseFails(t *testing.T) {
	dir := folder(t, map[string]string{"text.db": "this is no database, whatever its name says, and it is long enough to look at"})
	execute(t, database(t, filepath.Join(dir, "s.db")), `CREATE TABLE item (id, name)`, `CREATE TABLE "empty" (id, name, weight, sound)`)
	for _, tt := range []struct{ table, file, says string }{
		{"none", "s.db", "no such table: none"},
		{"item", "s.db", "missing: weight, sound"},
		{"empty", "s.db", "has no sound record"},
		{"item", "missing.db", "no such file"},
		{"item", "text.db", "file is not a database"},
	} {
		options := build.Options{Sources: map[string]string{"s": filepath.Join(dir, tt.file)}}
		_, err := build.Run(context.Background(), describe(t, tt.table), dir, options, filepath.Join(dir, "out.db"))
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); err == nil {
		t.Error("a missing database was made")
	}
}

// nobody is a user without rights in the folders of a test.
const nobody = 65532

// TestFromReadOnlyFolder reads a database with a log where the reader can write nothing. As root the test
// runs itself again as another user.
func TestFromReadOnlyFolder(t *testing.T) {
	if dir := os.Getenv("SALLYPORT_TEST_BUILD"); dir != "" {
		buildFrom(t, dir)
		return
	}
	base, err := os.MkdirTemp("", "sallyport-folder-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	dir, temporary := filepath.Join(base, "data"), filepath.Join(base, "tmp")
	abandonedLog(t, dir)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(base, "test"), program, 0o755), os.Chmod(base, 0o755), os.Mkdir(temporary, 0o777),
		os.Chmod(temporary, 0o777), os.Chmod(dir, 0o555),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	again := exec.Command(filepath.Join(base, "test"), "-test.run", "^TestFromReadOnlyFolder$")
	again.Dir = base
	again.Env = append(os.Environ(), "SALLYPORT_TEST_BUILD="+dir, "TMPDIR="+temporary)
	if os.Getuid() == 0 {
		again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// abandonedLog makes a database whose last change is in a log that nobody has open any more.
func abandonedLog(t *testing.T, dir string) {
	t.Helper()
	live := t.TempDir()
	db := database(t, filepath.Join(live, "s.db"))
	db.SetMaxOpenConns(1)
	execute(t, db, `PRAGMA journal_mode = WAL`, `PRAGMA wal_autocheckpoint = 0`, `CREATE TABLE item (id, name, weight, sound)`,
		`INSERT INTO item VALUES (1, 'still in the log', 1, 1)`)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"s.db", "s.db-wal"} {
		data, err := os.ReadFile(filepath.Join(live, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o444); err != nil {
			t.Fatal(err)
		}
	}
}

func buildFrom(t *testing.T, dir string) {
	d, out := describe(t, "item"), filepath.Join(t.TempDir(), "out.db")
	if _, err := build.Run(context.Background(), d, dir, build.Options{}, out); err != nil {
		t.Fatal(err)
	}
	want := []dataset.Row{{int64(1), "still in the log"}}
	if diff := cmp.Diff(want, rows(t, d, out, "/v1/all", "id", "name")); diff != "" {
		t.Error(diff)
	}
}
