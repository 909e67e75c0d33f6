package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"couponbot/store"
)

// The most that a person may write. Longer texts would not fit the cards that show them (Slack docs, Block Kit: 3000
// characters a section), and more people belong into a campaign.
const (
	maxPeople = 100
	maxNote   = 300
	maxWord   = 100 // a reason, a ticket
)

// send makes the confirm card: nothing moves before its button.
func (d *Desk) send(ctx context.Context, q asked) (Reply, error) {
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	c, twice, err := d.contents(q)
	if err != nil {
		return nil, err
	}
	snap, err := d.check(ctx, &c)
	if err != nil {
		return nil, err
	}
	card, err := d.figures(ctx, q.Person, c)
	if err != nil {
		return nil, err
	}
	card.Stock, card.Duplicates = snap, twice
	card.Draft, card.Existed, err = d.ledger.OpenDraft(ctx, q.Input, q.Person, q.Channel, c)
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

// check holds contents against the configuration and the stock's reading, and fills in the amount of one coupon. It is
// the same for a line and for a card made earlier: both may be out of date.
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
	c.Amount = snap.Amount
	if stock.Custom != nil {
		c.Amount = c.Value
	}
	return snap, sendable(stock, snap, len(c.OpenIDs), d.now())
}

// texts holds the reason, the ticket and the note against the rules.
func (d *Desk) texts(c store.Contents) error {
	for _, t := range []struct {
		what, text string
		most       int
	}{{"reason", c.Reason, maxWord}, {"ticket", c.Ticket, maxWord}, {"note", c.Note, maxNote}} {
		if utf8.RuneCountInString(t.text) > t.most {
			return &Refusal{Code: TextTooLong, Word: t.what, Number: int64(t.most), Count: int64(utf8.RuneCountInString(t.text))}
		}
	}
	if reasons := d.config.Reasons; len(reasons) > 0 && !slices.Contains(reasons, c.Reason) {
		if c.Reason == "" {
			return &Refusal{Code: MissingReason, Names: reasons}
		}
		return &Refusal{Code: UnknownReason, Word: c.Reason, Nearest: nearest(strings.ToLower(c.Reason), reasons), Names: reasons}
	}
	if pattern := d.config.Ticket; pattern != nil && !pattern.MatchString(c.Ticket) {
		if c.Ticket == "" {
			return &Refusal{Code: MissingTicket, Text: pattern.String()}
		}
		return &Refusal{Code: BadTicket, Word: c.Ticket, Text: pattern.String()}
	}
	return nil
}

// custom holds a value and a minimum against the stock: both for stocks whose value is chosen with each send, neither
// for others (WeChat Pay docs, 发放代金券: 指定面额发券, 其他场景不需要). A coupon worth all that must be spent would leave
// nothing to pay.
func custom(s Stock, c store.Contents) error {
	switch {
	case s.Custom == nil && (c.Value != 0 || c.Minimum != 0):
		return &Refusal{Code: ValueNotAllowed, Word: s.Name}
	case s.Custom == nil:
		return nil
	case c.Value == 0 || c.Minimum == 0:
		return &Refusal{Code: ValueNeeded, Word: s.Name, Range: *s.Custom}
	case c.Value < s.Custom.From || c.Value > s.Custom.To:
		return &Refusal{Code: ValueOutOfRange, Word: c.Value.String(), Range: *s.Custom, Money: c.Value}
	case c.Minimum <= c.Value:
		return &Refusal{Code: MinimumTooLow, Word: c.Minimum.String(), Text: c.Value.String()}
	}
	return nil
}
