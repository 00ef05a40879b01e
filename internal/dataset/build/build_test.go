package build_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/dataset/sqlite"
)

const small = `
dataset: {name: small, version: "1"}
sources:
    - {name: s, csv: {file: s.csv, null: ["-"]}}
tables:
    - name: item
      from: [s]
      key: ref_no
      columns:
          - {name: ref_no, type: integer, tier: FREE}
          - {name: inci_name, fold: name, index: [exact, prefix, trigram], tier: FREE}
          - {name: note, from: [note, long_note], optional: true, tier: FREE}
endpoints:
    - {path: "/v1/item/{ref}", kind: get, table: item, tier: FREE, cost: 1, parameters: [{name: ref}]}
    - {path: /v1/all, kind: list, table: item, tier: FREE, cost: 1}
`

// TestMissingCellIsNamedOnce: two columns are made from one cell.
func TestMissingCellIsNamedOnce(t *testing.T) {
	twice := strings.Replace(small, "name: note,", "name: shout, from: [inci_name], fold: name, tier: FREE}\n          - {name: note,", 1)
	dir := folder(t, map[string]string{"s.csv": "a,b\n1,2\n"})
	_, err := build.Run(t.Context(), parse(t, twice), dir, build.Options{}, filepath.Join(dir, "out.db"))
	if err == nil || !strings.HasSuffix(err.Error(), "missing: ref_no, inci_name") {
		t.Errorf("error %v", err)
	}
}

