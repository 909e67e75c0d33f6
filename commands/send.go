package commands

import (
	"context"
	"errors"
	"strings"

	"couponbot/store"
)

// The most that a person may write. Longer texts would not fit the cards that show them (Slack docs, Block Kit: 3000
// characters a section), and more people belong into a campaign.
const (
	maxPeople = 100
	maxNote   = 300
	maxWord   = 100 // a reason, a ticket
)

// send makes the confirm card, or without a word the form that asks for everything. Nothing moves before the card's button.
func (d *Desk) send(ctx context.Context, q asked) (Reply, error) {
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	if len(q.args)+len(q.flags) == 0 {
		return d.sendForm(q.Channel, nil), nil
	}
	c, twice, err := d.contents(q)
	if err != nil {
		return nil, err
	}
	return d.card(ctx, q.Ask, c, twice)
}

// card makes the confirm card of contents: the one end of the verb, the form and Ask again. twice is how many customers
// were named more than once.
func (d *Desk) card(ctx context.Context, ask Ask, c store.Contents, twice int) (Reply, error) {
	snap, err := d.check(ctx, &c)
	if err != nil {
		return nil, err
	}
	card, err := d.figures(ctx, ask, c)
	if err != nil {
		return nil, err
	}
	card.Stock, card.Duplicates = snap, twice
	card.Draft, card.Existed, err = d.ledger.OpenDraft(ctx, ask.Input, ask.Person, ask.Channel, c)
	if err != nil {
		return nil, err
	}
	if card.Existed {
		if card.Draft, err = d.ledger.Draft(ctx, card.Draft.ID); err != nil {
			return nil, err
		}
	}
	if card.Draft.State != store.DraftOpen {
		return d.closed(ctx, card.Draft)
	}
	return card, nil
}

// running refuses while people have stopped everything.
func (d *Desk) running(ctx context.Context) error {
	stop, err := d.ledger.Stopped(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return &Refusal{Code: AllStopped, Stop: &stop, By: stop.StoppedBy, At: stop.StoppedAt, Text: stop.Why}
}

// contents are what a line asks for, as far as the line tells: the amount of a stock's own coupons is not in it.
func (d *Desk) contents(q asked) (c store.Contents, twice int, err error) {
	if len(q.args) == 0 {
		return c, 0, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	}
	stock, err := d.stock(q.args[0].text)
	if err != nil {
		return c, 0, err
	}
	ids, twice, refusal := openIDs(q.args[1:])
	switch {
	case refusal != nil:
		return c, 0, refusal
	case len(ids) == 0:
		return c, 0, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	case len(ids) > maxPeople:
		return c, 0, &Refusal{Code: TooManyPeople, Number: maxPeople, Count: int64(len(ids))}
	}
	c = store.Contents{StockName: stock.Name, StockID: stock.ID, CreatorMchID: stock.CreatorMchID, OpenIDs: ids,
		Reason: d.reason(q.flags["reason"]), Ticket: q.flags["ticket"], Note: q.flags["note"]}
	if c.Value, err = money(q.flags, "value"); err == nil {
		c.Minimum, err = money(q.flags, "minimum")
	}
	return c, twice, err
}

func money(flags map[string]string, flag string) (store.Fen, error) {
	word, given := flags[flag]
	fen, ok := parseMoney(word)
	if given && !ok {
		return 0, &Refusal{Code: BadMoney, Word: word, Text: "--" + flag}
	}
	return fen, nil
}

// reason is the configured spelling of a reason, or what was typed.
func (d *Desk) reason(typed string) string {
	for _, r := range d.config.Reasons {
		if strings.EqualFold(r, narrow(typed)) {
			return r
		}
	}
	return typed
}

// check holds contents against the configuration and the stock's reading, and fills in the amount of one coupon and its
// terms. It is the same for a line and for a card made earlier: both may be out of date.
func (d *Desk) check(ctx context.Context, c *store.Contents) (store.Stock, error) {
	stock, err := d.stock(c.StockID)
	if err != nil {
		return store.Stock{}, err
	}
	c.CreatorMchID = stock.CreatorMchID
	if err := d.texts(*c); err != nil {
		return store.Stock{}, err
	}
	if err := custom(stock, *c); err != nil {
		return store.Stock{}, err
	}
	snap, err := d.snapshot(ctx, stock)
	if err != nil {
		return snap, err
	}
	promise(stock, snap, c)
	return snap, sendable(stock, snap, len(c.OpenIDs), d.now())
}
