package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/openapi"
	"sallyport/problem"
)

// The paths that the program itself answers, for the authenticated.
const (
	plansPath    = "/v1/plans"
	usagePath    = "/v1/usage"
	contractPath = "/openapi.json"
)

// ownEndpoints are those paths as a description would have them.
func ownEndpoints(tiers []string) []dataset.Endpoint {
	return []dataset.Endpoint{
		{Path: plansPath, Tier: tiers[0], Cost: 1, Summary: "What each tier gets, and which one is the caller's."},
		{Path: usagePath, Tier: tiers[0], Cost: 1, Summary: "What is left of each limit of the caller. It takes one unit of the shortest limit alone."},
		{Path: contractPath, Tier: tiers[0], Cost: 1, Summary: "This contract."},
	}
}

// ownRoutes declares them to the chain.
func ownRoutes(cfg *config.Config) []sallyport.Route {
	var routes []sallyport.Route
	for _, e := range ownEndpoints(tierNames(cfg)) {
		r := sallyport.Route{
			Pattern: e.Path, Methods: []string{http.MethodGet}, MinTier: e.Tier, Cost: int64(e.Cost),
			Burst: e.Path == usagePath, Conditional: e.Path != usagePath,
		}
		if e.Path == contractPath && cfg.OpenAPI.Public {
			r = sallyport.Route{Pattern: e.Path, Methods: r.Methods, Public: true}
		}
		routes = append(routes, r)
	}
	return routes
}

// reserved refuses a description whose endpoints would hide behind the program's own paths.
func reserved(d *dataset.Description) error {
	for i := range d.Endpoints {
		if own := d.Endpoints[i].Path; slices.Contains([]string{plansPath, usagePath, contractPath, healthPath, readyPath}, own) {
			return fmt.Errorf("mounting endpoint %s: the program answers this path itself; hint: give the endpoint another path", own)
		}
	}
	return nil
}

// plansOf tells of every tier, lowest first, what [Explain] tells of one path.
func plansOf(cfg *config.Config, d *dataset.Description) []openapi.Plan {
	names := tierNames(cfg)
	endpoints := slices.Concat(d.Endpoints, ownEndpoints(names))
	var plans []openapi.Plan
	for rank, t := range cfg.Tiers {
		p := openapi.Plan{Name: t.Name, Aliases: aliasesOf(cfg, t.Name), InFlight: t.InFlight}
		for _, one := range t.Limits {
			p.Limits = append(p.Limits, openapi.Limit{Policy: one.Name, Quota: one.Quota, Window: int64(one.Window / time.Second)})
		}
		for i := range endpoints {
			e := &endpoints[i]
			x := explainTier(d, e, names, rank, t)
			granted := openapi.Grant{Path: e.Path, Allowed: x.Allowed, Cost: e.Cost, Fields: x.Fields, Operators: x.Operators}
			if x.Allowed && paged(e) {
				granted.Rows, granted.Pages = x.Rows, x.Pages
			}
			p.Endpoints = append(p.Endpoints, granted)
		}
		plans = append(plans, p)
	}
	return plans
}

// paged says whether the answers of e come in pages.
func paged(e *dataset.Endpoint) bool {
	return e.Kind == dataset.KindLookup || e.Kind == dataset.KindSearch || e.Kind == dataset.KindList || e.Kind == dataset.KindValues
}

func aliasesOf(cfg *config.Config, tier string) []string {
	var names []string
	for _, alias := range slices.Sorted(maps.Keys(cfg.TierAliases)) {
		if strings.EqualFold(cfg.TierAliases[alias], tier) {
			names = append(names, alias)
		}
	}
	return names
}

// meta is what every answer tells of itself.
type meta struct {
	Tier    string `json:"tier"`
	Dataset struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Date    string `json:"date,omitempty"`
	} `json:"dataset"`
}

// enveloped gives rows the form of every answer of the API.
func enveloped[T any](tier string, d *dataset.Description, rows []T) ([]byte, error) {
	named := dataset.Envelope{Success: "success", Count: "count", Data: "data", Meta: "meta"}
	if c := d.Compatibility; c != nil && c.Envelope != nil {
		named = *c.Envelope
	}
	about := meta{Tier: tier}
	about.Dataset.Name, about.Dataset.Version, about.Dataset.Date = d.Dataset.Name, d.Dataset.Version, d.Dataset.Date
	var body []byte
	for _, m := range []struct {
		name  string
		value any
	}{
		{named.Success, true}, {named.Count, len(rows)}, {named.Data, rows}, {named.Meta, about},
	} {
		if m.name == "" {
			continue
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, fmt.Errorf("encoding an answer: %w", err)
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("encoding an answer: %w", err)
		}
		body = append(append(append(append(body, ','), name...), ':'), value...)
	}
	body[0] = '{'
	return append(body, "}\n"...), nil
}

// plansHandler answers with a text for each tier, made beforehand.
func plansHandler(cfg *config.Config, d *dataset.Description) (http.Handler, error) {
	plans := plansOf(cfg, d)
	answers := map[string]*document{}
	for i := range plans {
		yours := slices.Clone(plans)
		yours[i].Yours = true
		body, err := enveloped(plans[i].Name, d, yours)
		if err != nil {
			return nil, err
		}
		answers[plans[i].Name] = newDocument(body)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := sallyport.CallerFrom(r.Context())
		answer := answers[c.Tier]
		if !ok || answer == nil {
			problem.Write(w, r, problem.Internal(errNoCaller))
			return
		}
		answer.serve(w, r)
	}), nil
}
