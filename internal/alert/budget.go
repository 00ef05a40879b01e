package alert

import (
	"slices"
	"time"
)

// Bounds of what one target is sent. A minute is any minute, not that of the clock on the wall: Telegram and
// its like count so.
const (
	betweenSends = time.Second
	perMinute    = 20
	// DefaultDaily is how many messages a target gets on one day (UTC) when its [Route] says nothing.
	DefaultDaily = 200
	// reservedShare is the part of minute and day that urgent alerts alone may use: one tenth.
	reservedShare = 10
)

// budget is what one target may still be sent. Attempts count for second and minute, because they reach the
// receiver whatever becomes of them; deliveries count for the day.
type budget struct {
	daily  int
	day    int64       // days since 1970, UTC
	sent   int         // on that day
	recent []time.Time // of the last perMinute attempts, oldest first
}

// budgetState is a budget on disk, so that a program that restarts again and again has one budget, not many.
type budgetState struct {
	Day    int64       `json:"day"`
	Sent   int         `json:"sent"`
	Recent []time.Time `json:"recent,omitempty"`
}

// wait returns how long the next attempt has to wait; 0 is now.
func (b *budget) wait(now time.Time, urgent bool) time.Duration {
	if b.left(now, urgent) <= 0 {
		return untilTomorrow(now)
	}
	var until time.Time
	if n := len(b.recent); n > 0 {
		until = b.recent[n-1].Add(betweenSends)
	}
	if limit := share(perMinute, urgent); len(b.recent) >= limit {
		until = latest(until, b.recent[len(b.recent)-limit].Add(time.Minute))
	}
	return max(0, until.Sub(now))
}

// left returns how many messages the day still has.
func (b *budget) left(now time.Time, urgent bool) int {
	b.turn(now)
	return share(b.daily, urgent) - b.sent
}

// attempted counts an attempt for second and minute.
func (b *budget) attempted(now time.Time) {
	if len(b.recent) == perMinute {
		b.recent = slices.Delete(b.recent, 0, 1)
	}
	b.recent = append(b.recent, now)
}

// delivered counts a delivery for the day.
func (b *budget) delivered(now time.Time) {
	b.turn(now)
	b.sent++
}

// turn begins a new day at midnight UTC.
func (b *budget) turn(now time.Time) {
	if day := dayOf(now); day != b.day {
		b.day, b.sent = day, 0
	}
}

func (b *budget) state() budgetState {
	return budgetState{Day: b.day, Sent: b.sent, Recent: slices.Clone(b.recent)}
}

// restore adds what was spent before a restart. Times to come, of a clock that was set back, are left out: they
// would hold the target for as long.
func (b *budget) restore(s budgetState, now time.Time) {
	if b.turn(now); s.Day == b.day && s.Sent > 0 {
		b.sent += min(s.Sent, b.daily)
	}
	for _, at := range s.Recent {
		if !at.After(now) {
			b.recent = append(b.recent, at)
		}
	}
	slices.SortFunc(b.recent, time.Time.Compare)
	b.recent = slices.Delete(b.recent, 0, max(0, len(b.recent)-perMinute))
}

// share returns how much of limit an alert may use.
func share(limit int, urgent bool) int {
	if urgent {
		return limit
	}
	return limit - limit/reservedShare
}

func dayOf(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

func untilTomorrow(now time.Time) time.Duration {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earliest also takes the time of a record that has none.
func earliest(a, b time.Time) time.Time {
	if b.Before(a) || a.IsZero() {
		return b
	}
	return a
}
