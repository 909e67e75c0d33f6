package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
)

// The audit and the rows tell the same story twice: what was asked for and by whom, for which customers, and which
// coupon each of them got. Both sides are turned into the same short sentences. The sums of their hashes are compared,
// in buckets of sends, so that ten million coupons need no memory; where a bucket differs, because somebody changed a
// row or because the bot went on in between, its sends are looked at one by one, each as it is at one moment.

// buckets is how many sums there are.
const buckets = 1 << 16

type sums struct {
	seed maphash.Seed
	of   [buckets]uint64
}

func (s *sums) add(send int64, sentence string, sign uint64) {
	s.of[uint64(send)%buckets] += sign * maphash.String(s.seed, sentence)
}

func (v *verifying) testimony() error {
	s := &sums{seed: maphash.MakeSeed()}
	err := v.EachEvent(v.ctx, Choice{}, func(e Line) error {
		v.found.Events++
		if err := e.fits(); err != nil {
			v.broken("%v", err)
		}
		if err := e.tell(func(sentence, _ string) { s.add(e.Send, sentence, 1) }); err != nil {
			v.broken("%v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = v.EachSend(v.ctx, Choice{}, func(send Send) error {
		v.found.Sends++
		send.tell(func(sentence, _ string) { s.add(send.ID, sentence, ^uint64(0)) })
		return nil
	})
	if err != nil {
		return err
	}
	err = v.EachGrant(v.ctx, Choice{}, func(g Grant, send Send) error {
		v.found.Coupons++
		g.tell(send, func(sentence, _ string) { s.add(send.ID, sentence, ^uint64(0)) })
		return nil
	})
	if err != nil {
		return err
	}
	return v.suspects(s)
}

// suspects looks at the sends of buckets that differ.
func (v *verifying) suspects(s *sums) error {
	var last, told int64
	if err := v.queryRow(v.ctx, `SELECT max(n) FROM (SELECT coalesce(max(id), 0) AS n FROM sends UNION ALL SELECT coalesce(max(send_id), 0) FROM audit) x`).Scan(&last); err != nil {
		return err
	}
	for bucket, sum := range s.of {
		for id := int64(bucket); sum != 0 && id <= last; id += buckets {
			wrong, err := v.compare(id)
			if err != nil {
				return err
			}
			for _, w := range wrong {
				if told++; told > mostBroken {
					v.broken("and more that is not as the audit tells it")
					return nil
				}
				v.broken("%s", w)
			}
		}
	}
	return nil
}

// compare says what of one send stands only in the audit, or only in the rows.
func (v *verifying) compare(id int64) ([]string, error) {
	t, err := v.read.BeginTx(v.ctx, &sql.TxOptions{Isolation: v.dialect.snapshot})
	if err != nil {
		return nil, err
	}
	defer t.Rollback()
	query := func(q string, args ...any) (*sql.Rows, error) {
		return t.QueryContext(v.ctx, v.dialect.bind(q), args...)
	}
	audit, rows := map[string]string{}, map[string]string{} // sentence → as it may be shown
	events, err := readAll(scanLine)(query(`SELECT id, at, actor, action, send_id, position, body FROM audit WHERE send_id = ? ORDER BY id`, id))
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if err := e.tell(func(sentence, shown string) { audit[sentence] = shown }); err != nil {
			return []string{err.Error()}, nil
		}
	}
	sends, err := readAll(scanSend)(query(selectSend+` WHERE id = ?`, id))
	if err != nil || len(sends) == 0 && len(audit) == 0 {
		return nil, err
	}
	for _, s := range sends {
		s.tell(func(sentence, shown string) { rows[sentence] = shown })
		grants, err := scanGrants(query(selectGrant+` WHERE send_id = ?`, id))
		if err != nil {
			return nil, err
		}
		for _, g := range grants {
			g.tell(s, func(sentence, shown string) { rows[sentence] = shown })
		}
	}
	return append(only("the ledger says, and the audit does not: ", rows, audit), only("the audit says, and the ledger does not: ", audit, rows)...), nil
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

// fits says whether an event's columns are what its sealed text says.
func (e Line) fits() error {
	var says struct{ At, Actor, Action, Subject string }
	if err := json.Unmarshal(e.body, &says); err != nil {
		return fmt.Errorf("audit event %d: %w", e.ID, err)
	}
	if says.At != e.at() || says.Actor != e.Actor || says.Action != e.Action || says.Subject != e.Subject() {
		return fmt.Errorf("audit event %d: its columns are not what was sealed", e.ID)
	}
	return nil
}

// A teller hears sentences: each in full, and as it may be shown, with a customer's openid masked.
type teller func(sentence, shown string)

func (say teller) made(id int64, by string, c Contents) {
	sentence := fmt.Sprintf("%s: %s asked for stock %s, %d fen each (value %d, minimum %d), reason %q, ticket %q, note %q", SendName(id), by, c.StockID,
		c.Amount, c.Value, c.Minimum, c.Reason, c.Ticket, c.Note)
	say(sentence, sentence)
}

func (say teller) meant(id GrantID, openid string) {
	shown := "…"
	if len(openid) > 12 {
		shown = openid[:4] + "…" + openid[len(openid)-4:]
	}
	say(id.String()+" is for "+openid, id.String()+" is for "+shown)
}

func (say teller) got(id GrantID, coupon string) {
	sentence := fmt.Sprintf("%s was issued as coupon %s", id, coupon)
	say(sentence, sentence)
}

// asked tells whether a send came from a person's draft: these are what "send.create" events tell of.
func (s Send) asked() bool { return s.Kind == "person" && s.DraftID > 0 }

func (s Send) tell(say teller) {
	if s.asked() {
		say.made(s.ID, s.RequestedBy, Contents{StockID: s.StockID, Amount: s.Amount, Value: s.Value, Minimum: s.Minimum, Reason: s.Reason, Ticket: s.Ticket, Note: s.Note})
	}
}

func (g Grant) tell(s Send, say teller) {
	if !s.asked() {
		return
	}
	say.meant(g.ID, g.OpenID)
	if g.State == GrantIssued {
		say.got(g.ID, g.CouponID)
	}
}

func (e Line) tell(say teller) error {
	switch e.Action {
	case "send.create":
		var d struct {
			Draft   int64    `json:"draft"`
			Stock   string   `json:"stock"`
			OpenIDs []string `json:"openids"`
			Amount  Fen      `json:"amount_fen"`
			Value   Fen      `json:"value_fen"`
			Minimum Fen      `json:"minimum_fen"`
			Reason  string   `json:"reason"`
			Ticket  string   `json:"ticket"`
			Note    string   `json:"note"`
		}
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return fmt.Errorf("audit event %d: %w", e.ID, err)
		}
		if d.Draft == 0 {
			return nil
		}
		say.made(e.Send, e.Actor, Contents{StockID: d.Stock, Amount: d.Amount, Value: d.Value, Minimum: d.Minimum, Reason: d.Reason, Ticket: d.Ticket, Note: d.Note})
		for i, openid := range d.OpenIDs {
			say.meant(GrantID{e.Send, i + 1}, openid)
		}
	case "grant.issued":
		var d struct {
			CouponID string `json:"coupon_id"`
		}
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return fmt.Errorf("audit event %d: %w", e.ID, err)
		}
		say.got(GrantID{e.Send, e.Position}, d.CouponID)
	}
	return nil
}
