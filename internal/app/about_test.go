package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport"
	"sallyport/internal/app"
	"sallyport/internal/openapi"
)

var ownPaths = [...]string{"/openapi.json", "/v1/plans", "/v1/usage"}

// TestOwnPathsNeedAuthentication: what the API tells about itself is for its customers.
func TestOwnPathsNeedAuthentication(t *testing.T) {
	r := airportSite(t).run()
	for _, path := range ownPaths {
		if response, body := r.ask(http.MethodGet, path, "", ""); response.StatusCode != 403 || has(body, "openapi", "PAID") {
			t.Errorf("%s without a secret: %d %s", path, response.StatusCode, body)
		}
		wrong := func(q *http.Request) { q.Header.Set("X-Proxy-Secret", strings.ToLower(proxySecret)) }
		if response, _ := r.ask(http.MethodGet, path, "FREE", "ann", wrong); response.StatusCode != 403 {
			t.Errorf("%s with a wrong secret: %d", path, response.StatusCode)
		}
		if response, _ := r.ask(http.MethodGet, path, "FREE", "ann"); response.StatusCode != 200 {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
		for _, method := range []string{"POST", "DELETE", "OPTIONS"} {
			if response, _ := r.ask(method, path, "FREE", "ann"); response.StatusCode != 405 || response.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d", method, path, response.StatusCode)
			}
		}
		if response, _ := r.ask(http.MethodGet, path+"?x=1", "FREE", "ann"); response.StatusCode != 400 {
			t.Errorf("%s with a parameter: %d", path, response.StatusCode)
		}
		got, _ := r.ask(http.MethodGet, path, "FREE", "ben")
		if response, body := r.ask(http.MethodHead, path, "FREE", "eve"); response.StatusCode != 200 || body != "" || response.ContentLength != got.ContentLength {
			t.Errorf("HEAD %s: %d, %d bytes of %d", path, response.StatusCode, response.ContentLength, got.ContentLength)
		}
	}
}

// TestPublicContractIsThatOfTheLowestTier: without authentication there is no tier to go by, whatever is claimed.
func TestPublicContractIsThatOfTheLowestTier(t *testing.T) {
	r := airportSite(t).run("SALLYPORT_OPENAPI_PUBLIC=true")
	response, body := r.ask(http.MethodGet, "/openapi.json", "", "")
	if response.StatusCode != 200 {
		t.Fatalf("%d %s", response.StatusCode, body)
	}
	for _, x := range examplesOf(t, load(t, []byte(body))) {
		if x.Tier != "" && x.Tier != "FREE" {
			t.Errorf("an example of %s", x.Tier)
		}
	}
	claims := func(q *http.Request) { q.Header.Set("X-Proxy-Tier", "PAID") }
	if _, claimed := r.ask(http.MethodGet, "/openapi.json", "", "", claims); claimed != body {
		t.Error("a claimed tier changes the public contract")
	}
	if _, proven := r.ask(http.MethodGet, "/openapi.json", "PAID", "ann"); proven != body {
		t.Error("a public path looked at who asks")
	}
	for _, path := range ownPaths[1:] {
		if response, _ := r.ask(http.MethodGet, path, "", ""); response.StatusCode != 403 {
			t.Errorf("%s is public, too: %d", path, response.StatusCode)
		}
	}
}

