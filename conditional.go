package sallyport

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"sallyport/problem"
)

// errUnpaid is an answer of a handler that did not settle.
var errUnpaid = errors.New("a conditional request was answered before it was settled")

// conditional says whether the request may turn out to need no answer.
func (x *exchange) conditional(b *boundRoute) bool {
	return b.route.Conditional && len(x.r.Header["If-None-Match"]) > 0
}

// chargeCondition takes one unit of the shortest policy. The cost of the route is owed until [Settle], or for good
// when the answer is 304.
func (x *exchange) chargeCondition(ctx context.Context, cost int64) *problem.Error {
	x.owed = cost
	return x.chargeBurst(ctx, 1)
}

// Settle takes the route's cost from the limits of the caller of ctx, unless that was done already. The handler of
// a route that is [Route.Conditional] calls it before any work for an answer other than 304. A refusal is a
// [*problem.Error] to be written as the answer. A context that did not pass the chain is an error.
func Settle(ctx context.Context) error {
	x := exchangeFrom(ctx)
	if x == nil || x.tier == nil {
		return problem.Internal(fmt.Errorf("settling: %w", errOutside))
	}
	if x.owed == 0 {
		return nil
	}
	if p := x.charge(ctx, x.owed); p != nil {
		return p
	}
	x.owed = 0
	return nil
}

// unpaid says whether an answer of that status would be a gift. A refusal gives nothing away, and 304 says only
// that the client has what was paid for before.
func (x *exchange) unpaid(status int) bool {
	return x.owed > 0 && status < 400 && status != http.StatusNotModified
}

// tellLimits completes the RateLimit headers of a 304, for which one policy alone was charged. When they cannot be
// told, what stands there about that one is still right.
func (x *exchange) tellLimits(ctx context.Context) {
	result, err := x.m.counters.take(ctx, x, 0)
	if err != nil {
		return
	}
	x.record.Limit = result.Tightest()
	x.setLimit(&result)
}
