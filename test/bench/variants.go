package main

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/internal/ingredients"
	"sallyport/limit"
	"sallyport/secret"
)

// proxySecret is for this run on loopback alone.
const proxySecret = "bench-4f6a1c9e2b7d8035"

const configuration = `
hosts: [bench.example.com]
trusted_proxies: [127.0.0.1]
state_dir: state
dataset: {file: ingredients.sqlite, description: bundle/ingredients.yaml}
failure_budget: {quota: 100000, window: 1s}
tiers:
  - {name: BASIC, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: PRO, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: ULTRA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: MEGA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
`

// start builds and starts both servers and returns what to measure, the floor first.
func start(dir string) (variants []*variant, stop func(), err error) {
	var started []*process
	stop = func() {
		for _, p := range started {
			p.stop()
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, stop, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, stop, err
	}
	floor, err := startProcess(address, filepath.Join(dir, "floor.log"), nil, self, floorArgument, address)
	if err != nil {
		return nil, stop, err
	}
	started = append(started, floor)
	product, err := startProduct(dir)
	if err != nil {
		return nil, stop, err
	}
	started = append(started, product)
	names, err := names()
	if err != nil {
		return nil, stop, err
	}
	return list(floor, product, names), stop, nil
}

func list(floor, product *process, names []string) []*variant {
	lookups := func(list []string) [][]byte {
		var requests [][]byte
		for _, name := range list {
			requests = append(requests, get("/v1/ingredient/inci?q="+url.QueryEscape(name), proxySecret))
		}
		return requests
	}
	one := func(target, presented string) [][]byte { return [][]byte{get(target, presented)} }
	return []*variant{
		{name: "floor", server: floor, requests: one("/", ""), status: "200"},
		{name: "exact lookup, one name", server: product, requests: lookups(names[:1]), status: "200"},
		{name: fmt.Sprintf("exact lookup, %d names in turn", len(names)), server: product, requests: lookups(names), status: "200"},
		{name: "prefix lookup", server: product, requests: one("/v1/ingredient/inci?q=sodium", proxySecret), status: "200"},
		{name: "contains", server: product, requests: one("/v1/ingredient/search?q=glyc&field=inci", proxySecret), status: "200"},
		{name: "list by function", server: product, requests: one("/v1/function/humectant", proxySecret), status: "200"},
		{name: "403 without secret", server: product, requests: one("/v1/ingredient/inci?q=aqua", ""), status: "403"},
		{name: "health", server: product, requests: one("/health", ""), status: "200"},
	}
}

func get(target, presented string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: bench.example.com\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n", target)
	if presented != "" {
		fmt.Fprintf(&b, "X-RapidAPI-Proxy-Secret: %s\r\nX-RapidAPI-User: bench\r\nX-RapidAPI-Subscription: MEGA\r\n", presented)
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

func startProduct(dir string) (*process, error) {
	binary := filepath.Join(dir, "sallyport")
	compile := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/sallyport")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the server: %w: %s", err, out)
	}
	if err := ingredients.WriteTo(filepath.Join(dir, "bundle")); err != nil {
		return nil, err
	}
	if out, err := exec.Command(binary, "build", "ingredients", "-o", filepath.Join(dir, "ingredients.sqlite")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the dataset: %w: %s", err, out)
	}
	file := filepath.Join(dir, "sallyport.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	env := []string{"RAPIDAPI_PROXY_SECRET=" + proxySecret, "SALLYPORT_KEY=bench-key-6c2d8f0a4e1b7395-5a7c3e9b"}
	return startProcess(address, filepath.Join(dir, "serve.log"), env, binary, "serve", "--config", file, "--listen", address)
}

// names are the bundled ingredients' own.
func names() ([]string, error) {
	f, err := ingredients.FS().Open("data/inventory.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range records[1:] {
		names = append(names, r[1])
	}
	return names, nil
}

// middlewareBenchmark measures the chain alone, without a network.
type middlewareBenchmark struct {
	name string
	run  func(*testing.B)
}

func middleware() []middlewareBenchmark {
	return []middlewareBenchmark{
		{"middleware alone, allowed", func(b *testing.B) { chain(b, proxySecret) }},
		{"middleware alone, refused", func(b *testing.B) { chain(b, "") }},
	}
}

func chain(b *testing.B, presented string) {
	huge := limit.Policy{Name: "huge", Quota: limit.MaxQuota, Window: time.Second}
	m, err := sallyport.NewMiddleware(sallyport.Config{
		Hosts:         []string{"bench.example.com"},
		Secrets:       sallyport.StaticSecrets{secret.New(proxySecret)},
		Tiers:         []sallyport.Tier{{Name: "BASIC", InFlight: 10, Limits: []limit.Policy{huge}}},
		Routes:        []sallyport.Route{{Pattern: "/item/{id}", Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1}},
		FailureBudget: huge,
	})
	if err != nil {
		b.Fatal(err)
	}
	h := m.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, err := http.NewRequest(http.MethodGet, "http://bench.example.com/item/1", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "192.0.2.1:1"
	r.Header.Set("X-RapidAPI-Proxy-Secret", presented)
	r.Header.Set("X-RapidAPI-User", "bench")
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
