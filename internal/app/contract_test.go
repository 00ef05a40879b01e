package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/openapi"
)

// TestContractIsValid validates both versions, with their examples, patterns and defaults, for the tiers at the ends.
func TestContractIsValid(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		r := s.run()
		for _, tier := range []config.Tier{r.cfg.Tiers[0], r.cfg.Tiers[len(r.cfg.Tiers)-1]} {
			for _, version := range []openapi.Version{openapi.V31, openapi.V30} {
				text, err := app.OpenAPI(t.Context(), r.cfg, version, tier.Name)
				if err != nil {
					t.Fatal(err)
				}
				doc := load(t, text)
				if doc.IsOpenAPI31OrLater() != (version == openapi.V31) {
					t.Errorf("version %s is %s", version, doc.OpenAPI)
				}
				if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation()); err != nil {
					t.Errorf("%s for %s: %v", version, tier.Name, err)
				}
			}
		}
		once, first := app.OpenAPI(t.Context(), r.cfg, openapi.V31, r.highest())
		again, second := app.OpenAPI(t.Context(), r.cfg, openapi.V31, r.highest())
		if first != nil || second != nil || !bytes.Equal(once, again) {
			t.Errorf("another document each time, %v, %v", first, second)
		}
		if _, served := r.ask(http.MethodGet, "/openapi.json", r.highest(), "reader"); served != string(once) {
			t.Error("what is served is not what is printed")
		}
	})
}

// example is one of a document, with where it stands.
type example struct {
	path   string // empty for those of all paths
	op     *openapi3.Operation
	item   *openapi3.PathItem
	status int
	schema *openapi3.SchemaRef
	value  any
	openapi.Request
}

func (x example) name() string { return fmt.Sprintf("%d %s %s", x.status, x.Tier, x.Target) }

// examplesOf returns every example of a document.
func examplesOf(t testing.TB, doc *openapi3.T) []example {
	t.Helper()
	var all []example
	add := func(path string, item *openapi3.PathItem, status string, response *openapi3.Response) {
		for _, media := range response.Content {
			for _, ref := range media.Examples {
				x := example{path: path, item: item, schema: media.Schema, value: ref.Value.Value}
				if item != nil {
					x.op = item.Get
				}
				fmt.Sscan(strings.TrimPrefix(status, "Problem"), &x.status)
				text, err := json.Marshal(ref.Value.Extensions["x-request"])
				if err == nil {
					err = json.Unmarshal(text, &x.Request)
				}
				if err != nil || x.Target == "" {
					t.Fatalf("%s %s: an example without its request, %v", path, status, err)
				}
				all = append(all, x)
			}
		}
	}
	for path, item := range doc.Paths.Map() {
		for status, response := range item.Get.Responses.Map() {
			if response.Ref == "" {
				add(path, item, status, response.Value)
			}
		}
	}
	for name, response := range doc.Components.Responses {
		add("", nil, name, response.Value)
	}
	slices.SortFunc(all, func(a, b example) int { return strings.Compare(a.name(), b.name()) })
	return all
}

// TestExamplesAreRealAnswers sends the request of every example to a running server, and wants the very answer, which
// must be valid against the schema that the example stands beside.
func TestExamplesAreRealAnswers(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		r := s.run()
		doc := r.contract(r.highest())
		all := examplesOf(t, doc)
		seen := map[int]int{}
		for i, x := range all {
			if seen[x.status]++; x.status == 422 { // in the place of two
				seen[400]++
				seen[414]++
			}
			if x.Circumstance == openapi.NoRoom || x.Circumstance == openapi.NoSecret {
				continue // states of a server that no request brings about; their schema is checked with the document
			}
			response, body := r.repeat(x, fmt.Sprintf("customer-%d", i))
			var got any
			if err := json.Unmarshal(openapi.Settled([]byte(body)), &got); err != nil {
				t.Errorf("%s: %v", x.name(), err)
				continue
			}
			if diff := cmp.Diff(x.value, got); diff != "" || response.StatusCode != x.status {
				t.Errorf("%s: status %d\n%s", x.name(), response.StatusCode, diff)
			}
			if x.item != nil {
				validate(t, doc, x, response, body)
			}
		}
		for _, status := range []int{200, 400, 403, 404, 405, 406, 413, 414, 421, 429, 431, 500, 503} {
			if seen[status] == 0 {
				t.Errorf("no example of %d", status)
			}
		}
		if seen[200] < 3*len(r.cfg.Tiers) {
			t.Errorf("%d examples of data", seen[200])
		}
	})
}

