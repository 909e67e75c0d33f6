package commands

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"couponbot/store"
)

// texts holds the reason, the ticket and the note against the rules.
func (d *Desk) texts(c store.Contents) error {
	for _, field := range []string{FieldReason, FieldTicket, FieldNote} {
		if r := d.text(field, c); r != nil {
			return r
		}
	}
	return nil
}

// text holds one of the texts against the rules.
func (d *Desk) text(field string, c store.Contents) *Refusal {
	switch field {
	case FieldReason:
		return cmp.Or(tooLong(field, c.Reason, maxWord), d.reasonFault(c.Reason))
	case FieldTicket:
		return cmp.Or(tooLong(field, c.Ticket, maxWord), d.ticketFault(c.Ticket))
	}
	return tooLong(field, c.Note, maxNote)
}

func tooLong(field, text string, most int) *Refusal {
	if n := utf8.RuneCountInString(text); n > most {
		return &Refusal{Code: TextTooLong, Word: field, Number: int64(most), Count: int64(n)}
	}
	return nil
}

func (d *Desk) reasonFault(reason string) *Refusal {
	reasons := d.config.Reasons
	switch {
	case len(reasons) == 0 || slices.Contains(reasons, reason):
		return nil
	case reason == "":
		return &Refusal{Code: MissingReason, Names: reasons}
	}
	return &Refusal{Code: UnknownReason, Word: reason, Nearest: nearest(strings.ToLower(reason), reasons), Names: reasons}
}

func (d *Desk) ticketFault(ticket string) *Refusal {
	pattern := d.config.Ticket
	switch {
	case pattern == nil || pattern.MatchString(ticket):
		return nil
	case ticket == "":
		return &Refusal{Code: MissingTicket, Text: pattern.String()}
	}
	return &Refusal{Code: BadTicket, Word: ticket, Text: pattern.String()}
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
