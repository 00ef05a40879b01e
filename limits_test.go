package sallyport_test

import (
	"context"
	"errors"
	"fmt"
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

func TestLimitIsByCustomerNotByAddress(t *testing.T) {
	c := newChain(t, echo, nil)
	for i := range 10 {
		address := header("X-Forwarded-For", "198.51.100."+string(rune('0'+i)))
		if resp := c.do(t, request("GET", "/item/1", address)); resp.StatusCode != 200 {
			t.Fatalf("call %d: %d", i, resp.StatusCode)
		}
	}
	resp := c.do(t, request("GET", "/item/1"))
	if resp.StatusCode != 429 {
		t.Fatalf("eleventh call of the minute: %d", resp.StatusCode)
	}
	for name, want := range map[string]string{
		"RateLimit-Policy": `"minute";q=10;w=60`, "RateLimit": `"minute";r=0;t=60`, "Retry-After": "6",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	if text := body(t, resp); !strings.Contains(text, `"violated-policies":["minute"]`) || !strings.Contains(text, "#quota-exceeded") {
		t.Errorf("problem %s", text)
	}
	if resp := c.do(t, request("GET", "/item/1", header("X-RapidAPI-User", "bob"))); resp.StatusCode != 200 {
		t.Errorf("another customer pays: %d", resp.StatusCode)
	}
}

func TestCallersWithoutNameShareOneBucketAtTheLowestTier(t *testing.T) {
	c := newChain(t, echo, nil)
	statuses := map[int]int{}
	for i := range 30 {
		tier := header("X-RapidAPI-Subscription", []string{"PRO", "BASIC", "", "CUSTOM"}[i%4])
		address := header("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		statuses[c.do(t, request("GET", "/item/1", header("X-RapidAPI-User"), tier, address)).StatusCode]++
	}
	if statuses[200] != 10 || statuses[429] != 20 {
		t.Errorf("30 nameless calls at a limit of 10: %v", statuses)
	}
}

func TestCostIsChargedByRoute(t *testing.T) {
	c := newChain(t, echo, nil)
	resp := c.do(t, request("GET", "/search", header("X-RapidAPI-Subscription", "PRO")))
	if got := resp.Header.Get("RateLimit"); !strings.HasPrefix(got, `"minute";r=97;`) {
		t.Errorf("after a call that costs 3 of 100: %s", got)
	}
	if got := c.last(t).Limit; got.Policy != "minute" || got.Remaining != 97 {
		t.Errorf("record %+v", got)
	}
}

func TestChargeTakesMoreOrRefuses(t *testing.T) {
	charging := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sallyport.Charge(r.Context(), 6); err != nil {
			problem.Write(w, r, problem.From(err))
			return
		}
		w.Write([]byte("worked"))
	})
	c := newChain(t, charging, nil)
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("RateLimit"), `"minute";r=3;`) {
		t.Errorf("within the limit: %d %s", resp.StatusCode, resp.Header.Get("RateLimit"))
	}
	resp := c.do(t, request("GET", "/item/1"))
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || c.last(t).Refusal != sallyport.RefusedLimit {
		t.Errorf("over the limit: %d %v", resp.StatusCode, resp.Header)
	}
	if err := sallyport.Charge(context.Background(), 1); err == nil {
		t.Error("charging nobody succeeds")
	}
}

func TestInFlightIsBoundedAndGivenBack(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave })
	c := newChain(t, slow, nil)
	for range 2 {
		go c.handler.ServeHTTP(httptest.NewRecorder(), request("GET", "/item/1"))
		<-entered
	}
	resp := c.do(t, request("GET", "/item/1"))
	if resp.StatusCode != 429 || c.last(t).Refusal != sallyport.RefusedInFlight || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("third request at once: %d %v", resp.StatusCode, resp.Header)
	}
	leave <- struct{}{}
	leave <- struct{}{}
	for deadline := time.Now().Add(10 * time.Second); ; {
		done := make(chan int)
		go func() { done <- c.do(t, request("GET", "/item/1")).StatusCode }()
		select {
		case <-entered:
			leave <- struct{}{}
			<-done
			return
		case status := <-done:
			if status != 429 || time.Now().After(deadline) {
				t.Fatalf("after the others left: %d", status)
			}
		}
	}
}

