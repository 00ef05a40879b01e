package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"sallyport/internal/dataset"
	"sallyport/internal/serve"
	"sallyport/problem"
)

// The body of large is worth compressing, and that of small is not.
const (
	large = "/v1/status?s=not-listed"
	small = "/v1/ingredient/37595"
)

func ask(a http.Handler, tier, method, target string, headers ...string) *httptest.ResponseRecorder {
	r, w := as(tier, method, target), httptest.NewRecorder()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	a.ServeHTTP(w, r)
	return w
}

func decoded(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var r io.Reader = w.Body
	var err error
	switch w.Header().Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(w.Body)
	case "zstd":
		r, err = zstd.NewReader(w.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCodings(t *testing.T) {
	a, _ := cachedAPI(t)
	plain := map[string]string{large: get(a, "MEGA", large).Body.String(), small: get(a, "MEGA", small).Body.String()}
	for _, c := range []struct {
		lines        []string
		large, small string // Content-Encoding; "406" is a refusal
	}{
		{nil, "", ""}, {[]string{""}, "", ""}, {[]string{"gzip"}, "gzip", ""}, {[]string{"GZIP"}, "gzip", ""}, {[]string{"x-gzip"}, "gzip", ""},
		{[]string{"zstd"}, "zstd", ""}, {[]string{"gzip, deflate, br, zstd"}, "zstd", ""}, {[]string{"gzip, deflate, br"}, "gzip", ""},
		{[]string{"deflate", "gzip"}, "gzip", ""}, {[]string{"gzip;q=0.9,zstd;q=0.8"}, "gzip", ""}, {[]string{"gzip ; q=1.000 ,"}, "gzip", ""},
		{[]string{"identity"}, "", ""}, {[]string{"br"}, "", ""}, {[]string{"gzip;q=0"}, "", ""}, {[]string{"gzip;q=0.000"}, "", ""},
		{[]string{"*"}, "zstd", ""}, {[]string{"*;q=0.5, zstd;q=0"}, "gzip", ""}, {[]string{"identity;q=0.5, gzip;q=0.4"}, "", ""},
		{[]string{"identity, gzip"}, "gzip", ""}, {[]string{"identity;q=0, gzip"}, "gzip", "gzip"}, {[]string{"identity;q=0, *"}, "zstd", "zstd"},
		{[]string{"*;q=0, gzip;q=0.1"}, "gzip", "gzip"}, {[]string{"identity;q=0"}, "406", "406"}, {[]string{"*;q=0"}, "406", "406"},
		{[]string{"br, *;q=0"}, "406", "406"}, {[]string{"identity;q=0, br"}, "406", "406"}, {[]string{"*;q=0, identity"}, "", ""},
		// malformed, and so the body as it is
		{[]string{"gzip;q=2"}, "", ""}, {[]string{"gzip;q=-1"}, "", ""}, {[]string{"gzip;q=0.1234"}, "", ""}, {[]string{"gzip;q="}, "", ""},
		{[]string{"gzip;level=9"}, "", ""}, {[]string{"gzip;q=1;q=0"}, "", ""}, {[]string{"gz ip"}, "", ""}, {[]string{"gzip\x00"}, "", ""},
		{[]string{"gzip, gzip;q=0"}, "", ""}, {[]string{"identity;q=0, identity"}, "", ""}, {[]string{"gzip;q=1.001"}, "", ""}, {[]string{"gzip;q=.5"}, "", ""},
		{[]string{strings.Repeat("a,", 600) + "gzip"}, "", ""}, {[]string{"\"gzip\""}, "", ""}, {[]string{";q=1"}, "", ""},
	} {
		for target, want := range map[string]string{large: c.large, small: c.small} {
			r, w := as("MEGA", http.MethodGet, target), httptest.NewRecorder()
			r.Header["Accept-Encoding"] = c.lines
			a.ServeHTTP(w, r)
			if want == "406" {
				if w.Code != http.StatusNotAcceptable || w.Header().Get("Content-Type") != problem.MediaType || w.Header().Get("ETag") != "" {
					t.Errorf("%q: status %d %v", c.lines, w.Code, w.Header())
				}
				continue
			}
			if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != want {
				t.Errorf("%q %s: status %d, Content-Encoding %q, want %q", c.lines, target, w.Code, got, want)
			}
			if n := fmt.Sprint(w.Body.Len()); w.Header().Get("Content-Length") != n {
				t.Errorf("%q %s: Content-Length %s of %s bytes", c.lines, target, w.Header().Get("Content-Length"), n)
			}
			if decoded(t, w) != plain[target] {
				t.Errorf("%q %s: another body", c.lines, target)
			}
		}
	}
}

// TestCompressionIsStable: strong tags need the same bytes each time, whatever was compressed in between.
func TestCompressionIsStable(t *testing.T) {
	a := memoryAPI(t) // without a cache, so that each answer is compressed
	for _, coding := range []string{"gzip", "zstd"} {
		first := ask(a, "MEGA", "GET", large, "Accept-Encoding", coding)
		for range 20 {
			ask(a, "PRO", "GET", small, "Accept-Encoding", "identity;q=0,"+coding)
			ask(a, "MEGA", "GET", "/v1/stats", "Accept-Encoding", "identity;q=0,"+coding)
			again := ask(a, "MEGA", "GET", large, "Accept-Encoding", coding)
			if !bytes.Equal(first.Body.Bytes(), again.Body.Bytes()) || first.Header().Get("ETag") != again.Header().Get("ETag") {
				t.Fatalf("%s: two bodies with one tag", coding)
			}
		}
	}
}

func TestTagsDifferByCoding(t *testing.T) {
	a, _ := cachedAPI(t)
	tags := map[string]string{}
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		tag := ask(a, "MEGA", "GET", large, "Accept-Encoding", coding).Header().Get("ETag")
		if other, twice := tags[tag]; twice {
			t.Errorf("%s and %s have one tag", coding, other)
		}
		tags[tag] = coding
	}
	for tag, of := range tags {
		for _, coding := range []string{"identity", "gzip", "zstd"} {
			w := ask(a, "MEGA", "GET", large, "Accept-Encoding", coding, "If-None-Match", tag)
			if (w.Code == http.StatusNotModified) != (coding == of) || w.Code == http.StatusNotModified && w.Header().Get("ETag") != tag {
				t.Errorf("tag of %s, asked for %s: status %d", of, coding, w.Code)
			}
		}
	}
}

// TestTagsAreKeyed: who knows data, question and program cannot make a tag, and the same key makes the same.
func TestTagsAreKeyed(t *testing.T) {
	d := description(t)
	tag := func(key []byte) string {
		cfg := config(d, newMemory(d, content()))
		cfg.CursorKey = key
		return get(newAPI(t, cfg), "MEGA", small).Header().Get("ETag")
	}
	if own := tag(key); own != tag(key) || own == tag([]byte("another key, also of thirty-two b.")) || len(own) < 24 {
		t.Errorf("tag %s", own)
	}
}

// TestTagsNeedNoQuery: a tag of ours is proof enough, with an empty cache and on another replica.
func TestTagsNeedNoQuery(t *testing.T) {
	for _, target := range []string{small, large, "/v1/ingredient/inci?q=gl", "/v1/stats", "/v1/ingredient/inci?q=nothing"} {
		for _, coding := range []string{"identity", "gzip"} {
			a, _ := cachedAPI(t)
			tag := ask(a, "MEGA", "GET", target, "Accept-Encoding", coding).Header().Get("ETag")
			replica, source := cachedAPI(t)
			for _, method := range []string{"GET", "HEAD"} {
				w := ask(replica, "MEGA", method, target, "Accept-Encoding", coding, "If-None-Match", tag)
				if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Cache-Control") != "private, no-cache" {
					t.Errorf("%s %s %s: status %d %v", method, target, coding, w.Code, w.Header())
				}
			}
			if source.queries.Load() != 0 {
				t.Errorf("%s: the data was asked", target)
			}
		}
	}
}

