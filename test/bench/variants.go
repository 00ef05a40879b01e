package main

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
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
alerts: {targets: [{name: bench, kind: webhook}]}
tiers:
  - {name: BASIC, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: PRO, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: ULTRA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
  - {name: MEGA, in_flight: 1000, limits: [{name: burst, quota: 2000000000, window: 1s}, {name: minute, quota: 2000000000, window: 1m}]}
`

// start builds and starts both servers and returns what to measure, the floor first.
func start(dir string, profiled bool) (variants []*variant, stop func(), err error) {
	var started []*process
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	stop = func() {
		for _, p := range started {
			p.stop()
		}
		receiver.Close()
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
	p, err := build(dir, receiver.URL, profiled)
	if err != nil {
		return nil, stop, err
	}
	var servers [3]*process
	for i, s := range []struct{ name, binary, lines string }{
		{"warm", p.binary, ""}, {"cold", p.binary, "cache: {size: 0}\n"}, {"unwatched", p.unwatched, ""},
	} {
		if servers[i], err = p.start(s.name, s.binary, s.lines); err != nil {
			return nil, stop, err
		}
		started = append(started, servers[i])
	}
	names, err := names()
	if err != nil {
		return nil, stop, err
	}
	return list(floor, servers[0], servers[1], servers[2], names), stop, nil
}

func list(floor, warm, cold, unwatched *process, names []string) []*variant {
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
		&variant{name: "exact lookup, warm, unwatched", server: unwatched, requests: lookups(names), status: "200"},
		&variant{name: "403 without secret", server: warm, requests: one("/v1/ingredient/inci?q=aqua", ""), status: "403"},
		&variant{name: "403 without secret, unwatched", server: unwatched, requests: one("/v1/ingredient/inci?q=aqua", ""), status: "403"},
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

// start runs a build of the command with further lines of configuration.
func (p *product) start(name, binary, lines string) (*process, error) {
	file := filepath.Join(p.dir, name+".yaml")
	own := fmt.Sprintf("state_dir: state-%s\nprivate: {listen: \"unix:%s\"}\n", name, filepath.Join(p.dir, name+".sock"))
	if err := os.WriteFile(file, []byte(configuration+own+lines), 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	env := []string{"RAPIDAPI_PROXY_SECRET=" + proxySecret, "SALLYPORT_KEY=bench-key-6c2d8f0a4e1b7395-5a7c3e9b",
		"SALLYPORT_WEBHOOK_URL=" + p.receiver, "SALLYPORT_WEBHOOK_SECRET=bench-hook-9d3e7b15c0a8f264"}
	return startProcess(address, filepath.Join(p.dir, name+".log"), env, binary, "serve", "--config", file, "--listen", address)
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
