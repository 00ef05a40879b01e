package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/dataset"
	kept "sallyport/internal/dataset/generation"
	"sallyport/internal/dataset/sqlite"
)

// candidate is a dataset on its way into service.
type candidate struct {
	description *dataset.Description
	source      *sqlite.Source
	file        string
	stamp       stamp              // of the file, taken before it was read
	store       *kept.Store        // nil without state directory
	replaces    dataset.Seal       // zero when it is compared with nothing
	changes     []sqlite.TableDiff // against what it replaces
	kept        int64              // number among the generations that are kept; 0 without a state directory
}

// candidate opens the dataset that cfg names and compares it with the one in service.
func (a *App) candidate(ctx context.Context, cfg *config.Config) (*candidate, error) {
	description, file, err := locate(ctx, cfg, a.options.Log)
	if err != nil {
		return nil, err
	}
	c := &candidate{description: description, file: file, stamp: stampOf(file), store: storeOf(cfg)}
	if err := a.open(ctx, cfg, c); err != nil {
		return nil, err
	}
	if err := a.compare(ctx, cfg, c); err != nil {
		return nil, errors.Join(err, a.refuse(ctx, c))
	}
	return c, nil
}

// inService opens the copy of the dataset in service once more, for a generation with other settings.
func (a *App) inService(ctx context.Context, cfg *config.Config) (*candidate, error) {
	g, store := a.current.Load(), storeOf(cfg)
	if g == nil || store == nil || g.store == nil {
		return nil, errors.New("opening the dataset in service: there is no copy of it")
	}
	description := *g.description
	c := &candidate{description: &description, file: g.file, stamp: g.stamp, store: store}
	copied := store.File(kept.Generation{Hash: g.source.Seal().ContentHash})
	source, err := store.Open(ctx, copied, c.description, sqlite.Options{MaxBytes: int(cfg.Query.MaxBytes)})
	c.source = source
	return c, err
}

func storeOf(cfg *config.Config) *kept.Store {
	if cfg.StateDir == "" {
		return nil
	}
	return kept.In(cfg.StateDir)
}

// open opens a private copy in the state directory, so that changing the file in place never reaches an
// answer. Without a state directory the file itself must lie where this process cannot change it either.
func (a *App) open(ctx context.Context, cfg *config.Config, c *candidate) (err error) {
	options := sqlite.Options{MaxBytes: int(cfg.Query.MaxBytes), CopyDir: a.options.trial}
	switch {
	case c.store != nil && !a.onTrial():
		c.source, err = c.store.Open(ctx, c.file, c.description, options)
	case c.store == nil && writable(c.file):
		err = fmt.Errorf("opening dataset %s: it can be changed while it is served; hint: set state_dir for a private copy, or put it on a read-only file system", c.file)
	default:
		c.source, err = sqlite.Open(ctx, c.file, c.description, options)
	}
	if err == nil {
		a.date(c)
	}
	return err
}

// date lets answers tell the edition that the rows are of, whatever the description has become since the build.
func (a *App) date(c *candidate) {
	seal, info := c.source.Seal(), &c.description.Dataset
	if seal.Version != info.Version || seal.Date != info.Date {
		a.options.Log.Warn("description is of another edition, answers name the dataset's own",
			"description", info.Version, "dataset", seal.Version)
	}
	info.Version, info.Date = seal.Version, seal.Date
}

// onTrial says whether nothing is served, so that nothing may change.
func (a *App) onTrial() bool { return a.options.trial != "" }

// refuse closes a dataset that is not served, and removes its copy.
func (a *App) refuse(ctx context.Context, c *candidate) error {
	err := c.source.Close()
	if c.store != nil && !a.onTrial() {
		err = errors.Join(err, c.store.Discard(context.WithoutCancel(ctx), c.source.Seal().ContentHash))
	}
	return err
}

// compare tells what the candidate changes, and refuses it when too many rows are missing.
func (a *App) compare(ctx context.Context, cfg *config.Config, c *candidate) error {
	var err error
	if g := a.current.Load(); g != nil {
		err = c.compareWith(ctx, g.description.Dataset.Name, g.source.Contents())
	} else if c.store != nil {
		err = a.compareWithLast(ctx, c)
	}
	if err != nil || isBundled(cfg) { // what comes with the program nobody else can change
		return err
	}
	return mayDrop(cfg, c.store, c.changes, c.source.Seal().ContentHash, c.file)
}

// compareWith compares with what is or was in service, when that is the same dataset.
func (c *candidate) compareWith(ctx context.Context, name string, before *sqlite.Contents) (err error) {
	if name != c.description.Dataset.Name || before.Seal().ContentHash == c.source.Seal().ContentHash {
		return nil
	}
	c.replaces = before.Seal()
	c.changes, err = sqlite.Compare(ctx, before, c.source.Contents(), nil)
	return err
}

// compareWithLast compares with the generation that was in service before the start. Where its copy cannot be read any
// more the numbers of rows must do.
func (a *App) compareWithLast(ctx context.Context, c *candidate) error {
	last, err := c.store.InService()
	if err != nil || last.Number == 0 || last.Hash == c.source.Seal().ContentHash {
		return err
	}
	before, err := c.store.Contents(ctx, last)
	if err == nil {
		return errors.Join(c.compareWith(ctx, last.Name, before), before.Close())
	}
	a.options.Log.Warn("the dataset that was served last cannot be read, comparing numbers of rows alone", "error", err.Error())
	if last.Name == c.description.Dataset.Name {
		c.replaces = dataset.Seal{ContentHash: last.Hash, Version: last.Version, Date: last.Date, Rows: last.Rows}
		c.changes = sqlite.CompareCounts(last.Rows, c.source.Seal().Rows)
	}
	return nil
}

// mayDrop refuses a difference in which too many rows are missing, unless somebody has allowed that very file.
func mayDrop(cfg *config.Config, store *kept.Store, changes []sqlite.TableDiff, hash, file string) error {
	dropped := kept.CheckDrop(changes, cfg.Dataset.MaxDrop)
	if dropped == nil {
		return nil
	}
	if store == nil {
		return fmt.Errorf("comparing with the dataset in service: %w; hint: when that is meant, raise dataset.max_drop or restart the server", dropped)
	}
	allowed, err := store.Allowed(hash)
	if allowed || err != nil {
		return err
	}
	return fmt.Errorf("comparing with the dataset in service: %w; hint: when that is meant, sallyport dataset install %s --allow-drop", dropped, file)
}

// adopt notes that the candidate is in service from now on.
func (a *App) adopt(ctx context.Context, c *candidate) error {
	if c.store == nil || a.onTrial() {
		return nil
	}
	adopted, err := c.store.Adopt(ctx, c.description.Dataset.Name, c.source.Seal(), time.Now())
	c.kept = adopted.Number
	return err
}

// writable tries: permissions alone do not tell of read-only file systems. It does not wait for the reader of a pipe.
func writable(file string) bool {
	if f, err := os.OpenFile(file, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		f.Close()
		return true
	}
	probe, err := os.CreateTemp(filepath.Dir(file), ".sallyport-probe-*")
	if err != nil {
		return false
	}
	probe.Close()
	os.Remove(probe.Name())
	return true
}
