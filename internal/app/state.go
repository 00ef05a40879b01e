package app

import (
	"context"
	"errors"
	"time"

	"sallyport/internal/watch"
)

// follow numbers g as sallyport dataset list does, or where none are kept after the generation that it takes the place
// of; old is nil at the start. The caller holds the reload lock, and nobody else knows g yet.
func (g *generation) follow(old *generation) {
	g.number, g.since = g.kept, time.Now()
	if g.number == 0 && old != nil {
		g.number = old.number + 1
	}
	g.number = max(g.number, 1)
}

// State tells what is served now.
func (a *App) State(ctx context.Context) watch.State {
	g := a.acquire()
	if g == nil {
		return watch.State{Ready: errors.New("the server is stopping")}
	}
	defer g.release()
	seal := g.source.Seal()
	var rows int64
	for _, n := range seal.Rows {
		rows += n
	}
	return watch.State{
		Ready: g.source.Ready(ctx),
		Dataset: watch.Dataset{
			Name: g.description.Dataset.Name, Version: seal.Version, Date: seal.Date, Content: seal.ContentHash,
			Rows: rows, Generation: g.number, Since: g.since,
		},
		Limits:   watch.Limits{Counters: a.counters.Len(), Capacity: a.capacity},
		InFlight: a.inFlight.Load(),
		Ignored:  g.ignored(),
	}
}