// repeat asks what an example asked.
func (r *running) repeat(x example, customer string) (*http.Response, string) {
	r.t.Helper()
	edit := func(q *http.Request) {
		switch x.Circumstance {
		case openapi.OtherHost:
			q.Host = "elsewhere.invalid"
		case openapi.WithBody:
			q.Body, q.ContentLength = io.NopCloser(strings.NewReader("x")), 1
		case openapi.LongURL:
			q.URL.RawQuery = strings.Repeat("a", int(r.cfg.Server.MaxURL))
		case openapi.LargeHeader:
			q.Header.Set("X-Large", strings.Repeat("a", int(r.cfg.Server.MaxHeader)))
		case openapi.NoCoding:
			q.Header.Set("Accept-Encoding", "identity;q=0")
		}
	}
	response, body := r.ask(x.Method, x.Target, x.Tier, customer, edit)
	for range 100 {
		if x.Circumstance != openapi.UsedUp || response.StatusCode == x.status {
			break
		}
		response, body = r.ask(x.Method, x.Target, x.Tier, customer, edit)
	}
	return response, body
}

// validate checks request and response as a client generated from the document would.
func validate(t *testing.T, doc *openapi3.T, x example, response *http.Response, body string) {
	t.Helper()
	input := &openapi3filter.RequestValidationInput{
		Request: response.Request, PathParams: pathParams(t, x),
		Route:   &routers.Route{Spec: doc, Path: x.path, PathItem: x.item, Method: http.MethodGet, Operation: x.op},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true},
	}
	if x.status == http.StatusOK {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s: request: %v", x.name(), err)
		}
	}
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: response.StatusCode, Header: response.Header, Options: input.Options,
		Body: io.NopCloser(strings.NewReader(body)),
	})
	if err != nil {
		t.Errorf("%s: response: %v", x.name(), err)
	}
	for name := range x.op.Responses.Value(fmt.Sprint(x.status)).Value.Headers {
		if response.Header.Get(name) == "" && !slices.Contains([]string{"RateLimit", "RateLimit-Policy", "Retry-After"}, name) {
			t.Errorf("%s: the document promises %s", x.name(), name)
		}
	}
}

// pathParams reads the parameters out of a target.
func pathParams(t *testing.T, x example) map[string]string {
	t.Helper()
	u, err := url.Parse(x.Target)
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\{(\w+)\}`)
	pattern := regexp.MustCompile("^" + names.ReplaceAllString(x.path, `(?P<$1>[^/]+)`) + "$")
	values, params := pattern.FindStringSubmatch(u.Path), map[string]string{}
	if values == nil {
		t.Fatalf("%s is not %s", x.Target, x.path)
	}
	for i, name := range pattern.SubexpNames() {
		if name != "" {
			params[name] = values[i]
		}
	}
	return params
}

// TestExamplesAreOfTheReadersTierAndBelow: who reads the contract sees no row that the own tier would not get, and
// each example has the members of the tier by which it goes.
func TestExamplesAreOfTheReadersTierAndBelow(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		r := s.run()
		var names []string
		for _, tier := range r.cfg.Tiers {
			names = append(names, tier.Name)
		}
		for rank, reader := range names {
			doc := r.contract(reader)
			all := examplesOf(t, doc)
			if rank > 0 && len(all) <= len(names) {
				t.Errorf("%s reads %d examples", reader, len(all))
			}
			for _, x := range all {
				own := slices.Index(names, x.Tier)
				if x.Tier != "" && (own < 0 || own > rank) {
					t.Errorf("%s reads an example of %s: %s", reader, x.Tier, x.Target)
				}
				checkMembers(t, doc, names, x)
			}
		}
	})
}

// checkMembers wants of every row nothing but what its tier sees.
func checkMembers(t *testing.T, doc *openapi3.T, tiers []string, x example) {
	t.Helper()
	body, _ := x.value.(map[string]any)
	if meta, ok := body["meta"].(map[string]any); ok && meta["tier"] != x.Tier {
		t.Errorf("%s: the tier that answered is %v", x.name(), meta["tier"])
	}
	table := x.opTag()
	schema := doc.Components.Schemas[table]
	data := body["data"]
	if data == nil {
		data = body["items"]
	}
	rows, ok := data.([]any)
	if !ok {
		rows = []any{data}
	}
	if schema == nil || len(rows) == 0 {
		return
	}
	for _, row := range rows {
		members, _ := row.(map[string]any)
		for name := range members {
			p := schema.Value.Properties[name]
			if p == nil && (name == "match" || name == "rows" || name == "values" || name == "value" || name == "slug" || name == "count") {
				continue
			}
			if p == nil {
				t.Errorf("%s: the schema has no %s", x.name(), name)
			} else if lowest, _ := p.Value.Extensions["x-tier"].(string); slices.Index(tiers, lowest) > slices.Index(tiers, x.Tier) || lowest == "" {
				t.Errorf("%s: %s is for %q and above", x.name(), name, lowest)
			}
		}
	}
}

func (x example) opTag() string {
	if x.op == nil || len(x.op.Tags) == 0 {
		return ""
	}
	return x.op.Tags[0]
}
