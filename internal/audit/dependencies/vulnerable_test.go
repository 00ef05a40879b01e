package dependencies

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// entries are made for these tests; no package of theirs exists.
func entries() map[string]string {
	return map[string]string{
		"TEST-1": `{"id": "TEST-1", "database_specific": {"severity": "MODERATE"}, "affected": [{"package": {"ecosystem": "PyPI", "name": "Tea-Pot"},
			"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}]}]}]}`,
		"TEST-2": `{"id": "TEST-2", "database_specific": {"severity": "CRITICAL"}, "affected": [{"package": {"ecosystem": "PyPI", "name": "tea-pot"},
			"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"last_affected": "1.2"}]}]}]}`,
		"TEST-3": `{"id": "TEST-3", "affected": [{"package": {"ecosystem": "npm", "name": "@t/kettle"}, "versions": ["1.0.0"],
			"ranges": [{"type": "SEMVER", "events": [{"introduced": "3.0.0"}]}, {"type": "GIT", "events": [{"introduced": "0"}]}]}]}`,
		"TEST-4": `{"id": "TEST-4", "withdrawn": "2024-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "npm", "name": "@t/kettle"},
			"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]}`,
		"TEST-5": `{"id": "TEST-5", "affected": [{"package": {"ecosystem": "Go", "name": "example.com/cup"},
			"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}]}`,
		"MAL-1": `{"id": "MAL-1", "affected": [{"package": {"ecosystem": "npm", "name": "saucer"}, "versions": ["9.9.9"]}]}`,
	}
}

// project names packages in three ecosystems, affected and not.
func project() map[string]string {
	return map[string]string{
		"requirements.txt":   "# made up\ntea_pot==1.1\nother==1.0\n",
		"new/poetry.lock":    "[[package]]\nname = \"tea.pot\"\nversion = \"2.1\"\n",
		"fixed/Pipfile.lock": `{"default": {"tea-pot": {"version": "==2.3"}}}`,
		"package-lock.json": `{"packages": {
"node_modules/@t/kettle": {"version": "3.1.0"},
"node_modules/x/node_modules/@t/kettle": {"version": "2.0.0"},
"node_modules/saucer": {"version": "9.9.9", "dev": true}}}`,
		"go.mod": "module m\n\nrequire example.com/cup v1.2.2\n",
	}
}

func want() []string {
	return []string{
		"high go.mod:3 example.com/cup 1.2.2 has known vulnerabilities: TEST-5 | Update example.com/cup to 1.2.3 or later.",
		"medium new/poetry.lock:2 tea.pot 2.1 has known vulnerabilities: TEST-1 | Update tea.pot to 2.3 or later.",
		"high package-lock.json:2 @t/kettle 3.1.0 has known vulnerabilities: TEST-3 | No version mends it: replace @t/kettle, or keep what is affected out of reach.",
		"low package-lock.json:4 saucer 9.9.9 has known vulnerabilities: MAL-1 | No version mends it: replace saucer, or keep what is affected out of reach.",
		"critical requirements.txt:2 tea_pot 1.1 has known vulnerabilities: TEST-1, TEST-2 | Update tea_pot to 1.5 or later, which mends some; for the rest no version does.",
	}
}

func check(t *testing.T, files map[string]string, o Options) (found []string, not []finding.NotAnalysed) {
	t.Helper()
	tree := &source.Tree{Skipped: map[string]int{}, Tracked: map[string]bool{}}
	for name, content := range files {
		tree.Files = append(tree.Files, &source.File{Path: name, Content: []byte(content), Tracked: true})
	}
	o.Pause = time.Millisecond
	rule := &audit.Rule{Rule: finding.Rule{ID: "SP701", Class: "vulnerable-dependency", Severity: finding.High},
		Detectors: map[string]audit.Detector{"manifest": New(t.Context(), o).Detectors()["vulnerable-dependency"]}}
	result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{rule}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		found = append(found, fmt.Sprintf("%v %s:%d %s | %s", f.Severity, f.Path, f.Line, f.Message, f.Fix))
	}
	return found, result.NotAnalysed
}

