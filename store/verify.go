package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
)

// Verified is what a Verify found.
type Verified struct {
	Laws                   int   // of sums and states, that were asked
	Sends, Coupons, Events int64 // that were held against each other
	Head                   Head  // the newest link of the chain that holds
	Unsealed               int64 // events that wait for their seal, which the bot gives within seconds
	Broken                 []string
}

// mostBroken bounds how many examples of one kind are told: the first ones say where to look.
const mostBroken = 10

// Verify holds the ledger against itself: sums and states against each other (Laws), the audit against the chain of its
// hashes, and what the audit tells against sends and coupons (testimony.go). known is a head that was kept elsewhere;
// the zero one is none. It reads beside a bot that works, and holds no more than a page of rows at a time; the sums are
// the database's work.
func (l *Ledger) Verify(ctx context.Context, known Head) (Verified, error) {
	v := &verifying{Ledger: l, ctx: ctx}
	for _, step := range []func() error{v.laws, func() error { return v.chain(known) }, v.unsealed, v.testimony} {
		if err := step(); err != nil {
			return v.found, l.fault("verify", err)
		}
	}
	return v.found, nil
}

type verifying struct {
	*Ledger
	ctx   context.Context
	found Verified
}

func (v *verifying) broken(format string, args ...any) {
	v.found.Broken = append(v.found.Broken, fmt.Sprintf(format, args...))
}

func (v *verifying) laws() error {
	for _, law := range Laws() {
		v.found.Laws++
		rows, err := v.queryRows(v.ctx, law.Query+fmt.Sprintf(" LIMIT %d", mostBroken+1))
		if err != nil {
			return fmt.Errorf("%s: %w", law.Says, err)
		}
		what, err := collect(rows, func(s *string) []any { return []any{s} })
		if err != nil {
			return fmt.Errorf("%s: %w", law.Says, err)
		}
		for i, w := range what {
			if i == mostBroken {
				w = "and more"
			}
			v.broken("%s: %s", law.Says, w)
		}
	}
	return nil
}

// chain follows the seals up to the first that does not hold: behind that one nothing is proven.
func (v *verifying) chain(known Head) error {
	var hash []byte
	for seq := int64(0); ; {
		rows, err := v.queryRows(v.ctx, `SELECT s.seq, s.audit_id, s.hash, a.id IS NOT NULL, a.body FROM audit_seals s LEFT JOIN audit a ON a.id = s.audit_id
			WHERE s.seq > ? ORDER BY s.seq LIMIT ?`, seq, pageRows)
		if err != nil {
			return err
		}
		type sealed struct {
			link
			seq  int64
			hash []byte
			has  bool
		}
		page, err := collect(rows, func(s *sealed) []any { return []any{&s.seq, &s.audit, &s.hash, &s.has, &s.body} })
		if err != nil {
			return err
		}
		for _, s := range page {
			seq++
			hash = s.after(hash, seq)
			switch {
			case s.seq != seq:
				v.broken("the audit's chain is broken: seal %d is missing", seq)
				return nil
			case !s.has:
				v.broken("the audit's chain is broken at seal %d: audit event %d is gone", seq, s.audit)
				return nil
			case !bytes.Equal(hash, s.hash):
				v.broken("the audit's chain is broken at seal %d: audit event %d, or its seal, is not what was sealed", seq, s.audit)
				return nil
			}
			v.found.Head = Head{seq, hex.EncodeToString(hash)}
			if known.Seq == seq && known != v.found.Head {
				v.broken("the audit's chain was replaced: seal %d is not the one that was kept", seq)
			}
		}
		if len(page) < pageRows {
			if known.Seq > seq {
				v.broken("the audit's chain was cut: it ends at seal %d, and seal %d was kept", seq, known.Seq)
			}
			return nil
		}
	}
}

func (v *verifying) unsealed() error {
	if err := v.queryRow(v.ctx, `SELECT count(*) FROM audit_unsealed`).Scan(&v.found.Unsealed); err != nil {
		return err
	}
	rows, err := v.queryRows(v.ctx, `SELECT id FROM audit a WHERE NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.audit_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM audit_unsealed u WHERE u.audit_id = a.id) ORDER BY id LIMIT ?`, mostBroken)
	if err != nil {
		return err
	}
	strays, err := collect(rows, func(id *int64) []any { return []any{id} })
	for _, id := range strays {
		v.broken("audit event %d is not sealed and does not wait for its seal", id)
	}
	return err
}
