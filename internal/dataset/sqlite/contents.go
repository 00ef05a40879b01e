package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/dataset"
)

// Contents are the tables of a sealed file as they are stored, for comparing and showing them. No description is
// needed: the file tells its tables. It is safe for concurrent use.
type Contents struct {
	pool    *pool
	seal    dataset.Seal
	columns map[string][]string // by table, in their order, without the file's own
	own     bool                // Close closes the pool
}

// ReadContents checks the seal of the file at path and opens it behind the same layers as [Open] does. The error
// wraps [dataset.ErrNotSealed] where the file is none that a build made, or was changed since. The caller closes it.
func ReadContents(ctx context.Context, path string) (*Contents, error) {
	c, err := readContents(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("reading dataset %s: %w", path, err)
	}
	return c, nil
}

func readContents(ctx context.Context, path string) (*Contents, error) {
	path, hash, err := sealed(ctx, path, "")
	if err != nil {
		return nil, err
	}
	p, err := openPool(ctx, path, allLayers(), 1)
	if err != nil {
		return nil, err
	}
	c := &Contents{pool: p, own: true}
	err = p.with(ctx, func(one *conn) error {
		if c.seal, err = sealOf(ctx, one, hash); err != nil {
			return err
		}
		c.columns, err = columnsOf(ctx, one, slices.Sorted(maps.Keys(c.seal.Rows)))
		return err
	})
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Contents lends the tables of what is open. They share its connections, and end with it.
func (s *Source) Contents() *Contents {
	c := &Contents{pool: s.pool, seal: s.seal, columns: map[string][]string{}}
	for _, t := range s.desc.Tables {
		for _, column := range t.Columns {
			c.columns[t.Name] = append(c.columns[t.Name], column.Name)
		}
	}
	return c
}

// plain says whether a description admits the name, so that it needs no escape in a statement.
func plain(name string) bool { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(name) }

// columnsOf reads the names of the columns that a build gave each table.
func columnsOf(ctx context.Context, c *conn, tables []string) (map[string][]string, error) {
	all := map[string][]string{}
	for _, table := range tables {
		if !plain(table) {
			return nil, notSealed("its seal names a table %q", table)
		}
		rows, err := c.QueryContext(ctx, `SELECT "name" FROM pragma_table_info(?1) WHERE "name" NOT IN ('_id', '_key') ORDER BY "cid"`,
			mainName(table))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			if !plain(name) {
				return nil, errors.Join(notSealed("table %s has a column %q", table, name), rows.Close())
			}
			all[table] = append(all[table], name)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		if len(all[table]) == 0 {
			return nil, notSealed("its seal counts the rows of table %q, which it does not have", table)
		}
	}
	return all, nil
}

// Seal tells what the tables are of.
func (c *Contents) Seal() dataset.Seal { return c.seal }

// Tables returns the names of the tables, sorted.
func (c *Contents) Tables() []string { return slices.Sorted(maps.Keys(c.columns)) }

// Close closes what [ReadContents] opened; what a [Source] lent stays open.
func (c *Contents) Close() error {
	if !c.own {
		return nil
	}
	return c.pool.close(1)
}

// Samples returns up to n values of a column, one for each of the first rows that have any, as a caller would write
// them. Of a list it is the first value.
func (s *Source) Samples(ctx context.Context, table, column string, n int) ([]string, error) {
	t := s.desc.Table(table)
	if t == nil || t.Column(column) == nil {
		return nil, dataset.ErrUnplanned
	}
	cell := fmt.Sprintf("%q", column)
	if t.Column(column).List {
		cell = fmt.Sprintf(`json_extract(%q, '$[0]')`, column)
	}
	text := fmt.Sprintf(`SELECT CAST(%[1]s AS TEXT) FROM %[2]q WHERE %[1]s IS NOT NULL ORDER BY "_id" LIMIT ?1 + 0`, cell, mainName(table))
	var values []string
	err := s.pool.with(ctx, func(c *conn) error {
		rows, err := c.QueryContext(ctx, text, n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				return err
			}
			values = append(values, v)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("reading samples of %s.%s: %w", table, column, err)
	}
	return values, nil
}

// walk is one table in the order of its keys.
type walk struct {
	rows    *sql.Rows
	key     string
	cells   []any // in the order of the columns asked for; nil where the table has none of that name
	targets []any
	done    bool
}

// walkThrough begins a walk on a connection that is this walk's until it is closed.
func (c *Contents) walkThrough(ctx context.Context, one *conn, table string, columns []string) (*walk, error) {
	w := &walk{cells: make([]any, len(columns))}
	names := []string{`"_key"`}
	w.targets = append(w.targets, &w.key)
	for i, name := range columns {
		if slices.Contains(c.columns[table], name) {
			names = append(names, fmt.Sprintf("%q", name))
			w.targets = append(w.targets, &w.cells[i])
		}
	}
	var err error
	text := fmt.Sprintf(`SELECT %s FROM %q ORDER BY "_key"`, strings.Join(names, ", "), mainName(table))
	if w.rows, err = one.QueryContext(ctx, text); err != nil {
		return nil, err
	}
	return w, w.next()
}

// next goes on by one row; at the end done is set.
func (w *walk) next() error {
	if !w.rows.Next() {
		w.done = true
		return w.rows.Err()
	}
	if err := w.rows.Scan(w.targets...); err != nil {
		return err
	}
	for i, cell := range w.cells {
		if b, ok := cell.([]byte); ok { // no build stores one, and bytes cannot be compared as they are
			w.cells[i] = string(b)
		}
	}
	return nil
}
