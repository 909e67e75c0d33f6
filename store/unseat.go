package store

import (
	"context"
	"slices"
)

// Unseat makes a person's approval of a waiting send count no longer, because they left the group or Slack: groups are those they still belong to. Nothing
// when every seat that it filled can still be filled so.
func (l *Ledger) Unseat(ctx context.Context, send int64, person string, groups []string) error {
	return l.tx(ctx, "send.unseat", func(t *tx) error {
		s, err := t.send(send)
		if err != nil || s.State != SendAwaiting {
			return err
		}
		standing, err := t.standing(s)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(standing, func(d Decision) bool { return d.Person == person })
		if i < 0 {
			return nil
		}
		_, before := fill(s.Seats, s.sitters(standing))
		left := standing[i]
		standing[i].Groups = groups
		if _, after := fill(s.Seats, s.sitters(standing)); places(after) == places(before) {
			if slices.Equal(groups, left.Groups) {
				return nil
			}
			err = t.regroup(left, groups)
		} else {
			standing = slices.Delete(standing, i, i+1)
			err = t.unseat(s, left, groups)
		}
		if err != nil {
			return err
		}
		_, _, err = t.seat(s, standing)
		return err
	})
}

// unseat takes an approval out of those that count, and says so. The caller brings the seats up to date.
func (t *tx) unseat(s Send, d Decision, groups []string) error {
	if _, err := t.exec(`UPDATE decisions SET void_at = ?, void_why = ? WHERE person = ? AND send_id = ? AND revision = ? AND void_at = 0`,
		ms(t.at), VoidLeft, d.Person, d.Send, d.Revision); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ActorBot, Action: "send.unseat", Send: s.ID, Detail: map[string]any{"revision": s.Revision, "person": d.Person, "groups": groups}}); err != nil {
		return err
	}
	return t.step(s, StepUnseated, d.Person, "")
}
