package alert

import (
	"context"
	"fmt"
	"time"
)

// lastSave is kept of the time that [Notifier.Close] has, to write what could not be delivered.
const lastSave = 500 * time.Millisecond

// Close delivers what waits for as long as ctx lets it, which should have a deadline: urgent alerts and a
// Stopped one first, within the budgets, and trying at once a target that failed before, unless it asked to
// wait. What is left is on disk for the next start; without a directory it is lost, and the error says so.
// Alerts that are raised later are counted and dropped.
func (n *Notifier) Close(ctx context.Context) error {
	if n == nil || !n.beginClose(ctx) {
		return nil
	}
	close(n.stopSweep)
	delivery, cancel := n.deliveryTime(ctx)
	defer cancel()
	sent := make(chan struct{})
	go func() { n.senders.Wait(); close(sent) }()
	await(delivery, sent)
	n.cancel()
	n.settleLast(ctx, sent)
	if n.disk != nil {
		close(n.disk.stop)
		await(ctx, n.disk.done)
	}
	return n.leftover()
}

// settleLast gives senders that were cut a moment to record it.
func (n *Notifier) settleLast(ctx context.Context, sent <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, lastSave/5)
	defer cancel()
	await(ctx, sent)
}

// await waits for done or the end of ctx.
func await(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// beginClose lets no more alerts in and has the senders finish. It is false the second time.
func (n *Notifier) beginClose(ctx context.Context) bool {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.closed = true
	if deadline, ok := ctx.Deadline(); ok {
		n.deadline = deadline.Add(-lastSave)
	}
	n.foldGroups(now)
	for _, t := range n.targets {
		t.own = time.Time{}
		rouse(t.wake)
	}
	n.changed()
	return true
}

// foldGroups hands what groups have not told yet to the summaries.
func (n *Notifier) foldGroups(now time.Time) {
	for key, g := range n.groups.open {
		if g.Untold == 0 {
			continue
		}
		a := g.tell(0)
		for _, t := range n.targets {
			if t.route.accepts(key.kind, a.Severity) {
				t.hold(&entry{alert: a}, now)
			}
		}
	}
}

// deliveryTime returns ctx without the time for the last save.
func (n *Notifier) deliveryTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if n.deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, n.deadline)
}

// leftover counts what was not delivered.
func (n *Notifier) leftover() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept := n.disk != nil && n.disk.stats().Current
	var left int64
	for _, t := range n.targets {
		waiting := int64(t.queue.len()) + total(t.queue.held.Held).Alerts + total(t.queue.held.Failed).Alerts
		if s := t.queue.summary(); s != nil && s.tally != nil {
			waiting += total(s.tally.Held).Alerts + total(s.tally.Failed).Alerts
		}
		if left += waiting; !kept {
			t.Dropped += waiting
		}
	}
	switch {
	case left == 0:
		return nil
	case kept:
		return fmt.Errorf("closing alerts: %d wait on disk for the next start", left)
	}
	return fmt.Errorf("closing alerts: %d are lost", left)
}
