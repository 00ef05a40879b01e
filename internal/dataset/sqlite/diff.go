package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Kind says what became of a row.
type Kind string

// The kinds of change. A row is the one with the same key.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// Change is one row that two files do not have in common.
type Change struct {
	Table  string  `json:"table"`
	Kind   Kind    `json:"kind"`
	Key    string  `json:"key"`
	Fields []Field `json:"fields,omitempty"` // of a changed row, those that differ
}

// Field is one value of a changed row, before and after: nil, string, int64, float64, or the text of a list.
type Field struct {
	Name string `json:"name"`
	Old  any    `json:"old"`
	New  any    `json:"new"`
}

// TableDiff counts what became of the rows of one table, by their keys.
type TableDiff struct {
	Table   string `json:"table"`
	Before  int64  `json:"before"` // rows of the old file
	After   int64  `json:"after"`
	Added   int64  `json:"added"`
	Removed int64  `json:"removed"`
	Changed int64  `json:"changed"`
}

// Dropped is the share of the old rows that are missing, in percent, rounded up; 0 of no rows.
func (t TableDiff) Dropped() int64 {
	if t.Before == 0 {
		return 0
	}
	return (100*t.Removed + t.Before - 1) / t.Before
}

// Compare tells, table by table, which rows of two files differ. Both are read once, in the order of their keys, and
// nothing but the two rows at hand is kept. visit, which may be nil, hears of every difference; its error ends the
// comparison. A table that one file does not have has no rows there, and a column that one does not have no values.
// Files of one content hash are the same without being read.
func Compare(ctx context.Context, before, after *Contents, visit func(Change) error) ([]TableDiff, error) {
	if visit == nil {
		visit = func(Change) error { return nil }
	}
	var all []TableDiff
	for _, counts := range CompareCounts(before.seal.Rows, after.seal.Rows) {
		table := counts.Table
		d := differ{before: before, after: after, visit: visit, diff: TableDiff{
			Table: table, Before: counts.Before, After: counts.After,
		}}
		if before.seal.ContentHash == after.seal.ContentHash {
			all = append(all, d.diff)
			continue
		}
		if err := d.run(ctx); err != nil {
			return nil, fmt.Errorf("comparing table %s: %w", table, err)
		}
		all = append(all, d.diff)
	}
	return all, nil
}

// CompareCounts is what can be said of two files by the numbers of their rows alone: at least so many were added or
// removed.
func CompareCounts(before, after map[string]int64) []TableDiff {
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	slices.Sort(names)
	var all []TableDiff
	for _, table := range slices.Compact(names) {
		grown := after[table] - before[table]
		all = append(all, TableDiff{
			Table: table, Before: before[table], After: after[table], Added: max(0, grown), Removed: max(0, -grown),
		})
	}
	return all
}

// differ merges one table of two files.
type differ struct {
	before, after *Contents
	visit         func(Change) error
	diff          TableDiff
	columns       []string
}

func (d *differ) run(ctx context.Context) error {
	d.columns = slices.Clone(d.before.columns[d.diff.Table])
	for _, name := range d.after.columns[d.diff.Table] {
		if !slices.Contains(d.columns, name) {
			d.columns = append(d.columns, name)
		}
	}
	return d.before.walking(ctx, d.diff.Table, d.columns, func(before *walk) error {
		return d.after.walking(ctx, d.diff.Table, d.columns, func(after *walk) error {
			return d.merge(before, after)
		})
	})
}

// walking opens a walk for use and closes it; a table that is not there has no rows.
func (c *Contents) walking(ctx context.Context, table string, columns []string, use func(*walk) error) error {
	if c.columns[table] == nil {
		return use(&walk{done: true})
	}
	return c.pool.with(ctx, func(one *conn) error {
		w, err := c.walkThrough(ctx, one, table, columns)
		if w == nil {
			return err
		}
		if err == nil {
			err = use(w)
		}
		return errors.Join(err, w.rows.Close())
	})
}

func (d *differ) merge(before, after *walk) error {
	for !before.done || !after.done {
		var err error
		switch {
		case after.done || !before.done && before.key < after.key:
			d.diff.Removed++
			err = errors.Join(d.visit(Change{Table: d.diff.Table, Kind: Removed, Key: before.key}), before.next())
		case before.done || after.key < before.key:
			d.diff.Added++
			err = errors.Join(d.visit(Change{Table: d.diff.Table, Kind: Added, Key: after.key}), after.next())
		default:
			err = errors.Join(d.same(before, after), before.next(), after.next())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// same compares two rows of one key.
func (d *differ) same(before, after *walk) error {
	if slices.Equal(before.cells, after.cells) {
		return nil
	}
	var fields []Field
	for i, name := range d.columns {
		if before.cells[i] != after.cells[i] {
			fields = append(fields, Field{name, before.cells[i], after.cells[i]})
		}
	}
	d.diff.Changed++
	return d.visit(Change{Table: d.diff.Table, Kind: Changed, Key: before.key, Fields: fields})
}
