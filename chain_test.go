package sallyport_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/secret"
)

const (
	current  = "q7Zr2mXw9LkT4vBn"
	previous = "Hn3yPq8sVt6uJw1d"
)

// chain is a Middleware under test with what its hooks were told.
type chain struct {
	handler http.Handler
	mu      sync.Mutex
	records []sallyport.Record
	events  []sallyport.Event
}

// echo answers with what the handler behind the chain learns.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	caller, ok := sallyport.CallerFrom(r.Context())
	json.NewEncoder(w).Encode(map[string]any{"caller": caller, "known": ok, "pattern": r.Pattern, "id": r.PathValue("id")})
})

func testConfig() sallyport.Config {
	minute := func(quota int64) []limit.Policy {
		return []limit.Policy{{Name: "minute", Quota: quota, Window: time.Minute}}
	}
	return sallyport.Config{
		Hosts:          []string{"api.example.com"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Secrets:        sallyport.StaticSecrets{secret.New(current), secret.New(previous)},
		Tiers: []sallyport.Tier{
			{Name: "BASIC", Limits: minute(10), InFlight: 2},
			{Name: "PRO", Limits: minute(100), InFlight: 4},
		},
		TierAliases:   map[string]string{"CUSTOM": "PRO"},
		TierOverrides: map[string]string{"friend": "PRO"},
		Routes: []sallyport.Route{
			{Pattern: "/health", Methods: []string{"GET"}, Public: true},
			{Pattern: "/item/{id}", Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1},
			{Pattern: "/search", Methods: []string{"GET"}, MinTier: "PRO", Cost: 3},
			{Pattern: "/batch", Methods: []string{"POST"}, MinTier: "BASIC", Cost: 1, MaxBody: 64},
		},
		CORS: sallyport.CORS{Origins: []string{"https://app.example.com"}, Headers: []string{"Accept"}},
	}
}

func newChain(t testing.TB, next http.Handler, change func(*sallyport.Config)) *chain {
	t.Helper()
	c := &chain{}
	config := testConfig()
	config.OnRecord = func(r sallyport.Record) { c.mu.Lock(); defer c.mu.Unlock(); c.records = append(c.records, r) }
	config.OnEvent = func(e sallyport.Event) { c.mu.Lock(); defer c.mu.Unlock(); c.events = append(c.events, e) }
	if change != nil {
		change(&config)
	}
	m, err := sallyport.NewMiddleware(config)
	if err != nil {
		t.Fatal(err)
	}
	c.handler = m.Wrap(next)
	return c
}

// request makes a proven request of a BASIC customer; edits change it.
func request(method, target string, edits ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, "http://api.example.com"+target, nil)
	r.RemoteAddr = "10.1.2.3:4567"
	r.Header.Set("X-RapidAPI-Proxy-Secret", current)
	r.Header.Set("X-RapidAPI-User", "alice")
	r.Header.Set("X-RapidAPI-Subscription", "BASIC")
	for _, edit := range edits {
		edit(r)
	}
	return r
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
}

func noSecret(r *http.Request) { r.Header.Del("X-RapidAPI-Proxy-Secret") }

func (c *chain) do(t testing.TB, r *http.Request) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	c.handler.ServeHTTP(rec, r)
	return rec.Result()
}

func (c *chain) last(t testing.TB) sallyport.Record {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.records) == 0 {
		t.Fatal("no record")
	}
	return c.records[len(c.records)-1]
}

