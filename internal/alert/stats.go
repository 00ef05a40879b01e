package alert

import "time"

// Stats is what a [Notifier] knows of itself. All counts are since its start.
type Stats struct {
	Raised     int64         `json:"raised"`     // occurrences
	Groups     int           `json:"groups"`     // that are open
	Untold     int64         `json:"untold"`     // occurrences that open groups count and nobody was told of yet
	Overflowed int64         `json:"overflowed"` // occurrences that were counted without a group of their own
	Late       int64         `json:"late"`       // occurrences after Close, which are lost
	Targets    []TargetStats `json:"targets"`
	Disk       DiskStats     `json:"disk"`
}

// Counters are the alerts that went one way or another.
type Counters struct {
	Sent          int64     `json:"sent"`
	Retried       int64     `json:"retried"`   // attempts that failed and are repeated
	Failed        int64     `json:"failed"`    // refused for good, or given up after a day; a summary tells them
	HeldBack      int64     `json:"held_back"` // kept back by the daily budget or a full queue; a summary tells them
	Dropped       int64     `json:"dropped"`   // still waiting when a notifier without a directory was closed
	LastSent      time.Time `json:"last_sent,omitzero"`
	LastError     string    `json:"last_error,omitempty"` // holds no credential and no URL
	LastErrorTime time.Time `json:"last_error_time,omitzero"`
}

// TargetStats tells of one target.
type TargetStats struct {
	Name string `json:"name"`
	Counters
	Queued      int       `json:"queued"`  // waiting, or on their way
	Pending     int64     `json:"pending"` // held back or failed, and not summed up yet
	Failures    int       `json:"failures"`
	Refusing    bool      `json:"refusing"` // the last attempt was refused for good
	NextAttempt time.Time `json:"next_attempt,omitzero"`
	SentToday   int       `json:"sent_today"`
	Daily       int       `json:"daily"`
}

// Stats returns what is known now. A nil Notifier knows nothing.
func (n *Notifier) Stats() Stats {
	if n == nil {
		return Stats{}
	}
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	s := Stats{Raised: n.raised, Groups: len(n.groups.open), Overflowed: n.groups.overflow, Late: n.late}
	for _, g := range n.groups.open {
		s.Untold += g.Untold
	}
	for _, t := range n.targets {
		s.Targets = append(s.Targets, t.stats(now))
	}
	if n.disk != nil {
		s.Disk = n.disk.stats()
	}
	return s
}

func (t *target) stats(now time.Time) TargetStats {
	held := &t.queue.held
	s := TargetStats{
		Name: t.name, Counters: t.Counters, Queued: len(t.queue.waiting),
		Pending:  total(held.Held).Alerts + total(held.Failed).Alerts,
		Failures: t.failures, Refusing: t.refusing,
		SentToday: t.route.Daily - t.budget.left(now, true), Daily: t.route.Daily,
	}
	if e := t.queue.best(); e != nil && !e.sending {
		wait := max(t.budget.wait(now, urgent(e.alert)), latest(t.own, t.asked).Sub(now), 0)
		s.NextAttempt = now.Add(wait)
	}
	return s
}
