package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"sallyport/internal/dataset"
)

// Exists says whether table has a row with that key.
func (s *Source) Exists(ctx context.Context, table, key string) (bool, error) {
	t := s.desc.Table(table)
	if t == nil {
		return false, dataset.ErrUnplanned
	}
	text := fmt.Sprintf(`SELECT 1 FROM %q WHERE "_key" = ?1`, mainName(table))
	return s.one(ctx, text, t.Column(t.Key).Comparable(key))
}

// Ready reads one row.
func (s *Source) Ready(ctx context.Context) error {
	found, err := s.one(ctx, fmt.Sprintf(`SELECT 1 FROM %q LIMIT 1`, mainName(s.desc.Tables[0].Name)))
	if err == nil && !found {
		err = errors.New("dataset has no rows")
	}
	return err
}

// one says whether a statement that costs one look-up has a row.
func (s *Source) one(ctx context.Context, text string, arguments ...any) (found bool, err error) {
	err = s.pool.with(ctx, func(c *conn) error {
		return c.query(context.WithoutCancel(ctx), text, numbered(arguments...), func(rows driver.Rows) error {
			err := rows.Next(make([]driver.Value, 1))
			found = err == nil
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		})
	})
	if err == nil {
		err = ctx.Err()
	}
	return found && err == nil, err
}

// Values returns the distinct values of a column in the order of their bytes.
func (s *Source) Values(ctx context.Context, table, column string) ([]dataset.ValueCount, error) {
	text, ok := s.counts[dataset.CountLayout{Table: table, Column: column}]
	if !ok {
		return nil, dataset.ErrUnplanned
	}
	var values []dataset.ValueCount
	err := s.pool.with(ctx, func(c *conn) error {
		rows, err := c.QueryContext(ctx, text)
		if err != nil {
			return err
		}
		defer rows.Close()
		values, err = s.readValues(rows)
		return err
	})
	return values, err
}

func (s *Source) readValues(rows *sql.Rows) ([]dataset.ValueCount, error) {
	values, size := []dataset.ValueCount{}, 0
	for rows.Next() {
		var v dataset.ValueCount
		if err := rows.Scan(&v.Value, &v.Slug, &v.Count); err != nil {
			return nil, err
		}
		if size += len(v.Value) + len(v.Slug) + 8; size > s.maxBytes {
			return nil, fmt.Errorf("%w of %d", dataset.ErrTooLarge, s.maxBytes)
		}
		values = append(values, v)
	}
	return values, rows.Err()
}
