package sallyport_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/problem"
)

// TestEveryRefusalHasTheForm: each protection refuses as it does without a form, in the form's words, and nothing
// of what an answer must carry is lost.
func TestEveryRefusalHasTheForm(t *testing.T) {
	panics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("secret in a panic") })
	refuses := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.New(409, "no")) })
	once := func(c *sallyport.Config) {
		c.Tiers[0].Limits = []limit.Policy{{Name: "once", Quota: 1, Window: time.Hour}}
	}
	for name, c := range map[string]struct {
		next    http.Handler
		request func() *http.Request
		status  int
		needs   []string // headers
	}{
		"host": {echo, func() *http.Request {
			return request("GET", "/item/1", func(r *http.Request) { r.Host = "other.test" })
		}, 421, nil},
		"url":        {echo, func() *http.Request { return request("GET", "/item/"+strings.Repeat("x", 20<<10)) }, 414, nil},
		"path":       {echo, func() *http.Request { return request("GET", "/item//1") }, 400, nil},
		"secret":     {echo, func() *http.Request { return request("GET", "/item/1", noSecret) }, 403, nil},
		"not found":  {echo, func() *http.Request { return request("GET", "/nowhere") }, 404, nil},
		"method":     {echo, func() *http.Request { return request("DELETE", "/item/1") }, 405, []string{"Allow"}},
		"tier":       {echo, func() *http.Request { return request("GET", "/search") }, 403, nil},
		"body":       {echo, func() *http.Request { return httptestBody("/batch", 65) }, 413, nil},
		"limit":      {echo, func() *http.Request { return request("GET", "/item/2") }, 429, []string{"Retry-After", "RateLimit"}},
		"panic":      {panics, func() *http.Request { return request("GET", "/item/1") }, 500, nil},
		"by handler": {refuses, func() *http.Request { return request("GET", "/item/1") }, 409, nil},
	} {
		for style, form := range map[string]*problem.Form{
			"none": nil, "detail": {Style: problem.StyleDetail}, "envelope": {Style: problem.StyleEnvelope, Success: "success"},
		} {
			t.Run(name+" "+style, func(t *testing.T) {
				ch := newChain(t, c.next, func(cfg *sallyport.Config) { once(cfg); cfg.Errors = form })
				if name == "limit" {
					ch.handler.ServeHTTP(httptest.NewRecorder(), c.request())
				}
				rec := httptest.NewRecorder()
				ch.handler.ServeHTTP(rec, c.request())
				checkForm(t, rec, style, c.status, c.needs)
			})
		}
	}
}

func httptestBody(path string, size int) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(strings.Repeat("x", size)))
	r.Header, r.Host = request("POST", path).Header, "api.example.com"
	return r
}

func checkForm(t *testing.T, rec *httptest.ResponseRecorder, style string, status int, needs []string) {
	t.Helper()
	if rec.Code != status {
		t.Errorf("status %d, want %d", rec.Code, status)
	}
	members := map[string][]string{"detail": {"detail"}, "envelope": {"error", "success"}}[style]
	kind := "application/json"
	if style == "none" {
		kind = problem.MediaType
	}
	var body map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, rec.Body)
	}
	if got := slices.Sorted(maps.Keys(body)); style != "none" && !slices.Equal(got, members) {
		t.Errorf("members %v, want %v", got, members)
	}
	if strings.Contains(rec.Body.String(), "secret in a panic") {
		t.Errorf("the body tells of the panic: %s", rec.Body)
	}
	if got := rec.Header().Get("Content-Type"); got != kind {
		t.Errorf("media type %s, want %s", got, kind)
	}
	needs = append(needs, "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", problem.RequestIDHeader, "Vary")
	for _, name := range needs {
		if rec.Header().Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if got := rec.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}

func TestFormsThatHideRefusalsAreMistakes(t *testing.T) {
	for name, form := range map[string]*problem.Form{
		"style": {Style: "html"}, "answer": {Statuses: map[int]int{403: 200}}, "failure": {Statuses: map[int]int{500: 404}},
	} {
		config := testConfig()
		config.Errors = form
		if _, err := sallyport.NewMiddleware(config); err == nil || !strings.Contains(err.Error(), "Errors: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestFormIsCopied: what changes afterwards reaches no answer.
func TestFormIsCopied(t *testing.T) {
	form := &problem.Form{Style: problem.StyleDetail, Statuses: map[int]int{404: 410}, Texts: []problem.Text{{Status: 404, Text: "gone"}}}
	ch := newChain(t, echo, func(c *sallyport.Config) { c.Errors = form })
	form.Style, form.Texts[0].Text = problem.StyleProblem, "changed"
	delete(form.Statuses, 404)
	rec := httptest.NewRecorder()
	ch.handler.ServeHTTP(rec, request("GET", "/nowhere"))
	if rec.Code != 410 || rec.Body.String() != `{"detail":"gone"}` {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