func (c *chain) kinds() []sallyport.EventKind {
	c.mu.Lock()
	defer c.mu.Unlock()
	var kinds []sallyport.EventKind
	for _, e := range c.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestChainAnswers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request *http.Request
		status  int
		refusal sallyport.Refusal
	}{
		{"right secret", request("GET", "/item/1"), 200, ""},
		{"previous secret", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", previous)), 200, ""},
		{"head comes with get", request("HEAD", "/item/1"), 200, ""},
		{"no secret", request("GET", "/item/1", noSecret), 403, sallyport.RefusedSecret},
		{"empty secret", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", "")), 403, sallyport.RefusedSecret},
		{"wrong secret", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", current+"x")), 403, sallyport.RefusedSecret},
		{"secret in another case", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", strings.ToUpper(current))), 403, sallyport.RefusedSecret},
		{"right and wrong secret", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", current, "x")), 400, sallyport.RefusedRepeated},
		{"right secret twice", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", current, current)), 400, sallyport.RefusedRepeated},
		{"joined secrets", request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", current+", "+previous)), 403, sallyport.RefusedSecret},
		{"secret in the query", request("GET", "/item/1?X-RapidAPI-Proxy-Secret="+current, noSecret), 403, sallyport.RefusedSecret},
		{"unknown path without secret", request("GET", "/nothing", noSecret), 403, sallyport.RefusedSecret},
		{"unknown path", request("GET", "/nothing"), 404, sallyport.RefusedNotFound},
		{"root", request("GET", "/"), 404, sallyport.RefusedNotFound},
		{"trailing slash", request("GET", "/item/1/"), 404, sallyport.RefusedNotFound},
		{"wrong method without secret", request("DELETE", "/item/1", noSecret), 403, sallyport.RefusedSecret},
		{"wrong method", request("DELETE", "/item/1"), 405, sallyport.RefusedMethod},
		{"options", request("OPTIONS", "/item/1"), 405, sallyport.RefusedMethod},
		{"two users", request("GET", "/item/1", header("X-RapidAPI-User", "a", "b")), 400, sallyport.RefusedRepeated},
		{"two tiers", request("GET", "/item/1", header("X-RapidAPI-Subscription", "BASIC", "PRO")), 400, sallyport.RefusedRepeated},
		{"user with a space", request("GET", "/item/1", header("X-RapidAPI-User", "a b")), 400, sallyport.RefusedIdentity},
		{"long user", request("GET", "/item/1", header("X-RapidAPI-User", strings.Repeat("u", 129))), 400, sallyport.RefusedIdentity},
		{"tier too low", request("GET", "/search"), 403, sallyport.RefusedTier},
		{"tier high enough", request("GET", "/search", header("X-RapidAPI-Subscription", "PRO")), 200, ""},
		{"tier higher than needed", request("GET", "/item/1", header("X-RapidAPI-Subscription", "PRO")), 200, ""},
		{"tier in lower case", request("GET", "/search", header("X-RapidAPI-Subscription", "pro")), 200, ""},
		{"alias of a tier", request("GET", "/search", header("X-RapidAPI-Subscription", "CUSTOM")), 200, ""},
		{"override of a customer", request("GET", "/search", header("X-RapidAPI-User", "friend")), 200, ""},
		{"unknown tier", request("GET", "/search", header("X-RapidAPI-Subscription", "MEGA")), 403, sallyport.RefusedTier},
		{"empty tier", request("GET", "/search", header("X-RapidAPI-Subscription", "")), 403, sallyport.RefusedTier},
		{"tier without user", request("GET", "/search", header("X-RapidAPI-User"), header("X-RapidAPI-Subscription", "PRO")), 403, sallyport.RefusedTier},
		{"public", request("GET", "/health", noSecret), 200, ""},
		{"public by loopback name", request("GET", "/health", noSecret, host("127.0.0.1:8080")), 200, ""},
		{"public by other name", request("GET", "/health", noSecret, host("evil.example")), 421, sallyport.RefusedHost},
		{"public with wrong method", request("POST", "/health", noSecret), 405, sallyport.RefusedMethod},
		{"public path with slash", request("GET", "/health/", noSecret), 403, sallyport.RefusedSecret},
		{"public path in another case", request("GET", "/Health", noSecret), 403, sallyport.RefusedSecret},
		{"public path escaped", request("GET", "/%68ealth", noSecret), 403, sallyport.RefusedSecret},
		{"below a public path", request("GET", "/health/x", noSecret), 403, sallyport.RefusedSecret},
		{"foreign host", request("GET", "/item/1", host("evil.example")), 421, sallyport.RefusedHost},
		{"loopback host", request("GET", "/item/1", host("localhost")), 421, sallyport.RefusedHost},
		{"empty host", request("GET", "/item/1", host("")), 421, sallyport.RefusedHost},
		{"host with port and case", request("GET", "/item/1", host("API.example.com:8443")), 200, ""},
		{"host with root dot", request("GET", "/item/1", host("api.example.com.")), 200, ""},
		{"double slash", request("GET", "//item/1"), 400, sallyport.RefusedPath},
		{"dot segments", request("GET", "/item/../health"), 400, sallyport.RefusedPath},
		{"escaped dot segments", request("GET", "/item/%2e%2e/health"), 400, sallyport.RefusedPath},
		{"escaped slash", request("GET", "/item/1%2Fhealth"), 400, sallyport.RefusedPath},
		{"backslash", request("GET", "/item/1%5chealth"), 400, sallyport.RefusedPath},
		{"nul in path", request("GET", "/item/%00"), 400, sallyport.RefusedPath},
		{"malformed escape in query", request("GET", "/item/1?q=%zz"), 400, sallyport.RefusedPath},
		{"cut escape in query", request("GET", "/item/1?q=%4"), 400, sallyport.RefusedPath},
		{"long url", request("GET", "/item/1?q="+strings.Repeat("x", 16<<10)), 414, sallyport.RefusedURL},
		{"large headers", request("GET", "/item/1", header("X-Large", strings.Repeat("x", 16<<10))), 431, sallyport.RefusedHeaders},
		{"body where none is taken", request("GET", "/item/1", payload("x")), 413, sallyport.RefusedBody},
		{"body within the limit", request("POST", "/batch", payload("x")), 200, ""},
		{"body over the limit", request("POST", "/batch", payload(strings.Repeat("x", 65))), 413, sallyport.RefusedBody},
		{"listed origin asks", request("OPTIONS", "/item/1", noSecret, origin("https://app.example.com")), 204, ""},
		{"other origin asks", request("OPTIONS", "/item/1", noSecret, origin("https://evil.example")), 403, sallyport.RefusedSecret},
		{"null origin asks", request("OPTIONS", "/item/1", noSecret, origin("null")), 403, sallyport.RefusedSecret},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChain(t, echo, nil)
			resp := c.do(t, tt.request)
			got := c.last(t)
			if resp.StatusCode != tt.status || got.Refusal != tt.refusal {
				t.Errorf("status %d refusal %q, want %d %q", resp.StatusCode, got.Refusal, tt.status, tt.refusal)
			}
			checkEveryAnswer(t, resp)
		})
	}
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func payload(s string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(s))
		r.ContentLength = int64(len(s))
	}
}

func origin(name string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Origin", name)
		r.Header.Set("Access-Control-Request-Method", "GET")
	}
}

// checkEveryAnswer looks for what no answer may lack.
func checkEveryAnswer(t testing.TB, resp *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
		"Referrer-Policy":         "no-referrer",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if id := resp.Header.Get("X-Request-Id"); len(id) != 24 {
		t.Errorf("request id %q", id)
	}
	if vary := resp.Header.Get("Vary"); !strings.Contains(vary, "Subscription") || !strings.Contains(vary, "Origin") {
		t.Errorf("Vary %q", vary)
	}
	if resp.Header.Get("Access-Control-Allow-Origin") == "*" {
		t.Error("every origin may read the answer")
	}
	if resp.StatusCode >= 400 {
		checkProblem(t, resp)
	}
}

func checkProblem(t testing.TB, resp *http.Response) {
	t.Helper()
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a problem may be cached: %q", got)
	}
	if resp.Request != nil && resp.Request.Method == "HEAD" {
		return
	}
	var p struct {
		Status    int
		RequestID string `json:"request_id"`
	}
	text := body(t, resp)
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("problem %q: %v", text, err)
	}
	if p.Status != resp.StatusCode || p.RequestID != resp.Header.Get("X-Request-Id") {
		t.Errorf("problem %s does not fit status %d and id %s", text, resp.StatusCode, resp.Header.Get("X-Request-Id"))
	}
	if strings.Contains(text, current) || strings.Contains(text, "evil") {
		t.Errorf("problem repeats what was sent: %s", text)
	}
}

