package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is constant traffic of proven customers over a number of connections.
type load struct {
	cancel    context.CancelFunc
	wait      sync.WaitGroup
	requests  atomic.Int64
	failures  atomic.Int64
	mu        sync.Mutex
	latencies []time.Duration
	first     string // failure
}

// loadOn begins to ask path over n connections. The path may hold one %d, which is then different each time.
func loadOn(t testing.TB, s *process, n int, path func(i int64) string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n}}
	for range n {
		l.wait.Go(func() {
			for ctx.Err() == nil {
				l.ask(ctx, client, "http://"+s.address+path(l.requests.Load()))
			}
		})
	}
	t.Cleanup(cancel)
	return l
}

func (l *load) ask(ctx context.Context, client *http.Client, url string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		l.fail(err.Error())
		return
	}
	r.Host = apiHost
	r.Header.Set("X-RapidAPI-Proxy-Secret", current)
	r.Header.Set("X-RapidAPI-User", "load")
	began := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		if ctx.Err() == nil {
			l.fail(err.Error())
		}
		return
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	took := time.Since(began)
	if ctx.Err() != nil {
		return
	}
	l.requests.Add(1)
	if err != nil || resp.StatusCode != http.StatusOK {
		l.fail(fmt.Sprintf("%d %s %v", resp.StatusCode, body, err))
	}
	l.mu.Lock()
	l.latencies = append(l.latencies, took)
	l.mu.Unlock()
}

func (l *load) fail(why string) {
	l.failures.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == "" {
		l.first = why
	}
}

// stop ends the traffic and says how it went.
func (l *load) stop(t testing.TB, what string) {
	t.Helper()
	l.cancel()
	l.wait.Wait()
	slices.Sort(l.latencies)
	at := func(share float64) time.Duration {
		if len(l.latencies) == 0 {
			return 0
		}
		return l.latencies[int(share*float64(len(l.latencies)-1))].Round(10 * time.Microsecond)
	}
	t.Logf("%-6s %6d requests, %d failed; median %s, 99%% %s, worst %s", what, l.requests.Load(), l.failures.Load(), at(.5), at(.99), at(1))
	if l.requests.Load() == 0 || l.failures.Load() > 0 {
		t.Errorf("%s: %d of %d requests failed, first %s", what, l.failures.Load(), l.requests.Load(), l.first)
	}
}
