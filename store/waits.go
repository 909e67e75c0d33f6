package store

import (
	"context"
	"fmt"
	"time"
)

// The kinds of steps, told to the requester in a direct message each; StepReminder is told in the approvals channel.
const (
	StepSeated    = "seated"     // person approved; more are needed
	StepApproved  = "approved"   // person filled the last seat
	StepRejected  = "rejected"   // person, why
	StepExpired   = "expired"    // nobody answered; why: AdoptedWhy where it expired because the ledger was a copy
	StepWithdrawn = "withdrawn"  // by the bot: the requester left
	StepReminder  = "reminder"   // deciders are reminded; why: the fallback group whose turn it became, "" before
	StepFallback  = "fallback"   // why: the group that may now fill a missing seat
	StepUnseated  = "unseated"   // person's approval counts no longer
	StepRevised   = "revised"    // the contents changed; it waits anew
	StepByMessage = "by_message" // why: the approvals channel took no card, deciders were asked in direct messages
)

// A Step is one thing that happened to a waiting send.
type Step struct {
	ID     int64
	Send   int64
	Kind   string
	Person string
	Why    string
	At     time.Time
}

// StepName is the subject of a step's cards: "step:7".
func StepName(id int64) string { return fmt.Sprintf("step:%d", id) }

// Step reads one; ErrNotFound.
func (l *Ledger) Step(ctx context.Context, id int64) (s Step, err error) {
	var when int64
	err = notFound(l.queryRow(ctx, `SELECT id, send_id, kind, person, why, at FROM steps WHERE id = ?`, id).Scan(&s.ID, &s.Send, &s.Kind, &s.Person, &s.Why, &when))
	s.At = at(when)
	return s, l.fault("step", err)
}

func (t *tx) newStep(send int64, kind, person, why string) (int64, error) {
	return t.insert(`INSERT INTO steps (send_id, kind, person, why, at) VALUES (?, ?, ?, ?, ?)`, send, kind, person, why, ms(t.at))
}

// step tells a requester what happened.
func (t *tx) step(s Send, kind, person, why string) error {
	id, err := t.newStep(s.ID, kind, person, why)
	if err != nil {
		return err
	}
	return t.card(Card{Kind: CardStep, Subject: StepName(id), Reader: s.RequestedBy})
}

// remind tells the deciders once more, where they were asked.
func (t *tx) remind(s Send, why string) error {
	id, err := t.newStep(s.ID, StepReminder, "", why)
	if err != nil {
		return err
	}
	readers, err := t.asked(s.ID)
	if err != nil {
		return err
	}
	if len(readers) == 0 {
		readers = []string{ReaderApprovals}
	}
	for _, reader := range readers {
		if err := t.card(Card{Kind: CardReminder, Subject: StepName(id), Reader: reader}); err != nil {
			return err
		}
	}
	return nil
}

// asked are the people who have the approval card in direct messages.
func (t *tx) asked(send int64) ([]string, error) {
	rows, err := t.query(`SELECT DISTINCT reader FROM cards WHERE subject = ? AND kind = ? AND reader <> ? ORDER BY reader`, SendName(send), CardApproval, ReaderApprovals)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(reader *string) []any { return []any{reader} })
}

// AskDeciders posts the approval card to these people as direct messages because the approvals channel does not take it, and tells the
// requester so, once. Parties of the send are left out. *Moved when it does not wait.
func (l *Ledger) AskDeciders(ctx context.Context, send int64, people []string, why string) error {
	return l.tx(ctx, "send.ask_deciders", func(t *tx) error {
		s, err := t.send(send)
		if err != nil {
			return err
		}
		if s.State != SendAwaiting {
			return s.moved()
		}
		asked := []string{}
		for _, person := range people {
			party, err := t.isParty(send, person)
			if err != nil {
				return err
			}
			if party {
				continue
			}
			asked = append(asked, person)
			if err := t.card(Card{Kind: CardApproval, Subject: SendName(send), Reader: person}); err != nil {
				return err
			}
		}
		var told bool
		if err := t.row(`SELECT EXISTS (SELECT 1 FROM steps WHERE send_id = ? AND kind = ?)`, send, StepByMessage).Scan(&told); err != nil || told {
			return err
		}
		if err := t.audit(Event{Actor: ActorBot, Action: "send.ask_deciders", Send: send, Detail: map[string]any{"people": asked, "why": why}}); err != nil {
			return err
		}
		return t.step(s, StepByMessage, "", why)
	})
}
