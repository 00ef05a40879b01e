package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

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

const (
	defaultMaxBytes = 4 << 20
	maxLimit        = 1000
)

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
// what to do. The file has not changed when Open returns.
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
	if err := s.check(ctx, hash); err != nil {
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

func (s *Source) readSeal(ctx context.Context, c *conn, hash string) error {
	var format, counts string
	seal := dataset.Seal{ContentHash: hash}
	row := c.QueryRowContext(ctx, `SELECT "format", "description_hash", "rows" FROM "sallyport_seal"`)
	if err := row.Scan(&format, &seal.DescriptionHash, &counts); err != nil {
		return notSealed("its seal cannot be read: %v", err)
	}
	if err := json.Unmarshal([]byte(counts), &seal.Rows); err != nil {
		return notSealed("its seal cannot be read: %v", err)
	}
	if format != sealFormat {
		return mismatch("its format is %q and this program reads %q", format, sealFormat)
	}
	if want := s.desc.LayoutHash(); seal.DescriptionHash != want {
		return mismatch("it was built by another description (%.12s, and this one is %.12s)", seal.DescriptionHash, want)
	}
	s.seal = seal
	return nil
}

// sameTables compares the statements that made the file's tables with the ones that the description gives:
// a view or trigger in the place of a table, or a table that is missing, is no dataset of ours.
func (s *Source) sameTables(ctx context.Context, c *conn) error {
	var names []string
	want := schema(s.desc, s.desc.Layout())
	rows, err := c.QueryContext(ctx, `SELECT "name", coalesce("sql", '') FROM "sqlite_schema"`)
	if err != nil {
		return mismatch("its tables cannot be read: %v", err)
	}
	defer rows.Close()
	have := map[string]bool{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return err
		}
		have[text] = true
		if !slices.Contains(want, text) && !shadow(name) {
			names = append(names, name)
		}
	}
	if err := rows.Err(); err != nil {
		return mismatch("its tables cannot be read: %v", err)
	}
	want = slices.DeleteFunc(want, func(statement string) bool { return have[statement] })
	if len(want) > 0 {
		return mismatch("a table is missing or another: %.60s…", want[0])
	}
	if len(names) > 0 {
		return mismatch("it holds more than the description: %s", strings.Join(names, ", "))
	}
	return nil
}

// shadow says whether the engine itself made the table or index of that name for one of ours.
func shadow(name string) bool {
	if strings.HasPrefix(name, "sqlite_autoindex_t_") {
		return true
	}
	base, part, found := strings.Cut(name, "_")
	return found && strings.HasPrefix(base, "f") && strings.Trim(base[1:], "0123456789") == "" &&
		slices.Contains([]string{"data", "idx", "config"}, part)
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
