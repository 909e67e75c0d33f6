package commands

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"couponbot/store"
)

// submitSend is the form of a send, filled in: every field's fault at once, and then the same path as the verb's.
func (d *Desk) submitSend(ctx context.Context, ask Ask, f Form) (Reply, error) {
	if err := d.need(ctx, ask.Person, groupAge, RightSend); err != nil {
		return nil, err
	}
	if err := d.running(ctx); err != nil {
		return nil, err
	}
	c, twice, faults := d.fields(f.Values)
	if len(faults) > 0 {
		return nil, faults
	}
	if ask.Channel == "" && channelID.MatchString(f.Meta) {
		ask.Channel = f.Meta
	}
	reply, err := d.card(ctx, ask, c, twice)
	if r, ok := refused(err); ok {
		if field := fieldOf(r.Code); field != "" {
			return nil, FieldFaults{field: r}
		}
	}
	return reply, err
}

// channelID is the shape of a channel's or a conversation's id (Slack docs, conversation object).
var channelID = regexp.MustCompile(`^[CDG][A-Z0-9]+$`)

// fieldOf is the field under which a refusal is written that is known only after all fields were read; "" for one about
// the whole.
func fieldOf(code Code) string {
	switch code {
	case UnlistedStock, StockUnread, StockNotRunning, StockNotBegun, StockEnded, StockEmpty, StockKind:
		return FieldStock
	case CustomerBlocked, CustomerStaff:
		return FieldOpenIDs
	}
	return ""
}

// fields reads contents out of a form, as far as the form tells.
func (d *Desk) fields(values map[string]string) (c store.Contents, twice int, faults FieldFaults) {
	faults = FieldFaults{}
	fault := func(field string, r *Refusal) {
		if r != nil && faults[field] == nil {
			faults[field] = r
		}
	}
	money := func(field string) store.Fen {
		word := oneLine(values[field])
		fen, ok := parseMoney(word)
		if word != "" && !ok {
			fault(field, &Refusal{Code: BadMoney, Word: word, Text: "--" + field})
		}
		return fen
	}
	c = store.Contents{Reason: d.reason(oneLine(values[FieldReason])), Ticket: oneLine(values[FieldTicket]), Note: oneLine(values[FieldNote]),
		Value: money(FieldValue), Minimum: money(FieldMinimum)}
	ids, twice, refusal := pasted(values[FieldOpenIDs])
	fault(FieldOpenIDs, refusal)
	c.OpenIDs = ids
	for _, field := range []string{FieldReason, FieldTicket, FieldNote} {
		fault(field, d.text(field, c))
	}
	stock, refusal := d.chosen(values[FieldStock])
	fault(FieldStock, refusal)
	if refusal != nil {
		return c, twice, faults
	}
	c.StockName, c.StockID, c.CreatorMchID = stock.Name, stock.ID, stock.CreatorMchID
	for _, field := range []string{FieldValue, FieldMinimum} {
		fault(field, valueFault(field, stock, c))
	}
	return c, twice, faults
}

// chosen is the stock that a picker's line stands for.
func (d *Desk) chosen(value string) (Stock, *Refusal) {
	if value == "" {
		return Stock{}, &Refusal{Code: MissingField, Word: FieldStock}
	}
	stock, err := d.stock(value)
	refusal, _ := refused(err)
	return stock, refusal
}

// valueFault is what is wrong with a chosen value, where it is this field's matter.
func valueFault(field string, s Stock, c store.Contents) *Refusal {
	r, ok := refused(custom(s, c))
	if !ok {
		return nil
	}
	given, about := c.Value, FieldValue
	if field == FieldMinimum {
		given = c.Minimum
	}
	switch r.Code {
	case ValueNotAllowed:
		if given != 0 {
			return r
		}
		return nil
	case ValueNeeded:
		if given == 0 {
			return r
		}
		return nil
	case MinimumTooLow:
		about = FieldMinimum
	}
	if field != about {
		return nil
	}
	return r
}

// pasted reads customers out of whatever was pasted into a field: lines, columns, a list with commas, quotes or
// brackets around it, bullets before each. An openid is never repaired: what stands inside one stays and is refused.
func pasted(text string) (ids []string, twice int, refusal *Refusal) {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && text[0] == '[' && text[n-1] == ']' {
		text = text[1 : n-1]
	}
	var words []token
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isComma(r) }) {
		if word = unquote(unwrap(word)); strings.TrimFunc(word, isBullet) != "" {
			words = append(words, token{raw: word})
		}
	}
	ids, twice, refusal = openIDs(words)
	switch {
	case refusal != nil:
	case len(ids) == 0:
		refusal = &Refusal{Code: MissingField, Word: FieldOpenIDs}
	case len(ids) > maxPeople:
		refusal = &Refusal{Code: TooManyPeople, Number: maxPeople, Count: int64(len(ids))}
	}
	return ids, twice, refusal
}

// isBullet tells of what stands before the lines of a list; nothing but these is no customer.
func isBullet(r rune) bool {
	return isDash(r) || strings.ContainsRune("•·‣◦●○■□▪_*", r)
}

// unquote takes off a pair of quotes around a word.
func unquote(word string) string {
	runes := []rune(word)
	n := len(runes)
	if n > 2 && (isDouble(runes[0]) && isDouble(runes[n-1]) || isSingle(runes[0]) && isSingle(runes[n-1])) {
		return string(runes[1 : n-1])
	}
	return word
}

// oneLine is a text of a form in one line, without what cannot be seen.
func oneLine(text string) string {
	return strings.Join(strings.Fields(visible(strings.ToValidUTF8(text, "\uFFFD"))), " ")
}
