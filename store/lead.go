package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// A Lead is the right of one process to run the loops. On SQLite the file lock has made this process the only one; on
// PostgreSQL it lasts as long as the session that took the advisory lock.
type Lead struct {
	Epoch int64 // rises with every new lead; claims name it
	conn  *sql.Conn
}

// leadRetry is how often a process that does not lead tries, and how often one that does makes sure.
const leadRetry = time.Second

// WaitLead waits until this process leads; ctx ends the waiting.
func (l *Ledger) WaitLead(ctx context.Context) (*Lead, error) {
	lead := &Lead{}
	for l.dialect.name == "postgres" {
		conn, err := l.write.Conn(ctx)
		if err == nil {
			var got bool
			if got, err = tryAdvisory(ctx, conn); err == nil && got {
				lead.conn = conn
				break
			}
			conn.Close()
		}
		if err != nil && ctx.Err() == nil {
			l.options.Log.Warn("ask for the lead", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(leadRetry):
		}
	}
	err := l.tx(ctx, "lead", func(t *tx) error {
		last, err := t.meta("epoch")
		if err != nil {
			return err
		}
		before, _ := strconv.ParseInt(last, 10, 64) // "" on a new ledger
		lead.Epoch = before + 1
		if err := t.setMeta(metaLeadSince, strconv.FormatInt(ms(t.at), 10)); err != nil {
			return err
		}
		return t.setMeta("epoch", strconv.FormatInt(lead.Epoch, 10))
	})
	if err != nil {
		lead.Close()
		return nil, fmt.Errorf("take the lead: %w", err)
	}
	return lead, nil
}

// Lost is closed when the lead's session has died; never on SQLite. ctx ends the watching.
func (lead *Lead) Lost(ctx context.Context) <-chan struct{} {
	lost := make(chan struct{})
	if lead.conn == nil {
		return lost
	}
	go func() {
		defer close(lost)
		for {
			ask, cancel := context.WithTimeout(ctx, 5*leadRetry)
			err := lead.conn.PingContext(ask)
			cancel()
			if err != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(leadRetry):
			}
		}
	}()
	return lost
}

// Close gives the lead up.
func (lead *Lead) Close() error {
	if lead.conn == nil {
		return nil
	}
	return endSession(lead.conn)
}
