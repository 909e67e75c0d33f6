package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Unclaim gives back what was claimed and not called: the claim never became a call, and leaves no trace but the audit.
// claims must come from Claim.
func (l *Ledger) Unclaim(ctx context.Context, claims []Claim) error {
	if len(claims) == 0 {
		return nil
	}
	return l.tx(ctx, "unclaim", func(t *tx) error {
		all, positions := outcomes{}, map[int64][]int{}
		for _, c := range claims {
			// Only what this claim made: a lease that ran out meanwhile has left an open attempt, and that stands.
			from, to, askAt, b := GrantIssuing, GrantWaiting, c.before.AskAt, c.before
			if c.Reclaimed {
				from, to, askAt = GrantUnknown, GrantUnknown, t.at.Add(time.Second)
			}
			n, err := t.exec(`UPDATE grants SET state = ?, ask_at = ?, lease_until = 0, first_called_at = ?, last_called_at = ?, definite = ?,
				empty_readings = ?, first_empty_at = ?, last_empty_at = ? WHERE send_id = ? AND position = ? AND attempts = ? AND state = ?`,
				to, ms(askAt), ms(b.FirstCalledAt), ms(b.LastCalledAt), bit(b.Definite), b.EmptyReadings, ms(b.FirstEmptyAt), ms(b.LastEmptyAt),
				c.ID.Send, c.ID.Position, c.Attempts, from)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if o := all.of(c.ID.Send); !c.Reclaimed {
				o.delta = o.move(GrantIssuing, GrantWaiting)
				o.back = append(o.back, c.OpenID)
			}
			positions[c.ID.Send] = append(positions[c.ID.Send], c.ID.Position)
		}
		for _, send := range slices.Sorted(maps.Keys(positions)) {
			p := positions[send]
			if err := t.audit(Event{Actor: ActorBot, Action: "grants.unclaim", Send: send, Detail: map[string]any{"positions": p}}); err != nil {
				return err
			}
		}
		return t.close(all)
	})
}

// sweepCancelled ends what came back to a send that was cancelled meanwhile.
func (t *tx) sweepCancelled(send int64) (int, error) {
	var state SendState
	if err := t.row(`SELECT state FROM sends WHERE id = ?`, send).Scan(&state); err != nil || state != SendCancelled {
		return 0, err
	}
	return t.sweep(send)
}
