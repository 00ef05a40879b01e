package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Bounds of a [Config].
const (
	// DefaultCapacity is how many alerts wait for a target when [Config.Capacity] is 0: three minutes' worth.
	DefaultCapacity = 64
	maxCapacity     = 1024
	sweepInterval   = time.Second
	sendTimeout     = 15 * time.Second
)

// Route says which alerts a target gets.
type Route struct {
	Target  Target
	Kinds   []Kind   // nil: all. Trial alerts and summaries of what was held back always pass
	Minimum Severity // the least that passes; a Recovered alert counts as what has recovered
	Daily   int      // messages on one day (UTC); 0 is DefaultDaily
}

// accepts says whether an alert of a kind and severity passes.
func (r *Route) accepts(k Kind, s Severity) bool {
	return k == Trial || s >= r.Minimum && (len(r.Kinds) == 0 || slices.Contains(r.Kinds, k))
}

// Config is what a [Notifier] is made of. The zero value has no targets, and counts only.
type Config struct {
	Targets    []Route
	Dir        string       // in which alerts that wait survive a crash; "" keeps them in memory alone
	Capacity   int          // alerts that wait for each target; 0 is DefaultCapacity, 1024 the most
	Deployment string       // named in each alert
	Log        *slog.Logger // told of the notifier's own problems, once each; nil: nobody is told
}

// Notifier groups alerts, keeps targets to their budgets, and delivers. It is safe for concurrent use; a nil
// Notifier takes alerts and forgets them.
type Notifier struct {
	deployment string
	log        *slog.Logger
	targets    []*target
	disk       *disk // nil: in memory alone
	ctx        context.Context
	cancel     context.CancelFunc
	senders    sync.WaitGroup
	stopSweep  chan struct{}
	opened     chan struct{} // the first group was

	mu       sync.Mutex
	groups   groups
	raised   int64 // occurrences
	late     int64 // occurrences after Close
	closed   bool
	deadline time.Time // of Close, for deliveries; zero: none
}

// NewNotifier starts a notifier, which runs until [Notifier.Close]. What an earlier one left in the directory is
// read and delivered by and by: a directory that is missing, locked, full or damaged stops no start, and shows in
// [Stats]. The errors are those of the configuration alone, all of them joined.
func NewNotifier(c Config) (*Notifier, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	n := &Notifier{
		deployment: cut(c.Deployment, maxTitleBytes),
		log:        cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		stopSweep:  make(chan struct{}),
		opened:     make(chan struct{}, 1),
		groups:     groups{open: map[groupKey]*group{}},
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	for _, r := range c.Targets {
		n.targets = append(n.targets, newTarget(r, cmp.Or(c.Capacity, DefaultCapacity)))
	}
	if c.Dir != "" {
		n.disk = newDisk(c.Dir)
		go n.keep()
	}
	for _, t := range n.targets {
		n.senders.Go(func() { n.serve(t) })
	}
	go n.sweepOften()
	return n, nil
}

func (c *Config) validate() error {
	var problems []error
	if c.Capacity < 0 || c.Capacity > maxCapacity {
		problems = append(problems, fmt.Errorf("checking alerts: capacity %d is not between 0 and %d", c.Capacity, maxCapacity))
	}
	seen := map[string]bool{}
	for i, r := range c.Targets {
		if r.Target == nil {
			problems = append(problems, fmt.Errorf("checking alerts: target %d is missing", i+1))
			continue
		}
		if name := r.Target.Name(); name == "" || seen[name] {
			problems = append(problems, fmt.Errorf("checking alerts: target %d needs a name of its own; it has %q", i+1, name))
		}
		seen[r.Target.Name()] = true
		if r.Daily < 0 {
			problems = append(problems, fmt.Errorf("checking alerts: %s: %d messages a day", r.Target.Name(), r.Daily))
		}
	}
	return errors.Join(problems...)
}

// Raise takes an alert. It returns at once: it waits neither for a target nor for the disk. An alert of kind
// [Recovered] closes the group with its fingerprint, and is nothing without one.
func (n *Notifier) Raise(a Alert) {
	if n == nil {
		return
	}
	now := time.Now()
	a = complete(a, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.closed:
		n.late += a.Count
	case a.Kind == Recovered:
		n.resolve(a, now)
	default:
		n.raised += a.Count
		if len(n.targets) > 0 { // a group that nobody was told of would keep its next occurrence from a target that comes later
			n.take(a, now)
		}
	}
}

// take is called with the lock held, as are all below that do not take it.
func (n *Notifier) take(a Alert, now time.Time) {
	if groupingOf(a.Kind) == single {
		n.send(identified(bounded(a)), a.Kind, a.Severity, now)
		return
	}
	if len(n.groups.open) == 0 {
		rouse(n.opened)
	}
	if first, ok := n.groups.add(a, now); ok {
		n.send(first, first.Kind, first.Severity, now)
	}
}

// rouse wakes the goroutine that waits for c, or will.
func rouse(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// send puts an alert into the queues of the targets that are told of kind and severity.
func (n *Notifier) send(a Alert, about Kind, s Severity, now time.Time) {
	for _, t := range n.targets {
		if t.route.accepts(about, s) && (a.Kind == about || t.route.accepts(a.Kind, s)) {
			t.put(a, now)
			rouse(t.wake)
		}
	}
	n.changed()
}

// resolve closes the groups with the fingerprint of a, which names them better than we can.
func (n *Notifier) resolve(a Alert, now time.Time) {
	for key, g := range n.groups.open {
		if key.fingerprint == a.Fingerprint {
			n.conclude(key, g, now, bounded(a))
		}
	}
}

// conclude ends a group; said are the producer's words, if any.
func (n *Notifier) conclude(key groupKey, g *group, now time.Time, said Alert) {
	delete(n.groups.open, key)
	if g.Untold > 0 {
		last := g.tell(now.Sub(g.Next.Time))
		n.send(last, key.kind, last.Severity, now)
	}
	if said.Kind == Recovered || groupingOf(key.kind) == resolved && g.Total > 1 {
		a := g.recovered(now)
		a.Title, a.Detail = cmp.Or(said.Title, a.Title), cmp.Or(said.Detail, a.Detail)
		a.Next = cmp.Or(said.Next, a.Next)
		n.send(a, key.kind, g.Severity, now)
	}
	n.changed()
}

// sweepOften tells what is due, for as long as groups are open.
func (n *Notifier) sweepOften() {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-n.stopSweep:
			return
		case <-n.opened:
			tick.Reset(sweepInterval)
		case now := <-tick.C:
			n.mu.Lock()
			if n.sweep(now); len(n.groups.open) == 0 {
				tick.Stop()
			}
			n.mu.Unlock()
		}
	}
}

func (n *Notifier) sweep(now time.Time) {
	if n.closed {
		return
	}
	for key, g := range n.groups.open {
		if g.quiet(now) {
			n.conclude(key, g, now, Alert{})
		} else if a, ok := g.due(now); ok {
			n.send(a, key.kind, a.Severity, now)
		}
	}
	n.saveCounts(now)
}
