package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// conn is one connection with the statements that it has prepared. One goroutine at a time has it.
//
// Planned statements go to the driver itself: database/sql would convert each value, start a watcher for each
// context that can end, and allocate for all of it, which takes as long as a look-up does. The connection is the
// same one, behind the same layers.
type conn struct {
	*sql.Conn
	statements map[string]driverStatement
}

// driverStatement is what the driver prepares.
type driverStatement interface {
	driver.Stmt
	driver.StmtQueryContext
}

// maxStatements bounds what one connection keeps prepared. The lists of columns that tiers see are few, so
// the bound is never met unless a caller asks for ever new ones.
const maxStatements = 512

// query runs a planned statement and hands its rows to read, which need not take them all. Arguments are what a
// driver takes: string and int64. A context that can end interrupts the first step of the engine alone.
func (c *conn) query(ctx context.Context, text string, arguments []driver.NamedValue, read func(driver.Rows) error) error {
	return c.Raw(func(connection any) error {
		s, err := c.prepared(ctx, connection, text)
		if err != nil {
			return err
		}
		rows, err := s.QueryContext(ctx, arguments)
		if err != nil {
			return err
		}
		return errors.Join(read(rows), rows.Close())
	})
}

// prepared returns the statement of text, from the ones kept where it can.
func (c *conn) prepared(ctx context.Context, connection any, text string) (driverStatement, error) {
	if s, ok := c.statements[text]; ok {
		return s, nil
	}
	if len(c.statements) >= maxStatements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	preparer, ok := connection.(driver.ConnPrepareContext)
	if !ok {
		return nil, fmt.Errorf("preparing a statement: the driver's connection is a %T", connection)
	}
	prepared, err := preparer.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(driverStatement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("preparing a statement: the driver's statement is a %T", prepared), prepared.Close())
	}
	c.statements[text] = s
	return s, nil
}

// forget closes every statement.
func (c *conn) forget() error {
	var errs []error
	for text, s := range c.statements {
		delete(c.statements, text)
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (c *conn) close() error {
	err := c.Raw(func(any) error { return c.forget() })
	return errors.Join(err, c.Conn.Close())
}
