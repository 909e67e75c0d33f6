package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// ReviseAsk is what a waiting send is about from now on.
type ReviseAsk struct {
	Send     int64
	Revision int // that it has now
	Amount   Fen
	Terms    Terms
	Seats    []Seat  // none: those that it had, because nothing that its requester did not see is free
	Limits   []Limit // everything it must hold; not of a run, which holds its rules' when it is approved
	Patience Patience
}

// ReviseSend makes a new revision of a waiting send: decisions about the old one are void, its holds are taken anew, and it waits from the
// beginning. *Moved when it is not awaiting in that revision (State "revised" when it waits in another); *LimitReached, and then nothing changed.
func (l *Ledger) ReviseSend(ctx context.Context, ask ReviseAsk) (s Send, err error) {
	err = l.tx(ctx, "send.revise", func(t *tx) error {
		if s, err = t.send(ask.Send); err != nil {
			return err
		}
		switch {
		case s.State != SendAwaiting:
			return s.moved()
		case s.Revision != ask.Revision:
			return &Moved{Subject: SendName(s.ID), State: "revised", At: s.AskedAt}
		}
		if err := t.revise(s, ask); err != nil {
			return err
		}
		s, err = t.send(s.ID)
		return err
	})
	return s, err
}

func (t *tx) revise(s Send, ask ReviseAsk) error {
	if len(ask.Seats) == 0 {
		ask.Seats = s.Seats
	}
	terms, err := json.Marshal(ask.Terms)
	if err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	if err := t.free(s); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE sends SET revision = revision + 1, amount_fen = ?, terms = ? WHERE id = ? AND state = 'awaiting' AND revision = ?`,
		ask.Amount, string(terms), s.ID, s.Revision); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE decisions SET void_at = ?, void_why = ? WHERE send_id = ? AND void_at = 0`, ms(t.at), VoidRevised, s.ID); err != nil {
		return err
	}
	if s.Kind == kindCampaign {
		err = t.runRevised(s.ID, ask.Amount)
	} else {
		err = t.hold(s.ID, ask.Amount, int64(s.Total), ask.Limits)
	}
	if err != nil {
		return err
	}
	if err := t.wait(s.ID, ask.Seats, ask.Patience); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ActorBot, Action: "send.revise", Send: s.ID, Detail: map[string]any{"revision": s.Revision + 1, "was_fen": s.Amount, "amount_fen": ask.Amount,
		"was_terms": s.Terms, "terms": ask.Terms, "seats": ask.Seats}}); err != nil {
		return err
	}
	return t.step(s, StepRevised, "", "")
}
