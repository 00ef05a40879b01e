package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"sallyport"
	"sallyport/internal/dataset"
	"sallyport/problem"
)

// The paths that need no authentication.
const (
	healthPath = "/health"
	readyPath  = "/ready"
)

func probeRoutes() []sallyport.Route {
	return []sallyport.Route{
		{Pattern: healthPath, Methods: []string{http.MethodGet}, Public: true},
		{Pattern: readyPath, Methods: []string{http.MethodGet}, Public: true},
	}
}

// probes answer whether the process lives, and whether it can answer.
type probes struct {
	version string
	source  dataset.Source

	mu      sync.Mutex
	checked time.Time
	err     error
}

// readyFor is how long one look at the data is believed, so that probes cannot become load.
const readyFor = time.Second

// health touches no data: a restart would not mend what lies there.
func (p *probes) health(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, r, map[string]string{
		"status": "healthy", "version": p.version, "timestamp": time.Now().UTC().Format(time.RFC3339),
	})
}

func (p *probes) ready(w http.ResponseWriter, r *http.Request) {
	if err := p.check(); err != nil {
		unready := problem.New(http.StatusServiceUnavailable, "the dataset does not answer")
		problem.Write(w, r, unready.Because(fmt.Errorf("reading a row: %w", err)))
		return
	}
	writeJSON(w, r, map[string]string{"status": "ready"})
}

func (p *probes) check() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.checked) >= readyFor {
		ctx, cancel := context.WithTimeout(context.Background(), readyFor)
		defer cancel()
		p.err = p.source.Ready(ctx)
		p.checked = time.Now()
	}
	return p.err
}

func writeJSON(w http.ResponseWriter, r *http.Request, v map[string]string) {
	body, err := json.Marshal(v)
	if err != nil {
		problem.Write(w, r, problem.Internal(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
	if r.Method != http.MethodHead {
		w.Write(append(body, '\n'))
	}
}
