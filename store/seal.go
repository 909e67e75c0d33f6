package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Head is the newest link of the audit's chain. Kept elsewhere, it proves later that nothing before it was changed
// or taken away: whoever can write the database can also forge a whole new chain, but not one that passes through it.
type Head struct {
	Seq  int64  // how many events are sealed; 0: none
	Hash string // hexadecimal
}

// String is "1234:9f86d0…"; ParseHead reads it.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

// ParseHead reads what Head.String wrote.
func ParseHead(s string) (Head, error) {
	seq, hash, _ := strings.Cut(strings.TrimSpace(s), ":")
	n, ok := number(seq)
	raw, err := hex.DecodeString(hash)
	if !ok || err != nil || len(raw) != sha256.Size {
		return Head{}, fmt.Errorf("a head of the audit's chain looks like 1234:9f86d0…, with 64 hexadecimal digits")
	}
	return Head{n, hex.EncodeToString(raw)}, nil
}

// sealAtOnce is how many events one transaction seals: a few milliseconds of the writer's time.
const sealAtOnce = 1000

// Seal chains the audit events that wait for it, some at a time, and says how many these were. One process does it:
// the one that leads. Events are read before the transaction, because nothing ever changes them.
func (l *Ledger) Seal(ctx context.Context) (int, error) {
	rows, err := l.queryRows(ctx, `SELECT a.id, a.body FROM audit_unsealed u JOIN audit a ON a.id = u.audit_id ORDER BY u.audit_id LIMIT ?`, sealAtOnce)
	if err != nil {
		return 0, l.fault("seal", err)
	}
	events, err := collect(rows, func(e *link) []any { return []any{&e.audit, &e.body} })
	if err != nil || len(events) == 0 {
		return 0, l.fault("seal", err)
	}
	err = l.tx(ctx, "seal", func(t *tx) error { return t.seal(events) })
	if err != nil {
		return 0, err
	}
	return len(events), nil
}

// A link is one event in the chain.
type link struct {
	audit int64
	body  []byte
}

// after is the hash of a link that stands at seq, behind one with the hash before.
func (e link) after(before []byte, seq int64) []byte {
	h := sha256.New()
	h.Write(before)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(seq)))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.audit)))
	h.Write(e.body)
	return h.Sum(nil)
}

func (t *tx) seal(events []link) error {
	var seq int64
	var hash []byte
	err := t.row(`SELECT seq, hash FROM audit_seals ORDER BY seq DESC LIMIT 1`).Scan(&seq, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for len(events) > 0 {
		some := events[:min(len(events), rowsAtOnce)]
		events = events[len(some):]
		seals, ids := make([]any, 0, 3*len(some)), make([]any, 0, len(some))
		for _, e := range some {
			seq++
			hash = e.after(hash, seq)
			seals, ids = append(seals, seq, e.audit, hash), append(ids, e.audit)
		}
		if _, err := t.exec(`INSERT INTO audit_seals (seq, audit_id, hash) VALUES `+list("(?, ?, ?)", len(some)), seals...); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM audit_unsealed WHERE audit_id IN (`+list("?", len(some))+`)`, ids...); err != nil {
			return err
		}
	}
	return nil
}
