package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sallyport"
	"sallyport/internal/config"
)

// TestRegression_HSTSOnEveryAnswer: refusals, errors and a recovered panic carry it like everything else, and
// nobody gets it who did not come by https.
func TestRegression_HSTSOnEveryAnswer(t *testing.T) {
	s := deploy(t, "tight").start(t)
	https, got := header("X-Forwarded-Proto", "https"), map[int]bool{}
	method := func(name string) func(*http.Request) { return func(r *http.Request) { r.Method = name } }
	for _, edits := range [][]func(*http.Request){
		{},
		{without("X-RapidAPI-Proxy-Secret")},
		{header("X-RapidAPI-Proxy-Secret", "wrong")},
		{header("X-RapidAPI-Proxy-Secret", "wrong")},
		{func(r *http.Request) { r.URL.Path = "/v1/nothing" }},
		{func(r *http.Request) { r.URL.Path = "/v1/ingredient/1" }},
		{func(r *http.Request) { r.URL.Path = "/v1/ingredient/x" }},
		{func(r *http.Request) { r.URL.Path = "/health" }},
		{func(r *http.Request) { r.URL.RawQuery = strings.Repeat("x", 20_000) }},
		{method("DELETE")}, {method("OPTIONS")},
		{func(r *http.Request) { r.Host = "evil.example" }},
		{header("X-Large", strings.Repeat("x", 20_000))},
		{header("X-RapidAPI-User", "a b")},
	} {
		resp, _ := s.get(t, "/v1/stats", "BASIC", append(edits, https)...)
		got[resp.StatusCode] = true
		if value := resp.Header.Get("Strict-Transport-Security"); value != "max-age=31536000" {
			t.Errorf("status %d: %q", resp.StatusCode, value)
		}
		resp, _ = s.get(t, "/v1/stats", "BASIC", append(edits, without("X-Forwarded-Proto"))...)
		if value := resp.Header.Get("Strict-Transport-Security"); value != "" {
			t.Errorf("status %d without https: %q", resp.StatusCode, value)
		}
	}
	for _, status := range []int{200, 400, 403, 404, 405, 414, 421, 429, 431} {
		if !got[status] {
			t.Errorf("no answer had status %d", status)
		}
	}
}

