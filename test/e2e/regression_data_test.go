package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tree returns the files of a folder with their hashes; a socket has no content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		sum := sha256.Sum256(data)
		files[path] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRegression_DatasetCannotBeWritten: no statement of a client's reaches the engine, so nothing is written,
// attached or copied. The layers below are tested one by one where they are.
func TestRegression_DatasetCannotBeWritten(t *testing.T) {
	d := deploy(t, "prod")
	s := d.start(t)
	before := tree(t, d.dir)
	if len(before) < 2 {
		t.Fatalf("no private copy: %v", before)
	}
	elsewhere := filepath.Join(t.TempDir(), "stolen.sqlite")
	for i, text := range []string{
		"x'; ATTACH DATABASE '" + elsewhere + "' AS e; CREATE TABLE e.t(x); --",
		"x'; VACUUM INTO '" + elsewhere + "'; --",
		"x'; DELETE FROM t_ingredient; --",
		"x'; PRAGMA query_only=0; PRAGMA writable_schema=1; --",
		`x" ; DROP TABLE "f0"; --`,
	} {
		for j, path := range []string{"/v1/ingredient/inci?q=", "/v1/ingredient/search?q=", "/v1/function/", "/v1/ingredient/", "/v1/status?s=", "/v1/stats?cursor="} {
			resp, body := s.get(t, path+url.PathEscape(text), "MEGA", header("X-RapidAPI-User", fmt.Sprint("customer", i, j)))
			if resp.StatusCode >= 500 {
				t.Errorf("%s%s: %d %s", path, text, resp.StatusCode, body)
			}
		}
	}
	after := tree(t, d.dir)
	for path, hash := range after {
		if before[path] != hash {
			t.Errorf("%s is new or was changed", path)
		}
	}
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("a file was written elsewhere")
	}
}

// TestRegression_DamagedFileNeverReachesAnAnswer: the file that serve was given can be changed in place.
func TestRegression_DamagedFileNeverReachesAnAnswer(t *testing.T) {
	d := deploy(t, "")
	own := filepath.Join(d.dir, "own.sqlite")
	data, err := os.ReadFile(shared().dataset)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, data, 0o644); err != nil {
		t.Fatal(err)
	}
	d.configure(t, "hosts: [api.example.com]\ntrusted_proxies: [127.0.0.1]\nstate_dir: $STATE\n"+
		"dataset: {file: own.sqlite, description: $DESCRIPTION}\n")
	s := d.start(t)
	if err := os.WriteFile(own, []byte("SQLite format 3\x00 and no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.logs.wait(t, s.done, "new dataset refused")
	if resp, body := s.get(t, "/v1/ingredient/37595", "BASIC"); resp.StatusCode != http.StatusOK || !strings.Contains(body, "SALICYLIC ACID") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	again := deploy(t, "")
	again.write(t, "own.sqlite", "SQLite format 3\x00 and no more", 0o644)
	again.configure(t, "hosts: [api.example.com]\ntrusted_proxies: [127.0.0.1]\nstate_dir: $STATE\n"+
		"dataset: {file: own.sqlite, description: $DESCRIPTION}\n")
	if got := again.run(t, again.args...); got.code != 2 || !strings.Contains(got.stderr, "own.sqlite") {
		t.Errorf("a start with the damaged file: exit code %d\n%s", got.code, got.stderr)
	}
}

// TestRegression_HealthyIsNotReady: without its data the process lives and is not ready.
func TestRegression_HealthyIsNotReady(t *testing.T) {
	d := deploy(t, "prod")
	s := d.start(t)
	if got := d.run(t, "health", "--url", "http://"+s.address+"/ready"); got.code != 0 {
		t.Fatalf("ready at the start: exit code %d\n%s", got.code, got.stderr)
	}
	copies, err := filepath.Glob(filepath.Join(d.dir, "state", "generations", "*.sqlite"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("private copies: %v, %v", copies, err)
	}
	if err := os.Chmod(copies[0], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(copies[0], 0); err != nil {
		t.Fatal(err)
	}
	var status int
	for deadline := time.Now().Add(patience); status != http.StatusServiceUnavailable && time.Now().Before(deadline); {
		resp, body := s.get(t, "/ready", "BASIC")
		if status = resp.StatusCode; status >= 400 {
			mustNotContain(t, body, "sqlite", "disk", copies[0])
		}
		time.Sleep(100 * time.Millisecond) // what ready says holds for a second
	}
	if status != http.StatusServiceUnavailable {
		t.Errorf("ready without data: %d", status)
	}
	if resp, body := s.get(t, "/health", "BASIC"); resp.StatusCode != http.StatusOK {
		t.Errorf("health without data: %d %s", resp.StatusCode, body)
	}
	if got := d.run(t, "health", "--url", "http://"+s.address+"/ready"); got.code != 1 {
		t.Errorf("the probe: exit code %d\n%s", got.code, got.stderr)
	}
}

// TestRegression_SlowQueryIsInterrupted builds a dataset in which one question looks at every row and finds none.
// The answer comes when the deadline is over, and the engine stops with it.
func TestRegression_SlowQueryIsInterrupted(t *testing.T) {
	d := deploy(t, "")
	var rows strings.Builder
	rows.WriteString("id,name,kind\n")
	for i := range 200_000 {
		fmt.Fprintf(&rows, "%d,common text %d,plain\n", i+1, i%10)
	}
	d.write(t, "rows.csv", rows.String(), 0o644)
	d.write(t, "slow.yaml", slowDescription, 0o644)
	if got := d.run(t, "build", "slow.yaml", "-o", "slow.sqlite"); got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	d.configure(t, "hosts: [api.example.com]\ntrusted_proxies: [127.0.0.1]\nstate_dir: $STATE\n"+
		"dataset: {file: slow.sqlite, description: slow.yaml}\nquery: {deadline: 20ms}\n")
	s := d.start(t)
	resp, body := s.get(t, "/v1/search?q=common&kind=rare", "BASIC")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	mustNotContain(t, body, "interrupt", "SELECT", "context")
	used := cpuTicks(t, s)
	time.Sleep(time.Second) // in which an engine that goes on would use a hundred ticks
	if after := cpuTicks(t, s); after-used > 20 {
		t.Errorf("%d ticks of CPU after the answer", after-used)
	}
	if resp, body := s.get(t, "/v1/search?q=common&kind=plain", "BASIC"); resp.StatusCode != http.StatusOK {
		t.Errorf("a quick question after it: %d %s", resp.StatusCode, body)
	}
}

const slowDescription = `
dataset: {name: slow, version: "1", licence: none}
sources:
  - {name: rows, csv: {file: rows.csv}}
tables:
  - name: row
    from: [rows]
    key: id
    columns:
      - {name: id, type: integer, tier: BASIC}
      - {name: name, fold: name, index: [exact, trigram], tier: BASIC}
      - {name: kind, fold: slug, index: [exact], tier: BASIC}
rows: {BASIC: 10, PRO: 10, ULTRA: 10, MEGA: 10}
endpoints:
  - path: /v1/search
    kind: search
    table: row
    tier: BASIC
    cost: 1
    parameters:
      - {name: q, columns: [name], modes: [{name: contains, min: 3}], required: true, min: 3}
      - {name: kind, columns: [kind]}
`

// cpuTicks is the CPU time of the process, in hundredths of a second.
func cpuTicks(t *testing.T, s *process) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.command.Process.Pid))
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return user + system
}