func TestHandlerLearnsTheCaller(t *testing.T) {
	c := newChain(t, echo, nil)
	got := body(t, c.do(t, request("GET", "/item/7", header("X-RapidAPI-Subscription", "PRO"))))
	want := `{"caller":{"Customer":"alice","Tier":"PRO","Rank":1},"id":"7","known":true,"pattern":"/item/{id}"}` + "\n"
	if got != want {
		t.Errorf("got %s want %s", got, want)
	}
	got = body(t, c.do(t, request("GET", "/health")))
	if !strings.Contains(got, `"known":false`) {
		t.Errorf("a public route has a caller: %s", got)
	}
	if _, ok := sallyport.CallerFrom(t.Context()); ok {
		t.Error("a context from elsewhere has a caller")
	}
}

func TestRefusedRequestsNeverReachTheHandler(t *testing.T) {
	reached := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	c := newChain(t, reached, nil)
	for _, r := range []*http.Request{
		request("GET", "/item/1", noSecret), request("GET", "/search"), request("GET", "/nothing"),
		request("PUT", "/item/1"), request("GET", "/item/1", host("x.example")), request("GET", "//item/1"),
	} {
		c.do(t, r)
	}
}

func TestRefusedBodyEndsTheConnection(t *testing.T) {
	c := newChain(t, echo, nil)
	for name, r := range map[string]*http.Request{
		"no secret":     request("POST", "/batch", noSecret, payload("x")),
		"none is taken": request("GET", "/item/1", payload("x")),
		"unknown path":  request("POST", "/nothing", payload("x")),
	} {
		if got := c.do(t, r).Header.Get("Connection"); got != "close" {
			t.Errorf("%s: Connection %q", name, got)
		}
	}
	if got := c.do(t, request("GET", "/nothing")).Header.Get("Connection"); got != "" {
		t.Errorf("without a body: Connection %q", got)
	}
}

func TestZeroMiddlewareAnswers500(t *testing.T) {
	good, err := sallyport.NewMiddleware(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]http.Handler{
		"zero": new(sallyport.Middleware).Wrap(echo),
		"nil":  (*sallyport.Middleware)(nil).Wrap(echo),
		"next": good.Wrap(nil),
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, request("GET", "/item/1"))
		if rec.Code != 500 || rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", name, rec.Code, rec.Header())
		}
	}
}
