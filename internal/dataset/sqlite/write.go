package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	driver "modernc.org/sqlite"

	"sallyport/internal/dataset"
)

// Write makes the sealed file path, which must not exist, of everything in content. The same description and
// content give the same bytes. On an error, or when ctx is cancelled, no file stays.
func Write(ctx context.Context, path string, d *dataset.Description, content dataset.Content) (dataset.Seal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return dataset.Seal{}, fmt.Errorf("creating dataset file: %w", err)
	}
	seal, err := fill(ctx, path, d, content)
	if err == nil {
		seal.ContentHash, err = stamp(ctx, path)
	}
	if err == nil {
		// Syncing any descriptor of the file syncs what was written through the others.
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return dataset.Seal{}, errors.Join(fmt.Errorf("writing dataset file: %w", err), remove(path))
	}
	return seal, nil
}

func remove(path string) error {
	return errors.Join(os.Remove(path), ignoreMissing(os.Remove(path+"-journal")))
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// fill writes everything but the content hash. The file is nobody's yet and is thrown away on any error, so
// it needs neither journal nor syncing.
func fill(ctx context.Context, path string, d *dataset.Description, content dataset.Content) (_ dataset.Seal, err error) {
	connector, err := driver.NewConnector(fileURI(path, url.Values{"_pragma": {
		"page_size(4096)", "journal_mode(OFF)", "synchronous(OFF)", "cache_size(-65536)", "locking_mode(EXCLUSIVE)",
	}}))
	if err != nil {
		return dataset.Seal{}, err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return dataset.Seal{}, err
	}
	w := &writer{ctx: ctx, tx: tx, d: d, layout: d.Layout(), tables: map[string]*rows{}}
	seal, err := w.all(content)
	if err != nil {
		return dataset.Seal{}, errors.Join(err, tx.Rollback())
	}
	return seal, tx.Commit()
}

func fileURI(path string, parameters url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: parameters.Encode()}).String()
}

// writer fills one file in one transaction.
type writer struct {
	ctx    context.Context
	tx     *sql.Tx
	d      *dataset.Description
	layout dataset.Layout
	tables map[string]*rows
}

func (w *writer) all(content dataset.Content) (dataset.Seal, error) {
	for _, statement := range schema(w.d, w.layout) {
		if _, err := w.tx.ExecContext(w.ctx, statement); err != nil {
			return dataset.Seal{}, err
		}
	}
	seal := dataset.Seal{DescriptionHash: w.d.LayoutHash(), Rows: map[string]int64{}, Version: w.d.Dataset.Version, Date: w.d.Dataset.Date}
	for i := range w.d.Tables {
		t := &w.d.Tables[i]
		ordered, err := inOrder(t, content.Tables[t.Name])
		if err != nil {
			return dataset.Seal{}, err
		}
		w.tables[t.Name] = ordered
		seal.Rows[t.Name] = int64(len(ordered.records))
	}
	for _, step := range []func() error{
		w.mains, w.lookups, func() error { return w.synonyms(content.Synonyms) }, w.orders, w.counts, w.joins, w.trigrams,
	} {
		if err := step(); err != nil {
			return dataset.Seal{}, err
		}
	}
	return seal, w.seal(seal)
}

// insert prepares the insertion of n values into table, hands it to rows and closes it.
func (w *writer) insert(table, columns string, n int, rows func(add func(values ...any) error) error) (err error) {
	marks := ""
	for range n {
		marks += ", ?"
	}
	stmt, err := w.tx.PrepareContext(w.ctx, fmt.Sprintf(`INSERT INTO %q (%s) VALUES (%s)`, table, columns, marks[2:]))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	// The driver starts a watcher for every cancellable call, which is dearer than an insertion.
	plain, count := context.WithoutCancel(w.ctx), 0
	return rows(func(values ...any) error {
		if count++; count%256 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		_, err := stmt.ExecContext(plain, values...)
		return err
	})
}