// TestPagesChangeTheirTagWithTheirCursor: a page whose cursor is another is another page; the last page stays.
func TestPagesChangeTheirTagWithTheirCursor(t *testing.T) {
	d := description(t)
	at := &clock{time.Date(2026, 1, 15, 12, 0, 1, 0, time.UTC)}
	cfg := config(d, newMemory(d, content()))
	cfg.CacheSize, cfg.Now = cacheSize, at.Now
	a := newAPI(t, cfg)
	const more, last = "/v1/ingredient/inci?q=gl", "/v1/ingredient/inci?q=aqua"
	first, whole := get(a, "BASIC", more), get(a, "BASIC", last)
	at.now = at.now.Add(5 * time.Minute)
	if w := ask(a, "BASIC", "GET", more, "If-None-Match", first.Header().Get("ETag")); w.Code != http.StatusOK || w.Body.String() == first.Body.String() {
		t.Errorf("a page with an older cursor: status %d", w.Code)
	}
	if w := ask(a, "BASIC", "GET", last, "If-None-Match", whole.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("a page without a cursor: status %d", w.Code)
	}
}

// TestAllButNotModifiedIsCharged, before the source is asked.
func TestAllButNotModifiedIsCharged(t *testing.T) {
	d := description(t)
	source := &counting{Source: newMemory(d, content())}
	cfg := config(d, source)
	cfg.CacheSize = cacheSize
	charged, refused := 0, error(nil)
	cfg.Charge = func(context.Context) error { charged++; return refused }
	a := newAPI(t, cfg)
	tag := get(a, "BASIC", small).Header().Get("ETag")
	for target, want := range map[string]int{small: 200, "/v1/ingredient/1": 404, "/v1/ingredient/x": 400, "/v1/ingredient/37595?a=b": 400, "/v1/stats": 200} {
		charged = 0
		if w := ask(a, "BASIC", "GET", target, "If-None-Match", `"x"`); w.Code != want || charged != 1 {
			t.Errorf("%s: status %d, charged %d times", target, w.Code, charged)
		}
	}
	charged = 0
	if w := ask(a, "BASIC", "GET", small, "If-None-Match", tag); w.Code != http.StatusNotModified || charged != 0 {
		t.Errorf("status %d, charged %d times", w.Code, charged)
	}
	refused = problem.New(http.StatusTooManyRequests, "used up")
	asked := source.queries.Load()
	for _, target := range []string{small, "/v1/ingredient/1", "/v1/ingredient/x", "/v1/ingredient/31959"} {
		if w := get(a, "BASIC", target); w.Code != http.StatusTooManyRequests || w.Header().Get("ETag") != "" {
			t.Errorf("%s over the limit: status %d", target, w.Code)
		}
	}
	if source.queries.Load() != asked {
		t.Error("a question that was not paid reached the source")
	}
}

