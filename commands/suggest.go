package commands

import (
	"context"
	"errors"
	"slices"
	"strings"

	"couponbot/store"
)

// optionsMost is how many lines a picker may have (Slack docs, block_suggestion).
const optionsMost = 100

// Suggest is what a picker offers while somebody types: the stocks that may be sent, best first, at most 100.
func (d *Desk) Suggest(ctx context.Context, ask Ask, field, typed string) ([]Option, error) {
	all, err := d.suggest(ctx, ask, field, typed)
	if err != nil {
		_, err = d.answer(ctx, ask, "suggest."+field, "", nil, err)
	}
	return all, err
}

func (d *Desk) suggest(ctx context.Context, ask Ask, field, typed string) ([]Option, error) {
	if field != FieldStock {
		return nil, &Refusal{Code: NotAccepted}
	}
	if err := d.known(ctx, ask, groupAge); err != nil {
		return nil, err
	}
	if err := d.need(ctx, ask.Person, groupAge, RightSend, RightCampaign); err != nil {
		return nil, err
	}
	typed = strings.ToLower(narrow(oneLine(typed)))
	var found [worstMatch][]Stock
	for _, s := range d.offered(typed) {
		reading, err := d.ledger.Stock(ctx, s.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if m := matches(typed, s.Name, s.ID, reading.Name); m < worstMatch {
			found[m] = append(found[m], s)
		}
	}
	best := slices.Concat(found[:]...)
	var out []Option
	for _, s := range best[:min(len(best), optionsMost)] {
		line, err := d.stockLine(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, Option{Value: s.ID, Stock: line})
	}
	return out, nil
}

// offered are the stocks of the configuration, and where others may be sent too the one whose id is typed.
func (d *Desk) offered(typed string) []Stock {
	all := d.config.Stocks
	if s, err := d.stock(typed); err == nil && !slices.ContainsFunc(all, func(o Stock) bool { return o.ID == s.ID }) {
		all = append(slices.Clone(all), s)
	}
	return all
}

// How well a stock matches what was typed: the name it is called by begins with it, its id, the name that WeChat Pay
// has; then the same anywhere inside.
const worstMatch = 6

func matches(typed string, names ...string) int {
	for i, name := range names {
		if strings.HasPrefix(strings.ToLower(narrow(name)), typed) {
			return i
		}
	}
	for i, name := range names {
		if strings.Contains(strings.ToLower(narrow(name)), typed) {
			return len(names) + i
		}
	}
	return worstMatch
}
