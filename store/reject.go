package store

import "context"

// RejectAsk is one person's no.
type RejectAsk struct {
	Send     int64
	Revision int
	By       string
	Input    string
	Groups   []string // as of an ApproveAsk
	Why      string
}

// Reject ends a waiting send; what it held is free. Errors as of Approve.
func (l *Ledger) Reject(ctx context.Context, ask RejectAsk) (s Send, err error) {
	err = l.tx(ctx, "send.reject", func(t *tx) error {
		seen, err := t.input(ask.Input, SendName(ask.Send))
		if err == nil && seen == "" {
			err = t.reject(ask)
		}
		if err != nil {
			return err
		}
		s, err = t.send(ask.Send)
		return err
	})
	return s, err
}

func (t *tx) reject(ask RejectAsk) error {
	s, standing, err := t.mayDecide(ask.Send, ask.Revision, ask.By)
	if err != nil {
		return err
	}
	if err := s.seatFor(standing, ask.By, ask.Groups); err != nil {
		return err
	}
	if err := t.decided(Decision{Send: s.ID, Revision: s.Revision, Person: ask.By, Verdict: Rejected, Groups: ask.Groups, Why: ask.Why}); err != nil {
		return err
	}
	if err := t.endWaiting(s, SendRejected, ask.By, ask.Why); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: ask.By, Action: "send.reject", Send: s.ID, Detail: map[string]any{"revision": s.Revision, "groups": ask.Groups, "why": ask.Why}}); err != nil {
		return err
	}
	return t.step(s, StepRejected, ask.By, ask.Why)
}
