package store

import (
	"database/sql"
	"hash/maphash"
	"maps"
	"slices"
)

// compare says what of one send stands only in the audit, or only in the rows. A run may have a million coupons: what both sides
// say is added up first, and only sentences whose sums differ are looked at one by one.
func (v *verifying) compare(id int64) ([]string, error) {
	t, err := v.read.BeginTx(v.ctx, &sql.TxOptions{Isolation: v.dialect.snapshot})
	if err != nil {
		return nil, err
	}
	defer t.Rollback()
	c := &comparing{id: id, query: func(q string, args ...any) (*sql.Rows, error) {
		return t.QueryContext(v.ctx, v.dialect.bind(q), args...)
	}}
	s, audit, rows := &sums{seed: maphash.MakeSeed()}, map[string]string{}, map[string]string{} // sentence → as it may be shown
	if err := c.both(s.up, s.down, s.down); err != nil {
		return []string{err.Error()}, nil
	}
	if s.of == ([buckets]uint64{}) {
		return nil, nil
	}
	into := func(side map[string]string) teller {
		return func(sentence, shown string) {
			if s.of[s.bucket(sentence)] != 0 {
				side[sentence] = shown
			}
		}
	}
	if err := c.both(into(audit), func(sentence, _ string) { delete(audit, sentence) }, into(rows)); err != nil {
		return nil, err
	}
	return append(only("the ledger says, and the audit does not: ", rows, audit), only("the audit says, and the ledger does not: ", audit, rows)...), nil
}

// comparing reads both sides of one send, as they were at one moment.
type comparing struct {
	id    int64
	query queryer
}

func (c *comparing) both(audit, takeBack, ledger teller) error {
	spans := spans{}
	err := eachOf(scanLine, func(e Line) error {
		if err := spans.note(e); err != nil {
			return err
		}
		return e.tell(audit, takeBack)
	})(c.query(`SELECT id, at, actor, action, send_id, position, body FROM audit WHERE send_id = ? ORDER BY id`, c.id))
	if err != nil {
		return err
	}
	sends, err := readAll(scanSend)(c.query(selectSend+` WHERE id = ?`, c.id))
	if err != nil || len(sends) == 0 {
		return err
	}
	sends[0].tell(ledger)
	if err := eachOf(scanRun, func(r Run) error { r.tell(ledger); return nil })(c.query(selectRun+` WHERE send_id = ?`, c.id)); err != nil {
		return err
	}
	return eachOf(scanGrant, func(g Grant) error {
		g.tell(sends[0], spans, ledger)
		return nil
	})(c.query(selectGrant+` WHERE send_id = ? ORDER BY position`, c.id))
}

// only lists what one side says and the other does not.
func only(prefix string, one, other map[string]string) (out []string) {
	for _, sentence := range slices.Sorted(maps.Keys(one)) {
		if _, both := other[sentence]; !both {
			out = append(out, prefix+one[sentence])
		}
	}
	return out
}
