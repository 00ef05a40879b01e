package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/secret"
)

const (
	proxySecret = "q7Zr2mXw9LkT4vBn"
	serverKey   = "K9pXe2Rt7vLq4Zw8Ns5Yb3Hd6Jf1Mc0g"
)

const words = `
dataset: {name: words, version: "%[1]s", date: "2026-01-01"}
sources:
  - {name: words, csv: {file: words.csv}}
tables:
  - name: word
    from: [words]
    key: id
    columns:
      - {name: id, type: integer, tier: BASIC}
      - {name: text, tier: BASIC, fold: name, index: [exact, prefix]}
rows: {BASIC: 10, PRO: 10, ULTRA: 10, MEGA: 10}
endpoints:
  - path: /v1/word
    kind: lookup
    table: word
    tier: BASIC
    cost: 1
    parameters:
      - {name: q, columns: [text], required: true, min: 1, modes: [{name: exact}, {name: prefix}]}
`

const settings = `
hosts: [api.example.com]
trusted_proxies: [127.0.0.1]
state_dir: state
dataset: {file: words.sqlite, description: words.yaml}
`

// site is a folder with everything that a deployment has.
type site struct {
	t   testing.TB
	dir string
	log *syncBuffer
}

// syncBuffer is a log that a test reads while the App writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func newSite(t testing.TB) *site {
	s := &site{t: t, dir: t.TempDir(), log: new(syncBuffer)}
	s.write("sallyport.yaml", settings)
	s.publish("1", "aqua")
	return s
}

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// publish builds a dataset in which word 1 is text.
func (s *site) publish(version, text string) {
	s.t.Helper()
	s.write("words.csv", "id,text\n1,"+text+"\n2,other\n")
	s.describe(fmt.Sprintf(words, version))
}

