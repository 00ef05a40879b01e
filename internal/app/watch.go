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
	served := a.datasetStamp()
	seen := served
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := a.datasetStamp()
		if settled := now == seen; !settled || now == served || now == (stamp{}) {
			seen = now // still being written, or nothing new
			continue
		}
		served = now
		if err := a.ReloadDataset(ctx); err != nil && ctx.Err() == nil {
			a.options.Log.Error("new dataset refused, the one before goes on", "error", err.Error())
		}
	}
}

// stamp tells one state of a file from another.
type stamp struct {
	path     string
	size     int64
	modified time.Time
}

func (a *App) datasetStamp() stamp {
	a.reload.Lock()
	file := a.config.Dataset.File
	a.reload.Unlock()
	info, err := os.Stat(file)
	if file == "" || err != nil {
		return stamp{}
	}
	return stamp{path: file, size: info.Size(), modified: info.ModTime()}
}
