package sallyport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sallyport/limit"
	"sallyport/problem"
)

// quotaExceeded is the problem type that the IETF RateLimit draft registers.
const quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// anonymous is the one bucket of proven callers without a name. No customer's name can contain a space.
const anonymous = "anonymous caller"

func (x *exchange) limitKey() string {
	if x.caller.Customer == "" {
		return anonymous
	}
	return x.caller.Customer
}

// countInFlight bounds the requests of one customer at the same time.
func (m *Middleware) countInFlight(x *exchange, b *boundRoute) *problem.Error {
	if b.route.Public {
		return nil
	}
	if !m.counters.inFlight.enter(x.limitKey(), x.tier.InFlight) {
		return x.refuse(RefusedInFlight, &problem.Error{
			Status: http.StatusTooManyRequests, Type: quotaExceeded, Detail: "too many requests at the same time",
			Extensions: map[string]any{"violated-policies": []string{"in-flight"}}, RetryAfter: time.Second,
		})
	}
	x.inFlight = true
	return nil
}

// leave gives the place in flight back, if there is one.
func (x *exchange) leave() {
	if x.inFlight {
		x.m.counters.inFlight.leave(x.limitKey())
	}
}

// takeLimits charges the route's cost.
func (m *Middleware) takeLimits(x *exchange, b *boundRoute) *problem.Error {
	if b.route.Public {
		return nil
	}
	if b.route.Burst {
		return x.chargeBurst(x.r.Context(), b.route.Cost)
	}
	if x.conditional(b) {
		return x.chargeCondition(x.r.Context(), b.route.Cost)
	}
	return x.charge(x.r.Context(), b.route.Cost)
}

// Charge takes n further units from the limits of the caller of ctx, for work whose size is known only after
// the body is decoded. Call it before the work. A refusal is a [*problem.Error] with status 429 to be
// written as the answer. A context that did not pass the chain is an error: nobody would be charged.
func Charge(ctx context.Context, n int64) error {
	x := exchangeFrom(ctx)
	if x == nil || x.tier == nil {
		return problem.Internal(fmt.Errorf("charging: %w", errOutside))
	}
	if n < 0 {
		return problem.Internal(fmt.Errorf("charging: %d units", n))
	}
	if p := x.charge(ctx, n); p != nil {
		return p
	}
	return nil
}

func (x *exchange) charge(ctx context.Context, cost int64) *problem.Error {
	result, err := x.m.counters.take(ctx, x, cost)
	if errors.Is(err, limit.ErrFull) {
		x.event(EventStoreFull, "", err)
		return x.refuse(RefusedLimitFull, &problem.Error{
			Status: http.StatusServiceUnavailable, Detail: "no room for another customer now", RetryAfter: time.Second, Err: err,
		})
	}
	if err != nil {
		return problem.Internal(fmt.Errorf("counting against limits: %w", err))
	}
	x.record.Limit = result.Tightest()
	x.setLimit(&result)
	if result.Allowed {
		x.record.Grant.Cost += cost
		return nil
	}
	return x.refuse(RefusedLimit, &problem.Error{
		Status: http.StatusTooManyRequests, Type: quotaExceeded, Title: "Quota exceeded",
		Detail:     "the limits of your tier are used up for now",
		Extensions: map[string]any{"violated-policies": result.Violated()}, RetryAfter: result.RetryAfter,
	})
}

// setLimit sets the RateLimit headers.
func (x *exchange) setLimit(result *limit.Result) {
	x.limit[0] = limitHeader(result)
	h := x.w.Header()
	h["Ratelimit-Policy"] = x.tier.policy
	h["Ratelimit"] = x.limit[:]
}

// policyHeader is the value of RateLimit-Policy, a list of RFC 9651 strings with parameters.
func policyHeader(policies []limit.Policy) string {
	items := make([]string, len(policies))
	for i, p := range policies {
		items[i] = fmt.Sprintf(`"%s";q=%d;w=%d`, p.Name, p.Quota, int64(p.Window/time.Second))
	}
	return strings.Join(items, ", ")
}

// limitHeader is the value of RateLimit: what is left, and the seconds until all is.
func limitHeader(result *limit.Result) string {
	var room [128]byte
	buf := room[:0]
	for i, s := range result.States() {
		if i > 0 {
			buf = append(buf, ", "...)
		}
		buf = append(append(append(buf, '"'), s.Policy...), `";r=`...)
		buf = strconv.AppendInt(buf, s.Remaining, 10)
		buf = strconv.AppendInt(append(buf, ";t="...), problem.CeilSeconds(s.Reset), 10)
	}
	return string(buf)
}
