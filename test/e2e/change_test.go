package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
)

// editions is a dataset of which every row says what edition it is of.
const editions = `
dataset: {name: editions, version: "%d"}
sources:
  - {name: rows, csv: {file: rows.csv}}
tables:
  - name: row
    from: [rows]
    key: id
    columns:
      - {name: id, type: integer, tier: BASIC}
      - {name: name, tier: BASIC, fold: name, index: [exact, prefix, trigram]}
      - {name: edition, type: integer, tier: BASIC, index: [exact]}
      - {name: filling, tier: BASIC}
rows: {BASIC: 100, PRO: 100, ULTRA: 100, MEGA: 100}
endpoints:
  - {path: "/v1/row/{id}", kind: get, table: row, tier: BASIC, cost: 1, parameters: [{name: id}]}
  - {path: /v1/rows, kind: list, table: row, tier: BASIC, cost: 1}
  - path: /v1/find
    kind: lookup
    table: row
    tier: BASIC
    cost: 1
    parameters: [{name: q, columns: [name], required: true, modes: [{name: exact}, {name: prefix}]}]
  - path: /v1/search
    kind: search
    table: row
    tier: BASIC
    cost: 1
    parameters: [{name: q, columns: [name], required: true, min: 3, modes: [{name: contains}]}]
  - {path: /v1/editions, kind: values, table: row, column: edition, tier: BASIC, cost: 1}
  - {path: /v1/stats, kind: stats, table: row, groups: [edition], tier: BASIC, cost: 1}
`

const editionsConfig = `
hosts: [api.example.com]
trusted_proxies: [127.0.0.1]
state_dir: $STATE
dataset: {file: served.sqlite, description: editions.yaml, watch: 100ms}
tiers: [{name: BASIC, in_flight: 100, limits: [{name: minute, quota: 1000000, window: 1m}]}, {name: PRO, limits: [{name: minute, quota: 1000000, window: 1m}]},
  {name: ULTRA, limits: [{name: minute, quota: 1000000, window: 1m}]}, {name: MEGA, limits: [{name: minute, quota: 1000000, window: 1m}]}]
`

const editionRows = 300

// edition builds the file of an edition.
func (d *deployment) edition(t testing.TB, n int) string {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("id,name,edition,filling\n")
	for i := range editionRows {
		fmt.Fprintf(&rows, "%d,row %03d,%d,%s\n", i+1, i, n, strings.Repeat("x", 200))
	}
	d.write(t, "rows.csv", rows.String(), 0o644)
	text := fmt.Sprintf(editions, n)
	description, err := dataset.Parse([]byte(text), "editions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if n == 1 { // the server's own stays as it is: the file says what edition it is
		d.write(t, "editions.yaml", text, 0o644)
	}
	out := filepath.Join(d.dir, fmt.Sprintf("edition-%d.sqlite", n))
	if _, err := build.Run(context.Background(), description, d.dir, build.Options{}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestChangeUnderLoad swaps, overwrites, reloads and rolls back while 64 connections ask. No request may fail, and
// every answer must be of one edition from the first row to meta.
func TestChangeUnderLoad(t *testing.T) {
	d := deploy(t, "")
	d.configure(t, editionsConfig)
	served := filepath.Join(d.dir, "served.sqlite")
	copyInto(t, d.edition(t, 1), served)
	s := d.start(t)
	crowd := ask(s, 64)
	last := 1
	next := func() string { last++; return d.edition(t, last) }
	for range 20 { // a build or a copy that is renamed, or the command
		if last%2 == 0 {
			rename(t, next(), served)
		} else if got := d.run(t, "dataset", "install", next()); got.code != 0 {
			t.Fatal(got.stderr)
		}
		s.serves(t, last)
	}
	for range 20 { // scp and its like write into the file that is there
		overwrite(t, next(), served)
		s.serves(t, last)
	}
	for n := range 20 {
		reloads := strings.Count(s.logs.String(), "generation in service")
		s.signal(t, syscall.SIGHUP)
		waitCount(t, s, "generation in service", reloads+1)
		if n%5 == 4 { // and with a new file at the same time
			rename(t, next(), served)
			s.signal(t, syscall.SIGHUP)
			s.serves(t, last)
		}
	}
	for _, to := range []int{last - 1, last - 2, last, last - 2, last - 1} {
		number := strconv.Itoa(d.generationOf(t, to))
		if got := d.run(t, "dataset", "rollback", number); got.code != 0 {
			t.Fatal(got.stderr)
		}
		s.serves(t, to)
	}
	crowd.end(t, last)
	if refused := strings.Count(s.logs.String(), "reload refused"); refused > 0 {
		t.Errorf("%d reloads were refused:\n%s", refused, s.logs)
	}
}

// generationOf returns the number of the generation that an edition is kept as.
func (d *deployment) generationOf(t testing.TB, edition int) int {
	t.Helper()
	var list []struct {
		Number  int    `json:"number"`
		Version string `json:"version"`
	}
	got := d.run(t, "dataset", "list", "--format", "json")
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatal(err, got.stderr)
	}
	for _, g := range list {
		if g.Version == strconv.Itoa(edition) {
			return g.Number
		}
	}
	t.Fatalf("edition %d is not kept: %s", edition, got.stdout)
	return 0
}

// serves waits until the answers are of an edition.
func (s *process) serves(t testing.TB, edition int) {
	t.Helper()
	want := fmt.Sprintf(`"version":"%d"`, edition)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, body := s.get(t, "/v1/stats", "BASIC")
		if strings.Contains(body, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("edition %d is not served, but %s\n%s", edition, body, s.logs)
		}
	}
}

