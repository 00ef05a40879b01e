package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/dataset/build"
	"sallyport/internal/ingredients"
)

// airports has what the ingredients have not: other tiers and headers, a key that is text, parameters that are
// numbers, a deprecated endpoint, an operator and a value of a higher tier.
const airports = `
dataset: {name: airports, version: "7", date: "2026-02-01"}
sources:
  - {name: airports, csv: {file: airports.csv}}
  - {name: countries, csv: {file: countries.csv}}
tables:
  - name: airport
    from: [airports]
    key: ident
    columns:
      - {name: ident, fold: code, index: [exact], tier: FREE, summary: ICAO code.}
      - {name: name, fold: name, index: [exact, prefix, trigram], tier: FREE}
      - {name: country, list: true, split: ["|"], fold: code, index: [exact], tier: FREE}
      - {name: elevation, type: integer, fold: code, index: [exact], tier: FREE}
      - {name: latitude, type: number, tier: PAID}
      - {name: scheduled, type: boolean, tier: PAID}
      - {name: size, fold: slug, index: [exact], tier: FREE}
      - {name: note, hidden: true}
  - name: country
    from: [countries]
    key: code
    columns:
      - {name: code, fold: code, index: [exact], tier: FREE}
      - {name: title, tier: PAID}
joins:
  - {name: countries, table: airport, column: country, to: country, "on": code}
rows: {FREE: 2, PAID: 3}
endpoints:
  - path: /v2/airport/search
    kind: search
    table: airport
    tier: FREE
    cost: 2
    parameters:
      - {name: q, aliases: [text], columns: [name], modes: [{name: prefix, min: 2}, {name: contains, min: 3, tier: PAID}], required: true, max: 40}
      - {name: size, columns: [size], enum: [{value: small}, {value: large, tier: PAID}]}
  - {path: "/v2/airport/{ident}", kind: get, table: airport, tier: FREE, cost: 1, parameters: [{name: ident, pattern: '(?i)[a-z]{4}'}]}
  - {path: "/v2/airport/{ident}/countries", kind: list, table: airport, join: countries, tier: PAID, cost: 1, parameters: [{name: ident}]}
  - path: /v1/airport/{ident}
    kind: get
    table: airport
    tier: FREE
    cost: 1
    deprecated: {since: 2026-01-01, sunset: 2027-01-01, successor: "/v2/airport/{ident}"}
    parameters: [{name: ident, example: LOWW}]
  - {path: /v2/height, kind: list, table: airport, tier: FREE, cost: 1, sort: [name], parameters: [{name: metres, columns: [elevation]}]}
  - {path: /v2/country, kind: values, table: airport, column: country, tier: FREE, cost: 1}
  - {path: /v2/totals, kind: stats, table: airport, groups: [size], tier: FREE, cost: 1}
`

// older and oldest are shapes of other APIs.
const (
	older = `
compatibility:
  envelope: {success: ok, count: n, total: total, page: page, data: items, single: object}
  errors: {style: detail, invalid: list, statuses: {"400": 422, "414": 422}}
  unknown_parameters: ignore
  page_numbers: {parameter: page, most: 10}
  nulls: keep
  join_lists: ", "
  not_found: {rows: refuse}
`
	oldest = `
compatibility:
  envelope: {success: ok, data: items, single: object}
  errors: {style: envelope}
  nulls: keep
  not_found: {key: empty}
`
)

const airportSettings = `
hosts: [air.example.com]
trusted_proxies: [127.0.0.1]
state_dir: state
marketplace: {preset: generic}
dataset: {file: words.sqlite, description: words.yaml}
tiers:
  - {name: FREE, in_flight: 4, limits: [{name: burst, quota: 30, window: 1s}, {name: day, quota: 500, window: 1d}]}
  - {name: PAID, in_flight: 8, limits: [{name: burst, quota: 60, window: 1s}]}
tier_aliases: {GOLD: PAID, STUDENT: PAID}
tier_overrides: {hidden-customer: PAID}
`

func airportSite(t testing.TB) *site { return airportSiteIn(t, "") }

// airportSiteIn serves the airports in a shape.
func airportSiteIn(t testing.TB, shape string) *site {
	s := &site{t: t, dir: t.TempDir(), log: new(syncBuffer)}
	s.write("sallyport.yaml", airportSettings)
	s.write("airports.csv", "ident,name,country,elevation,latitude,scheduled,size,note\n"+
		"LOWW,Vienna International,AT,183,48.11,yes,large,x\nLOWI,Innsbruck Airport,AT|DE,581,47.26,yes,small,y\n"+
		"EDDF,Frankfurt am Main,DE,111,50.03,yes,large,z\nEDQW,Weiden in der Oberpfalz,DE,406,49.68,no,small,z\n")
	s.write("countries.csv", "code,title\nAT,Austria\nDE,Germany\n")
	s.describe(airports + shape)
	return s
}

// ingredientSite serves the bundled dataset.
func ingredientSite(t testing.TB) *site {
	s := &site{t: t, dir: t.TempDir(), log: new(syncBuffer)}
	bundle := filepath.Join(s.dir, "bundle")
	if err := ingredients.WriteTo(bundle); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(bundle, "ingredients.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Parse(text, "ingredients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build.Run(t.Context(), d, bundle, build.Options{}, filepath.Join(s.dir, "words.sqlite")); err != nil {
		t.Fatal(err)
	}
	s.write("words.yaml", string(text))
	s.write("sallyport.yaml", settings)
	return s
}

// running is a server of an App over the loopback interface.
type running struct {
	t       testing.TB
	cfg     *config.Config
	app     *app.App
	address string
}

func (s *site) run(environ ...string) *running {
	s.t.Helper()
	cfg := s.config(append(environ, "SALLYPORT_MARKETPLACE_SECRET="+proxySecret)...)
	a, err := app.New(s.t.Context(), cfg, app.Options{Version: "test", Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(a)
	s.t.Cleanup(func() { server.Close(); a.Close() })
	return &running{s.t, cfg, a, server.URL}
}

// ask sends a request of a customer of a tier, or without a secret when the tier is empty.
func (r *running) ask(method, target, tier, customer string, edits ...func(*http.Request)) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.address+target, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Host = r.cfg.Hosts[0]
	if tier != "" {
		h := app.Headers(r.cfg)
		request.Header.Set(h.Secret, proxySecret)
		request.Header.Set(h.User, customer)
		request.Header.Set(h.Tier, tier)
	}
	for _, edit := range edits {
		edit(request)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response, string(body)
}

// contract reads the document that a tier is served.
func (r *running) contract(tier string) *openapi3.T {
	r.t.Helper()
	response, body := r.ask(http.MethodGet, "/openapi.json", tier, "reader")
	if response.StatusCode != 200 {
		r.t.Fatalf("status %d: %s", response.StatusCode, body)
	}
	return load(r.t, []byte(body))
}

func load(t testing.TB, text []byte) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader() // follows no reference out of the document
	doc, err := loader.LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// eachSite runs test for the bundled dataset and for the other one.
func eachSite(t *testing.T, test func(*testing.T, *site)) {
	t.Run("ingredients", func(t *testing.T) { test(t, ingredientSite(t)) })
	t.Run("airports", func(t *testing.T) { test(t, airportSite(t)) })
	t.Run("older", func(t *testing.T) { test(t, airportSiteIn(t, older)) })
	t.Run("oldest", func(t *testing.T) { test(t, airportSiteIn(t, oldest)) })
}

// highest is the last tier of a site.
func (r *running) highest() string { return r.cfg.Tiers[len(r.cfg.Tiers)-1].Name }

func has(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
