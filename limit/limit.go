// Package limit counts requests against named policies, in the words of the IETF draft "RateLimit header
// fields for HTTP": a policy has a quota and a window, and is violated when the quota is used up.
package limit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MaxPolicies is the most policies that one key may have.
const MaxPolicies = 4

// MaxQuota is the largest quota of a policy: products of two quotas fit an int64.
const MaxQuota = 1<<31 - 1

// ErrFull says that a store has no room for a new key. Keys that it already counts are not affected.
var ErrFull = errors.New("limit store is full")

// Policy allows Quota units in each Window, spread by GCRA: a key that was idle may take the whole quota at
// once, then one unit every Window/Quota. The zero value is invalid.
type Policy struct {
	Name   string        // an RFC 9651 string: printable ASCII without quotes; unique among a key's policies
	Quota  int64         // units, 1 to [MaxQuota]
	Window time.Duration // whole seconds, at least one
}

// Validate says what is wrong with p.
func (p Policy) Validate() error {
	switch {
	case !validName(p.Name):
		return fmt.Errorf("policy name %q is not 1 to 32 letters, digits, - or _", p.Name)
	case p.Quota < 1 || p.Quota > MaxQuota:
		return fmt.Errorf("policy %s: quota %d is not between 1 and %d", p.Name, p.Quota, int64(MaxQuota))
	case p.Window < time.Second || p.Window%time.Second != 0:
		return fmt.Errorf("policy %s: window %s is not a whole number of seconds", p.Name, p.Window)
	case p.Window > 366*24*time.Hour:
		return fmt.Errorf("policy %s: window %s is longer than a year", p.Name, p.Window)
	}
	return nil
}

func validName(name string) bool {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 32
}

// Interval is the time in which one unit comes back, rounded up so that the quota is never exceeded.
func (p Policy) Interval() time.Duration {
	return (p.Window + time.Duration(p.Quota) - 1) / time.Duration(p.Quota)
}

// Scale returns p with its quota divided by replicas, at least one unit: what one of several processes may
// grant when they cannot count together. A quota that one unit would overdraw gets a longer window instead.
func (p Policy) Scale(replicas int) Policy {
	if replicas <= 1 {
		return p
	}
	if p.Quota >= int64(replicas) {
		p.Quota /= int64(replicas)
		return p
	}
	p.Window *= time.Duration(replicas)
	return p
}

// State is what is left of one policy.
type State struct {
	Policy    string
	Quota     int64
	Remaining int64         // whole units that could be taken now
	Reset     time.Duration // until the quota is whole again
}

// Result is the answer of [Store.Take].
type Result struct {
	Allowed    bool
	RetryAfter time.Duration // when the same call would be allowed; 0 when Allowed or never
	states     [MaxPolicies]State
	violated   [MaxPolicies]bool
	n          int
}

// NewResult returns an empty, allowed Result for a store to fill with [Result.Add].
func NewResult() Result { return Result{Allowed: true} }

// Add appends the state of the next policy. A violated one makes the result refused, and RetryAfter the
// longest wait.
func (r *Result) Add(s State, violated bool, wait time.Duration) {
	r.states[r.n], r.violated[r.n] = s, violated
	r.n++
	if violated {
		r.Allowed = false
		r.RetryAfter = max(r.RetryAfter, wait)
	}
}

// States returns the states in the order of the policies. The slice belongs to r.
func (r *Result) States() []State { return r.states[:r.n] }

// Violated returns the names of the policies that refused.
func (r *Result) Violated() []string {
	var names []string
	for i, s := range r.States() {
		if r.violated[i] {
			names = append(names, s.Policy)
		}
	}
	return names
}

// Tightest returns the state with the smallest share left; zero without policies.
func (r *Result) Tightest() State {
	var tightest State
	for i, s := range r.States() {
		if i == 0 || s.Remaining*tightest.Quota < tightest.Remaining*s.Quota {
			tightest = s
		}
	}
	return tightest
}

// Store counts. Implementations are safe for concurrent use, and [limittest.Run] passes for each.
//
// [limittest.Run]: https://pkg.go.dev/sallyport/limit/limittest#Run
type Store interface {
	// Take takes cost units from every policy of key, or from none: one violated policy leaves all as
	// they were. A cost of 0 only looks. A cost above a quota is refused with RetryAfter 0: it never fits.
	// ErrFull means that key is new and there is no room for it. Any other error means that nothing is
	// known; the caller must not take it for leave.
	Take(ctx context.Context, key string, cost int64, policies []Policy) (Result, error)
	// Close releases what the store holds.
	Close() error
}

// errUsage is a call that no store can answer.
var errUsage = errors.New("a key needs 1 to 4 policies and a cost of at least 0")

// check refuses calls that would count nothing: no policy must not mean no limit.
func check(cost int64, policies []Policy) error {
	if cost < 0 || len(policies) == 0 || len(policies) > MaxPolicies {
		return errUsage
	}
	for _, p := range policies {
		if p.Quota < 1 || p.Window < time.Second {
			return p.Validate()
		}
	}
	return nil
}