func parse(t testing.TB, text string) *dataset.Description {
	t.Helper()
	d, err := dataset.Parse([]byte(text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// folder holds files for one build.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rows returns every row of a table through an endpoint of kind list.
func rows(t testing.TB, d *dataset.Description, path, endpoint string, columns ...string) []dataset.Row {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, d, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []dataset.Row
	for i := range d.Endpoints {
		if d.Endpoints[i].Path != endpoint {
			continue
		}
		q := dataset.Query{Endpoint: &d.Endpoints[i], Op: dataset.OpAll, Columns: columns, Limit: 1000}
		for more := true; more; {
			r, err := s.Fetch(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			all, more, q.After = append(all, r.Rows...), r.More, r.Last
		}
	}
	return all
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// Writing to memory does not fail.
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// TestShapes writes the same two rows in every shape that a file may have.
func TestShapes(t *testing.T) {
	const plain = "ref_no,inci_name,note\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n1,AQUA,\n"
	shapes := map[string]string{
		"plain":            plain,
		"no last newline":  strings.TrimSuffix(plain, "\n"),
		"CRLF":             strings.ReplaceAll(plain, "\n", "\r\n"),
		"BOM":              "\ufeff" + plain,
		"gzip":             zipped(plain),
		"gzip with BOM":    zipped("\ufeff" + plain),
		"other order":      "note,INCI name,Ref No\n\"two\nlines\",\"1,2-HEXANEDIOL\",2\n,AQUA,1\n",
		"camel case":       "refNo,inciName,longNote\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n1,AQUA,-\n",
		"null cells":       "ref_no,inci_name,note\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n1,AQUA, - \n",
		"short record":     "ref_no,inci_name,note\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n1,AQUA\n",
		"long but empty":   "ref_no,inci_name,note\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n1,AQUA,,,\n",
		"blank records":    "ref_no,inci_name,note\n\n2,\"1,2-HEXANEDIOL\",\"two\nlines\"\n\n1,AQUA,\n\n",
		"lines before":     "sep=,\n\n\"File creation date: 24/12/2025\"\n\nInventory,Last update: 2021\n,,,\n" + plain,
		"another sep":      "sep=;\nref_no;inci_name;note\n2;1,2-HEXANEDIOL;\"two\nlines\"\n1;AQUA;\n",
		"quoted sep":       "\"sep=;\"\r\nref_no;inci_name;note\n2;1,2-HEXANEDIOL;\"two\nlines\"\n1;AQUA;\n",
		"spaces in cells":  "ref_no , inci_name, note\n 2 ,\" 1,2-HEXANEDIOL \",\"two\nlines \"\n1,\u00a0AQUA,\n",
		"further columns":  "x,ref_no,y,inci_name,z,note\n,2,,\"1,2-HEXANEDIOL\",,\"two\nlines\"\na,1,b,AQUA,c,\n",
		"repeated unknown": "x,ref_no,x,inci_name,x,note\n,2,,\"1,2-HEXANEDIOL\",,\"two\nlines\"\na,1,b,AQUA,c,\n",
	}
	want := []dataset.Row{{int64(1), "AQUA", nil}, {int64(2), "1,2-HEXANEDIOL", "two\nlines"}}
	hash := ""
	for name, text := range shapes {
		t.Run(name, func(t *testing.T) {
			d, dir := parse(t, small), folder(t, map[string]string{"s.csv": text})
			out := filepath.Join(dir, "out.db")
			report, err := build.Run(context.Background(), d, dir, build.Options{}, out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rows(t, d, out, "/v1/all", "ref_no", "inci_name", "note")); diff != "" {
				t.Error(diff)
			}
			if hash == "" {
				hash = report.Seal.ContentHash
			}
			if report.Seal.ContentHash != hash {
				t.Errorf("content hash %.8s, and another shape has %.8s", report.Seal.ContentHash, hash)
			}
			if s := report.Sources[0]; s.Kept != 2 || s.Rejected != s.Read-2 {
				t.Errorf("report: %+v", s)
			}
		})
	}
}

// TestRejected has a sound record at each end and an unsound one between.
func TestRejected(t *testing.T) {
	tests := map[string]struct {
		record string
		want   build.Rejection
	}{
		"key twice":     {"1,AGAIN,", build.Rejection{Line: 4, Reason: "key stands twice", Detail: "1 is in s.csv:2 already"}},
		"same number":   {"01,AGAIN,", build.Rejection{Line: 4, Reason: "key stands twice", Detail: "01 is in s.csv:2 already"}},
		"no key":        {",NAME,", build.Rejection{Line: 4, Reason: "no key", Detail: "column ref_no is empty"}},
		"null key":      {"-,NAME,", build.Rejection{Line: 4, Reason: "no key", Detail: "column ref_no is empty"}},
		"no number":     {"one,NAME,", build.Rejection{Line: 4, Reason: "value of the wrong type", Detail: `column ref_no: "one" is not an integer`}},
		"too many":      {"3,NAME,,x", build.Rejection{Line: 4, Reason: "more cells than the header", Detail: "4 instead of 3"}},
		"too few":       {"3", build.Rejection{Line: 4, Reason: "fewer cells than are needed", Detail: "1 instead of 3"}},
		"empty":         {",,", build.Rejection{Line: 4, Reason: "no cell is filled"}},
		"invalid UTF-8": {"3,NA\xffME,", build.Rejection{Line: 4, Reason: "invalid UTF-8", Detail: "cell 2"}},
		"NUL":           {"3,NA\x00ME,", build.Rejection{Line: 4, Reason: "NUL character", Detail: "cell 2"}},
		"many lines":    {"3,NA\x00ME,\"a\n\nb\"", build.Rejection{Line: 4, Reason: "NUL character", Detail: "cell 2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := "ref_no,inci_name,note\n1,\"ONE\nAND\",\n" + tt.record + "\n2,TWO,\n"
			d, dir := parse(t, small), folder(t, map[string]string{"s.csv": text})
			out := filepath.Join(dir, "out.db")
			report, err := build.Run(context.Background(), d, dir, build.Options{}, out)
			if err != nil {
				t.Fatal(err)
			}
			want := &build.SourceReport{Name: "s", Use: "table item", File: filepath.Join(dir, "s.csv"), Read: 3, Kept: 2, Rejected: 1,
				Reasons: map[string]int{tt.want.Reason: 1}, Rejections: []build.Rejection{tt.want}}
			if diff := cmp.Diff(want, report.Sources[0]); diff != "" {
				t.Error(diff)
			}
			if n := len(rows(t, d, out, "/v1/all", "ref_no")); n != 2 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

// TestManyRejected counts more than it lists.
func TestManyRejected(t *testing.T) {
	text := "ref_no,inci_name,note\n1,ONE,\n" + strings.Repeat("x,y,z\n", 500)
	d, dir := parse(t, small), folder(t, map[string]string{"s.csv": text})
	report, err := build.Run(context.Background(), d, dir, build.Options{}, filepath.Join(dir, "out.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := report.Sources[0]
	if s.Rejected != 500 || s.Reasons["value of the wrong type"] != 500 || len(s.Rejections) != 20 || s.Rejections[19].Line != 22 {
		t.Errorf("%+v", s)
	}
}

// TestFails has everything that ends a build. The file of an earlier build must stay as it is.
func TestFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := map[string]struct {
		ctx     context.Context
		text    string
		options build.Options
		says    string
	}{
		"malformed":          {text: "ref_no,inci_name\n1,\"a\nb\" c\n", says: `s.csv:2: malformed CSV`},
		"quote in the open":  {text: "ref_no,inci_name\n1,a\n2,b\"c\n", says: `s.csv:3: malformed CSV`},
		"never closed":       {text: "ref_no,inci_name\n1,\"a\n", says: `s.csv:2: malformed CSV`},
		"no header":          {text: "a,b\n1,2\n", says: "no header with every column that is needed; missing: ref_no, inci_name"},
		"half a header":      {text: "a,b\n1,2\nref_no,b\n1,2\n", says: "s.csv: no header with every column that is needed; missing: inci_name"},
		"empty file":         {text: "", says: "no header"},
		"header alone":       {text: "ref_no,inci_name\n", says: "has no sound record (0 read)"},
		"nothing sound":      {text: "ref_no,inci_name\nx,y\n", says: "has no sound record (1 read)"},
		"column twice":       {text: "ref_no,inci_name,INCI Name\n1,2,3\n", says: `s.csv:1: the header has column "inci_name" twice`},
		"half a gzip":        {text: zipped(strings.Repeat("ref_no,inci_name\n1,2\n", 100))[:30], says: "s.csv: reading"},
		"no gzip":            {text: "\x1f\x8bnone", says: "s.csv: unpacking"},
		"cancelled":          {ctx: cancelled, text: "ref_no,inci_name\n1,2\n", says: "context canceled"},
		"unknown source":     {text: "ref_no,inci_name\n1,2\n", options: build.Options{Sources: map[string]string{"t": "x"}}, says: `no source "t"`},
		"missing file":       {options: build.Options{Sources: map[string]string{"s": "none.csv"}}, says: "none.csv: no such file"},
		"a folder for input": {options: build.Options{Sources: map[string]string{"s": os.TempDir()}}, says: "is a directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, dir := parse(t, small), folder(t, map[string]string{"s.csv": tt.text})
			target := folder(t, map[string]string{"out.db": "the old file"})
			ctx := tt.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			out := filepath.Join(target, "out.db")
			report, err := build.Run(ctx, d, dir, tt.options, out)
			if err == nil || !strings.Contains(err.Error(), tt.says) || report == nil {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
			onlyOldFile(t, target)
		})
	}
}

func onlyOldFile(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "out.db")); string(data) != "the old file" {
		t.Errorf("the old file is %q, %v", data, err)
	}
}

// TestCancelledAtEachStep cancels when the build reports its n-th step, for every n.
func TestCancelledAtEachStep(t *testing.T) {
	var text strings.Builder
	text.WriteString("ref_no,inci_name\n")
	for i := range 3500 {
		fmt.Fprintf(&text, "%d,name %d\n", i, i)
	}
	d, dir := parse(t, small), folder(t, map[string]string{"s.csv": text.String()})
	for n := 1; ; n++ {
		target := folder(t, map[string]string{"out.db": "the old file"})
		ctx, cancel := context.WithCancel(context.Background())
		steps := 0
		_, err := build.Run(ctx, d, dir, build.Options{Progress: func(build.Progress) {
			if steps++; steps == n {
				cancel()
			}
		}}, filepath.Join(target, "out.db"))
		cancel()
		if err == nil {
			if n < 5 {
				t.Errorf("the build reports %d steps", n-1)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		onlyOldFile(t, target)
	}
}

func TestReplacesOldFile(t *testing.T) {
	d, dir := parse(t, small), folder(t, map[string]string{"s.csv": "ref_no,inci_name\n1,2\n", "out.db": "the old file"})
	out := filepath.Join(dir, "out.db")
	if _, err := build.Run(context.Background(), d, dir, build.Options{}, out); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out)
	if err != nil || info.Mode().Perm()&0o222 != 0 {
		t.Errorf("the file can be written to: %v, %v", info.Mode(), err)
	}
	if n := len(rows(t, d, out, "/v1/all", "ref_no")); n != 1 {
		t.Errorf("%d rows", n)
	}
	if _, err := build.Run(context.Background(), d, dir, build.Options{}, filepath.Join(dir, "none", "out.db")); err == nil {
		t.Error("a folder that is missing is no error")
	}
}

// TestReportIsJSON keeps the words of a report, which scripts read.
func TestReportIsJSON(t *testing.T) {
	d, dir := parse(t, small), folder(t, map[string]string{"s.csv": "ref_no,inci_name\n1,2\n"})
	report, err := build.Run(context.Background(), d, dir, build.Options{}, filepath.Join(dir, "out.db"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report.Sources)
	want := `"name":"s","use":"table item","file":` + fmt.Sprintf("%q", filepath.Join(dir, "s.csv")) +
		`,"read":1,"kept":1,"rejected":0,"short":0,"reasons":{},"rejections":[]`
	if err != nil || string(text) != "[{"+want+"}]" {
		t.Errorf("%s, %v", text, err)
	}
}
