package bot

import (
	"context"
	"errors"

	"couponbot/store"
)

// importance is the order in which cards get their turn.
type importance int

const (
	orderFirst    importance = iota // stopped, to be decided
	orderEnds                       // final states, first posts, private cards
	orderPeople                     // what waits for a person
	orderProgress                   // counters that move
)

// order is how important a card is now.
func (p *painter) order(ctx context.Context, c store.Card) (importance, error) {
	switch c.Kind {
	case store.CardStop, store.CardStart, store.CardSettle:
		return orderFirst, nil
	case store.CardPrivate, store.CardAlert, store.CardStep, store.CardReminder, store.CardConfirm, store.CardEnded, store.CardFailures, store.CardUpload, store.CardCampaign:
		return orderEnds, nil
	case store.CardHome:
		return orderPeople, nil
	}
	id, ok := store.ParseID(c.Subject)
	if !ok || c.TS == "" {
		return orderEnds, nil
	}
	s, err := p.ledger.Send(ctx, id.Send)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return orderEnds, nil
	case err != nil:
		return 0, err
	case c.Kind == store.CardApproval && s.State != store.SendAwaiting && !p.isLocked(c.ID):
		return orderFirst, nil
	case s.Final():
		return orderEnds, nil
	case s.State == store.SendApproved || s.State == store.SendIssuing:
		return orderProgress, nil
	}
	return orderPeople, nil
}

// allowed takes a turn for a card, if Slack's rates leave one.
func (p *painter) allowed(next plan) bool {
	switch {
	case next.card.Kind == store.CardPrivate:
		return true
	case next.card.Kind == store.CardHome:
		return p.web.paused("views.publish") == 0 && p.budget.publish(next.card.ID)
	case next.card.TS != "":
		return p.web.paused("chat.update") == 0 && p.budget.update(next.card.ID, next.order == orderProgress)
	}
	return p.web.paused("chat.postMessage") == 0 && p.budget.post(next.card.Reader)
}

// lock notes that an approval card shows what was decided; what moves on it later is progress.
func (p *painter) lock(card int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.locked) >= keysKept {
		clear(p.locked)
	}
	p.locked[card] = true
}

func (p *painter) isLocked(card int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.locked[card]
}
