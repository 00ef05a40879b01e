package sallyport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/problem"
)

const known = `"known"`

// revalidating answers 304 to a tag that it knows, and settles before all else.
func revalidating(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("If-None-Match") == known {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if err := sallyport.Settle(r.Context()); err != nil {
		problem.Write(w, r, problem.From(err))
		return
	}
	w.Write([]byte("worked"))
}

// newConditional has a burst of 5 in 10 seconds and 8 a day, and a route that costs 3.
func newConditional(t testing.TB, next http.HandlerFunc) *chain {
	return newChain(t, next, func(config *sallyport.Config) {
		config.Tiers[0].Limits = []limit.Policy{{Name: "day", Quota: 8, Window: 24 * time.Hour}, {Name: "burst", Quota: 5, Window: 10 * time.Second}}
		config.Routes[1].Conditional, config.Routes[1].Cost = true, 3
	})
}

func ifNoneMatch(tag string) func(*http.Request) { return header("If-None-Match", tag) }

func TestNotModifiedCostsOneUnitOfTheBurst(t *testing.T) {
	c := newConditional(t, revalidating)
	for i, want := range []string{`"day";r=8;t=0, "burst";r=4;t=2`, `"day";r=8;t=0, "burst";r=3;t=4`} {
		resp := c.do(t, request("GET", "/item/1", ifNoneMatch(known)))
		if got := resp.Header.Get("RateLimit"); resp.StatusCode != 304 || got != want {
			t.Errorf("call %d: status %d, %s, want %s", i, resp.StatusCode, got, want)
		}
		if got := resp.Header.Get("RateLimit-Policy"); got != `"day";q=8;w=86400, "burst";q=5;w=10` {
			t.Errorf("policies %s", got)
		}
		if r := c.last(t); r.Grant.Cost != 1 || r.Limit.Policy != "burst" {
			t.Errorf("record %+v", r)
		}
	}
	for range 3 {
		c.do(t, request("GET", "/item/1", ifNoneMatch(known)))
	}
	if resp := c.do(t, request("GET", "/item/1", ifNoneMatch(known))); resp.StatusCode != 429 || !strings.Contains(body(t, resp), `["burst"]`) {
		t.Errorf("a sixth 304: %d", resp.StatusCode)
	}
}

// TestConditionThatFailsIsPaid: whatever If-None-Match says, rows cost what they cost.
func TestConditionThatFailsIsPaid(t *testing.T) {
	for _, tag := range []string{`"other"`, "*", "", "W/", strings.Repeat(`"x",`, 500)} {
		c := newConditional(t, revalidating)
		resp := c.do(t, request("GET", "/item/1", ifNoneMatch(tag)))
		if got := resp.Header.Get("RateLimit"); resp.StatusCode != 200 || !strings.HasPrefix(got, `"day";r=5;`) || !strings.Contains(got, `"burst";r=1;`) {
			t.Errorf("%.20q: status %d, %s", tag, resp.StatusCode, got)
		}
		if resp := c.do(t, request("GET", "/item/1", ifNoneMatch(tag))); resp.StatusCode != 429 || strings.Contains(body(t, resp), "worked") {
			t.Errorf("%.20q: a second answer for the rest of the burst: %d", tag, resp.StatusCode)
		}
	}
}

func TestUsedUpQuotaGivesNoRows(t *testing.T) {
	c := newConditional(t, revalidating)
	c.do(t, request("GET", "/item/1"))
	if resp := c.do(t, request("GET", "/item/1", ifNoneMatch(known))); resp.StatusCode != 304 {
		t.Errorf("304 within the burst: %d", resp.StatusCode)
	}
	if resp := c.do(t, request("GET", "/item/1", ifNoneMatch(`"other"`))); resp.StatusCode != 429 {
		t.Errorf("an answer for the rest of the burst: %d", resp.StatusCode)
	}
}

// TestUnpaidAnswersAreWithheld: a handler that forgets to settle gives nothing away.
func TestUnpaidAnswersAreWithheld(t *testing.T) {
	for name, next := range map[string]http.HandlerFunc{
		"write": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("rows")); w.Write([]byte("rows")) },
		"header and write": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Rows", "rows")
			w.WriteHeader(http.StatusPartialContent)
			w.Write([]byte("rows"))
		},
		"empty": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/rows", http.StatusSeeOther)
		},
		"refusal ignored": func(w http.ResponseWriter, r *http.Request) {
			if sallyport.Settle(r.Context()) == nil {
				w.Write([]byte("paid"))
				return
			}
			w.Write([]byte("rows"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConditional(t, next)
			if name == "refusal ignored" {
				c.do(t, request("GET", "/item/1"))
			}
			resp := c.do(t, request("GET", "/item/1", ifNoneMatch(known)))
			if text := body(t, resp); resp.StatusCode != 500 || strings.Contains(text, "rows") || resp.Header.Get("X-Rows") != "" || resp.Header.Get("X-Content-Type-Options") == "" {
				t.Errorf("status %d %v: %s", resp.StatusCode, resp.Header, text)
			}
		})
	}
	c := newConditional(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if resp := c.do(t, request("GET", "/item/1", ifNoneMatch(known))); resp.StatusCode != 404 {
		t.Errorf("a refusal gives nothing away and is sent: %d", resp.StatusCode)
	}
}

func TestSettleOnceAndOnlyBehindTheChain(t *testing.T) {
	c := newConditional(t, func(w http.ResponseWriter, r *http.Request) {
		if err := errors.Join(sallyport.Settle(r.Context()), sallyport.Settle(r.Context())); err != nil {
			problem.Write(w, r, problem.From(err))
		}
	})
	if resp := c.do(t, request("GET", "/item/1", ifNoneMatch("x"))); !strings.HasPrefix(resp.Header.Get("RateLimit"), `"day";r=5;`) {
		t.Errorf("settled twice: %s", resp.Header.Get("RateLimit"))
	}
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 429 {
		t.Errorf("four units of the burst are used, and three more were taken: %d", resp.StatusCode)
	}
	if sallyport.Settle(context.Background()) == nil {
		t.Error("settling for nobody succeeds")
	}
}
