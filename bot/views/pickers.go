package views

import (
	"slices"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// stockPicker asks the bot while somebody types, from the first moment on.
func (c *card) stockPicker(chosen *commands.Option) *slack.SelectBlockElement {
	picker := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, c.holder("form.stock_pick"), commands.FieldStock)
	picker.MinQueryLength = new(int)
	if chosen != nil && fitsOption(chosen.Value) {
		picker.InitialOption = c.option(*chosen)
	}
	return picker
}

// reasons are a list to choose from, where the configuration has one that Slack can show.
func (c *card) reasons(all []string, initial string) slack.BlockElement {
	if len(all) == 0 || len(all) > optionsMost || slices.ContainsFunc(all, func(reason string) bool { return !fitsOption(reason) }) {
		return c.text(commands.FieldReason, initial, noteLimit, false)
	}
	options := make([]*slack.OptionBlockObject, len(all))
	for i, reason := range all {
		options[i] = optionOf(reason, reason)
	}
	return c.picker(commands.FieldReason, "form.reason_pick", initial, options)
}

// picker is a list to choose from. What is chosen already is in it, however long it is.
func (c *card) picker(field, holder, chosen string, all []*slack.OptionBlockObject) *slack.SelectBlockElement {
	picker := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, c.holder(holder), field)
	for _, o := range all {
		switch {
		case !fitsOption(o.Value):
		case o.Value == chosen:
			picker.InitialOption = o
			picker.Options = slices.Insert(picker.Options, min(len(picker.Options), optionsMost-1), o)
		default:
			picker.Options = append(picker.Options, o)
		}
	}
	picker.Options = picker.Options[:min(len(picker.Options), optionsMost)]
	return picker
}

func (c *card) holder(key string) *slack.TextBlockObject {
	return unmarked(c.write(plain, key, nil), holderMost, false)
}

func optionOf(value, text string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(value, unmarked(text, optionMost, false), nil)
}

// fitsOption tells whether a value can go along with an option and come back whole.
func fitsOption(value string) bool { return value != "" && utf8.RuneCountInString(value) <= optionMost }

// Options are the lines of a picker.
func (v *Views) Options(r Reader, all []commands.Option) []*slack.OptionBlockObject {
	c := v.card(r)
	out := make([]*slack.OptionBlockObject, 0, min(len(all), optionsMost))
	for _, o := range all {
		if len(out) < optionsMost && fitsOption(o.Value) {
			out = append(out, c.option(o))
		}
	}
	return out
}

// option is a stock with its value and what is left of it, or why it gives out nothing.
func (c *card) option(o commands.Option) *slack.OptionBlockObject {
	s := o.Stock.Reading
	text := clean(o.Stock.Stock.Name)
	if text == "" {
		text = o.Value
	}
	for _, part := range []string{c.optionWorth(o.Stock), c.optionLeft(s)} {
		if part != "" {
			text += " · " + part
		}
	}
	return optionOf(o.Value, text)
}

func (c *card) optionWorth(l commands.StockLine) string {
	s := l.Reading
	switch {
	case l.Stock.Custom != nil:
		return c.write(plain, "option.custom", nil)
	case s.ReadAt.IsZero():
		return ""
	case s.Minimum > 0:
		return c.write(plain, "option.off_from", args{"Amount": s.Amount, "Minimum": s.Minimum})
	}
	return c.write(plain, "option.off", args{"Amount": s.Amount})
}

func (c *card) optionLeft(s store.Stock) string {
	mark, state := c.stockState(s)
	switch {
	case known(mark, "running", "low", "soon") == "":
		return c.value(plain, state)
	case s.Left() < 0:
		return ""
	}
	return c.write(plain, "option.left", args{"Left": s.Left()})
}