// describe builds the dataset of a description.
func (s *site) describe(description string) {
	s.t.Helper()
	s.write("words.yaml", description)
	d, err := dataset.Parse([]byte(description), "words.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := build.Run(s.t.Context(), d, s.dir, build.Options{}, filepath.Join(s.dir, "words.sqlite")); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) config(environ ...string) *config.Config {
	s.t.Helper()
	cfg, err := config.Load(config.Options{Dir: s.dir, SecretsDir: s.dir, Environ: append([]string{
		"RAPIDAPI_PROXY_SECRET=" + proxySecret, "SALLYPORT_KEY=" + serverKey,
	}, environ...)})
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

func (s *site) start() *app.App {
	s.t.Helper()
	a, err := app.New(s.t.Context(), s.config(), app.Options{Version: "test", Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { a.Close() })
	return a
}

func ask(a http.Handler, target, presented string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, "http://api.example.com"+target, nil)
	r.Header.Set("X-RapidAPI-Proxy-Secret", presented)
	r.Header.Set("X-RapidAPI-User", "alice")
	r.Header.Set("X-RapidAPI-Subscription", "MEGA")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestAppServesTheDatasetBehindTheChain(t *testing.T) {
	a := newSite(t).start()
	if status, _ := ask(a, "/v1/word?q=aqua", ""); status != 403 {
		t.Errorf("without secret: %d", status)
	}
	if status, text := ask(a, "/v1/word?q=aqua", proxySecret); status != 200 || !strings.Contains(text, `"id":1`) {
		t.Errorf("with secret: %d %s", status, text)
	}
	for path, want := range map[string]string{"/health": `"status":"healthy"`, "/ready": `"status":"ready"`} {
		if status, text := ask(a, path, ""); status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

func TestReloadSwapsWholeGenerations(t *testing.T) {
	s := newSite(t)
	a := s.start()
	s.publish("2", "benzene")
	if _, text := ask(a, "/v1/word?q=aqua", proxySecret); !strings.Contains(text, `"version":"1"`) {
		t.Errorf("before the reload: %s", text)
	}
	if err := a.Reload(t.Context(), s.config()); err != nil {
		t.Fatal(err)
	}
	if _, text := ask(a, "/v1/word?q=benzene", proxySecret); !strings.Contains(text, `"version":"2"`) || !strings.Contains(text, `"id":1`) {
		t.Errorf("after the reload: %s", text)
	}
}

func TestReloadRotatesSecretsAndKeepsCounters(t *testing.T) {
	s := newSite(t)
	a := s.start()
	const rotated = "Xw3Lp8Vn5Tq1Rz6K"
	remaining := func(presented string) string {
		r := httptest.NewRequest(http.MethodGet, "http://api.example.com/v1/word?q=aqua", nil)
		r.Header.Set("X-RapidAPI-Proxy-Secret", presented)
		r.Header.Set("X-RapidAPI-User", "bob")
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w.Header().Get("RateLimit")
	}
	for range 5 {
		remaining(proxySecret)
	}
	cfg := s.config("RAPIDAPI_PROXY_SECRET_PREVIOUS=" + proxySecret)
	cfg.Secrets.Marketplace = secret.New(rotated)
	if err := a.Reload(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for _, presented := range []string{proxySecret, rotated} {
		got := remaining(presented)
		if !strings.Contains(got, `"minute";r=5`) || strings.Contains(got, "r=59") || strings.Contains(got, "r=58") {
			t.Errorf("after the reload limits are whole again: %s", got)
		}
	}
}

func TestRefusedReloadLeavesTheGeneration(t *testing.T) {
	s := newSite(t)
	a := s.start()
	for name, damage := range map[string]func(){
		"garbage":   func() { s.write("words.sqlite.new", "garbage") },
		"truncated": func() { s.truncate("words.sqlite", "words.sqlite.new") },
		"empty":     func() { s.write("words.sqlite.new", "") },
	} {
		damage()
		if err := os.Rename(filepath.Join(s.dir, "words.sqlite.new"), filepath.Join(s.dir, "words.sqlite")); err != nil {
			t.Fatal(err)
		}
		if err := a.ReloadDataset(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if status, text := ask(a, "/v1/word?q=aqua", proxySecret); status != 200 || !strings.Contains(text, `"id":1`) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}

func (s *site) truncate(from, to string) {
	s.t.Helper()
	whole, err := os.ReadFile(filepath.Join(s.dir, from))
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(to, string(whole[:len(whole)/2]))
}

func TestOverwritingTheFileInPlaceReachesNoAnswer(t *testing.T) {
	s := newSite(t)
	a := s.start()
	file := filepath.Join(s.dir, "words.sqlite")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.WriteString(f, strings.Repeat("x", 64<<10)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if status, text := ask(a, "/v1/word?q=aqua", proxySecret); status != 200 || !strings.Contains(text, `"id":1`) {
			t.Fatalf("%d %s", status, text)
		}
	}
}

func TestWritableDatasetNeedsAStateDirectory(t *testing.T) {
	s := newSite(t)
	s.write("sallyport.yaml", strings.ReplaceAll(settings, "state_dir: state", ""))
	_, err := app.New(t.Context(), s.config(), app.Options{Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "set state_dir") {
		t.Errorf("error %v", err)
	}
}

// TestRequestsSeeOneGenerationWhole asks while generations are swapped. In each, word 1 and the version
// belong together.
func TestRequestsSeeOneGenerationWhole(t *testing.T) {
	s := newSite(t)
	s.write("sallyport.yaml", settings+"cache: {size: 0}\n") // every answer is read from the data
	s.publish("1", "v1 aqua")
	a := s.start()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				status, text := ask(a, "/v1/word?q=v", proxySecret)
				if status == 429 {
					continue
				}
				first, second := strings.Contains(text, `"version":"1"`), strings.Contains(text, `"version":"2"`)
				if status != 200 || first == second || first != strings.Contains(text, "v1 aqua") || second != strings.Contains(text, "v2 benzene") {
					t.Errorf("%d %s", status, text)
					return
				}
			}
		})
	}
	for i := range 10 {
		s.publish(fmt.Sprint(1+i%2), []string{"v1 aqua", "v2 benzene"}[i%2])
		if err := a.Reload(t.Context(), s.config()); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	if copies, _ := filepath.Glob(filepath.Join(s.dir, "state", "generations", "*.sqlite")); len(copies) != 2 {
		t.Errorf("%d private copies stay", len(copies))
	}
}

func TestWatchTakesANewFileAndKeepsTheOldForABadOne(t *testing.T) {
	s := newSite(t)
	a := s.start()
	go a.Watch(t.Context(), 10*time.Millisecond)
	s.write("words.sqlite.new", "garbage")
	if err := os.Rename(filepath.Join(s.dir, "words.sqlite.new"), filepath.Join(s.dir, "words.sqlite")); err != nil {
		t.Fatal(err)
	}
	s.eventually("the bad file was not noticed", func() bool { return strings.Contains(s.log.String(), "new dataset refused") })
	if status, _ := ask(a, "/v1/word?q=aqua", proxySecret); status != 200 {
		t.Errorf("status %d", status)
	}
	s.publish("2", "benzene")
	s.eventually("the new file was not served", func() bool {
		_, text := ask(a, "/v1/word?q=benzene", proxySecret)
		return strings.Contains(text, `"id":1`) || strings.Contains(text, "quota")
	})
	if n := strings.Count(s.log.String(), "new dataset refused"); n != 1 {
		t.Errorf("the bad file was tried %d times", n)
	}
}

func (s *site) eventually(otherwise string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s; log:\n%s", otherwise, s.log)
		}
	}
}

// TestExampleCanBeAsked: the first line that a newcomer copies must work, whatever the dataset.
func TestExampleCanBeAsked(t *testing.T) {
	s := newSite(t)
	if got := s.start().Example(); got != "/health" {
		t.Errorf("where every path needs to know the data: %s", got)
	}
	s.describe(fmt.Sprintf(words, "2") + "  - {path: /v1/rich, kind: list, table: word, tier: PRO, cost: 1}\n" +
		"  - {path: \"/v1/word/{id}\", kind: get, table: word, tier: BASIC, cost: 1, parameters: [{name: id}]}\n" +
		"  - {path: /v1/all, kind: list, table: word, tier: BASIC, cost: 1}\n")
	a := s.start()
	if status, text := ask(a, a.Example(), proxySecret); a.Example() != "/v1/all" || status != 200 {
		t.Errorf("%s: %d %s", a.Example(), status, text)
	}
}

func TestClosedAppRefuses(t *testing.T) {
	a := newSite(t).start()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(a, "/v1/word?q=aqua", proxySecret); status != 503 {
		t.Errorf("status %d", status)
	}
}
