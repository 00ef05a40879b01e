package sallyport_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"sallyport"
	"sallyport/secret"
)

// changing is a source whose secrets a test replaces.
type changing struct{ list []secret.Secret }

func (c *changing) Secrets() []secret.Secret { return c.list }

func TestNoSecretAtRequestTimeIs500(t *testing.T) {
	source := &changing{list: []secret.Secret{secret.New(current)}}
	c := newChain(t, echo, func(config *sallyport.Config) { config.Secrets = source })
	for name, list := range map[string][]secret.Secret{
		"none":        nil,
		"zero":        {{}},
		"empty":       {secret.New("")},
		"placeholder": {secret.New("changeme-changeme")},
		"too many":    {secret.New(current), secret.New(previous), secret.New("third-" + current)},
	} {
		source.list = list
		for _, presented := range [][]string{nil, {""}, {"changeme-changeme"}, {current}} {
			resp := c.do(t, request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", presented...)))
			if resp.StatusCode != 500 || c.last(t).Refusal != sallyport.RefusedNoSecret {
				t.Errorf("%s, presented %q: %d", name, presented, resp.StatusCode)
			}
			checkEveryAnswer(t, resp)
		}
	}
	if !slices.Contains(c.kinds(), sallyport.EventNoSecret) {
		t.Error("nobody was told")
	}
	if resp := c.do(t, request("GET", "/health", noSecret)); resp.StatusCode != 200 {
		t.Errorf("health: %d", resp.StatusCode)
	}
}

func TestRotatedSecretTakesEffectAtOnce(t *testing.T) {
	source := &changing{list: []secret.Secret{secret.New(current)}}
	c := newChain(t, echo, func(config *sallyport.Config) { config.Secrets = source })
	status := func(presented string) int {
		return c.do(t, request("GET", "/item/1", header("X-RapidAPI-Proxy-Secret", presented))).StatusCode
	}
	if status(current) != 200 || status(previous) != 403 {
		t.Fatal("before the rotation")
	}
	source.list = []secret.Secret{secret.New(previous), secret.New(current)}
	if status(current) != 200 || status(previous) != 200 {
		t.Error("during the rotation")
	}
	source.list = []secret.Secret{secret.New(previous)}
	if status(current) != 403 || status(previous) != 200 {
		t.Error("after the rotation")
	}
}

func TestFailureBudgetIsSpentByAddress(t *testing.T) {
	c := newChain(t, echo, nil)
	wrong := header("X-RapidAPI-Proxy-Secret", "wrong")
	from := func(addr string) func(*http.Request) { return header("X-Forwarded-For", addr) }
	for i := range 20 {
		if resp := c.do(t, request("GET", "/item/1", wrong, from("192.0.2.1"))); resp.StatusCode != 403 || c.last(t).Quiet {
			t.Fatalf("attempt %d: %d", i, resp.StatusCode)
		}
	}
	resp := c.do(t, request("GET", "/item/1", wrong, from("192.0.2.1")))
	if got := c.last(t); resp.StatusCode != 429 || !got.Quiet || got.Refusal != sallyport.RefusedBudget {
		t.Errorf("over the budget: %d %+v", resp.StatusCode, got)
	}
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
	}
	checkEveryAnswer(t, resp)
	if resp := c.do(t, request("GET", "/item/1", from("192.0.2.1"))); resp.StatusCode != 200 {
		t.Errorf("the right secret from the same address: %d", resp.StatusCode)
	}
	if resp := c.do(t, request("GET", "/item/1", wrong, from("192.0.2.2"))); resp.StatusCode != 403 {
		t.Errorf("another address pays: %d", resp.StatusCode)
	}
}

func TestIPv6SubscriberHasOneFailureBudget(t *testing.T) {
	c := newChain(t, echo, nil)
	statuses := map[int]int{}
	for i := range 40 {
		address := header("X-Forwarded-For", fmt.Sprintf("2001:db8:1:2::%x", i+1))
		statuses[c.do(t, request("GET", "/item/1", noSecret, address)).StatusCode]++
	}
	if statuses[403] != 20 || statuses[429] != 20 {
		t.Errorf("40 addresses of one /64: %v", statuses)
	}
}

// TestTierOfOtherLetters: Unicode has two letters besides s and i whose upper case is S and I.
func TestTierOfOtherLetters(t *testing.T) {
	c := newChain(t, echo, func(c *sallyport.Config) {
		c.Tiers = append(c.Tiers, sallyport.Tier{Name: "BUSINESS", InFlight: 1, Limits: c.Tiers[0].Limits})
	})
	lowest := c.tierOf(t, "no plan")
	for _, name := range []string{"BU\u017fINESS", "BUS\u0131NESS", "bu\u017fine\u017f\u017f", "BUSINE\u1e9e"} {
		if got := c.tierOf(t, name); got != lowest {
			t.Errorf("%q is %s", name, got)
		}
	}
	if got := c.tierOf(t, "buSiness"); got != "BUSINESS" {
		t.Errorf("another case of the name is %s", got)
	}
}

func (c *chain) tierOf(t *testing.T, name string) string {
	t.Helper()
	c.do(t, request("GET", "/item/1", header("X-RapidAPI-Subscription", name)))
	return c.last(t).Tier
}

func TestUnknownTierIsReportedOnceAndBounded(t *testing.T) {
	c := newChain(t, echo, nil)
	for range 3 {
		c.do(t, request("GET", "/item/1", header("X-RapidAPI-Subscription", "MEGA\x01\"")))
	}
	if len(c.events) != 1 || c.events[0].Kind != sallyport.EventUnknownTier || c.events[0].Value != `"MEGA\x01\""` {
		t.Fatalf("events %+v", c.events)
	}
	for i := range 1000 {
		c.do(t, request("GET", "/item/1", header("X-RapidAPI-User", fmt.Sprint(i)), header("X-RapidAPI-Subscription", fmt.Sprint("T", i))))
	}
	if n := len(c.events); n != 100 {
		t.Errorf("%d events for 1001 unknown tiers", n)
	}
}

func TestMalformedRequestsCannotFillTheLog(t *testing.T) {
	c := newChain(t, echo, nil)
	for _, edit := range []func(*http.Request){host("evil.example"), func(r *http.Request) { r.URL.Path = "//" }} {
		for range 20 {
			if resp := c.do(t, request("GET", "/item/1", edit)); resp.StatusCode != 421 && resp.StatusCode != 400 {
				t.Fatalf("status %d", resp.StatusCode)
			}
		}
	}
	loud := 0
	for _, r := range c.records {
		if !r.Quiet {
			loud++
		}
	}
	if loud != 20 {
		t.Errorf("%d lines for 40 malformed requests of one address, want the budget of 20", loud)
	}
	if resp := c.do(t, request("GET", "/item/1", noSecret)); resp.StatusCode != 403 || c.last(t).Quiet {
		t.Errorf("another kind of failure has its own budget: %d", resp.StatusCode)
	}
}
