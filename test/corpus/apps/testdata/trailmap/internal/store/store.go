// Package store keeps trails in PostgreSQL.
package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is safe for concurrent use.
type Store struct{ pool *pgxpool.Pool }

// Trail is one row.
type Trail struct {
	ID   int64
	Name string
	KM   float64
}

// Open connects.
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parsing the address: %w", err)
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "5000"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	return &Store{pool}, err
}

var like = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search finds by prefix.
func (s *Store) Search(ctx context.Context, prefix string, limit int) ([]Trail, error) {
	q := "SELECT id, name, km FROM trails WHERE name ILIKE $1 ORDER BY name LIMIT $2"
	rows, err := s.pool.Query(ctx, q, like.Replace(prefix)+"%", limit)
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Trail])
}

// Sorted lists by one of the columns that the API names.
func (s *Store) Sorted(ctx context.Context, by string) ([]Trail, error) {
	column, ok := map[string]string{"name": "name", "length": "km"}[by]
	if !ok {
		column = "id"
	}
	rows, err := s.pool.Query(ctx, "SELECT id, name, km FROM trails ORDER BY "+column+" LIMIT 500")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Trail])
}

// InRegion lists a region.
func (s *Store) InRegion(ctx context.Context, region string) ([]Trail, error) {
	var q strings.Builder
	q.WriteString("SELECT id, name, km FROM trails")
	if region != "" {
		q.WriteString(" WHERE region = '" + region + "'")
	}
	rows, err := s.pool.Query(ctx, q.String())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Trail])
}

// Delete removes one.
func (s *Store) Delete(ctx context.Context, id int64) error {
	_, err := s.pool.Exec(ctx, "DELETE FROM trails WHERE id = $1", id)
	return err
}

// Ping reads one row.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }
