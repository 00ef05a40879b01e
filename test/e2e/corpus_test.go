package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/ingredients"
	"sallyport/internal/server"
	"sallyport/limit"
	"sallyport/secret"
	"sallyport/test/corpus"
)

// byConfig loads the corpus, by the server that each exchange is for.
func byConfig(t *testing.T) map[string][]corpus.Exchange {
	t.Helper()
	all, err := corpus.Load(os.DirFS("../corpus/testdata"))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]corpus.Exchange{}
	for _, x := range all {
		groups[x.Config] = append(groups[x.Config], x)
	}
	return groups
}

// TestCorpusAgainstTheProgram sends every exchange to the built command.
func TestCorpusAgainstTheProgram(t *testing.T) {
	for name, exchanges := range byConfig(t) {
		t.Run(name, func(t *testing.T) {
			target := corpusServer(t, name)
			for _, x := range exchanges {
				t.Run(x.Name(), func(t *testing.T) { report(t, target.Run(&x)) })
			}
		})
	}
}

func corpusServer(t *testing.T, name string) corpus.Target {
	t.Helper()
	if name == "dev" {
		d := deploy(t, "")
		d.args = append(d.args, "--dev")
		target := d.start(t).target()
		target.Host, target.Proxied = "localhost", false
		return target
	}
	d := deploy(t, name)
	if name == "prod" {
		d.environ["RAPIDAPI_PROXY_SECRET_PREVIOUS"] = previous
	}
	return d.start(t).target()
}

// TestCorpusAgainstTheMiddleware sends what concerns the chain alone to the public library, with the same
// configuration in front of a handler that knows no data.
func TestCorpusAgainstTheMiddleware(t *testing.T) {
	for name, exchanges := range byConfig(t) {
		if name == "dev" { // a matter of the command
			continue
		}
		t.Run(name, func(t *testing.T) {
			target := bareServer(t, name)
			for _, x := range exchanges {
				if !x.NeedsApp() {
					t.Run(x.Name(), func(t *testing.T) { report(t, target.Run(&x)) })
				}
			}
		})
	}
}

func report(t *testing.T, differences []string) {
	t.Helper()
	if len(differences) > 0 {
		t.Error(strings.Join(differences, "\n"))
	}
}

func bareServer(t *testing.T, name string) corpus.Target {
	t.Helper()
	d := deploy(t, name)
	if name == "prod" {
		d.environ["RAPIDAPI_PROXY_SECRET_PREVIOUS"] = previous
	}
	var environ []string
	for k, v := range d.environ {
		environ = append(environ, k+"="+v)
	}
	cfg, err := config.Load(config.Options{Dir: d.dir, Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	m, err := sallyport.NewMiddleware(libraryConfig(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	return corpus.Target{
		Address: serve(t, m.Wrap(http.HandlerFunc(plain))), Host: apiHost, Secret: current, Previous: previous, Proxied: true,
	}
}

// plain is the handler behind the bare middleware.
func plain(w http.ResponseWriter, r *http.Request) {
	const body = `{"success":true,"count":0,"data":[],"meta":{}}`
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		fmt.Fprint(w, body)
	}
}

// serve runs h behind the server that the command uses, until the test ends.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	listener, err := server.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ready := make(chan net.Addr, 1)
	go func() {
		done <- server.Run(ctx, server.Config{
			Listener: listener, Handler: h, Log: slog.New(slog.DiscardHandler), MaxConnections: 100, OnReady: func(a net.Addr) { ready <- a },
			ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience, DrainTimeout: time.Second,
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return (<-ready).String()
}

// libraryConfig says in the library's words what the command makes of a configuration.
func libraryConfig(t *testing.T, cfg *config.Config) sallyport.Config {
	t.Helper()
	c := sallyport.Config{
		Hosts: cfg.Hosts, TrustedProxies: cfg.Proxies, TierAliases: cfg.TierAliases, TierOverrides: cfg.TierOverrides,
		Secrets: sallyport.StaticSecrets{cfg.Secrets.Marketplace},
		CORS:    sallyport.CORS{Origins: cfg.CORS.Origins, MaxAge: cfg.CORS.MaxAge},
		HSTS: sallyport.HSTS{
			MaxAge: cfg.HSTS.MaxAge, IncludeSubDomains: cfg.HSTS.IncludeSubdomains, Preload: cfg.HSTS.Preload,
		},
		FailureBudget: limit.Policy{Name: "failures", Quota: cfg.FailureBudget.Quota, Window: cfg.FailureBudget.Window},
		MaxURL:        int(cfg.Server.MaxURL), MaxHeader: int(cfg.Server.MaxHeader),
		Routes: libraryRoutes(t),
	}
	if cfg.Secrets.Previous != (secret.Secret{}) {
		c.Secrets = sallyport.StaticSecrets{cfg.Secrets.Marketplace, cfg.Secrets.Previous}
	}
	if cfg.Marketplace.Preset == config.Generic {
		c.Marketplace = sallyport.Generic()
		c.Marketplace.Tier = cfg.Marketplace.TierHeader
	}
	for _, tier := range cfg.Tiers {
		var policies []limit.Policy
		for _, p := range tier.Limits {
			policies = append(policies, limit.Policy{Name: p.Name, Quota: p.Quota, Window: p.Window})
		}
		c.Tiers = append(c.Tiers, sallyport.Tier{Name: tier.Name, Limits: policies, InFlight: tier.InFlight})
	}
	return c
}

// libraryRoutes are those of the bundled description, and the probes.
func libraryRoutes(t *testing.T) []sallyport.Route {
	t.Helper()
	description, err := ingredients.Description()
	if err != nil {
		t.Fatal(err)
	}
	routes := []sallyport.Route{
		{Pattern: "/health", Methods: []string{"GET"}, Public: true}, {Pattern: "/ready", Methods: []string{"GET"}, Public: true},
	}
	for _, path := range []string{"/openapi.json", "/v1/plans", "/v1/usage"} {
		routes = append(routes, sallyport.Route{Pattern: path, Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1, Burst: path == "/v1/usage"})
	}
	for _, e := range description.Endpoints {
		routes = append(routes, sallyport.Route{
			Pattern: e.Path, Methods: []string{"GET", "HEAD"}, MinTier: e.Tier, Cost: int64(e.Cost),
		})
	}
	return routes
}
