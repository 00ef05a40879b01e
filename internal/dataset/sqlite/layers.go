package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// layers are the walls around an open file that lie in the connection. Each stops its attack alone; Open
// always has all of them. The further two are the planned statements and the mode of the file.
type layers struct {
	readOnly    bool // L1: the engine opens the file read-only and immutable
	queryOnly   bool // L2: no statement writes, through whatever handle
	noAttach    bool // L3: no other file can be attached, so none can be written by VACUUM INTO either
	distrustful bool // L4: the schema of the file is not trusted, and cannot be rewritten
}

func allLayers() layers { return layers{true, true, true, true} }

// connect opens a pool of at most n connections to path behind the layers.
func (l layers) connect(path string, n int) (*sql.DB, error) {
	parameters := url.Values{"_pragma": {"temp_store(MEMORY)", "cell_size_check(1)"}}
	if l.readOnly {
		parameters.Set("mode", "ro")
		parameters.Set("immutable", "1")
	}
	if l.queryOnly {
		parameters.Set("_query_only", "1")
	}
	if l.distrustful {
		parameters.Set("_defensive", "1")
		parameters.Set("_dqs", "0")
		parameters.Add("_pragma", "trusted_schema(0)")
	}
	connector, err := driver.NewConnector(fileURI(path, parameters))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	return db, nil
}

// limit sets what can only be set on an open connection, and reads it back.
func (l layers) limit(c *sql.Conn) error {
	if !l.noAttach {
		return nil
	}
	if _, err := driver.Limit(c, lib.SQLITE_LIMIT_ATTACHED, 0); err != nil {
		return err
	}
	now, err := driver.Limit(c, lib.SQLITE_LIMIT_ATTACHED, -1)
	if err == nil && now != 0 {
		err = fmt.Errorf("the engine still attaches %d files", now)
	}
	return err
}

// pool hands out connections that are all opened at the start, so that what a source reads is decided then.
type pool struct {
	db     *sql.DB
	free   chan *conn
	closed chan struct{}
}

var errClosed = errors.New("dataset is closed")

func openPool(ctx context.Context, path string, l layers, n int) (*pool, error) {
	db, err := l.connect(path, n)
	if err != nil {
		return nil, err
	}
	p := &pool{db: db, free: make(chan *conn, n), closed: make(chan struct{})}
	for range n {
		c, err := db.Conn(ctx)
		if err == nil {
			p.free <- &conn{c, map[string]driverStatement{}}
			err = l.limit(c)
		}
		if err != nil {
			return nil, errors.Join(err, p.close(len(p.free)))
		}
	}
	return p, nil
}

// with runs use on a connection that nobody else has.
func (p *pool) with(ctx context.Context, use func(*conn) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer func() { p.free <- c }()
	return use(c)
}

// take waits for a connection. Done is not looked at while one is free: of a request it starts a timer.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, errClosed
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	default:
	}
	select {
	case <-p.closed:
		return nil, errClosed
	case c := <-p.free:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits for the n connections to come back and closes them.
func (p *pool) close(n int) error {
	close(p.closed)
	var errs []error
	for range n {
		errs = append(errs, (<-p.free).close())
	}
	return errors.Join(append(errs, p.db.Close())...)
}
