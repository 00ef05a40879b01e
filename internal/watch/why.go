package watch

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sallyport"
)

// Trace is every decision of the chain about one request.
type Trace struct {
	RequestID string     `json:"request_id"`
	Time      time.Time  `json:"time"`
	Method    string     `json:"method"`
	Route     string     `json:"route,omitempty"`
	Status    int        `json:"status"`
	Customer  string     `json:"customer,omitempty"` // as the access log shows it
	Decisions []Decision `json:"decisions"`
}

// Decision is one step of the chain.
type Decision struct {
	Step    string `json:"step"`
	Outcome string `json:"outcome"` // passed, refused or not reached
	Why     string `json:"why,omitempty"`
}

// The outcomes of a [Decision].
const (
	Passed     = "passed"
	Refused    = "refused"
	NotReached = "not reached"
)

// Why returns the decisions about a recent request. Only the last thousand requests are remembered.
func (w *Watcher) Why(id string) (Trace, bool) {
	r, ok := w.recent.find(id)
	if !ok {
		return Trace{}, false
	}
	t := Trace{RequestID: r.RequestID, Time: r.Time, Method: r.Method, Route: r.Route, Status: r.Status, Decisions: decisions(&r)}
	if w.config.Customer != nil && r.Customer != "" {
		t.Customer = w.config.Customer(r.Customer)
	}
	return t, true
}

// step is one step of the chain: the refusals that end there, and what a request that passed it tells.
type step struct {
	name     string
	refusals []sallyport.Refusal
	passed   func(*sallyport.Record) string
}

// chain is the order of sallyport.Middleware.
func chain() []step {
	return []step{
		{"size of URL and headers", []sallyport.Refusal{sallyport.RefusedURL, sallyport.RefusedHeaders}, nil},
		{"host", []sallyport.Refusal{sallyport.RefusedHost}, nil},
		{"path", []sallyport.Refusal{sallyport.RefusedPath}, nil},
		{"authentication", []sallyport.Refusal{sallyport.RefusedSecret, sallyport.RefusedNoSecret, sallyport.RefusedRepeated,
			sallyport.RefusedBudget, sallyport.RefusedIdentity}, explainAuthentication},
		{"route", []sallyport.Refusal{sallyport.RefusedNotFound}, func(r *sallyport.Record) string { return r.Route }},
		{"method", []sallyport.Refusal{sallyport.RefusedMethod}, func(r *sallyport.Record) string { return r.Method }},
		{"tier", []sallyport.Refusal{sallyport.RefusedTier}, explainTier},
		{"body", []sallyport.Refusal{sallyport.RefusedBody}, nil},
		{"in flight", []sallyport.Refusal{sallyport.RefusedInFlight}, nil},
		{"limits", []sallyport.Refusal{sallyport.RefusedLimit, sallyport.RefusedLimitFull}, explainLimits},
		{"handler", nil, explainHandler},
	}
}

func decisions(r *sallyport.Record) []Decision {
	var list []Decision
	ended := false
	for _, s := range chain() {
		d := Decision{Step: s.name, Outcome: Passed}
		switch {
		case ended:
			d.Outcome = NotReached
		case s.ends(r):
			d.Outcome, d.Why, ended = Refused, explainRefusal(r), true
		case s.passed != nil:
			d.Why = s.passed(r)
		}
		list = append(list, d)
	}
	return list
}

func (s *step) ends(r *sallyport.Record) bool {
	for _, one := range s.refusals {
		if r.Refusal == one {
			return true
		}
	}
	return false
}

func explainRefusal(r *sallyport.Record) string {
	switch r.Refusal {
	case sallyport.RefusedSecret:
		if r.Sent.Marketplace {
			return "the marketplace's headers were there, and the secret was missing or wrong"
		}
		return "the request carried none of the marketplace's headers"
	case sallyport.RefusedNoSecret:
		return "the server has no usable secret to compare with"
	case sallyport.RefusedBudget:
		return "the address sent too many wrong credentials"
	case sallyport.RefusedLimit:
		return fmt.Sprintf("policy %s of tier %s is used up; %d of %d units are left, all are back in %s",
			r.Limit.Policy, r.Tier, r.Limit.Remaining, r.Limit.Quota, r.Limit.Reset.Round(time.Second))
	case sallyport.RefusedTier:
		return "tier " + r.Tier + " is below the tier of the route"
	}
	return cmp.Or(r.Detail, string(r.Refusal))
}

func explainAuthentication(r *sallyport.Record) string {
	if r.Tier == "" && r.Refusal == "" {
		return "the route is public"
	}
	return "the marketplace proved itself"
}

func explainTier(r *sallyport.Record) string {
	switch r.Grant.TierFrom {
	case sallyport.TierFromHeader:
		return r.Tier + ", which the marketplace named"
	case sallyport.TierFromOverride:
		return r.Tier + ", by tier_overrides"
	case sallyport.TierUnknown:
		return r.Tier + ", the lowest: the marketplace named a plan that is not known"
	case sallyport.TierMissing:
		return r.Tier + ", the lowest: the marketplace named no plan or no customer"
	}
	return ""
}

func explainLimits(r *sallyport.Record) string {
	if r.Limit.Policy == "" {
		return "none apply"
	}
	return fmt.Sprintf("took %d units; the tightest policy is %s with %d of %d left", r.Grant.Cost, r.Limit.Policy, r.Limit.Remaining, r.Limit.Quota)
}

func explainHandler(r *sallyport.Record) string {
	parts := []string{fmt.Sprintf("%d after %s", r.Status, r.Duration.Round(time.Microsecond))}
	if r.Grant.Cache != "" {
		parts = append(parts, "cache "+r.Grant.Cache)
	}
	if r.Detail != "" {
		parts = append(parts, r.Detail)
	}
	if r.Cancelled {
		parts = append(parts, "the client went away")
	}
	if r.Err != nil && !r.Cancelled {
		parts = append(parts, errorText(r.Err))
	}
	return strings.Join(parts, ", ")
}

// Text is the trace for people.
func (t *Trace) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s -> %d\n", t.Time.UTC().Format(time.RFC3339), t.Method, cmp.Or(t.Route, "(no route)"), t.Status)
	if t.Customer != "" {
		fmt.Fprintf(&b, "customer %s\n", t.Customer)
	}
	for _, d := range t.Decisions {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-24s %-12s %s", d.Step, d.Outcome, d.Why), " ") + "\n")
	}
	return b.String()
}
