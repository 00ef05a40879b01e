package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	summaryDelay = time.Minute      // from the first alert held back to the summary, when others wait
	recheck      = time.Minute      // the longest sleep while something waits
	firstRetry   = time.Second      // half as much to half as much again, and doubled after each failure
	lastRetry    = 10 * time.Minute // before that spread
	firstProbe   = time.Minute      // after a refusal, doubled after each
	lastProbe    = time.Hour
	longestWait  = patience // that a receiver may ask for
)

// target is one receiver with its queue and budget. The notifier's lock guards all but wake.
type target struct {
	route  Route
	name   string
	wake   chan struct{}
	queue  queue
	budget budget

	retry, probe *backoff.ExponentialBackOff
	failures     int       // in a row
	refusing     bool      // the last one was for good
	news         bool      // there was an alert since
	own, asked   time.Time // not before: by our backoff, by the receiver's wish
	Counters
}

func newTarget(r Route, capacity int) *target {
	if r.Daily == 0 {
		r.Daily = DefaultDaily
	}
	return &target{
		route: r, name: r.Target.Name(), wake: make(chan struct{}, 1),
		queue: queue{capacity: capacity}, budget: budget{daily: r.Daily},
		retry: &backoff.ExponentialBackOff{InitialInterval: firstRetry, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: lastRetry},
		probe: &backoff.ExponentialBackOff{InitialInterval: firstProbe, Multiplier: 2, MaxInterval: lastProbe},
	}
}

// put queues an alert, or holds it back when the day has nothing left for it.
func (t *target) put(a Alert, now time.Time) {
	t.news = true
	if t.budget.left(now, urgent(a)) <= 0 {
		t.hold(&entry{alert: a}, now)
		return
	}
	before := total(t.queue.held.Held).Alerts
	t.queue.put(a, now)
	t.HeldBack += total(t.queue.held.Held).Alerts - before
}

func (t *target) hold(e *entry, now time.Time) {
	if e.tally == nil {
		t.HeldBack++
	}
	t.queue.held.hold(e, now)
}

// next returns what to send now, or how long to sleep; 0 until there is something new.
func (t *target) next(now time.Time, closing bool) (*entry, time.Duration) {
	t.giveUp(now)
	if t.summaryDue(now, closing) {
		t.queue.summarize(now)
	}
	e := t.queue.best()
	if e == nil {
		if t.queue.held.empty() {
			return nil, 0
		}
		return nil, recheck
	}
	if wait := max(t.budget.wait(now, urgent(e.alert)), latest(t.own, t.asked).Sub(now)); wait > 0 {
		return nil, wait
	}
	e.attempts++
	e.frozen, e.sending = true, true
	t.budget.attempted(now)
	return e, 0
}

// summaryDue says whether what was held back is told now. A target that refuses is tried with a summary only if it
// has news in it: it would refuse the old one again and again.
func (t *target) summaryDue(now time.Time, closing bool) bool {
	held := &t.queue.held
	if held.empty() || t.refusing && !t.news || t.queue.summary() != nil || t.budget.left(now, false) <= 0 {
		return false
	}
	return t.queue.len() == 0 || t.failures == 0 && (closing || now.Sub(held.Since) >= summaryDelay)
}

// giveUp folds what was tried for too long.
func (t *target) giveUp(now time.Time) {
	for _, e := range t.queue.removeIf(func(e *entry) bool { return now.Sub(e.since) >= patience }) {
		t.fail(e, now)
	}
}

func (t *target) fail(e *entry, now time.Time) {
	t.Failed++
	t.queue.held.fail(e, now)
}

// serve delivers to one target until the notifier is closed.
func (n *Notifier) serve(t *target) {
	if n.disk != nil {
		n.disk.await(n.ctx)
	}
	for n.ctx.Err() == nil {
		n.mu.Lock()
		e, wait := t.next(time.Now(), n.closed)
		done := n.closed && e == nil && !n.worthWaiting(wait)
		n.mu.Unlock()
		switch {
		case done:
			return
		case e != nil:
			n.deliver(t, e)
		default:
			t.sleep(n.ctx, wait)
		}
	}
}

// worthWaiting says whether a sender that is about to stop has something to send before the end.
func (n *Notifier) worthWaiting(wait time.Duration) bool {
	return wait > 0 && (n.deadline.IsZero() || time.Now().Add(wait).Before(n.deadline))
}

