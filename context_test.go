package sallyport_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"sallyport"
)

// TestDeadlineReachesWhoeverWaits looks at the deadline in every way that there is.
func TestDeadlineReachesWhoeverWaits(t *testing.T) {
	for name, wait := range map[string]func(context.Context) error{
		"done": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"err": func(ctx context.Context) error {
			for ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			return ctx.Err()
		},
		"child": func(ctx context.Context) error {
			child, cancel := context.WithCancel(context.WithValue(ctx, keyOfTheTest{}, "v"))
			defer cancel()
			<-child.Done()
			return child.Err()
		},
		"cause": func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
		"after": func(ctx context.Context) error {
			called := make(chan struct{})
			context.AfterFunc(ctx, func() { close(called) })
			<-called
			return ctx.Err()
		},
		"nearer": func(ctx context.Context) error {
			child, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			if own, _ := ctx.Deadline(); !own.Equal(second(child.Deadline())) {
				return errors.New("a child outlives its parent")
			}
			<-child.Done()
			return child.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got error
			c := newChain(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = wait(r.Context()) }),
				func(config *sallyport.Config) { config.Routes[1].Deadline = 20 * time.Millisecond })
			c.do(t, request("GET", "/item/1"))
			if !errors.Is(got, context.DeadlineExceeded) {
				t.Errorf("the wait ends with %v", got)
			}
		})
	}
}

func second(at time.Time, _ bool) time.Time { return at }

// TestContextEndsWithItsRequest: what a handler left behind stops, whether it looked before or not.
func TestContextEndsWithItsRequest(t *testing.T) {
	for name, look := range map[string]func(context.Context){"looked": func(ctx context.Context) { ctx.Done() }, "did not look": func(context.Context) {}} {
		t.Run(name, func(t *testing.T) {
			var kept context.Context
			c := newChain(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { kept = r.Context(); look(kept) }), nil)
			c.do(t, request("GET", "/item/1"))
			if err := kept.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("after the answer: %v", err)
			}
			select {
			case <-kept.Done():
			default:
				t.Error("after the answer Done is open")
			}
			if deadline, ok := kept.Deadline(); !ok || time.Until(deadline) > sallyport.DefaultDeadline {
				t.Errorf("deadline %v, %v", deadline, ok)
			}
		})
	}
}

type keyOfTheTest struct{}