// api speaks the OSV API over entries. It answers one vulnerability a page, and fails the first requests.
func api(t *testing.T, failures int32) *httptest.Server {
	t.Helper()
	var failed atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/querybatch", func(w http.ResponseWriter, r *http.Request) {
		if failed.Add(1) <= failures {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var batch struct{ Queries []query }
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
			t.Errorf("reading the question: %v", err)
		}
		var results []map[string]any
		for _, q := range batch.Queries {
			results = append(results, answer(t, q))
		}
		writeJSON(t, w, map[string]any{"results": results})
	})
	mux.HandleFunc("GET /v1/vulns/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, entries()[r.PathValue("id")])
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func writeJSON(t *testing.T, w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

// answer names all entries about a package, one a page: the client decides which cover the version.
func answer(t *testing.T, q query) map[string]any {
	page := 0
	if q.PageToken != "" {
		if _, err := fmt.Sscanf(q.PageToken, "page %d", &page); err != nil {
			t.Error(err)
		}
	}
	var ids []string
	for _, id := range []string{"TEST-1", "TEST-2", "TEST-3", "TEST-4", "TEST-5", "MAL-1"} {
		entry, err := parseAdvisory([]byte(entries()[id]))
		if err != nil {
			t.Error(err)
		}
		if entry.Affected[0].is(dependency{ecosystem: q.Package.Ecosystem, name: q.Package.Name}) {
			ids = append(ids, id)
		}
	}
	if page >= len(ids) {
		return map[string]any{}
	}
	result := map[string]any{"vulns": []map[string]string{{"id": ids[page]}}}
	if page+1 < len(ids) {
		result["next_page_token"] = fmt.Sprintf("page %d", page+1)
	}
	return result
}

// database writes entries in the layout of osv-scanner.
func database(t *testing.T, below string, ecosystems ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, ecosystem := range ecosystems {
		folder := filepath.Join(dir, below, ecosystem)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(filepath.Join(folder, "all.zip"))
		if err != nil {
			t.Fatal(err)
		}
		archive := zip.NewWriter(file)
		for id, entry := range entries() {
			w, err := archive.Create(id + ".json")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, entry)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestVulnerableByAPI(t *testing.T) {
	found, not := check(t, project(), Options{API: api(t, 2).URL + "/"})
	if diff := cmp.Diff(want(), found); diff != "" || len(not) != 0 {
		t.Errorf("not analysed: %v (-want +got):\n%s", not, diff)
	}
}

func TestVulnerableByDatabase(t *testing.T) {
	for _, below := range []string{"", "osv-scanner"} {
		found, not := check(t, project(), Options{Database: database(t, below, "PyPI", "npm", "Go")})
		if diff := cmp.Diff(want(), found); diff != "" || len(not) != 0 {
			t.Errorf("below %q: not analysed: %v (-want +got):\n%s", below, not, diff)
		}
	}
}

func TestAPIFillsWhatTheDatabaseLacks(t *testing.T) {
	found, not := check(t, project(), Options{Database: database(t, "", "PyPI"), API: api(t, 0).URL})
	if diff := cmp.Diff(want(), found); diff != "" || len(not) != 0 {
		t.Errorf("not analysed: %v (-want +got):\n%s", not, diff)
	}
}

// TestNothingUnreachableIsClean wants a note for everything that was not compared.
func TestNothingUnreachableIsClean(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	broken := t.TempDir()
	for _, ecosystem := range []string{"PyPI", "npm", "Go"} {
		if err := os.MkdirAll(filepath.Join(broken, ecosystem), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(broken, ecosystem, "all.zip"), []byte("no archive"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	short := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"results": []}`) }))
	defer short.Close()
	for name, c := range map[string]struct {
		options Options
		notes   int
	}{
		"nobody asked":     {Options{}, 1},
		"server down":      {Options{API: down.URL}, 3},
		"always failing":   {Options{API: api(t, 1000).URL}, 3},
		"short answers":    {Options{API: short.URL}, 3},
		"no address":       {Options{API: "::"}, 3},
		"no such folder":   {Options{Database: filepath.Join(broken, "none")}, 3},
		"broken archives":  {Options{Database: broken}, 3},
		"part of database": {Options{Database: database(t, "", "npm")}, 2},
		"staged":           {Options{Quiet: true}, 0},
	} {
		_, not := check(t, project(), c.options)
		if len(not) != c.notes {
			t.Errorf("%s: %v", name, not)
		}
		for _, n := range not {
			if n.Class != "network" {
				t.Errorf("%s: %v", name, n)
			}
		}
	}
}

func TestOpenVersionsAreNotClean(t *testing.T) {
	_, not := check(t, map[string]string{"requirements.txt": "tea-pot>=1\n"}, Options{API: api(t, 0).URL})
	if len(not) != 1 || not[0].Path != "requirements.txt" {
		t.Error(not)
	}
	found, not := check(t, map[string]string{"main.py": "pass\n"}, Options{})
	if len(found)+len(not) != 0 {
		t.Error("a project without manifests:", found, not)
	}
}

func TestBatches(t *testing.T) {
	var requirements strings.Builder
	for i := range 2*batchSize + 1 {
		fmt.Fprintf(&requirements, "p%d==1\n", i)
	}
	requirements.WriteString("tea-pot==2.2\n")
	found, not := check(t, map[string]string{"requirements.txt": requirements.String()}, Options{API: api(t, 0).URL})
	if len(found) != 1 || !strings.Contains(found[0], "TEST-1") || len(not) != 0 {
		t.Error(found, not)
	}
}

func TestRanges(t *testing.T) {
	events := func(text string) (list []event) {
		for word := range strings.FieldsSeq(text) {
			kind, version, _ := strings.Cut(word, ":")
			switch kind {
			case "introduced":
				list = append(list, event{Introduced: version})
			case "fixed":
				list = append(list, event{Fixed: version})
			case "last":
				list = append(list, event{LastAffected: version})
			case "limit":
				list = append(list, event{Limit: version})
			}
		}
		return list
	}
	for _, c := range []struct {
		events, version string
		want            bool
	}{
		{"introduced:0 fixed:1.0", "0.9", true},
		{"introduced:0 fixed:1.0", "1.0", false},
		{"fixed:1.0 introduced:0", "0.9", true},
		{"introduced:1.0 last:1.5", "1.5", true},
		{"introduced:1.0 last:1.5", "1.5.1", false},
		{"introduced:1.0 last:1.5", "0.9", false},
		{"introduced:0 fixed:1.0 introduced:2.0 fixed:2.1", "1.5", false},
		{"introduced:0 fixed:1.0 introduced:2.0 fixed:2.1", "2.0", true},
		{"introduced:0 limit:3", "3", false},
		{"introduced:0 limit:*", "3", true},
		{"introduced:1.0rc1", "1.0", true},
		{"introduced:0 fixed:1.0", "1.0rc1", true},
		{"", "1.0", false},
	} {
		a := &advisory{Affected: []affected{{Ranges: []versionRange{{Type: "ECOSYSTEM", Events: events(c.events)}}}}}
		a.Affected[0].Package.Ecosystem, a.Affected[0].Package.Name = pypi, "x"
		got, _, err := a.covers(dependency{ecosystem: pypi, name: "x", version: c.version})
		if got != c.want || err != nil {
			t.Errorf("%s in %q: %v, %v", c.version, c.events, got, err)
		}
	}
}
