package sallyport_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

// TestEveryAnswerIsWhole sends random requests: whatever comes, the answer has its security headers, a
// request id, a known content type and no 5xx, and nothing unproven reaches the handler.
func TestEveryAnswerIsWhole(t *testing.T) {
	c := newChain(t, echo, nil)
	rapid.Check(t, func(t *rapid.T) {
		r := randomRequest(t)
		rec := httptest.NewRecorder()
		c.handler.ServeHTTP(rec, r)
		resp := rec.Result()
		if resp.StatusCode >= 500 {
			t.Fatalf("%s %s: %d", r.Method, r.URL, resp.StatusCode)
		}
		if resp.StatusCode == 200 && r.URL.Path != "/health" && r.Header.Get("X-Rapidapi-Proxy-Secret") != current {
			t.Fatalf("%s %s with %v was let in", r.Method, r.URL, r.Header)
		}
		for _, name := range []string{"X-Content-Type-Options", "Content-Security-Policy", "X-Request-Id", "Vary", "Cache-Control"} {
			if resp.Header.Get(name) == "" {
				t.Fatalf("%s %s: no %s", r.Method, r.URL, name)
			}
		}
		if kind := resp.Header.Get("Content-Type"); resp.StatusCode >= 400 && kind != "application/problem+json" {
			t.Fatalf("%s %s: content type %q", r.Method, r.URL, kind)
		}
	})
}

func randomRequest(t *rapid.T) *http.Request {
	r := httptest.NewRequest("GET", "http://api.example.com/", nil)
	r.Method = rapid.SampledFrom([]string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"}).Draw(t, "method")
	path := rapid.OneOf(
		rapid.SampledFrom([]string{"/health", "/item/1", "/search", "/batch", "/", "", "*", "/item/%2e%2e", "//", "/health/../item/1"}),
		rapid.StringMatching(`/[ -~]{0,20}`),
	).Draw(t, "path")
	if u, err := url.ParseRequestURI(path); err == nil {
		r.URL = u
	} else {
		r.URL = &url.URL{Path: path}
	}
	r.URL.RawQuery = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[ -~]{0,30}`)).Draw(t, "query")
	r.RequestURI = r.URL.RequestURI()
	r.Host = rapid.SampledFrom([]string{"api.example.com", "API.EXAMPLE.COM.", "localhost", "", "x", "[::1]:80", "a:b:c"}).Draw(t, "host")
	r.RemoteAddr = rapid.SampledFrom([]string{"10.0.0.1:1", "192.0.2.1:1", "[2001:db8::1]:1", "", "@"}).Draw(t, "peer")
	value := rapid.OneOf(rapid.SampledFrom([]string{"", current, previous, "BASIC", "PRO", "alice", "https", "10.0.0.1"}), rapid.String())
	for _, name := range []string{
		"X-Rapidapi-Proxy-Secret", "X-Rapidapi-User", "X-Rapidapi-Subscription", "X-Forwarded-For", "X-Forwarded-Proto",
		"Origin", "Access-Control-Request-Method", "Authorization",
	} {
		if values := rapid.SliceOfN(value, 0, 2).Draw(t, name); len(values) > 0 {
			r.Header[name] = values
		}
	}
	return r
}
