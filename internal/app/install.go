package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/dataset"
	kept "sallyport/internal/dataset/generation"
	"sallyport/internal/dataset/sqlite"
)

// Installed tells what [Install] or [Rollback] has put in place.
type Installed struct {
	File       string             `json:"file"` // that was replaced
	Seal       Edition            `json:"dataset"`
	Generation int64              `json:"generation,omitempty"` // that was put back
	Replaces   int64              `json:"replaces,omitempty"`   // the generation that was in service
	Same       bool               `json:"same"`                 // as what was in service
	Changes    []sqlite.TableDiff `json:"changes,omitempty"`    // none where there was nothing to compare with
	Notice     time.Duration      `json:"-"`                    // until a running server looks
}

// Edition names the content of a sealed file.
type Edition struct {
	Hash    string           `json:"content_hash"`
	Version string           `json:"version"`
	Date    string           `json:"date,omitempty"`
	Rows    map[string]int64 `json:"rows"`
}

// EditionOf tells the seal's.
func EditionOf(s dataset.Seal) Edition { return Edition{s.ContentHash, s.Version, s.Date, s.Rows} }

// Install puts the sealed file at path in the place of the configured dataset, where a running server finds it. Before,
// it does what the server will do: it checks it against the description, compares it with the dataset in service and
// asks it one question at every endpoint. When too many rows are missing the error wraps generation.ErrDropped, unless
// allowDrop is set.
func Install(ctx context.Context, cfg *config.Config, path string, allowDrop bool) (*Installed, error) {
	i, err := newInstaller(cfg)
	if err != nil {
		return nil, err
	}
	c, err := i.try(ctx, path)
	if err != nil {
		return nil, err
	}
	defer c.source.Close()
	result := i.result(c)
	if err := i.compare(ctx, c, result); err != nil {
		return nil, err
	}
	hash := c.source.Seal().ContentHash
	dropped := kept.CheckDrop(result.Changes, cfg.Dataset.MaxDrop)
	switch {
	case dropped == nil:
	case !allowDrop:
		return nil, fmt.Errorf("installing %s: %w; hint: --allow-drop installs it all the same", path, dropped)
	case c.store != nil:
		if err := c.store.Allow(ctx, hash); err != nil {
			return nil, err
		}
	}
	return result, i.place(ctx, path, hash)
}

// Rollback puts a generation that is kept in the place of the configured dataset, where a running server finds it:
// the one of that number, or for 0 the one before that in service. Its copy is checked against the hash that it had
// when it was served. The error wraps generation.ErrNone when it is not kept.
func Rollback(ctx context.Context, cfg *config.Config, number int64) (*Installed, error) {
	i, err := newInstaller(cfg)
	if err != nil {
		return nil, err
	}
	store := storeOf(cfg)
	if store == nil {
		return nil, errors.New("rolling back: nothing is kept without a state directory; hint: set state_dir, or install the file of the edition before")
	}
	g, err := target(store, number)
	if err != nil {
		return nil, err
	}
	serving, err := store.InService()
	if err != nil {
		return nil, err
	}
	c, err := i.try(ctx, store.File(g))
	if err != nil {
		return nil, fmt.Errorf("rolling back to generation %d: %w", g.Number, err)
	}
	defer c.source.Close()
	result := i.result(c)
	result.Generation, result.Replaces = g.Number, serving.Number
	if err := i.compare(ctx, c, result); err != nil {
		return nil, err
	}
	if err := store.Allow(ctx, g.Hash); err != nil { // who goes back wants the rows that there were
		return nil, err
	}
	return result, i.place(ctx, store.File(g), g.Hash)
}

func target(store *kept.Store, number int64) (g kept.Generation, err error) {
	if number == 0 {
		g, err = store.Before()
	} else {
		g, err = store.Numbered(number)
	}
	if err != nil {
		return g, fmt.Errorf("rolling back: %w; hint: sallyport dataset list shows those that are", err)
	}
	return g, nil
}

// Generations lists what is kept, the latest first.
func Generations(cfg *config.Config) ([]kept.Generation, error) {
	store := storeOf(cfg)
	if store == nil {
		return nil, errors.New("listing generations: nothing is kept without a state directory; hint: set state_dir")
	}
	return store.List()
}

// installer replaces the configured dataset from outside the server.
type installer struct {
	cfg *config.Config
	app *App // that serves nothing
}

func newInstaller(cfg *config.Config) (*installer, error) {
	if cfg.Dataset.File == "" {
		return nil, errors.New("replacing the dataset: the bundled one comes with the program; hint: name a file of your own in dataset.file")
	}
	return &installer{cfg, &App{options: Options{Log: slog.New(slog.DiscardHandler)}}}, nil
}

// try opens a file as the server would, in its place, and asks it questions.
func (i *installer) try(ctx context.Context, path string) (*candidate, error) {
	d, err := describe(i.cfg)
	if err != nil {
		return nil, err
	}
	c := &candidate{description: d, file: path, store: storeOf(i.cfg)}
	if c.source, err = sqlite.Open(ctx, path, d, sqlite.Options{MaxBytes: int(i.cfg.Query.MaxBytes)}); err != nil {
		return nil, err
	}
	i.app.date(c)
	if err := canary(ctx, i.cfg, d, c.source); err != nil {
		return nil, errors.Join(err, c.source.Close())
	}
	return c, nil
}

func (i *installer) result(c *candidate) *Installed {
	return &Installed{File: i.cfg.Dataset.File, Seal: EditionOf(c.source.Seal()), Notice: 2 * i.cfg.Dataset.Watch}
}

// compare compares with the generation in service, or where none is noted with the file that is to be replaced.
func (i *installer) compare(ctx context.Context, c *candidate, result *Installed) error {
	hash := c.source.Seal().ContentHash
	if c.store != nil {
		last, err := c.store.InService()
		if err == nil && last.Number != 0 {
			err = i.app.compareWithLast(ctx, c)
			result.Same, result.Changes = last.Hash == hash, c.changes
			return err
		}
		if err != nil {
			return err
		}
	}
	before, err := sqlite.ReadContents(ctx, i.cfg.Dataset.File)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, dataset.ErrNotSealed) || errors.Is(err, dataset.ErrMismatch) {
		return nil // no dataset is there that could lose rows
	}
	if err != nil {
		return err
	}
	err = c.compareWith(ctx, c.description.Dataset.Name, before)
	result.Same, result.Changes = before.Seal().ContentHash == hash, c.changes
	return errors.Join(err, before.Close())
}

// place replaces the configured file.
func (i *installer) place(ctx context.Context, path, hash string) error {
	err := sqlite.Place(ctx, path, hash, i.cfg.Dataset.File)
	switch {
	case errors.Is(err, syscall.EROFS), errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w; hint: the place of dataset.file cannot be written from here; run this where it can, or change what is mounted there", err)
	case errors.Is(err, syscall.EBUSY):
		return fmt.Errorf("%w; hint: the file is a mount of its own; mount its folder instead", err)
	}
	return err
}
