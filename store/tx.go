package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// tx is one writing transaction, and what has to be told when it is committed.
type tx struct {
	*Ledger
	ctx context.Context
	sql *sql.Tx
	at  time.Time

	moved delta // coupons that came to each state
}

// transactionLife bounds a transaction that has begun, whatever becomes of who asked for it.
const transactionLife = 30 * time.Second

// tx runs change in one transaction, again from the start when another transaction was in the way. When ctx ends before
// the commit nothing is written and its error is returned; a commit that has begun is waited for, so that a caller who
// reads nil knows that it is written, and one who reads an error from a live database that it is not.
func (l *Ledger) tx(ctx context.Context, op string, change func(*tx) error) error {
	if err := l.silently(ctx, op, change); err != nil {
		return err
	}
	l.signal.raise()
	return nil
}

// silently is tx for changes that nobody waits for: a bulk load would wake every loop many times a second.
func (l *Ledger) silently(ctx context.Context, op string, change func(*tx) error) error {
	started := time.Now()
	err := l.tries(ctx, change)
	if l.options.Observe != nil {
		l.options.Observe(op, time.Since(started))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", op, l.dialect.fault(err))
	}
	return nil
}

func (l *Ledger) tries(ctx context.Context, change func(*tx) error) error {
	select { // one writer at a time: on SQLite there is no other way, on PostgreSQL it keeps conflicts to other replicas
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	for try := 0; ; try++ {
		err := l.once(ctx, change)
		if err != nil {
			if ended := ended(ctx); ended != nil { // the driver has words of its own for that
				return fmt.Errorf("%w: %w", ended, err)
			}
		}
		if err == nil || try == 12 || !l.dialect.again(err) && !errors.Is(err, errNotBegun) {
			return err
		}
		pause := time.Duration(1<<min(try, 7)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

// ended is ctx.Err, but not a moment late: a connection's deadline may fire before the timer of the context it came from.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// errNotBegun is a connection from the pool that turned out to be dead: there is another.
var errNotBegun = errors.New("connection lost")

func (l *Ledger) once(ctx context.Context, change func(*tx) error) error {
	conn, err := l.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionLife)
	defer cancel()
	t, err := conn.BeginTx(whole, &sql.TxOptions{Isolation: l.dialect.iso})
	if errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w: %w", errNotBegun, err)
	}
	if err != nil {
		return err
	}
	defer t.Rollback()
	changing := &tx{Ledger: l, ctx: ctx, sql: t, at: l.now()}
	if err := change(changing); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	if l.options.Moved != nil {
		changing.moved.tell(l.options.Moved)
	}
	return nil
}

// exec runs a change and says how many rows it found.
func (t *tx) exec(query string, args ...any) (int64, error) {
	r, err := t.sql.ExecContext(t.ctx, t.dialect.bind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	return t.sql.QueryContext(t.ctx, t.dialect.bind(query), args...)
}

func (t *tx) row(query string, args ...any) *sql.Row {
	return t.sql.QueryRowContext(t.ctx, t.dialect.bind(query), args...)
}

// insert adds a row whose id the database draws.
func (t *tx) insert(query string, args ...any) (id int64, err error) {
	err = t.row(query+" RETURNING id", args...).Scan(&id)
	return id, err
}

// rowsAtOnce is how many rows one statement writes: its parameters stay far below what either database allows.
const rowsAtOnce = 100

// list is n times item with commas between.
func list(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+", ", n), ", ") }

// fault says what was being read when the database failed; what callers branch on stays as it is.
func (l *Ledger) fault(op string, err error) error {
	if err == nil || errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s: %w", op, l.dialect.fault(err))
}

func (t *tx) setMeta(key, value string) error {
	_, err := t.exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

func (t *tx) meta(key string) (string, error) {
	var v string
	err := t.row(`SELECT value FROM meta WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func (l *Ledger) queryRows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return l.read.QueryContext(ctx, l.dialect.bind(query), args...)
}

func (l *Ledger) queryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return l.read.QueryRowContext(ctx, l.dialect.bind(query), args...)
}

// collect reads all rows and closes them, so that the transaction's one connection is free again.
func collect[T any](rows *sql.Rows, fields func(*T) []any) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// A queryer reads, in a transaction or beside all of them.
type queryer func(query string, args ...any) (*sql.Rows, error)

// reading is a queryer beside all transactions.
func (l *Ledger) reading(ctx context.Context) queryer {
	return func(query string, args ...any) (*sql.Rows, error) { return l.queryRows(ctx, query, args...) }
}
