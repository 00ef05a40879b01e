package sallyport

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sallyport/limit"
	"sallyport/problem"
)

// UsageFrom returns what is left of each policy of the caller of ctx, in the order of the tier, and takes nothing.
// It tells of the caller alone: nobody can ask for another customer. The answer's RateLimit headers become those
// of every policy. A context that did not pass the chain is an error, and so are limits that cannot be counted:
// neither may be taken for limits that are whole.
func UsageFrom(ctx context.Context) ([]limit.State, error) {
	x := exchangeFrom(ctx)
	if x == nil || x.tier == nil {
		return nil, problem.Internal(fmt.Errorf("telling usage: %w", errOutside))
	}
	result, err := x.m.counters.take(ctx, x, 0)
	if err != nil {
		return nil, problem.Internal(fmt.Errorf("telling usage: %w", err))
	}
	h := x.w.Header()
	h["Ratelimit-Policy"] = x.tier.policy
	h["Ratelimit"] = []string{limitHeader(&result)}
	return slices.Clone(result.States()), nil
}

// chargeBurst takes cost from the policy with the shortest window. A store counts the policies of a key apart, so
// that one of them alone is charged as it would be among all.
func (x *exchange) chargeBurst(ctx context.Context, cost int64) *problem.Error {
	whole := x.tier
	x.tier = whole.burst
	defer func() { x.tier = whole }()
	return x.charge(ctx, cost)
}

// shortest returns the tier with the policy alone that comes back soonest; nil when it has none, which is no tier.
func (t *boundTier) shortest() *boundTier {
	if len(t.Limits) == 0 {
		return nil
	}
	one := slices.MinFunc(t.Limits, func(a, b limit.Policy) int { return cmp.Compare(a.Window, b.Window) })
	burst := *t
	burst.Limits = []limit.Policy{one}
	burst.policy = []string{policyHeader(burst.Limits)}
	return &burst
}
