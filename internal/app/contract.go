package app

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/openapi"
	"sallyport/problem"
)

// rehearsalTime bounds the asking for all examples of a contract.
const rehearsalTime = time.Minute

// contract is the OpenAPI document of one generation. It is made when somebody asks for it, because its examples
// are answers of that generation. It is safe for concurrent use.
type contract struct {
	config openapi.Config
	public bool
	chain  sallyport.Config
	next   http.Handler

	replicas int

	mu       sync.Mutex
	examples *openapi.Examples
	served   map[string]*document // by the tier of the reader
}

func newContract(cfg *config.Config, d *dataset.Description, chain sallyport.Config, next http.Handler) *contract {
	return &contract{
		public: cfg.OpenAPI.Public, chain: chain, next: next, replicas: cfg.Replicas, served: map[string]*document{},
		config: openapi.Config{
			Description: d, Plans: plansOf(cfg, d), Servers: servers(cfg), Public: cfg.OpenAPI.Public,
			Paths:   openapi.Paths{Plans: plansPath, Usage: usagePath, Contract: contractPath, Health: healthPath, Ready: readyPath},
			Headers: openapi.Headers(chain.Marketplace),
		},
	}
}

// servers are the base URLs by which the API is reached.
func servers(cfg *config.Config) []string {
	if cfg.Env == config.Dev {
		_, port, err := net.SplitHostPort(cfg.Listen)
		if err != nil || port == "0" {
			return nil
		}
		return []string{"http://" + net.JoinHostPort("localhost", port)}
	}
	var list []string
	for _, host := range cfg.Hosts {
		if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
			host = "[" + host + "]" // IPv6
		}
		list = append(list, "https://"+host)
	}
	return list
}

// mount adds what the API tells about itself.
func (d *dispatcher) mount(cfg *config.Config, description *dataset.Description, chain sallyport.Config) (*contract, error) {
	if err := reserved(description); err != nil {
		return nil, err
	}
	plans, err := plansHandler(cfg, description)
	if err != nil {
		return nil, err
	}
	c := newContract(cfg, description, chain, d)
	d.own[plansPath] = plans.ServeHTTP
	d.own[usagePath] = usageHandler(cfg, description).ServeHTTP
	d.own[contractPath] = c.ServeHTTP
	return c, nil
}

// ServeHTTP answers with the document for the caller's tier, or where it is public with that for the lowest.
func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reader := c.config.Plans[0].Name
	if !c.public {
		caller, ok := sallyport.CallerFrom(r.Context())
		if !ok {
			problem.Write(w, r, problem.Internal(errNoCaller))
			return
		}
		reader = caller.Tier
	}
	d, err := c.document(reader)
	if err != nil {
		problem.Write(w, r, problem.Internal(err))
		return
	}
	d.serve(w, r)
}

func (c *contract) document(reader string) (*document, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.served[reader]; d != nil {
		return d, nil
	}
	text, err := c.build(openapi.V31, reader)
	if err != nil {
		return nil, err
	}
	d := newDocument(text)
	d.free = c.public
	c.served[reader] = d
	return d, nil
}

// build asks for the examples first, if nobody has yet. What fails is tried again by the next who asks.
func (c *contract) build(version openapi.Version, reader string) ([]byte, error) {
	if c.examples == nil {
		r, err := newRehearsal(c.chain, c.replicas, c.next)
		if err != nil {
			return nil, err
		}
		// The examples are everybody's: they do not end with the request that happened to be the first.
		ctx, cancel := context.WithTimeout(context.Background(), rehearsalTime)
		defer cancel()
		if c.examples, err = openapi.Rehearse(ctx, c.config, r.ask); err != nil {
			return nil, err
		}
	}
	config := c.config
	config.Version, config.Reader, config.Examples = version, reader, c.examples
	return openapi.Build(config)
}

// OpenAPI returns the document of a version for readers of a tier, the lowest when it is empty. It builds a
// generation of cfg, asks it, and puts it away again.
func OpenAPI(ctx context.Context, cfg *config.Config, version openapi.Version, tier string) (text []byte, err error) {
	err = try(ctx, cfg, func(g *generation) error {
		text, err = g.contract.build(version, cmp.Or(tier, g.lowest))
		return err
	})
	return text, err
}