func copyInto(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := errors.Join(os.Chmod(from, 0o644), os.Rename(from, to)); err != nil {
		t.Fatal(err)
	}
}

// overwrite writes into the same file in parts, in the last of which it is looked at at least once.
func overwrite(t testing.TB, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o644); err != nil { // as an install leaves it
		t.Fatal(err)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for part := range 4 {
		if _, err := f.Write(content[part*len(content)/4 : (part+1)*len(content)/4]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		if part == 2 {
			time.Sleep(250 * time.Millisecond)
		}
	}
}

// crowd asks without an end.
type crowd struct {
	stop    context.CancelFunc
	wg      sync.WaitGroup
	answers atomic.Int64
	mu      sync.Mutex
	wrong   []string
	seen    map[int]bool // editions
}

func ask(s *process, connections int) *crowd {
	ctx, stop := context.WithCancel(context.Background())
	c := &crowd{stop: stop, seen: map[int]bool{}}
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}
	client := &http.Client{Timeout: patience, Transport: transport}
	for i := range connections {
		c.wg.Go(func() {
			for ctx.Err() == nil {
				c.one(client, s.address, i)
				time.Sleep(time.Duration(20+rand.IntN(20)) * time.Millisecond)
			}
		})
	}
	return c
}

func (c *crowd) one(client *http.Client, address string, customer int) {
	id := rand.IntN(editionRows)
	paths := []string{fmt.Sprint("/v1/row/", id+1), "/v1/rows", fmt.Sprintf("/v1/find?q=row+%03d", id), "/v1/find?q=row", "/v1/search?q=row+1",
		"/v1/editions", "/v1/stats"}
	path := paths[rand.IntN(len(paths))]
	edition, err := c.fetch(client, "http://"+address+path, customer)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Add(1)
	if err != nil {
		c.wrong = append(c.wrong, path+": "+err.Error())
		return
	}
	c.seen[edition] = true
}

// fetch returns the edition that all of an answer is of.
func (c *crowd) fetch(client *http.Client, url string, customer int) (int, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Host = apiHost
	r.Header.Set("X-RapidAPI-Proxy-Secret", current)
	r.Header.Set("X-RapidAPI-User", fmt.Sprint("customer-", customer))
	r.Header.Set("X-RapidAPI-Subscription", "BASIC")
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%d %s", resp.StatusCode, body)
	}
	return oneEdition(body)
}