// TestRegression_HSTSOnPanic needs a handler that panics, which the program has not.
func TestRegression_HSTSOnPanic(t *testing.T) {
	d := deploy(t, "prod")
	cfg, err := config.Load(config.Options{Dir: d.dir, Environ: []string{"RAPIDAPI_PROXY_SECRET=" + current, "SALLYPORT_KEY=" + signing}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := sallyport.NewMiddleware(libraryConfig(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	s := &process{address: serve(t, m.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at /etc/passwd") })))}
	resp, body := s.get(t, "/v1/stats", "BASIC", header("X-Forwarded-Proto", "https"))
	if resp.StatusCode != 500 || resp.Header.Get("Strict-Transport-Security") == "" || strings.Contains(body, "passwd") {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
}

// TestRegression_WildcardsAreText: in no parameter of any route is there a pattern language.
func TestRegression_WildcardsAreText(t *testing.T) {
	s := deploy(t, "prod").start(t)
	for _, route := range []string{
		"/v1/ingredient/inci?q=", "/v1/ingredient/cas?q=", "/v1/ingredient/ec?q=", "/v1/ingredient/kr?q=",
		"/v1/ingredient/search?q=", "/v1/ingredient/search?field=inci&q=", "/v1/status?s=", "/v1/function/", "/v1/ingredient/",
	} {
		for i, text := range []string{"%", "%%", "%%%%", "____", "***", "?*?", `\%\_`, "[a-z]", "aq%a", "a_ua", "s%acid", "' OR 1=1--", `"*"`, "NOT a"} {
			resp, body := s.get(t, route+url.PathEscape(text), "MEGA", header("X-RapidAPI-User", fmt.Sprint(route, i)))
			found := resp.StatusCode == http.StatusOK && !strings.Contains(body, `"count":0,`)
			if found || resp.StatusCode >= 500 {
				t.Errorf("%s%s: %d %.200s", route, text, resp.StatusCode, body)
			}
		}
	}
}

// TestRegression_MalformedEscapeIsRefused: dropping what cannot be read would answer unfiltered.
func TestRegression_MalformedEscapeIsRefused(t *testing.T) {
	s := deploy(t, "prod").start(t)
	for _, query := range []string{"q=%zz", "q=%", "q=aqua&limit=%zz", "%zz=aqua", "q=aqua%2"} {
		resp, body := s.get(t, "/v1/ingredient/inci", "BASIC", func(r *http.Request) { r.URL.RawQuery = query })
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, resp.StatusCode, body)
		}
	}
}

// TestRegression_TierGateIsAnAllowList: what is not on the list is the lowest tier, and is reported once.
func TestRegression_TierGateIsAnAllowList(t *testing.T) {
	s := deploy(t, "cors").start(t) // without aliases
	unknown := []string{"CUSTOM", "GOLD", "PROO", "MEGA2", "BASIC+", "admin", "*", "true", "1"}
	for range 3 {
		for i, tier := range append(unknown, "") {
			resp, body := s.get(t, "/v1/ingredient/search?q=paraben", tier, header("X-RapidAPI-User", fmt.Sprint("customer", i)))
			if resp.StatusCode != http.StatusForbidden || !strings.Contains(body, `"required_tier":"PRO"`) {
				t.Errorf("tier %q: %d %s", tier, resp.StatusCode, body)
			}
		}
	}
	if resp, body := s.get(t, "/v1/ingredient/search?q=paraben", "MEGA"); resp.StatusCode != http.StatusOK {
		t.Errorf("the tier above all: %d %s", resp.StatusCode, body)
	}
	s.stop(t)
	if n := len(regexp.MustCompile(`"kind":"unknown-tier"`).FindAllString(s.logs.String(), -1)); n != len(unknown) {
		t.Errorf("%d unknown tiers made %d events:\n%s", len(unknown), n, s.logs)
	}
}

// TestRegression_LimitsFollowTheCustomer: behind a marketplace all customers have one address.
func TestRegression_LimitsFollowTheCustomer(t *testing.T) {
	s := deploy(t, "tight").start(t) // six units a day
	use := func(customer, address string) int {
		resp, _ := s.get(t, "/v1/stats", "BASIC", header("X-RapidAPI-User", customer), header("X-Forwarded-For", address))
		return resp.StatusCode
	}
	for i := range 6 {
		if status := use("first", "198.51.100.1"); status != http.StatusOK {
			t.Fatalf("call %d: %d", i+1, status)
		}
	}
	if status := use("first", "198.51.100.1"); status != http.StatusTooManyRequests {
		t.Errorf("the seventh call: %d", status)
	}
	if status := use("first", "198.51.100.2"); status != http.StatusTooManyRequests {
		t.Errorf("the same customer from another address: %d", status)
	}
	if status := use("second", "198.51.100.1"); status != http.StatusOK {
		t.Errorf("another customer from the same address: %d", status)
	}
}

// TestRegression_DebugIsOffByDefault: what is not said is prod, and what is not known is a mistake.
func TestRegression_DebugIsOffByDefault(t *testing.T) {
	d := deploy(t, "prod")
	d.environ["ENV"], d.environ["DEBUG"], d.environ["GO_ENV"] = "dev", "1", "development"
	shown := d.run(t, "config", "show").stdout
	if !regexp.MustCompile(`(?m)^env +prod +default$`).MatchString(shown) {
		t.Errorf("effective env:\n%s", shown)
	}
	s := d.start(t)
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/docs", "/metrics", "/v1/ingredient/x'"} {
		if resp, body := s.get(t, path, "MEGA"); resp.StatusCode < 400 || strings.Contains(body, "goroutine") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	for _, env := range []string{"production", "Dev", "debug", "development"} {
		if got := d.run(t, "serve", "--listen", "127.0.0.1:0", "--env", env); got.code != 2 || !strings.Contains(got.stderr, "neither dev nor prod") {
			t.Errorf("env %s: exit code %d\n%s", env, got.code, got.stderr)
		}
	}
	if got := d.run(t, "serve", "--dev", "--listen", "0.0.0.0:0"); got.code != 2 || !strings.Contains(got.stderr, "loopback") {
		t.Errorf("dev on every address: exit code %d\n%s", got.code, got.stderr)
	}
}
