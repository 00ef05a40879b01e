// Package generation keeps the last editions of a dataset that were served, so that one can be put back.
//
// A [Store] is a folder with private copies of sealed files, named by their content hashes, and a journal that says in
// which order they were served. The journal is written beside and renamed: a crash or a full disk leaves the one
// before. Several processes of one deployment may share the folder; a lock file keeps them from changing it at once.
package generation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
)

// Keep is how many generations a [Store] keeps, with the one in service.
const Keep = 3

// Errors that a [Store] wraps.
var (
	ErrNone    = errors.New("no such generation")
	ErrDropped = errors.New("too many rows are missing")
)

// Generation is one edition of a dataset that was served.
type Generation struct {
	Number    int64            `json:"number"` // from 1, never given twice
	Hash      string           `json:"content_hash"`
	Name      string           `json:"name"` // of the dataset, as its description says
	Version   string           `json:"version"`
	Date      string           `json:"date,omitempty"`
	Rows      map[string]int64 `json:"rows"` // by table
	Served    time.Time        `json:"first_served"`
	Withdrawn bool             `json:"withdrawn,omitempty"` // a rollback went behind it, and another edition came after that
	InService bool             `json:"in_service"`          // as the last process that served one has noted
}

// Store keeps generations in a folder. It is safe for concurrent use, also by several processes.
type Store struct{ dir string }

// In returns the store below a state directory. Nothing is made before it is needed.
func In(stateDir string) *Store { return &Store{filepath.Join(stateDir, "generations")} }

// Open copies the sealed file at path into the store and opens the copy, so that changing the file in place never
// reaches an answer. The errors are those of [sqlite.Open]. The copy is no generation before [Store.Adopt].
func (s *Store) Open(ctx context.Context, path string, d *dataset.Description, o sqlite.Options) (source *sqlite.Source, err error) {
	o.CopyDir = s.dir
	err = s.locked(ctx, func() error {
		source, err = sqlite.Open(ctx, path, d, o)
		return err
	})
	return source, err
}

// Adopt notes that the opened edition is in service from now on. One that was served before keeps its number. What is
// no longer among the last [Keep] is removed; generations that are open stay readable until they are closed. When the
// journal cannot be written nothing changes.
func (s *Store) Adopt(ctx context.Context, name string, seal dataset.Seal, now time.Time) (Generation, error) {
	var adopted Generation
	err := s.change(ctx, func(j *journal) error {
		adopted = j.adopt(Generation{
			Hash: seal.ContentHash, Name: name, Version: seal.Version, Date: seal.Date, Rows: seal.Rows, Served: now.UTC(),
		})
		return nil
	})
	if err != nil {
		return Generation{}, fmt.Errorf("noting the generation in service: %w", err)
	}
	return adopted, nil
}

// Discard removes the copy of an edition that was refused, unless it is a generation, too.
func (s *Store) Discard(ctx context.Context, hash string) error {
	return s.locked(ctx, func() error {
		j, err := s.read()
		if err != nil || j.find(func(g Generation) bool { return g.Hash == hash }) != nil {
			return err
		}
		return ignoreMissing(os.Remove(sqlite.CopiedFile(s.dir, hash)))
	})
}

// Allow notes that the edition with that content hash may lack any number of rows. It holds until it is in service.
func (s *Store) Allow(ctx context.Context, hash string) error {
	return s.change(ctx, func(j *journal) error {
		if !slices.Contains(j.Allowed, hash) {
			j.Allowed = append(j.Allowed, hash)
		}
		return nil
	})
}

// Allowed says whether [Store.Allow] was called for the edition since it was last in service.
func (s *Store) Allowed(hash string) (bool, error) {
	j, err := s.read()
	return err == nil && slices.Contains(j.Allowed, hash), err
}

// List returns the generations kept, the latest first.
func (s *Store) List() ([]Generation, error) {
	j, err := s.read()
	if err != nil {
		return nil, err
	}
	slices.Reverse(j.Generations)
	return j.Generations, nil
}

// InService returns the generation in service; its number is 0 when none ever was.
func (s *Store) InService() (Generation, error) {
	j, err := s.read()
	if err != nil {
		return Generation{}, err
	}
	if g := j.find(func(g Generation) bool { return g.InService }); g != nil {
		return *g, nil
	}
	return Generation{}, nil
}

// Before returns the generation that was in service before the present one, withdrawn ones apart. The error wraps
// [ErrNone] when none is kept.
func (s *Store) Before() (Generation, error) {
	j, err := s.read()
	if err != nil {
		return Generation{}, err
	}
	return j.before()
}

// Numbered returns the generation of that number. The error wraps [ErrNone] when it is not kept.
func (s *Store) Numbered(number int64) (Generation, error) {
	j, err := s.read()
	if err != nil {
		return Generation{}, err
	}
	if g := j.find(func(g Generation) bool { return g.Number == number }); g != nil {
		return *g, nil
	}
	return Generation{}, fmt.Errorf("%w: %d is not kept", ErrNone, number)
}

// File is the path of the copy of a generation. What lies there is to be checked against its hash before it is used.
func (s *Store) File(g Generation) string { return sqlite.CopiedFile(s.dir, g.Hash) }

// Contents opens the rows of a generation for comparing. The error wraps [dataset.ErrNotSealed] when the copy is not
// what was served.
func (s *Store) Contents(ctx context.Context, g Generation) (*sqlite.Contents, error) {
	c, err := sqlite.ReadContents(ctx, s.File(g))
	if err != nil {
		return nil, fmt.Errorf("reading generation %d: %w", g.Number, err)
	}
	if have := c.Seal().ContentHash; have != g.Hash {
		return nil, errors.Join(fmt.Errorf("reading generation %d: %w: its content hash is %.12s and was %.12s when it was served",
			g.Number, dataset.ErrNotSealed, have, g.Hash), c.Close())
	}
	return c, nil
}

// CheckDrop refuses a difference in which a table lacks more than percent of its rows. The error wraps [ErrDropped].
func CheckDrop(diff []sqlite.TableDiff, percent int) error {
	var errs []error
	for _, t := range diff {
		if t.Removed*100 > t.Before*int64(percent) {
			errs = append(errs, fmt.Errorf("%w: of the %d rows of table %s it lacks %d (%d %%), and %d %% may be missing",
				ErrDropped, t.Before, t.Table, t.Removed, t.Dropped(), percent))
		}
	}
	return errors.Join(errs...)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
