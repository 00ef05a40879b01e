package app

import (
	"cmp"
	"context"
	"os"
	"time"
)

// Watch takes a dataset file that is replaced or changed into service, until ctx is done. It looks every so often, and
// takes a file once it has not changed between two looks: one that is still being written is left alone, and should its
// writer pause, its seal gives it away. A file that is refused is not tried again until it changes once more, or its
// description does. An every of 0 is what the configuration in use says.
func (a *App) Watch(ctx context.Context, every time.Duration) {
	w := &watcher{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(cmp.Or(every, a.watchInterval())):
		}
		file, description, served := a.served()
		now := attempt{stampOf(file), stampOf(description)}
		if file == "" || !w.due(now, served) {
			continue
		}
		if err := a.ReloadDataset(ctx); err != nil && ctx.Err() == nil && w.refuse(now, err) {
			a.reportRefused(err)
		}
	}
}

// attempt is what decides whether a dataset is taken.
type attempt struct{ file, description stamp }

// watcher remembers what it has seen.
type watcher struct {
	seen, refused attempt
	reason        string
}

// due says whether what is there now is to be tried. A file that is gone is, too: the next start would fail.
func (w *watcher) due(now attempt, served stamp) bool {
	settled := now.same(w.seen)
	w.seen = now
	return settled && !now.file.same(served) && !now.same(w.refused)
}

// refuse notes that now is not to be tried again, and says whether that is news.
func (w *watcher) refuse(now attempt, reason error) bool {
	news := !now.file.same(w.refused.file) || reason.Error() != w.reason
	w.refused, w.reason = now, reason.Error()
	return news
}

func (a attempt) same(b attempt) bool {
	return a.file.same(b.file) && a.description.same(b.description)
}

func (a *App) watchInterval() time.Duration {
	a.reload.Lock()
	defer a.reload.Unlock()
	return cmp.Or(a.config.Dataset.Watch, defaultWatch)
}

// defaultWatch stands for a configuration that was not loaded, and so has no defaults.
const defaultWatch = 2 * time.Second

// served returns the configured dataset file and description, and what the file was like when the current generation
// was built.
func (a *App) served() (file, description string, at stamp) {
	a.reload.Lock()
	defer a.reload.Unlock()
	if g := a.current.Load(); g != nil {
		at = g.stamp
	}
	return a.config.Dataset.File, a.config.Dataset.Description, at
}

// stamp tells one state of a file from another. It is zero for a file that is not there.
type stamp struct {
	path string
	info os.FileInfo
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if file == "" || err != nil {
		return stamp{}
	}
	return stamp{file, info}
}

// same says whether nobody has changed or replaced the file in between: neither its place on the disk, nor its size,
// nor the time of its last change.
func (s stamp) same(t stamp) bool {
	if s.info == nil || t.info == nil {
		return s.info == nil && t.info == nil
	}
	return s.path == t.path && os.SameFile(s.info, t.info) && s.info.Size() == t.info.Size() && s.info.ModTime().Equal(t.info.ModTime())
}