// TestContractIsNotModified: strong tags, one for each tier's document.
func TestContractIsNotModified(t *testing.T) {
	r := airportSite(t).run()
	tags := map[string]string{}
	for _, path := range ownPaths[:2] {
		for _, tier := range []string{"FREE", "PAID"} {
			response, _ := r.ask(http.MethodGet, path, tier, "ann")
			tag := response.Header.Get("ETag")
			if !strings.HasPrefix(tag, `"`) || tags[tag] != "" {
				t.Errorf("%s for %s: tag %s, which is that of %q", path, tier, tag, tags[tag])
			}
			tags[tag] = path + tier
			for none, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 200, `"x"`: 200, "": 200} {
				match := func(q *http.Request) { q.Header.Set("If-None-Match", none) }
				if got, body := r.ask(http.MethodGet, path, tier, "ann", match); got.StatusCode != want || (want == 304) != (body == "") {
					t.Errorf("%s, If-None-Match %s: %d", path, none, got.StatusCode)
				}
			}
			match := func(q *http.Request) { q.Header.Set("If-None-Match", tag) }
			if got, _ := r.ask(http.MethodGet, path, "", "", match); got.StatusCode != 403 {
				t.Errorf("%s: a tag opens the door: %d", path, got.StatusCode)
			}
			if got, _ := r.ask(http.MethodGet, path, tier, "new"+path, match); tier == "FREE" && !strings.Contains(got.Header.Get("RateLimit"), `"day";r=500`) {
				t.Errorf("%s: an unchanged answer costs of the day: %s", path, got.Header.Get("RateLimit"))
			}
		}
	}
}

// TestMarketplaceContractTellsNothingOfTheOrigin: what is published names neither the header that proves the
// marketplace nor the host behind it, and needs nothing but itself.
func TestMarketplaceContractTellsNothingOfTheOrigin(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		cfg := s.config("SALLYPORT_MARKETPLACE_SECRET=" + proxySecret)
		text, err := app.OpenAPI(t.Context(), cfg, openapi.V30, "")
		if err != nil {
			t.Fatal(err)
		}
		h, lower := app.Headers(cfg), strings.ToLower(string(text))
		for _, told := range []string{h.Secret, h.User, h.Tier, cfg.Hosts[0], "securityschemes", proxySecret, "hidden-customer"} {
			if strings.Contains(lower, strings.ToLower(told)) {
				t.Errorf("it tells %q", told)
			}
		}
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		walk(doc, func(name string, value any) {
			_, list := value.([]any)
			pointer, text := value.(string)
			switch {
			case name == "$ref" && !strings.HasPrefix(pointer, "#/components/"):
				t.Errorf("a reference leads to %v", value)
			case name == "type" && list:
				t.Errorf("a list of types: %v", value)
			case slices.Contains([]string{"const", "prefixItems", "$schema", "$defs", "if", "then", "contains", "jsonSchemaDialect", "webhooks"}, name):
				t.Errorf("%s is of a later version", name)
			case name == "exclusiveMinimum" && !text:
				t.Errorf("%s is a number", name)
			}
		})
		direct, err := app.OpenAPI(t.Context(), cfg, openapi.V31, "")
		if err != nil || !has(string(direct), `"name":"`+h.Secret+`"`) || !has(string(direct), `"url":"https://`+cfg.Hosts[0]) {
			t.Errorf("the contract for clients lacks host or header, %v", err)
		}
	})
}

// walk visits every member of a document but those of examples, which are data.
func walk(v any, visit func(name string, value any)) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			visit(name, value)
			if name != "examples" && name != "properties" {
				walk(value, visit)
			}
			if properties, ok := value.(map[string]any); ok && name == "properties" {
				for _, schema := range properties {
					walk(schema, visit)
				}
			}
		}
	case []any:
		for _, one := range v {
			walk(one, visit)
		}
	}
}

// answer is the common form.
type answer[T any] struct {
	Success bool
	Count   int
	Data    []T
	Meta    struct {
		Tier    string
		Dataset struct{ Name, Version, Date string }
	}
}

func read[T any](t *testing.T, body string) answer[T] {
	t.Helper()
	var a answer[T]
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if !a.Success || a.Count != len(a.Data) || a.Meta.Dataset.Name != "airports" || a.Meta.Dataset.Version != "7" {
		t.Errorf("envelope %+v", a)
	}
	return a
}