// sleep waits for something new, at most for wait unless that is 0.
func (t *target) sleep(ctx context.Context, wait time.Duration) {
	var elapsed <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(min(wait, recheck))
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
	case <-t.wake:
	case <-elapsed:
	}
}

// deliver sends e and records what came of it.
func (n *Notifier) deliver(t *target, e *entry) {
	a := e.alert
	a.Deployment = n.deployment
	n.mu.Lock()
	a.Detail = t.lastWords(a, time.Now())
	n.mu.Unlock()
	err := send(n.ctx, t.route.Target, a)
	n.mu.Lock()
	report := t.settle(e, err, time.Now(), n.ctx.Err() != nil)
	n.changed()
	n.mu.Unlock()
	switch {
	case report == "":
	case err == nil:
		n.log.Info(report, "target", t.name)
	default:
		n.log.Warn(report, "target", t.name, "error", cut(err.Error(), maxTitleBytes))
	}
}

// send calls the target; a panic of it is a refusal, whose value may hold anything and is not told.
func send(ctx context.Context, to Target, a Alert) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	defer func() {
		if recover() != nil {
			err = errors.New("sending alert: the target panicked")
		}
	}()
	return to.Send(ctx, a)
}

// lastWords returns the detail of a, and says so when it is the last message of the day.
func (t *target) lastWords(a Alert, now time.Time) string {
	const last = "This is the last message today (UTC): its budget of %d is used up. The rest is summed up tomorrow."
	const butUrgent = "This is the last message today (UTC) that is not urgent, of a budget of %d. The rest is summed up tomorrow."
	words := ""
	switch {
	case t.budget.left(now, true) == 1:
		words = fmt.Sprintf(last, t.budget.daily)
	case t.budget.left(now, false) == 1:
		words = fmt.Sprintf(butUrgent, t.budget.daily)
	default:
		return a.Detail
	}
	if a.Detail == "" {
		return words
	}
	return words + "\n" + a.Detail
}

// settle records the outcome of an attempt and returns what is worth a line in the log, which is a change.
func (t *target) settle(e *entry, err error, now time.Time, cut bool) (report string) {
	e.sending = false
	before, refusedBefore := t.failures, t.refusing
	again := new(RetryError)
	switch {
	case err == nil:
		t.succeeded(e, now)
	case cut:
		return ""
	case errors.As(err, &again):
		t.retryLater(again.After, err, now)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		t.retryLater(0, err, now)
	default:
		t.refused(e, err, now)
	}
	switch {
	case t.failures == 0 && before > 0:
		return "alert target works again"
	case t.refusing && !refusedBefore:
		return "alert target refused an alert; it is not sent again"
	case t.failures == 1 && !t.refusing:
		return "alert target does not take alerts; they wait"
	}
	return ""
}

func (t *target) succeeded(e *entry, now time.Time) {
	t.queue.remove(e)
	t.Sent++
	t.LastSent = now
	t.budget.delivered(now)
	t.healthy()
	if t.budget.left(now, false) <= 0 {
		t.holdRest(now)
	}
}

func (t *target) healthy() {
	t.failures, t.refusing = 0, false
	t.own, t.asked = time.Time{}, time.Time{}
	t.retry.Reset()
	t.probe.Reset()
}

// holdRest holds back what cannot be sent today any more. What the receiver may already have waits.
func (t *target) holdRest(now time.Time) {
	for _, e := range t.queue.removeIf(func(e *entry) bool { return !e.frozen && !urgent(e.alert) }) {
		t.hold(e, now)
	}
}

// retryLater keeps the alert. The receiver's wish is the least wait, and outlives our own backoff.
func (t *target) retryLater(after time.Duration, err error, now time.Time) {
	t.Retried++
	t.failed(err, now)
	t.refusing = false
	t.own = now.Add(t.retry.NextBackOff())
	t.asked = now.Add(min(max(0, after), longestWait))
}

// refused gives the alert up, and lets the next one wait: it is only a probe.
func (t *target) refused(e *entry, err error, now time.Time) {
	t.queue.remove(e)
	t.fail(e, now)
	t.failed(err, now)
	t.refusing, t.news = true, false
	t.own = now.Add(t.probe.NextBackOff())
}

func (t *target) failed(err error, now time.Time) {
	t.failures++
	t.LastError, t.LastErrorTime = cut(err.Error(), maxTitleBytes), now
}
