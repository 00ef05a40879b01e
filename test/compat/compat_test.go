package compat

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/internal/compare"
	"sallyport/internal/servicetest"
)

// What the older API and the program are given.
const (
	proxySecret = "wT5k-Zp9Qx2-mR7vLb4n"
	signingKey  = "c3Fh8Zr1vQk5Wm9Lx2Bt7Ny4Pj6Ud0Ge8Ra3Ks"
	host        = "api.example.com"
)

// The bounds that the move keeps to.
const (
	maxDescription   = 80 // lines
	maxConfiguration = 25
	wantExchanges    = 500
)

// TestNobodyNoticesTheMove asks the FastAPI application and the program 500 times. What differs stands in
// justified.jsonl with its reason, and every reason there is needed.
func TestNobodyNoticesTheMove(t *testing.T) {
	app, err := filepath.Abs("app")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	database := makeDatabase(t, dir)
	_, guarded := servicetest.FastAPI(t, app, "DATABASE="+database, "RAPIDAPI_PROXY_SECRET="+proxySecret, "PER_MINUTE=1000000")
	_, limited := servicetest.FastAPI(t, app, "DATABASE="+database)
	_, open := servicetest.FastAPI(t, app, "DATABASE="+database)
	newer := startProgram(t, dir)
	m := move{allowed: readAllowances(t, "justified.jsonl")}
	m.needed = make([]int, len(m.allowed))
	m.ask(t, "requests.jsonl", server(guarded, true), server(newer, true), 4)
	m.ask(t, "limits.jsonl", server(limited, false), server(newer, true), 1)
	m.ask(t, "doors.jsonl", server(open, false), server(newer, false), 1)
	m.ask(t, "secrets.jsonl", server(guarded, false), server(newer, false), 1)
	if m.exchanges != wantExchanges {
		t.Errorf("%d exchanges, want %d", m.exchanges, wantExchanges)
	}
	t.Logf("%d exchanges, of which %d differ in more than Cache-Control", m.exchanges, m.noticed)
	for i, n := range m.needed {
		t.Logf("%d justified: %s", n, m.allowed[i].Reason)
		if n == 0 {
			t.Errorf("nothing needs the allowance %+v", m.allowed[i])
		}
	}
}

// move gathers what the comparisons say.
type move struct {
	allowed   []compare.Allowance
	needed    []int // differences by allowance
	exchanges int
	noticed   int // exchanges that differ in what a program may notice
}

func (m *move) ask(t *testing.T, file string, older, newer compare.Server, atOnce int) {
	t.Helper()
	requests := readRequests(t, file)
	report, err := compare.Run(t.Context(), older, newer, requests, compare.Options{
		Allow: m.allowed, Conceal: []string{proxySecret}, Concurrency: atOnce,
	})
	if err != nil {
		t.Fatal(err)
	}
	m.exchanges += len(requests)
	for i, use := range report.Allowed {
		m.needed[i] += use.Differences
	}
	for _, x := range report.Exchanges {
		if slices.ContainsFunc(x.Differences, func(d compare.Difference) bool { return d.Place != "header Cache-Control" }) {
			m.noticed++
		}
	}
	if report.Differ() || report.Incomplete() {
		var text strings.Builder
		if err := report.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s\n%s", file, &text)
	}
}

func server(address string, secret bool) compare.Server {
	s := compare.Server{URL: &url.URL{Scheme: "http", Host: address}, Header: http.Header{"Host": {host}}}
	if secret {
		s.Header.Set("X-RapidAPI-Proxy-Secret", proxySecret)
	}
	return s
}

func TestTheMoveIsShort(t *testing.T) {
	for file, most := range map[string]int{"description.yaml": maxDescription, "sallyport.yaml": maxConfiguration} {
		text, err := os.ReadFile(filepath.Join("deployment", file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > most {
			t.Errorf("%s has %d lines, and %d are promised", file, n, most)
		}
	}
}

func readRequests(t *testing.T, file string) []compare.Request {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	requests, err := compare.ReadRequests(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return requests
}

func readAllowances(t *testing.T, file string) []compare.Allowance {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := compare.ReadAllowances(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return list
}

// startProgram builds the program and the sealed dataset in dir, serves it, and returns its address.
func startProgram(t *testing.T, dir string) string {
	t.Helper()
	readSources(t)
	program := filepath.Join(t.TempDir(), "sallyport")
	build := exec.Command("go", "build", "-o", program, "sallyport/cmd/sallyport")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output(t, build)
	if err := os.CopyFS(dir, os.DirFS("deployment")); err != nil {
		t.Fatal(err)
	}
	seal := exec.Command(program, "build", "description.yaml", "-o", "api.sqlite")
	seal.Dir = dir
	output(t, seal)
	address := servicetest.FreeAddress(t)
	serve := exec.Command(program, "serve", "--listen", address)
	serve.Dir = dir
	serve.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "RAPIDAPI_PROXY_SECRET=" + proxySecret,
		"SALLYPORT_KEY=" + signingKey}
	servicetest.Start(t, serve, address)
	return address
}

// readSources reads every file of the module, so that the go command knows what this test depends on and does not
// show the result of an older program.
func readSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "../..":
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			_, err = os.ReadFile(name)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, text)
	}
}
