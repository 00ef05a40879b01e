package main

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sallyport/internal/ingredients"
)

// proxySecret is for this run on loopback alone.
const proxySecret = "bench-4f6a1c9e2b7d8035"

const configuration = `
hosts: [bench.example.com]
trusted_proxies: [127.0.0.1]
dataset: {file: ingredients.sqlite, description: bundle/ingredients.yaml}
failure_budget: {quota: 100000, window: 1s}
tiers:
  - {name: BASIC, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: PRO, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: ULTRA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: MEGA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
`

// start builds and starts both servers and returns what to measure, the floor first.
func start(dir string, profiled bool) (variants []*variant, stop func(), err error) {
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
	p, err := build(dir, profiled)
	if err != nil {
		return nil, stop, err
	}
	warm, err := p.start("warm", "")
	if err != nil {
		return nil, stop, err
	}
	started = append(started, warm)
	cold, err := p.start("cold", "cache: {size: 0}\n")
	if err != nil {
		return nil, stop, err
	}
	started = append(started, cold)
	names, err := names()
	if err != nil {
		return nil, stop, err
	}
	return list(floor, warm, cold, names), stop, nil
}

func list(floor, warm, cold *process, names []string) []*variant {
	all := []*variant{{name: "floor", server: floor, requests: one("/", ""), status: "200"}}
	for _, v := range []struct {
		name     string
		requests [][]byte
	}{
		{fmt.Sprintf("exact lookup, %d names", len(names)), lookups(names)},
		{"prefix lookup", one("/v1/ingredient/inci?q=sodium", proxySecret)},
		{"contains", one("/v1/ingredient/search?q=glyc&field=inci", proxySecret)},
		{"list by function", one("/v1/function/humectant", proxySecret)},
		{"list by function, zstd", one("/v1/function/humectant", proxySecret, "Accept-Encoding: gzip, br, zstd")},
	} {
		all = append(all, &variant{name: v.name + ", warm", server: warm, requests: v.requests, status: "200"},
			&variant{name: v.name + ", cold", server: cold, requests: v.requests, status: "200"})
	}
	return append(all,
		&variant{name: "403 without secret", server: warm, requests: one("/v1/ingredient/inci?q=aqua", ""), status: "403"},
		&variant{name: "health", server: warm, requests: one("/health", ""), status: "200"})
}

func lookups(names []string) [][]byte {
	var requests [][]byte
	for _, name := range names {
		requests = append(requests, get("/v1/ingredient/inci?q="+url.QueryEscape(name), proxySecret))
	}
	return requests
}

func one(target, presented string, headers ...string) [][]byte {
	return [][]byte{get(target, presented, headers...)}
}

func get(target, presented string, headers ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: bench.example.com\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n", target)
	if presented != "" {
		fmt.Fprintf(&b, "X-RapidAPI-Proxy-Secret: %s\r\nX-RapidAPI-User: bench\r\nX-RapidAPI-Subscription: MEGA\r\n", presented)
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// product is the built command with a dataset.
type product struct{ dir, binary string }

func build(dir string, profiled bool) (*product, error) {
	p := &product{dir, filepath.Join(dir, "sallyport")}
	arguments := []string{"build", "-trimpath", "-o", p.binary}
	if profiled {
		flag, err := overlay(dir)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, flag)
	}
	compile := exec.Command("go", append(arguments, "./cmd/sallyport")...)
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the server: %w: %s", err, out)
	}
	if err := ingredients.WriteTo(filepath.Join(dir, "bundle")); err != nil {
		return nil, err
	}
	if out, err := exec.Command(p.binary, "build", "ingredients", "-o", filepath.Join(dir, "ingredients.sqlite")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the dataset: %w: %s", err, out)
	}
	return p, nil
}

// start runs the command with further lines of configuration.
func (p *product) start(name, lines string) (*process, error) {
	file := filepath.Join(p.dir, name+".yaml")
	if err := os.WriteFile(file, []byte(configuration+"state_dir: state-"+name+"\n"+lines), 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	env := []string{"RAPIDAPI_PROXY_SECRET=" + proxySecret, "SALLYPORT_KEY=bench-key-6c2d8f0a4e1b7395-5a7c3e9b"}
	return startProcess(address, filepath.Join(p.dir, name+".log"), env, p.binary, "serve", "--config", file, "--listen", address)
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