// oneEdition returns the edition of meta, when every row is of it, too: as a member, as the value that is counted, or
// as a group.
func oneEdition(body []byte) (int, error) {
	var answer struct {
		Data []struct {
			Edition int    `json:"edition"`
			Value   string `json:"value"`
			Values  map[string][]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"data"`
		Meta struct {
			Dataset struct {
				Version string `json:"version"`
			} `json:"dataset"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("%w in %.300s", err, body)
	}
	version, found := answer.Meta.Dataset.Version, 0
	for _, row := range answer.Data {
		values := []string{row.Value}
		for _, group := range row.Values["edition"] {
			values = append(values, group.Value)
		}
		if row.Edition != 0 {
			values = append(values, strconv.Itoa(row.Edition))
		}
		for _, v := range values {
			if v != "" && v != version {
				return 0, fmt.Errorf("edition %s within version %s: %.300s", v, version, body)
			}
			if v != "" {
				found++
			}
		}
	}
	if found == 0 {
		return 0, fmt.Errorf("no row: %.300s", body)
	}
	return strconv.Atoi(version)
}

// end stops the crowd and reports what went wrong.
func (c *crowd) end(t testing.TB, editions int) {
	t.Helper()
	c.stop()
	c.wg.Wait()
	t.Logf("%d answers of %d editions", c.answers.Load(), len(c.seen))
	if len(c.wrong) > 0 {
		t.Errorf("%d of %d answers are wrong, such as:\n%s", len(c.wrong), c.answers.Load(), strings.Join(c.wrong[:min(5, len(c.wrong))], "\n"))
	}
	if len(c.seen) < editions*3/4 {
		t.Errorf("the crowd saw %d of %d editions: it did not ask all the time", len(c.seen), editions)
	}
}

// TestFullDiskLeavesTheOldDataset: a copy that cannot be written whole is not there at all, and the one before goes on.
func TestFullDiskLeavesTheOldDataset(t *testing.T) {
	d := deploy(t, "")
	d.configure(t, editionsConfig)
	served := filepath.Join(d.dir, "served.sqlite")
	first := d.edition(t, 1)
	copyInto(t, first, served)
	info, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	// The shell counts blocks of 512 or 1024 bytes: either bound is above the first edition and below the second.
	blocks := (info.Size() + 64<<10) / 512
	s := &process{done: make(chan error, 1), logs: newLogs(), access: newLogs()}
	s.command = exec.Command("sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks), shared().program)
	s.command.Args = append(s.command.Args, d.args...)
	plain := d.command()
	s.command.Dir, s.command.Env = plain.Dir, plain.Env
	s.command.Stdout, s.command.Stderr = s.access, s.logs
	s.launch(t)
	d.write(t, "big.csv", bigRows(int(blocks)*1024), 0o644)
	rename(t, d.big(t), served)
	s.logs.wait(t, s.done, "new dataset refused.*file too large")
	s.serves(t, 1)
	entries, err := os.ReadDir(filepath.Join(d.dir, "state", "generations"))
	if err != nil || len(entries) != 3 { // the copy, the journal and the lock
		t.Errorf("%v %v", entries, err)
	}
	rename(t, d.edition(t, 2), served)
	s.serves(t, 2)
}

func bigRows(size int) string {
	var rows strings.Builder
	rows.WriteString("id,name,edition,filling\n")
	for i := 0; rows.Len() < size; i++ {
		fmt.Fprintf(&rows, "%d,row %03d,3,%s\n", i+1, i, strings.Repeat("x", 2000))
	}
	return rows.String()
}

// big builds an edition of big.csv.
func (d *deployment) big(t testing.TB) string {
	t.Helper()
	description, err := dataset.Parse(fmt.Appendf(nil, editions, 3), "editions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(d.dir, "big.sqlite")
	options := build.Options{Sources: map[string]string{"rows": filepath.Join(d.dir, "big.csv")}}
	if _, err := build.Run(context.Background(), description, d.dir, options, out); err != nil {
		t.Fatal(err)
	}
	return out
}
