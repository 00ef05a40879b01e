package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	driver "modernc.org/sqlite"

	"sallyport/internal/dataset"
)

// Options say how a file is opened. The zero value is safe.
type Options struct {
	// CopyDir is a folder, made with mode 0700 when it is missing, for a private copy of the file, so that
	// changing the file in place never reaches an answer. When empty the file itself is read, which is right
	// only where nobody can change it.
	CopyDir string
	// MaxBytes bounds the values of one result; 4 MiB when 0.
	MaxBytes int
	// Connections is how many queries run at once; twice the processors, and at least 4, when 0.
	Connections int
}

const defaultMaxBytes = 4 << 20

// Source answers from one open file. It implements [dataset.Source].
type Source struct {
	desc       *dataset.Description
	seal       dataset.Seal
	pool       *pool
	size       int
	maxBytes   int
	statements map[shape]*statement
	counts     map[dataset.CountLayout]string
	closing    sync.Once
	closed     error
}

var _ dataset.Source = (*Source)(nil)

// Open checks the seal of the file at path, that it was built by the layout of d, and that every query that
// d plans goes through an index. The error wraps [dataset.ErrNotSealed] or [dataset.ErrMismatch] and says
// what to do. The file itself is never changed.
func Open(ctx context.Context, path string, d *dataset.Description, o Options) (*Source, error) {
	s, err := openWith(ctx, path, d, o, allLayers())
	if err != nil {
		return nil, fmt.Errorf("opening dataset %s: %w", path, err)
	}
	return s, nil
}

func openWith(ctx context.Context, path string, d *dataset.Description, o Options, l layers) (*Source, error) {
	path, hash, err := sealed(ctx, path, o.CopyDir)
	if err != nil {
		return nil, err
	}
	size := o.Connections
	if size < 1 {
		size = max(4, 2*runtime.GOMAXPROCS(0))
	}
	p, err := openPool(ctx, path, l, size)
	if err != nil {
		return nil, err
	}
	s := &Source{desc: d, pool: p, size: size, maxBytes: o.MaxBytes}
	if s.maxBytes < 1 {
		s.maxBytes = defaultMaxBytes
	}
	if err = s.check(ctx, hash); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// check reads the seal and compares what the file holds with what the description needs.
func (s *Source) check(ctx context.Context, hash string) error {
	statements, err := planned(s.desc)
	if err != nil {
		return err
	}
	s.statements, s.counts = statements, map[dataset.CountLayout]string{}
	for i, c := range s.desc.Layout().Counts {
		s.counts[c] = fmt.Sprintf(`SELECT "v", "slug", "count" FROM %q ORDER BY "v"`, countName(i))
	}
	return s.pool.with(ctx, func(c *conn) error {
		if err := s.readSeal(ctx, c, hash); err != nil {
			return err
		}
		if err := s.sameTables(ctx, c); err != nil {
			return err
		}
		return s.indexed(ctx, c)
	})
}

func (s *Source) readSeal(ctx context.Context, c *conn, hash string) (err error) {
	if s.seal, err = sealOf(ctx, c, hash); err != nil {
		return err
	}
	if want := s.desc.LayoutHash(); s.seal.DescriptionHash != want {
		return mismatch("it was built by another description (%.12s, and this one is %.12s)", s.seal.DescriptionHash, want)
	}
	return nil
}

// sealOf reads what the file says of itself; hash is what its bytes say.
func sealOf(ctx context.Context, c *conn, hash string) (dataset.Seal, error) {
	var format, counts string
	seal := dataset.Seal{ContentHash: hash}
	row := c.QueryRowContext(ctx, `SELECT "format", "description_hash", "rows", "version", "date" FROM "sallyport_seal"`)
	if err := row.Scan(&format, &seal.DescriptionHash, &counts, &seal.Version, &seal.Date); err != nil {
		return seal, notSealed("its seal cannot be read: %v", err)
	}
	if err := json.Unmarshal([]byte(counts), &seal.Rows); err != nil {
		return seal, notSealed("its seal cannot be read: %v", err)
	}
	if format != sealFormat {
		return seal, mismatch("its format is %q and this program reads %q", format, sealFormat)
	}
	return seal, nil
}

// sameTables compares the schema of the file with the one that the description makes in an empty database: a
// table that is missing, or a view or trigger that should not be, is no dataset of ours.
func (s *Source) sameTables(ctx context.Context, c *conn) error {
	want, err := freshSchema(ctx, s.desc)
	if err != nil {
		return err
	}
	have, err := readSchema(ctx, c)
	if err != nil {
		return mismatch("its tables cannot be read: %v", err)
	}
	for _, one := range want {
		if !slices.Contains(have, one) {
			return mismatch("%s is missing or another", one)
		}
	}
	for _, one := range have {
		if !slices.Contains(want, one) {
			return mismatch("%s is none of the description's", one)
		}
	}
	return nil
}

// object is one entry of a schema.
type object struct{ kind, name, table, sql string }

func (o object) String() string { return fmt.Sprintf("%s %q", o.kind, o.name) }

// freshSchema makes the schema of d in memory.
func freshSchema(ctx context.Context, d *dataset.Description) (_ []object, err error) {
	connector, err := driver.NewConnector("file::memory:")
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, statement := range schema(d, d.Layout()) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return readSchema(ctx, db)
}

func readSchema(ctx context.Context, from interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}) ([]object, error) {
	rows, err := from.QueryContext(ctx, `SELECT "type", "name", "tbl_name", coalesce("sql", '') FROM "sqlite_schema"`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []object
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.table, &o.sql); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// Seal tells what is open.
func (s *Source) Seal() dataset.Seal { return s.seal }

// Close waits for the queries under way and closes the file. Queries after it fail.
func (s *Source) Close() error {
	s.closing.Do(func() { s.closed = s.pool.close(s.size) })
	return s.closed
}

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: %s; build it again with `sallyport build`", dataset.ErrMismatch, fmt.Sprintf(format, args...))
}

// beside refuses a file with a log of changes beside it: an immutable connection would not see them.
func beside(path string) error {
	for _, suffix := range []string{"-wal", "-journal", "-shm"} {
		if _, err := os.Lstat(path + suffix); !errors.Is(err, os.ErrNotExist) {
			return notSealed("%s%s lies beside it, so a program is or was writing to it", path, suffix)
		}
	}
	return nil
}
