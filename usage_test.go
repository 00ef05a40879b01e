package sallyport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sallyport"
	"sallyport/limit"
	"sallyport/problem"
)

// usageChain has a route that tells the usage, and tiers with a short policy and a long one.
func usageChain(t *testing.T, change func(*sallyport.Config)) (c *chain, advance func(time.Duration)) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	telling := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		states, err := sallyport.UsageFrom(r.Context())
		if err != nil {
			problem.Write(w, r, problem.From(err))
			return
		}
		json.NewEncoder(w).Encode(states)
	})
	c = newChain(t, telling, func(c *sallyport.Config) {
		c.Counters = sallyport.NewCounters(sallyport.CountersConfig{Now: func() time.Time { return now }})
		c.Routes = append(c.Routes, sallyport.Route{Pattern: "/usage", Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1, Burst: true})
		for i := range c.Tiers {
			c.Tiers[i].Limits = []limit.Policy{{Name: "day", Quota: 4, Window: 24 * time.Hour}, {Name: "burst", Quota: 3, Window: time.Second}}
		}
		if change != nil {
			change(c)
		}
	})
	return c, func(d time.Duration) { now = now.Add(d) }
}

func usage(t *testing.T, resp *http.Response) map[string]int64 {
	t.Helper()
	if resp.StatusCode != 200 {
		t.Fatalf("status %d: %s", resp.StatusCode, body(t, resp))
	}
	var states []limit.State
	if err := json.NewDecoder(resp.Body).Decode(&states); err != nil {
		t.Fatal(err)
	}
	left := map[string]int64{}
	for _, s := range states {
		left[s.Policy] = s.Remaining
	}
	return left
}

// TestUsageTakesOneUnitOfTheShortestPolicy: it is no free way to keep the server busy, and costs nothing of what
// is paid for.
func TestUsageTakesOneUnitOfTheShortestPolicy(t *testing.T) {
	c, advance := usageChain(t, nil)
	for i := range int64(3) {
		if diff := cmp.Diff(map[string]int64{"day": 4, "burst": 2 - i}, usage(t, c.do(t, request("GET", "/usage")))); diff != "" {
			t.Errorf("call %d: %s", i, diff)
		}
	}
	resp := c.do(t, request("GET", "/usage"))
	if resp.StatusCode != 429 || resp.Header.Get("RateLimit-Policy") != `"burst";q=3;w=1` {
		t.Errorf("over the burst: %d %s", resp.StatusCode, resp.Header.Get("RateLimit-Policy"))
	}
	advance(time.Second)
	resp = c.do(t, request("GET", "/usage"))
	if got := resp.Header.Get("RateLimit-Policy"); resp.StatusCode != 200 || got != `"day";q=4;w=86400, "burst";q=3;w=1` {
		t.Errorf("a second later: %d, policies %s", resp.StatusCode, got)
	}
}

// TestUsageIsTheCallersOwn asks for two customers of one tier, also when the quota of one is used up.
func TestUsageIsTheCallersOwn(t *testing.T) {
	c, advance := usageChain(t, nil)
	bob := header("X-RapidAPI-User", "bob")
	for range 4 {
		c.do(t, request("GET", "/item/1"))
		advance(time.Second)
	}
	if got := usage(t, c.do(t, request("GET", "/usage", bob))); got["day"] != 4 {
		t.Errorf("a customer who took nothing: %v", got)
	}
	if got := usage(t, c.do(t, request("GET", "/usage"))); got["day"] != 0 || got["burst"] != 2 {
		t.Errorf("a customer who took all: %v", got)
	}
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 429 {
		t.Errorf("telling gave units back: %d", resp.StatusCode)
	}
}

func TestUsageOutsideTheChainIsAFailure(t *testing.T) {
	if states, err := sallyport.UsageFrom(context.Background()); err == nil || states != nil || problem.From(err).Status != 500 {
		t.Errorf("%v, %v", states, err)
	}
}

// TestUsageOfStoreThatFailsIsTheLocalShare: what cannot be counted together is counted here, and never whole.
func TestUsageOfStoreThatFailsIsTheLocalShare(t *testing.T) {
	c, _ := usageChain(t, func(c *sallyport.Config) {
		c.Counters = sallyport.NewCounters(sallyport.CountersConfig{Store: brokenStore{}, Replicas: 2})
	})
	if got := usage(t, c.do(t, request("GET", "/usage"))); got["day"] != 2 {
		t.Errorf("%v, want half of the quota", got)
	}
}

type brokenStore struct{}

func (brokenStore) Take(context.Context, string, int64, []limit.Policy) (limit.Result, error) {
	return limit.Result{}, context.DeadlineExceeded
}
func (brokenStore) Close() error { return nil }
