package build

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	driver "modernc.org/sqlite"

	"sallyport/internal/dataset"
)

// tableReader yields the column names and then the rows of a table or view.
type tableReader struct {
	name    string
	db      *sql.DB
	rows    *sql.Rows
	columns []string
	line    int
	copied  string // folder of a copy to remove
}

// openSQLite opens a database without writing to it. Where its folder cannot take the files by which readers
// of a write-ahead log agree, a copy with the log is read.
func openSQLite(ctx context.Context, path string, in *dataset.SQLiteInput) (*tableReader, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	r, err := openTable(ctx, path, in.Table)
	if err == nil {
		return r, nil
	}
	if _, missing := os.Stat(path + "-wal"); missing != nil {
		return nil, err
	}
	dir, copyErr := copyWithLog(path)
	if copyErr != nil {
		return nil, errors.Join(err, copyErr)
	}
	if r, err = openTable(ctx, filepath.Join(dir, filepath.Base(path)), in.Table); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	r.copied = dir
	return r, nil
}

func openTable(ctx context.Context, path, table string) (_ *tableReader, err error) {
	uri := &url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"mode": {"ro"}, "_query_only": {"1"}, "_defensive": {"1"}, "_pragma": {"trusted_schema(0)", "busy_timeout(5000)"},
	}.Encode()}
	connector, err := driver.NewConnector(uri.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	rows, err := db.QueryContext(ctx, `SELECT * FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: reading table %s: %w", filepath.Base(path), table, err), db.Close())
	}
	columns, err := rows.Columns()
	if err != nil {
		return nil, errors.Join(err, rows.Close(), db.Close())
	}
	return &tableReader{name: filepath.Base(path) + ": table " + table, db: db, rows: rows, columns: columns, line: -1}, nil
}

func copyWithLog(path string) (string, error) {
	dir, err := os.MkdirTemp("", "sallyport-build-*")
	if err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(path+suffix, filepath.Join(dir, filepath.Base(path)+suffix)); err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	return dir, nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// next yields the names first, as a file does its header.
func (r *tableReader) next() ([]string, int, error) {
	if r.line++; r.line == 0 {
		return r.columns, 0, nil
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", r.name, err)
		}
		return nil, 0, io.EOF
	}
	cells := make([]any, len(r.columns))
	pointers := make([]any, len(cells))
	for i := range cells {
		pointers[i] = &cells[i]
	}
	if err := r.rows.Scan(pointers...); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", r.where(r.line), err)
	}
	record := make([]string, len(cells))
	for i, cell := range cells {
		record[i] = text(cell)
	}
	return record, r.line, nil
}

func text(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	case []byte:
		return string(v)
	}
	return fmt.Sprint(cell)
}

func (r *tableReader) where(line int) string {
	if line == 0 {
		return r.name
	}
	return fmt.Sprintf("%s, row %d", r.name, line)
}

func (r *tableReader) close() error {
	err := errors.Join(r.rows.Close(), r.db.Close())
	if r.copied != "" {
		err = errors.Join(err, os.RemoveAll(r.copied))
	}
	return err
}
