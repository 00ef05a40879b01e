package app

import (
	"context"
	"os"
	"time"
)

// Watch reloads when the dataset file is replaced or changed, until ctx is done. A file that is refused is
// not tried again until it changes once more.
func (a *App) Watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var seen, refused stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		file, served := a.served()
		now := stampOf(file)
		settled := now == seen // not while it is being written
		seen = now
		if !settled || now == served || now == refused || now == (stamp{}) {
			continue
		}
		if err := a.ReloadDataset(ctx); err != nil && ctx.Err() == nil {
			refused = now
			a.options.Log.Error("new dataset refused, the one before goes on", "error", err.Error())
		}
	}
}

// served returns the configured dataset file, and what it was like when the current generation was built.
func (a *App) served() (file string, at stamp) {
	a.reload.Lock()
	defer a.reload.Unlock()
	if g := a.current.Load(); g != nil {
		at = g.stamp
	}
	return a.config.Dataset.File, at
}

// stamp tells one state of a file from another.
type stamp struct {
	path     string
	size     int64
	modified time.Time
}

// stampOf is zero for a file that is not there.
func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if file == "" || err != nil {
		return stamp{}
	}
	return stamp{path: file, size: info.Size(), modified: info.ModTime()}
}
