package app

import (
	"errors"
	"net/http"
	"time"

	"sallyport"
	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/openapi"
	"sallyport/limit"
	"sallyport/problem"
)

var errNoCaller = errors.New("answering: the request has no caller")

// usageHandler tells what is left of each policy of the caller. The chain took one unit of the shortest before.
func usageHandler(cfg *config.Config, d *dataset.Description) http.Handler {
	windows := map[string]map[string]int64{}
	for _, t := range cfg.Tiers {
		windows[t.Name] = map[string]int64{}
		for _, p := range t.Limits {
			scaled := limit.Policy{Name: p.Name, Quota: p.Quota, Window: p.Window}.Scale(cfg.Replicas)
			windows[t.Name][p.Name] = int64(scaled.Window / time.Second)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := sallyport.CallerFrom(r.Context())
		if !ok {
			problem.Write(w, r, problem.Internal(errNoCaller))
			return
		}
		states, err := sallyport.UsageFrom(r.Context())
		if err != nil {
			problem.Write(w, r, problem.From(err))
			return
		}
		var rows []openapi.Usage
		for _, s := range states {
			rows = append(rows, openapi.Usage{
				Policy: s.Policy, Quota: s.Quota, Remaining: s.Remaining, Reset: problem.CeilSeconds(s.Reset), Window: windows[c.Tier][s.Policy],
			})
		}
		body, err := enveloped(c.Tier, d, rows)
		if err != nil {
			problem.Write(w, r, problem.Internal(err))
			return
		}
		if given(w, r) {
			return
		}
		writeBody(w, r, body)
	})
}
