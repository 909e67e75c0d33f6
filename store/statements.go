package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// openSQLite opens a pool whose connections keep the statements they have prepared: for statements as short as the
// ledger's, SQLite spends several times longer on parsing one than on running it, and database/sql would parse each anew.
// (pgx keeps its own.)
//
// brief is for the pool that writes: its statements are short by design, so they run to their end instead of each being
// watched by a goroutine that could interrupt it; a context that ends is noticed between two statements.
func openSQLite(dsn string, brief bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return sql.OpenDB(keepingConnector{c, brief}), nil
}

type keepingConnector struct {
	driver.Connector
	brief bool
}

func (k keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(wholeConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("a connection of SQLite's driver lacks a method")
	}
	return &keepingConn{wholeConn: whole, brief: k.brief, kept: map[string]driver.Stmt{}}, nil
}

// wholeConn is everything that database/sql looks for in a connection.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn keeps statements between uses. A statement in use is not among the kept ones, so that the same query can
// run again while rows of it are being read. database/sql uses a connection from one goroutine at a time.
type keepingConn struct {
	wholeConn
	brief bool
	kept  map[string]driver.Stmt
}

// mostKept bounds the statements of one connection. Texts that are made to measure, as many rows as there happened to be, would add
// up: for each beyond it another one goes, whichever, and the ones in use are soon kept again.
const mostKept = 200

// Unwrap is the driver's own connection, for what only it can do.
func (c *keepingConn) Unwrap() driver.Conn { return c.wholeConn }

// take brings a statement and the context to run it under.
func (c *keepingConn) take(ctx context.Context, query string) (driver.Stmt, context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if c.brief {
		ctx = context.WithoutCancel(ctx)
	}
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, ctx, nil
	}
	s, err := c.PrepareContext(ctx, query)
	return s, ctx, err
}

// give takes a statement back, in good order or not.
func (c *keepingConn) give(query string, s driver.Stmt, failed bool) error {
	if _, have := c.kept[query]; failed || have || strings.Contains(query, ";") {
		return s.Close()
	}
	var err error
	for other, old := range c.kept {
		if len(c.kept) < mostKept {
			break
		}
		delete(c.kept, other)
		err = old.Close()
	}
	c.kept[query] = s
	return err
}

func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, ctx, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if closing := c.give(query, s, err != nil); err == nil {
		err = closing
	}
	return r, err
}

func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, ctx, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		c.give(query, s, true)
		return nil, err
	}
	return &keepingRows{Rows: rows, done: func(failed bool) error { return c.give(query, s, failed) }}, nil
}

// Close lets the statements go before their connection.
func (c *keepingConn) Close() error {
	for _, s := range c.kept {
		s.Close()
	}
	clear(c.kept)
	return c.wholeConn.Close()
}

// keepingRows gives its statement back when it is closed.
type keepingRows struct {
	driver.Rows
	done func(failed bool) error
}

func (r *keepingRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		if closing := r.done(err != nil); err == nil {
			err = closing
		}
		r.done = nil
	}
	return err
}