// TestPlansTellWhatHolds compares the plans with what explain tells, and marks the caller's.
func TestPlansTellWhatHolds(t *testing.T) {
	s := airportSite(t)
	r := s.run()
	for _, tt := range []struct{ tier, customer, yours string }{
		{"FREE", "ann", "FREE"}, {"PAID", "ann", "PAID"}, {"GOLD", "ann", "PAID"}, {"PLATINUM", "ann", "FREE"}, {"FREE", "hidden-customer", "PAID"}, {"PAID", "", "FREE"},
	} {
		_, body := r.ask(http.MethodGet, "/v1/plans", tt.tier, tt.customer)
		a := read[openapi.Plan](t, body)
		for _, p := range a.Data {
			if p.Yours != (p.Name == tt.yours) || a.Meta.Tier != tt.yours {
				t.Errorf("for %s of %q, %s is yours: %v, of tier %s", tt.tier, tt.customer, p.Name, p.Yours, a.Meta.Tier)
			}
		}
		if has(body, "hidden-customer", "note") {
			t.Errorf("it tells of another customer or a hidden column: %s", body)
		}
	}
	_, body := r.ask(http.MethodGet, "/v1/plans", "FREE", "ann")
	plans := read[openapi.Plan](t, body).Data
	if diff := cmp.Diff([]string{"GOLD", "STUDENT"}, plans[1].Aliases); diff != "" || plans[0].Aliases != nil {
		t.Error(diff, plans[0].Aliases)
	}
	if diff := cmp.Diff([]openapi.Limit{{Policy: "burst", Quota: 30, Window: 1}, {Policy: "day", Quota: 500, Window: 86400}}, plans[0].Limits); diff != "" || plans[0].InFlight != 4 {
		t.Error(diff)
	}
	for _, p := range plans {
		for _, g := range p.Endpoints {
			x, err := app.Explain(r.cfg, "GET", strings.NewReplacer("{ident}", "LOWW").Replace(g.Path), p.Name)
			if err != nil || len(x.Tiers) != 1 {
				t.Fatalf("%s: %+v, %v", g.Path, x, err)
			}
			told := x.Tiers[0]
			if g.Allowed != told.Allowed || g.Cost != x.Cost || !slices.Equal(g.Fields, told.Fields) || !slices.Equal(g.Operators, told.Operators) {
				t.Errorf("%s for %s: %+v, explained as %+v", g.Path, p.Name, g, told)
			}
		}
		if len(p.Endpoints) != 7+3 {
			t.Errorf("%d paths", len(p.Endpoints))
		}
	}
}

// TestUsageOfCallerAlone asks before and after, as two customers, and without a name.
func TestUsageOfCallerAlone(t *testing.T) {
	r := airportSite(t).run()
	left := func(tier, customer string) map[string]int64 {
		t.Helper()
		response, body := r.ask(http.MethodGet, "/v1/usage", tier, customer)
		if response.StatusCode != 200 || response.Header.Get("Cache-Control") != "no-store" || response.Header.Get("ETag") != "" {
			t.Fatalf("%d %v %s", response.StatusCode, response.Header, body)
		}
		all := map[string]int64{}
		for _, u := range read[openapi.Usage](t, body).Data {
			all[u.Policy] = u.Remaining
			if u.Policy == "day" && (u.Quota != 500 || u.Window != 86400 || (u.Reset == 0) != (u.Remaining == 500)) {
				t.Errorf("%+v", u)
			}
		}
		return all
	}
	for range 3 {
		if got := left("FREE", "ann"); got["day"] != 500 {
			t.Fatalf("asking costs of the day: %v", got)
		}
	}
	for range 2 {
		r.ask(http.MethodGet, "/v2/airport/search?q=vienna", "FREE", "ann") // two units each
	}
	if got := left("FREE", "ann"); got["day"] != 496 || got["burst"] >= 30 {
		t.Errorf("after four units: %v", got)
	}
	if got := left("FREE", "ben"); got["day"] != 500 {
		t.Errorf("another customer: %v", got)
	}
	if got := left("FREE", ""); got["day"] != 500 {
		t.Errorf("the anonymous: %v", got)
	}
	if got := left("PAID", "ann"); len(got) != 1 || got["burst"] == 0 {
		t.Errorf("another tier: %v", got)
	}
}

