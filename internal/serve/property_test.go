package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// hostile are values that have surprised a database, a parser or a log.
var hostile = []string{
	"%25", "%25%25%25", "_", "___", "%5C", "%5C%25", "'", "%27%20OR%201=1--", "%22", "%22%22%22%22", "%22%20OR%20%22", "*", "%5E%22gly%22",
	"%00", "aqua%00", "%ff%fe", "%ed%a0%80", "%c0%af", "%0d%0aX-A:b", "%e2%80%a8", "%f0%9f%92%a7%f0%9f%92%a7%f0%9f%92%a7", "NEAR(a", "a+AND+b",
	"%1f%1f%1f", "\\\\\\", "%EF%BF%BD%EF%BF%BD%EF%BF%BD", "..%2F..%2Fetc%2Fpasswd", "%zz", "%", "%e", "-", "--", "...", "a&&b", "a;b", "=",
	strings.Repeat("A", 200), strings.Repeat("a", 10_000), strings.Repeat("%CC%81", 3000), strings.Repeat("%EF%B7%BA", 180),
	"salicylic+acid", "gly", "water", "37595", "69-72-7", "solvent", "restricted", "prohibited", "-9223372036854775808", "1e9", "NaN",
}

func targets(paths []string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		value := rapid.OneOf(rapid.SampledFrom(hostile),
			rapid.Map(rapid.String(), url.QueryEscape),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return url.QueryEscape(string(b)) }))
		var path strings.Builder
		for i, part := range strings.Split(rapid.SampledFrom(paths).Draw(t, "path"), "/") {
			if i > 0 {
				path.WriteByte('/')
			}
			if strings.HasPrefix(part, "{") {
				part = rapid.OneOf(value, rapid.SampledFrom([]string{"37595", "38579", "solvent"})).Draw(t, "segment")
			}
			path.WriteString(part)
		}
		name := rapid.OneOf(rapid.SampledFrom([]string{"q", "q", "q", "query", "s", "status", "mode", "field", "annex", "limit", "cursor", "ref"}), value)
		var pairs []string
		for range rapid.IntRange(0, 3).Draw(t, "pairs") {
			pairs = append(pairs, name.Draw(t, "name")+rapid.SampledFrom([]string{"=", "=", "=", ""}).Draw(t, "=")+value.Draw(t, "value"))
		}
		if len(pairs) == 0 {
			return path.String()
		}
		return path.String() + "?" + strings.Join(pairs, "&")
	})
}

// No request makes the API fail, and every answer is what it says it is.
func TestNoRequestIsAFailure(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		paths := []string{"/", "/v1/ingredient/", "/v1/{x}", "//"}
		for _, route := range a.Routes() {
			paths = append(paths, route.Pattern, route.Pattern)
		}
		target, method := targets(paths), rapid.SampledFrom([]string{"GET", "GET", "GET", "HEAD", "POST", "BREW"})
		rapid.Check(t, func(t *rapid.T) {
			text := target.Draw(t, "target")
			u, err := url.ParseRequestURI(text)
			if err != nil {
				t.Skip("net/http refuses it")
			}
			r := as(rapid.SampledFrom(tiers).Draw(t, "tier"), method.Draw(t, "method"), "/")
			r.URL, r.RequestURI = u, text
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			whole(t, r.Method, w)
		})
	})
}

// whole checks that an answer is one of those that there are.
func whole(t *rapid.T, method string, w *httptest.ResponseRecorder) {
	if w.Code >= 500 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	want := "application/json"
	if w.Code != http.StatusOK {
		want = problem.MediaType
	}
	if got := w.Header().Get("Content-Type"); got != want {
		t.Fatalf("status %d with content type %q", w.Code, got)
	}
	if method == http.MethodHead {
		if w.Body.Len() > 0 {
			t.Fatalf("HEAD has %d bytes", w.Body.Len())
		}
		return
	}
	var body struct {
		Success *bool
		Count   int
		Data    []map[string]any
		Status  int
		Detail  string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || !utf8.Valid(w.Body.Bytes()) {
		t.Fatalf("status %d, no JSON: %v: %q", w.Code, err, w.Body)
	}
	if w.Code == http.StatusOK && (body.Success == nil || !*body.Success || body.Count != len(body.Data)) {
		t.Fatalf("an answer that is not whole: %s", w.Body)
	}
	if w.Code != http.StatusOK && (body.Status != w.Code || body.Success != nil) {
		t.Fatalf("a problem that is not whole: %s", w.Body)
	}
}

// A value never comes back in a refusal.
func TestRefusalsDoNotEcho(t *testing.T) {
	a := memoryAPI(t)
	rapid.Check(t, func(t *rapid.T) {
		marker := "zq" + rapid.StringMatching(`[xyz]{8}`).Draw(t, "marker")
		before, after := rapid.SampledFrom(hostile).Draw(t, "before"), rapid.SampledFrom(hostile).Draw(t, "after")
		name := rapid.SampledFrom([]string{"q", "mode", "field", "status", "limit", "cursor", marker}).Draw(t, "name")
		u, err := url.ParseRequestURI("/v1/ingredient/search?" + name + "=" + before + marker + after)
		if err != nil {
			t.Skip("net/http refuses it")
		}
		r := as("MEGA", http.MethodGet, "/")
		r.URL = u
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		for header, values := range w.Header() {
			if strings.Contains(strings.Join(values, " "), marker) {
				t.Fatalf("%s repeats the value", header)
			}
		}
		if strings.Contains(w.Body.String(), marker) {
			t.Fatalf("the body repeats the value: %s", w.Body)
		}
	})
}

func TestConcurrentRequests(t *testing.T) {
	a := memoryAPI(t)
	var all sync.WaitGroup
	for _, c := range exchanges() {
		if strings.Contains(c.want, "about:blank") {
			continue
		}
		for range 4 {
			all.Go(func() {
				for range 20 {
					if got := get(a, c.tier, c.target).Body.String(); got != c.want {
						t.Errorf("%s: %s", c.name, got)
					}
				}
			})
		}
	}
	all.Wait()
}
