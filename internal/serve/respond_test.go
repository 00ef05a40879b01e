package serve_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

func decode(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	a := memoryAPI(t)
	for _, target := range []string{"/v1/ingredient/inci?q=aqua", "/v1/stats", "/v1/ingredient/1", "/v1/ingredient/inci?q=a"} {
		g, h := get(a, "BASIC", target), httptest.NewRecorder()
		a.ServeHTTP(h, as("BASIC", http.MethodHead, target))
		if h.Code != g.Code || h.Body.Len() != 0 {
			t.Errorf("%s: HEAD has status %d and %d bytes, GET %d", target, h.Code, h.Body.Len(), g.Code)
		}
		for name := range g.Header() {
			if h.Header().Get(name) != g.Header().Get(name) {
				t.Errorf("%s: %s is %q, and of GET %q", target, name, h.Header().Get(name), g.Header().Get(name))
			}
		}
		if n, _ := strconv.Atoi(h.Header().Get("Content-Length")); n != g.Body.Len() {
			t.Errorf("%s: Content-Length %d of %d bytes", target, n, g.Body.Len())
		}
	}
}

func TestHeadersOfAnswers(t *testing.T) {
	h := get(memoryAPI(t), "BASIC", "/v1/stats").Header()
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "private, no-cache"} {
		if h.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, h.Get(name), want)
		}
	}
}

func TestEntityTags(t *testing.T) {
	d := description(t)
	a := newAPI(t, config(d, newMemory(d, content())))
	const target = "/v1/ingredient/inci?q=aqua"
	tag := get(a, "BASIC", target).Header().Get("ETag")
	if again := get(a, "BASIC", target).Header().Get("ETag"); again != tag || tag == "" {
		t.Fatalf("tags %s and %s of one page", tag, again)
	}
	const paged = "/v1/ingredient/inci?q=gl"
	first, second := get(a, "BASIC", paged), get(a, "BASIC", paged)
	if first.Header().Get("ETag") != second.Header().Get("ETag") {
		t.Error("a page with a cursor has another tag each time")
	}
	if other := get(a, "PRO", target).Header().Get("ETag"); other == tag {
		t.Error("two tiers have one tag")
	}
	changed := content()
	changed.Tables["entry"] = changed.Tables["entry"][1:]
	if other := get(newAPI(t, config(d, newMemory(d, changed))), "BASIC", target).Header().Get("ETag"); other == tag {
		t.Error("two generations have one tag")
	}
	for _, c := range []struct {
		lines []string
		want  int
	}{
		{[]string{tag}, http.StatusNotModified},
		{[]string{"W/" + tag}, http.StatusNotModified},
		{[]string{`"x", ` + tag + `, "y"`}, http.StatusNotModified},
		{[]string{`"x"`, tag}, http.StatusNotModified},
		{[]string{"*"}, http.StatusOK},
		{[]string{""}, http.StatusOK},
		{[]string{`"x"`}, http.StatusOK},
		{[]string{tag[1 : len(tag)-1]}, http.StatusOK},
	} {
		r, w := as("BASIC", http.MethodGet, target), httptest.NewRecorder()
		r.Header["If-None-Match"] = c.lines
		a.ServeHTTP(w, r)
		if w.Code != c.want || w.Header().Get("ETag") != tag || (w.Body.Len() == 0) != (c.want == http.StatusNotModified) {
			t.Errorf("%q: status %d with %d bytes, want %d", c.lines, w.Code, w.Body.Len(), c.want)
		}
	}
	r, w := as("BASIC", http.MethodGet, "/v1/ingredient/1"), httptest.NewRecorder()
	r.Header.Set("If-None-Match", "*")
	a.ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("an error was turned into %d", w.Code)
	}
}

// broken is a source whose answers are errors.
type broken struct {
	dataset.Source
	err error
}

func (b broken) Fetch(context.Context, dataset.Query) (dataset.Result, error) {
	return dataset.Result{}, b.err
}

func TestFailuresOfTheSource(t *testing.T) {
	d := description(t)
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"unforeseen", errors.New("SELECT * FROM /var/lib/x"), `{"type":"about:blank","title":"Internal Server Error","status":500}`},
		{"unplanned", dataset.ErrUnplanned, `{"type":"about:blank","title":"Internal Server Error","status":500}`},
		{"too large", fmt.Errorf("%w of 4", dataset.ErrTooLarge),
			`{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the answer is too large"}`},
		{"deadline", context.DeadlineExceeded,
			`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the query took too long"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPI(t, config(d, broken{newMemory(d, content()), c.err}))
			for _, target := range []string{"/v1/ingredient/inci?q=aqua", "/v1/ingredient/37595", "/v1/status", "/v1/ingredient/cas?q=69-72-7"} {
				w := get(a, "MEGA", target)
				sameProblem(t, c.want, w)
				if retry := w.Header().Get("Retry-After"); (retry != "") != (w.Code == http.StatusServiceUnavailable) {
					t.Errorf("%s: Retry-After %q with status %d", target, retry, w.Code)
				}
			}
		})
	}
}

// keeper keeps the error for the log, as the layers in front do.
type keeper struct {
	*httptest.ResponseRecorder
	kept *problem.Error
}

func (k *keeper) RecordError(e *problem.Error) { k.kept = e }

func TestContextsThatEnd(t *testing.T) {
	a := memoryAPI(t)
	r := as("BASIC", http.MethodGet, "/v1/ingredient/inci?q=aqua")
	late, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
	defer cancel()
	gone, cancel := context.WithCancel(r.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		want error
	}{{late, context.DeadlineExceeded}, {gone, context.Canceled}} {
		w := &keeper{ResponseRecorder: httptest.NewRecorder()}
		a.ServeHTTP(w, r.WithContext(c.ctx))
		if w.Code != http.StatusServiceUnavailable || w.kept == nil || !errors.Is(w.kept, c.want) {
			t.Errorf("%v: status %d, kept %v", c.want, w.Code, w.kept)
		}
	}
}