// TestRecordOfTheCache tells the layers in front what happened.
func TestRecordOfTheCache(t *testing.T) {
	a, _ := cachedAPI(t)
	tag := ""
	for _, c := range []struct{ target, tag, want string }{
		{small, "", "miss"}, {small, "", "hit"}, {small, "known", "not-modified"}, {"/v1/ingredient/1", "", "miss"}, {"/v1/ingredient/1", "", "hit"},
		{"/v1/ingredient/x", "", ""},
	} {
		r, w := as("BASIC", http.MethodGet, c.target), &cacheKeeper{ResponseRecorder: httptest.NewRecorder()}
		if c.tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		a.ServeHTTP(w, r)
		if w.state != c.want {
			t.Errorf("%s: %q, want %q", c.target, w.state, c.want)
		}
		if c.target == small {
			tag = w.Header().Get("ETag")
		}
	}
}

type cacheKeeper struct {
	*httptest.ResponseRecorder
	state string
}

func (k *cacheKeeper) RecordCache(state string) { k.state = state }

// TestLookupIsOneQuery: a name without synonyms is asked for once where the source says that it has none.
func TestLookupIsOneQuery(t *testing.T) {
	d := description(t)
	source := &counting{Source: sqliteSource(t, d, content())}
	a := newAPI(t, config(d, source))
	for target, want := range map[string]int64{"/v1/ingredient/inci?q=salicylic+acid": 1, "/v1/ingredient/inci?q=water": 2, "/v1/ingredient/cas?q=69-72-7": 1} {
		source.queries.Store(0)
		get(a, "BASIC", target)
		if n := source.queries.Load(); n != want {
			t.Errorf("%s: %d queries, want %d", target, n, want)
		}
	}
}

var (
	_ dataset.Source = (*counting)(nil)
	_ http.Handler   = (*serve.API)(nil)
)
