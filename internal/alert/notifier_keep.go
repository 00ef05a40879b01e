package alert

import (
	"cmp"
	"slices"
	"time"
)

// changed notes that the state on disk is behind. Called with the lock held.
func (n *Notifier) changed() {
	if n.disk != nil {
		n.disk.version++
		rouse(n.disk.wake)
	}
}

// saveCounts has the counts of groups written now and then: each occurrence would be too often.
func (n *Notifier) saveCounts(now time.Time) {
	if d := n.disk; d != nil && n.raised != d.counted && now.Sub(d.countsAt) >= countInterval {
		n.changed()
	}
}

// keep writes the state to disk whenever it has changed, until the notifier is closed.
func (n *Notifier) keep() {
	d := n.disk
	defer close(d.done)
	defer func() {
		if d.lock != nil {
			_ = d.lock.Close() // gives the directory to the next process
		}
	}()
	for {
		closing := d.stopping()
		err := n.store()
		n.note(err)
		d.tried.Do(func() { close(d.ready) })
		if closing {
			return
		}
		d.pause(err != nil)
	}
}

// store writes the state if it has changed.
func (n *Notifier) store() error {
	n.mu.Lock()
	behind := n.disk.saved != n.disk.version
	n.mu.Unlock()
	if n.disk.lock == nil {
		if err := n.open(); err != nil {
			return err
		}
	}
	if !behind {
		return nil
	}
	return n.save()
}

// open takes the directory and what an earlier process left in it.
func (n *Notifier) open() error {
	if err := n.disk.open(); err != nil {
		return err
	}
	records, skipped, err := n.disk.load()
	n.mu.Lock()
	orphans := n.restore(records, time.Now())
	rouse(n.opened)
	n.disk.state.Open = true
	n.disk.state.Skipped += skipped
	n.disk.state.Orphans += orphans
	n.mu.Unlock()
	if skipped > 0 || orphans > 0 {
		n.log.Warn("alerts of an earlier run were skipped", "unreadable", skipped, "without target", orphans, "error", err)
	}
	return nil
}

// save writes the state of this moment.
func (n *Notifier) save() error {
	n.mu.Lock()
	version, counted := n.disk.version, n.raised
	records := n.records()
	n.mu.Unlock()
	unsaved, err := n.disk.save(records)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disk.state.Unsaved = unsaved
	if err == nil {
		n.disk.saved, n.disk.counted, n.disk.countsAt = version, counted, time.Now()
	}
	return err
}

// note keeps the disk's last error and logs each change of it once.
func (n *Notifier) note(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	n.mu.Lock()
	before := n.disk.state.Error
	n.disk.state.Error = text
	n.mu.Unlock()
	switch {
	case text == before:
	case text == "":
		n.log.Info("alerts that wait are on disk again", "dir", n.disk.dir)
	default:
		n.log.Warn("alerts that wait are in memory alone", "dir", n.disk.dir, "error", err)
	}
}

// records returns the state, urgent alerts first: a full file leaves out its end.
func (n *Notifier) records() (all []record) {
	var alerts []record
	for _, t := range n.targets {
		state := t.budget.state()
		all = append(all, record{Target: t.name, Budget: &state})
		if !t.queue.held.empty() {
			all = append(all, record{Target: t.name, Tally: t.queue.held.clone()})
		}
		for _, e := range t.queue.waiting {
			alerts = append(alerts, e.record(t.name))
		}
	}
	slices.SortStableFunc(alerts, func(a, b record) int { return cmp.Compare(rank(*b.Alert), rank(*a.Alert)) })
	all = append(all, alerts...)
	for _, g := range n.groups.open {
		copied := *g
		all = append(all, record{Group: &copied})
	}
	return all
}

func (e *entry) record(target string) record {
	a := e.alert
	r := record{Target: target, Alert: &a, Since: e.since}
	if e.tally != nil {
		r.Tally = e.tally.clone()
	}
	return r
}

// restore takes over what an earlier process left, and counts what has no target any more.
func (n *Notifier) restore(records []record, now time.Time) (orphans int) {
	byName := map[string]*target{}
	for _, t := range n.targets {
		byName[t.name] = t
	}
	for _, r := range records {
		t := byName[r.Target]
		switch {
		case r.Group != nil:
			n.groups.restore(r.Group, now)
		case t != nil:
			t.restore(r, now)
		case r.Budget == nil:
			orphans++
		}
	}
	return orphans
}

// restore takes over one record of this target. Its alerts are frozen: the receiver may have them.
func (t *target) restore(r record, now time.Time) {
	switch {
	case r.Alert != nil:
		if !t.queue.has(r.Alert.ID) {
			t.queue.insert(&entry{alert: *r.Alert, tally: r.Tally, since: earliest(r.Since, now), frozen: true}, now)
		}
	case r.Tally != nil:
		t.queue.held.absorb(*r.Tally)
	case r.Budget != nil:
		t.budget.restore(*r.Budget, now)
	}
	rouse(t.wake)
}

// restore goes on with a group. Its schedule and quiet time begin anew: nobody watched.
func (gs *groups) restore(g *group, now time.Time) {
	key := groupKey{g.Next.Kind, g.Next.Fingerprint}
	if here := gs.open[key]; here != nil {
		here.Total += g.Total
		here.Untold += g.Untold
		return
	}
	if len(gs.open) < maxGroups {
		g.Last, g.watched, g.Opened = now, now, earliest(g.Opened, now)
		gs.open[key] = g
		return
	}
	gs.overflow += g.Untold
}
