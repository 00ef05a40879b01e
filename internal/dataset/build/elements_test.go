package build_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
)

// elements builds the description that has every feature.
func elements(t *testing.T) (*dataset.Description, string, *build.Report) {
	t.Helper()
	text, err := os.ReadFile("../testdata/elements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, string(text))
	dir := folder(t, map[string]string{
		"elements.csv": "number,name,symbol,families,mass,stable,state,cas,note\n" +
			"1,Hydrogen|Wasserstoff,H,\"A1, B2 and A1\",1.008,yes,g,1333-74-0,lightest\n" +
			"8,Oxygen|Sauerstoff|oxygen,O,\"B2,Z9\",15.999,true,\"g, l\",\"7782-44-7; 7782-44-8\",-\n" +
			"80,Mercury|Quecksilber,hg,,200.59,,l/x,7439-97-6,liquid at 20 °C\n",
		"more.csv":     "number;names;symbol\n79;Gold|Or;Au\n6;Carbon|Cafe\u0301;C\n",
		"synonyms.csv": "name,alias\nMercury,Hydrargyrum\nmercury,Quicksilver\nGold,aurum\n",
	})
	db := database(t, filepath.Join(dir, "families.db"))
	execute(t, db, `CREATE TABLE family (code, title, level)`,
		`INSERT INTO family VALUES ('a1', 'Alpha', 1), ('B2', 'Beta', 2), ('B2 ', 'Beta again', 3), ('C3', 'Gamma', NULL)`)
	out := filepath.Join(dir, "out.db")
	report, err := build.Run(context.Background(), d, dir, build.Options{}, out)
	if err != nil {
		t.Fatal(err)
	}
	return d, out, report
}

func database(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestElements(t *testing.T) {
	d, out, report := elements(t)
	s, err := sqlite.Open(context.Background(), out, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	columns := []string{"number", "names", "symbol", "families", "mass", "stable", "state", "cas", "note", "family_names"}
	fetch := func(path string, op dataset.Op, value string, on ...string) []dataset.Row {
		t.Helper()
		for i := range d.Endpoints {
			if e := &d.Endpoints[i]; e.Path == path {
				r, err := s.Fetch(context.Background(), dataset.Query{Endpoint: e, Op: op, On: on, Columns: columns, Value: value, Limit: 50})
				if err != nil {
					t.Fatal(err)
				}
				return r.Rows
			}
		}
		t.Fatal("no endpoint", path)
		return nil
	}
	list := func(text string) json.RawMessage { return json.RawMessage(text) }
	hydrogen := dataset.Row{int64(1), list(`["Hydrogen","Wasserstoff"]`), "H", list(`["A1","B2"]`), 1.008, true, "gas",
		list(`["1333-74-0"]`), "lightest", list(`["Alpha","Beta","Beta again"]`)}
	oxygen := dataset.Row{int64(8), list(`["Oxygen","Sauerstoff","oxygen"]`), "O", list(`["B2","Z9"]`), 15.999, true, "gas",
		list(`["7782-44-7","7782-44-8"]`), nil, list(`["Beta","Beta again"]`)}
	mercury := dataset.Row{int64(80), list(`["Mercury","Quecksilber"]`), "hg", list(`[]`), 200.59, nil, "unknown",
		list(`["7439-97-6"]`), "liquid at 20 °C", list(`[]`)}
	carbon := dataset.Row{int64(6), list(`["Carbon","Café"]`), "C", list(`[]`), nil, nil, "unknown", list(`[]`), nil, list(`[]`)}
	for name, tt := range map[string]struct{ want, got []dataset.Row }{
		"by key":         {[]dataset.Row{hydrogen}, fetch("/v1/element/{number}", dataset.OpKey, "1")},
		"by synonym":     {[]dataset.Row{mercury}, fetch("/v1/element/name", dataset.OpSynonym, "quicksilver", "names")},
		"without accent": {[]dataset.Row{carbon}, fetch("/v1/element/name", dataset.OpExact, "CAFE", "names")},
		"by prefix":      {[]dataset.Row{oxygen}, fetch("/v1/element/name", dataset.OpPrefix, "ox", "names")},
		"by code":        {[]dataset.Row{hydrogen, oxygen}, fetch("/v1/family/{slug}", dataset.OpExact, "b2", "families")},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	elementsReport(t, report)
}

func elementsReport(t *testing.T, report *build.Report) {
	t.Helper()
	wantChecks := []*build.CheckReport{
		{Table: "element", Column: "cas", Check: "cas", Failed: 1, Examples: []string{"7782-44-8"}},
		{Table: "element", Column: "state", Check: "map", Failed: 1, Examples: []string{"l/x"}},
	}
	if diff := cmp.Diff(wantChecks, report.Checks); diff != "" {
		t.Error(diff)
	}
	wantJoins := []*build.JoinReport{{Name: "families", Linked: 3, Dangling: 1, Examples: []string{"Z9"}}}
	if diff := cmp.Diff(wantJoins, report.Joins); diff != "" {
		t.Error(diff)
	}
	want := map[string][3]int{"element elements": {3, 3, 0}, "element more": {2, 2, 0}, "family families": {4, 3, 1}}
	for _, s := range report.Sources {
		if w, ok := want[s.Use[len("table "):]+" "+s.Name]; ok && w != [3]int{s.Read, s.Kept, s.Rejected} {
			t.Errorf("%+v", s)
		}
	}
}
