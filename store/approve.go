package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ApproveAsk is one person's approval. The caller has read live, a moment ago, what Groups and Standing say.
type ApproveAsk struct {
	Send     int64
	Revision int // that was shown
	By       string
	Input    string              // the press's key
	Groups   []string            // of the seats' groups and the fallback group: those that By belongs to
	Standing map[string][]string // of everybody who approved this revision before: the same; none for who has left and counts no longer
}

// meanwhile is how long a decision needs no second look: who approved while another press was being looked into is not in
// that one's Standing, and was read live a moment ago.
const meanwhile = 20 * time.Second

// Approve takes a seat; the last one approves the send. Errors to branch on: *Moved, with State "party" (By had a hand in
// it), "seated" (By has a seat already), "no_seat" (no missing seat of these groups), "revised" (another revision is asked about now), or the
// state the send is in, By and At saying who decided and when; ErrNotFound. A hold whose period is over is moved; where the new one has no room
// the send is approved and paused at once.
//
// Who approved before and is in Standing with no group, or is not in it although they approved more than some seconds ago,
// counts no longer. A second delivery of the same press changes nothing and gets the send as it is.
func (l *Ledger) Approve(ctx context.Context, ask ApproveAsk) (s Send, err error) {
	err = l.tx(ctx, "send.approve", func(t *tx) error {
		seen, err := t.input(ask.Input, SendName(ask.Send))
		if err == nil && seen == "" {
			err = t.approve(ask)
		}
		if err != nil {
			return err
		}
		s, err = t.send(ask.Send)
		return err
	})
	return s, err
}

func (t *tx) approve(ask ApproveAsk) error {
	s, standing, err := t.mayDecide(ask.Send, ask.Revision, ask.By)
	if err != nil {
		return err
	}
	if standing, err = t.lookAgain(s, standing, ask.Standing); err != nil {
		return err
	}
	if err := s.seatFor(standing, ask.By, ask.Groups); err != nil {
		return err
	}
	d := Decision{Send: s.ID, Revision: s.Revision, Person: ask.By, Verdict: Approved, Groups: ask.Groups}
	if err := t.decided(d); err != nil {
		return err
	}
	seated, missing, err := t.seat(s, append(standing, d))
	if err != nil {
		return err
	}
	detail := map[string]any{"revision": s.Revision, "groups": ask.Groups, "missing": missing}
	if len(missing) == 0 {
		seated = append(slices.DeleteFunc(seated, func(p string) bool { return p == ask.By }), ask.By)
		detail["approved_by"] = seated
	}
	if err := t.audit(Event{Actor: ask.By, Action: "send.approve", Send: s.ID, Detail: detail}); err != nil {
		return err
	}
	if len(missing) > 0 {
		return t.step(s, StepSeated, ask.By, "")
	}
	return t.approved(s, ask.By, seated)
}

// mayDecide holds a decision against the ledger: the send waits, in the revision that was shown, and by is neither a party nor
// seated already. It also brings the approvals that stand.
func (t *tx) mayDecide(id int64, revision int, by string) (s Send, standing []Decision, err error) {
	if s, err = t.send(id); err != nil {
		return s, nil, err
	}
	if s.State != SendAwaiting {
		return s, nil, s.moved()
	}
	if s.Revision != revision {
		return s, nil, &Moved{Subject: SendName(id), State: "revised", At: s.AskedAt}
	}
	party, err := t.isParty(id, by)
	if err != nil {
		return s, nil, err
	}
	if party {
		return s, nil, &Moved{Subject: SendName(id), State: "party", By: by}
	}
	if standing, err = t.standing(s); err != nil {
		return s, nil, err
	}
	if i := slices.IndexFunc(standing, func(d Decision) bool { return d.Person == by }); i >= 0 {
		return s, nil, &Moved{Subject: SendName(id), State: "seated", By: by, At: standing[i].At}
	}
	return s, standing, nil
}

// moved says what became of a send that does not wait any more.
func (s Send) moved() *Moved {
	m := &Moved{Subject: SendName(s.ID), State: string(s.State), By: s.ClosedBy, At: s.FinishedAt}
	if !s.ApprovedAt.IsZero() {
		m.At = s.ApprovedAt
		if n := len(s.ApprovedBy); n > 0 {
			m.By = s.ApprovedBy[n-1]
		}
	}
	return m
}

// seatFor refuses somebody for whom there is no seat.
func (s Send) seatFor(standing []Decision, by string, groups []string) error {
	sitting := s.sitters(standing)
	_, before := fill(s.Seats, sitting)
	if _, after := fill(s.Seats, append(sitting, sitter{by, s.mayFill(groups)})); places(after) == places(before) {
		return &Moved{Subject: SendName(s.ID), State: "no_seat", By: by}
	}
	return nil
}

func (s Send) sitters(standing []Decision) []sitter {
	out := make([]sitter, len(standing))
	for i, d := range standing {
		out[i] = sitter{d.Person, s.mayFill(d.Groups)}
	}
	return out
}

// lookAgain brings approvals up to date with the groups that their people belong to now, and leaves out who has no seat any
// more: every approval that stands has one.
func (t *tx) lookAgain(s Send, standing []Decision, now map[string][]string) (still []Decision, err error) {
	groups := make([][]string, len(standing))
	for i, d := range standing {
		looked := false
		if groups[i], looked = now[d.Person]; !looked && t.at.Sub(d.At) <= meanwhile {
			groups[i] = d.Groups
		}
		still = append(still, d)
		still[i].Groups = groups[i]
	}
	seated, _ := fill(s.Seats, s.sitters(still))
	still = nil
	for i, d := range standing {
		switch {
		case !slices.Contains(seated, d.Person):
			if err := t.unseat(s, d, groups[i]); err != nil {
				return nil, err
			}
			continue
		case !slices.Equal(groups[i], d.Groups):
			if err := t.regroup(d, groups[i]); err != nil {
				return nil, err
			}
			d.Groups = groups[i]
		}
		still = append(still, d)
	}
	return still, nil
}

// approved lets a send go whose seats are all filled, the last one by by.
func (t *tx) approved(s Send, by string, seated []string) error {
	n, err := t.exec(`UPDATE sends SET state = 'approved', approved_at = ?, approved_by = ?, remind_at = 0, fallback_at = 0 WHERE id = ? AND state = 'awaiting' AND revision = ?`,
		ms(t.at), strings.Join(seated, " "), s.ID, s.Revision)
	if err != nil {
		return err
	}
	if n != 1 {
		return &Moved{Subject: SendName(s.ID), State: string(s.State)}
	}
	if err := t.step(s, StepApproved, by, ""); err != nil {
		return err
	}
	if s.Kind == kindCampaign {
		return t.runApproved(s, by)
	}
	_, err = t.holdsNow(s)
	return err
}
