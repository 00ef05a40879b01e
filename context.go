package sallyport

import (
	"context"
	"sync"
	"time"
)

// requestContext is the context of one request: it carries the exchange and the deadline of its route. The timer
// starts with the first look at Done, which an answer from memory never takes; who waits for anything looks, and so
// nothing waits longer than the deadline.
type requestContext struct {
	context.Context // the server's
	exchange        *exchange

	mu       sync.Mutex
	deadline time.Time       // zero before the route is known
	timed    context.Context // with the timer; nil before it is needed
	cancel   context.CancelFunc
	over     bool
}

// limit sets the deadline.
func (c *requestContext) limit(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = deadline
	if c.timed != nil {
		outer := c.cancel
		timed, inner := context.WithDeadline(c.timed, deadline)
		c.timed, c.cancel = timed, func() { inner(); outer() }
	}
}

// stop ends the context with its request.
func (c *requestContext) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.cancel != nil {
		c.cancel()
	}
}

// started returns the context that has the timer.
func (c *requestContext) started() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.timed != nil:
		return c.timed
	case c.deadline.IsZero():
		c.timed, c.cancel = context.WithCancel(c.Context)
	default:
		c.timed, c.cancel = context.WithDeadline(c.Context, c.deadline)
	}
	if c.over {
		c.cancel()
	}
	return c.timed
}

// Done starts the timer.
func (c *requestContext) Done() <-chan struct{} { return c.started().Done() }

// Deadline returns the nearer one of the route's and the server's.
func (c *requestContext) Deadline() (time.Time, bool) {
	outer, ok := c.Context.Deadline()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || ok && outer.Before(c.deadline) {
		return outer, ok
	}
	return c.deadline, true
}

// Err is the same with the timer and without.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.timed != nil:
		return c.timed.Err()
	case c.Context.Err() != nil:
		return c.Context.Err()
	case c.over:
		return context.Canceled
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

// Value finds the exchange. Of a context with a timer the standard library asks for its own part, so that contexts
// made from this one need no goroutine.
func (c *requestContext) Value(key any) any {
	if key == (exchangeKey{}) {
		return c.exchange
	}
	c.mu.Lock()
	timed := c.timed
	c.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return c.Context.Value(key)
}