// TestUsageIsNoHammer asks until the shortest limit refuses.
func TestUsageIsNoHammer(t *testing.T) {
	r := airportSite(t).run()
	for range 200 {
		if response, _ := r.ask(http.MethodGet, "/v1/usage", "FREE", "ann"); response.StatusCode == 429 {
			return
		}
	}
	t.Error("200 requests at once were answered")
}

// TestEndpointOfAnOwnPathIsRefused: a description cannot hide what the program answers, nor be hidden by it.
func TestEndpointOfAnOwnPathIsRefused(t *testing.T) {
	for _, path := range []string{"/v1/plans", "/v1/usage", "/openapi.json", "/health", "/ready"} {
		s := airportSite(t)
		s.describe(strings.Replace(airports, "/v2/country,", path+",", 1))
		cfg := s.config("SALLYPORT_MARKETPLACE_SECRET=" + proxySecret)
		if err := app.Check(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), path+": the program answers this path itself") {
			t.Errorf("%s: start: %v", path, err)
		}
		if _, err := app.Explain(cfg, "GET", path, ""); err == nil {
			t.Errorf("%s: explained", path)
		}
	}
}

// TestDeprecatedEndpointSaysSo on answers, refusals of the handler and unchanged answers, and nowhere else.
func TestDeprecatedEndpointSaysSo(t *testing.T) {
	r := airportSite(t).run()
	want := map[string]string{
		"Deprecation": "@1767225600", "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT", "Link": `</v2/airport/LOWW>; rel="successor-version"`,
	}
	check := func(target string, status int, want map[string]string, edits ...func(*http.Request)) string {
		t.Helper()
		response, _ := r.ask(http.MethodGet, target, "FREE", "ann", edits...)
		got := map[string]string{}
		for name := range want {
			got[name] = response.Header.Get(name)
		}
		if diff := cmp.Diff(want, got); diff != "" || response.StatusCode != status {
			t.Errorf("%s: %d %s", target, response.StatusCode, diff)
		}
		return response.Header.Get("ETag")
	}
	tag := check("/v1/airport/LOWW", 200, want)
	check("/v1/airport/LOWW", 304, want, func(q *http.Request) { q.Header.Set("If-None-Match", tag) })
	check("/v1/airport/LOWW?x=1", 400, want)
	odd := map[string]string{"Link": `</v2/airport/A%3E%3B%20b>; rel="successor-version"`}
	check("/v1/airport/A%3E%3B%20b", 404, odd)
	check("/v2/airport/LOWW", 200, map[string]string{"Deprecation": "", "Sunset": "", "Link": ""})
	op := r.contract("FREE").Paths.Value("/v1/airport/{ident}").Get
	if !op.Deprecated || !strings.Contains(op.Description, "gone from 2027-01-01") || r.contract("FREE").Paths.Value("/v2/airport/{ident}").Get.Deprecated {
		t.Errorf("in the contract: %v %s", op.Deprecated, op.Description)
	}
}

// TestRehearsalLeavesNoTrace: examples are asked for through the whole chain, and nobody pays for them or reads of
// them in a log.
func TestRehearsalLeavesNoTrace(t *testing.T) {
	s := airportSite(t)
	var mu sync.Mutex
	var records []sallyport.Record
	var events []sallyport.Event
	a, err := app.New(t.Context(), s.config("SALLYPORT_MARKETPLACE_SECRET="+proxySecret), app.Options{
		Log:      slog.New(slog.DiscardHandler),
		OnRecord: func(r sallyport.Record) { mu.Lock(); defer mu.Unlock(); records = append(records, r) },
		OnEvent:  func(e sallyport.Event) { mu.Lock(); defer mu.Unlock(); events = append(events, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	r := httptest.NewRequest(http.MethodGet, "http://air.example.com/openapi.json", nil)
	r.Header.Set("X-Proxy-Secret", proxySecret)
	r.Header.Set("X-Proxy-User", "example-1")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != 200 || len(records) != 1 || len(events) != 0 {
		t.Errorf("%d, %d records, %d events", w.Code, len(records), len(events))
	}
	if got := w.Header().Get("RateLimit"); !strings.Contains(got, `"day";r=499`) {
		t.Errorf("left: %s", got)
	}
}
