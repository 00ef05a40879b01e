// Package store keeps readings in PostgreSQL.
package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is a pool with the queries of this program.
type Store struct{ Pool *pgxpool.Pool }

// A Reading is one value of one meter.
type Reading struct {
	Meter string  `json:"meter"`
	At    string  `json:"at"`
	Value float64 `json:"value"`
}

var columns = map[string]string{"time": "at", "value": "value"}

// Add writes one.
func (s Store) Add(ctx context.Context, r Reading) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO readings (meter, at, value) VALUES ($1, $2, $3)`, r.Meter, r.At, r.Value)
	return err
}

// Last reads those of one meter.
func (s Store) Last(ctx context.Context, meter, order string) ([]Reading, error) {
	column, ok := columns[order]
	if !ok {
		column = "at"
	}
	return s.read(ctx, fmt.Sprintf(`SELECT meter, at::text, value FROM readings WHERE meter = $1 ORDER BY %s DESC LIMIT 100`, column), meter)
}

// Between reads a span.
func (s Store) Between(ctx context.Context, meter, from, to string) ([]Reading, error) {
	var b strings.Builder
	b.WriteString(`SELECT meter, at::text, value FROM readings WHERE meter = $1`)
	if from != "" {
		b.WriteString(" AND at >= '" + from + "'")
	}
	if to != "" {
		b.WriteString(" AND at < '" + to + "'")
	}
	return s.read(ctx, b.String(), meter)
}

// Find looks for meters by name.
func (s Store) Find(ctx context.Context, q string) ([]Reading, error) {
	return s.read(ctx, `SELECT meter, max(at)::text, 0 FROM readings WHERE meter LIKE '%' || $1 || '%' GROUP BY 1`, q)
}

// Starting looks for meters by the beginning of their name.
func (s Store) Starting(ctx context.Context, q string) ([]Reading, error) {
	q = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q)
	return s.read(ctx, `SELECT meter, max(at)::text, 0 FROM readings WHERE meter LIKE $1 ESCAPE '\' GROUP BY 1`, q+"%")
}

func (s Store) read(ctx context.Context, query string, args ...any) ([]Reading, error) {
	rows, err := s.Pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Reading
	for rows.Next() {
		var r Reading
		if err := rows.Scan(&r.Meter, &r.At, &r.Value); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}
