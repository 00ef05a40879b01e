package app

import (
	"fmt"

	"sallyport/internal/alert"
	"sallyport/internal/watch"
)

// reportServed tells that a generation is in service.
func (a *App) reportServed(g *generation) {
	seal := g.source.Seal()
	a.options.Log.Info("generation in service", "dataset", g.description.Dataset.Name,
		"version", g.description.Dataset.Version, "content", seal.ContentHash, "rows", seal.Rows)
	if g.changes != nil {
		a.reportSwapped(g.candidate)
	}
}

// reportSwapped tells what a new dataset changes. It is the one place that does.
func (a *App) reportSwapped(c *candidate) {
	seal := c.source.Seal()
	var rows, added, removed, changed int64
	for _, t := range c.changes {
		rows, added, removed, changed = rows+t.After, added+t.Added, removed+t.Removed, changed+t.Changed
	}
	a.options.Log.Info("dataset swapped", "dataset", c.description.Dataset.Name, "version", seal.Version,
		"old_version", c.replaces.Version, "content", seal.ContentHash, "old_content", c.replaces.ContentHash,
		"rows", rows, "added", added, "removed", removed, "changed", changed)
	a.options.OnNotice(watch.Notice{
		Kind: alert.DatasetSwapped, Title: fmt.Sprintf("dataset %s %s is in service", c.description.Dataset.Name, seal.Version),
		Detail: fmt.Sprintf("%d rows: %d added, %d removed, %d changed since %s", rows, added, removed, changed, c.replaces.Version),
		Next:   "sallyport dataset list",
	})
}

// reportRefused tells why a new dataset is not served. It is the one place that does.
func (a *App) reportRefused(err error) {
	a.options.Log.Error("new dataset refused, the one before goes on", "error", err.Error())
	a.options.OnNotice(watch.Notice{
		Kind: alert.DatasetRefused, Title: "a new dataset was refused, the one before goes on", Detail: err.Error(), Next: "sallyport dataset list",
	})
}

// ReportReload tells why a reload is refused, by the log and by a notice.
func (a *App) ReportReload(err error) {
	a.options.Log.Error("reload refused, the generation before goes on", "error", err.Error())
	a.options.OnNotice(watch.Notice{
		Kind: alert.ReloadRefused, Title: "a reload was refused, the generation before goes on", Detail: err.Error(), Next: "sallyport config check",
	})
}
