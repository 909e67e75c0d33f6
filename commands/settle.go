package commands

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"couponbot/store"
)

// couponID is the shape of a coupon's id (WeChat Pay docs, 发放代金券: coupon_id, digits).
var couponID = regexp.MustCompile(`^[0-9]{1,20}$`)

// settle proposes to end an unknown coupon by hand: "S12-1 issued 98674556", "S12-1 refused why".
func (d *Desk) settle(ctx context.Context, q asked) (Reply, error) {
	p, err := q.proposal()
	if err != nil {
		return nil, err
	}
	if again, err := d.again(ctx, q.Ask); err != nil {
		return nil, err
	} else if again {
		return d.proposed(ctx, p.Grant)
	}
	id := p.Grant
	if _, err := d.grantOf(ctx, id); err != nil {
		return nil, err
	}
	p, err = d.ledger.ProposeSettlement(ctx, p, q.Input)
	if err != nil {
		return nil, unsettled(id, p.CouponID, err)
	}
	if p.ID == 0 {
		return d.proposed(ctx, id)
	}
	return SettleAsked{Settlement: p}, nil
}

// proposed is the proposal that the same input made when Slack delivered it first.
func (d *Desk) proposed(ctx context.Context, id store.GrantID) (Reply, error) {
	p, err := d.ledger.OpenSettlement(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		g, err := d.grantOf(ctx, id)
		if err != nil {
			return nil, err
		}
		return nil, &Refusal{Code: NotUnknown, Word: id.String(), Text: string(g.State), At: g.FinishedAt}
	}
	return SettleAsked{Settlement: p}, err
}

// proposal reads the line.
func (q asked) proposal() (p store.Settlement, err error) {
	id, refusal := parseID(q.args[0].text)
	if refusal != nil {
		return p, refusal
	}
	if id.Position == 0 {
		return p, &Refusal{Code: BadID, Word: q.args[0].text}
	}
	var rest []string
	for _, a := range q.args[2:] {
		rest = append(rest, a.text)
	}
	p = store.Settlement{Grant: id, Verdict: store.GrantState(strings.ToLower(narrow(q.args[1].text))), AskedBy: q.Person}
	switch p.Verdict {
	case store.GrantIssued:
		p.CouponID = narrow(rest[0])
		if !couponID.MatchString(p.CouponID) {
			return p, &Refusal{Code: BadCouponID, Word: rest[0]}
		}
		if len(rest) > 1 {
			return p, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: rest[1]}
		}
	case store.GrantRefused:
		p.Why, err = q.why(rest)
	default:
		err = &Refusal{Code: BadVerdict, Word: q.args[1].text}
	}
	return p, err
}

// why is the free text at a line's end.
func (q asked) why(words []string) (string, error) {
	why := oneLine(strings.Join(words, " "))
	if why == "" {
		return "", &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	}
	if n := utf8.RuneCountInString(why); n > maxNote {
		return "", &Refusal{Code: TextTooLong, Word: "why", Number: maxNote, Count: int64(n)}
	}
	return why, nil
}

// unsettled is the refusal for a coupon that is not unknown, or whose coupon id another one has.
func unsettled(id store.GrantID, coupon string, err error) error {
	m, ok := errors.AsType[*store.Moved](err)
	switch {
	case !ok:
		return err
	case m.State == "coupon_taken":
		return &Refusal{Code: CouponTaken, Word: coupon, Text: m.Subject}
	}
	return &Refusal{Code: NotUnknown, Word: id.String(), Text: m.State, At: m.At}
}

// confirmSettle is the second person's press.
func (d *Desk) confirmSettle(ctx context.Context, ask Ask, value string) (Reply, error) {
	id, ok := parseSettle(value)
	if !ok {
		return Redrawn{}, nil
	}
	if err := d.need(ctx, ask.Person, 0, RightAudit, RightAdmin); err != nil {
		return nil, err
	}
	p, err := d.ledger.ConfirmSettlement(ctx, id, ask.Person, ask.Input)
	if err == nil {
		return Settled{Settlement: p}, nil
	}
	if errors.Is(err, store.ErrNotFound) {
		return Redrawn{}, nil
	}
	if m, ok := errors.AsType[*store.Moved](err); ok && m.Subject == store.SettlementName(id) {
		if m.State == "own" {
			return nil, &Refusal{Code: OwnSettlement, Word: m.Subject}
		}
		if m.By == ask.Person {
			return Settled{Settlement: p}, nil
		}
		return Redrawn{Subject: m.Subject}, nil
	}
	return nil, unsettled(p.Grant, p.CouponID, err)
}