// store is a limit store that a test makes fail.
type store struct {
	err   error
	calls int
}

func (s *store) Take(_ context.Context, _ string, _ int64, policies []limit.Policy) (limit.Result, error) {
	s.calls++
	r := limit.NewResult()
	for _, p := range policies {
		r.Add(limit.State{Policy: p.Name, Quota: p.Quota, Remaining: p.Quota}, false, 0)
	}
	return r, s.err
}

func (s *store) Close() error { return nil }

func TestFailingStoreIsReplacedAtAShareOfTheLimit(t *testing.T) {
	remote := &store{err: errors.New("connection refused")}
	c := newChain(t, echo, func(config *sallyport.Config) {
		config.Counters = sallyport.NewCounters(sallyport.CountersConfig{Store: remote, Replicas: 5})
	})
	statuses := map[int]int{}
	for range 10 {
		statuses[c.do(t, request("GET", "/item/1")).StatusCode]++
	}
	if statuses[200] != 2 || statuses[429] != 8 {
		t.Errorf("one of 5 replicas at a limit of 10: %v", statuses)
	}
	if remote.calls != 1 {
		t.Errorf("the failed store was asked %d times at once", remote.calls)
	}
	if got := c.kinds(); !slices.Equal(got, []sallyport.EventKind{sallyport.EventStoreFailed}) {
		t.Errorf("events %v", got)
	}
	remote.err = nil
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(c.kinds(), sallyport.EventStoreHealed); {
		if time.Now().After(deadline) {
			t.Fatal("the healed store was not asked again")
		}
		c.do(t, request("GET", "/item/1"))
	}
}

func TestProcessesThatCountApartShareTheLimit(t *testing.T) {
	c := newChain(t, echo, func(config *sallyport.Config) {
		config.Counters = sallyport.NewCounters(sallyport.CountersConfig{Replicas: 2})
	})
	statuses := map[int]int{}
	for range 10 {
		statuses[c.do(t, request("GET", "/item/1")).StatusCode]++
	}
	if statuses[200] != 5 {
		t.Errorf("one of 2 processes at a limit of 10: %v", statuses)
	}
}

func TestFullStoreRefusesNewCustomersOnly(t *testing.T) {
	c := newChain(t, echo, func(config *sallyport.Config) {
		config.Counters = sallyport.NewCounters(sallyport.CountersConfig{Capacity: 1})
	})
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 200 {
		t.Fatal(resp.StatusCode)
	}
	resp := c.do(t, request("GET", "/item/1", header("X-RapidAPI-User", "new")))
	if resp.StatusCode != 503 || c.last(t).Refusal != sallyport.RefusedLimitFull {
		t.Errorf("a new customer: %d", resp.StatusCode)
	}
	checkEveryAnswer(t, resp)
	if resp := c.do(t, request("GET", "/item/1")); resp.StatusCode != 200 {
		t.Errorf("a live customer: %d", resp.StatusCode)
	}
	if !slices.Contains(c.kinds(), sallyport.EventStoreFull) {
		t.Error("nobody was told")
	}
}

func TestCountersOutliveTheMiddleware(t *testing.T) {
	counters := sallyport.NewCounters(sallyport.CountersConfig{})
	share := func(config *sallyport.Config) { config.Counters = counters }
	first := newChain(t, echo, share)
	for range 10 {
		first.do(t, request("GET", "/item/1"))
	}
	if resp := newChain(t, echo, share).do(t, request("GET", "/item/1")); resp.StatusCode != 429 {
		t.Errorf("after a reload the limit was whole again: %d", resp.StatusCode)
	}
}
