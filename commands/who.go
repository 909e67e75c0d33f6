package commands

import (
	"context"
	"slices"
	"time"

	"couponbot/store"
)

// lookShown is how many coupons or sends an answer lists; how many more there are is told as a number.
const lookShown = 10

// The card of a customer says which coupons were used. That is known at WeChat Pay alone, and no card waits for the
// network: who writes "read this customer" into the ledger, the issuing loop reads, and the card shows what was last
// read beside its age. So the first look says that the reading is being asked for, and a second one, moments later,
// shows it; and while WeChat Pay does not answer, the card still tells everything that is ours.
const (
	walletAge   = time.Minute // how old a reading may be before a newer one is asked for
	walletsMost = 3           // merchants whose lists are read for one look
)

// who is the customer card. It is full: whoever types it has named the customer, and may see who gave them what. That
// somebody looked is audited, by the coupons that were shown.
func (d *Desk) who(ctx context.Context, q asked) (Reply, error) {
	ids, _, refusal := openIDs(q.args)
	if refusal != nil {
		return nil, refusal
	}
	if len(ids) != 1 {
		return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.args[0].text}
	}
	answer := Customer{OpenID: ids[0]}
	var err error
	if answer.Coupons, answer.More, err = d.ledger.CouponsOf(ctx, answer.OpenID, "", lookShown); err != nil {
		return nil, err
	}
	if answer.Received, err = d.ledger.Received(ctx, answer.OpenID); err != nil {
		return nil, err
	}
	creators := d.creators(answer.Coupons)
	if answer.Limits, err = d.customerLimits(ctx, answer.OpenID, creators); err != nil {
		return nil, err
	}
	if answer.Wallets, err = d.wallets(ctx, answer.OpenID, answer.Coupons); err != nil {
		return nil, err
	}
	return answer, d.seen(ctx, q.Ask, "who", answer.Coupons)
}

// creators are the merchants in whose books this customer may stand: our own first.
func (d *Desk) creators(had []store.Sight) []string {
	out := []string{d.config.MchID}
	for _, s := range had {
		if !slices.Contains(out, s.Send.CreatorMchID) {
			out = append(out, s.Send.CreatorMchID)
		}
	}
	return out
}

// customerLimits are what stands in a customer's own limits, and in WeChat Pay's month with each merchant.
func (d *Desk) customerLimits(ctx context.Context, openid string, creators []string) ([]LimitLine, error) {
	var all []store.Limit
	for i, creator := range creators {
		c := store.Contents{CreatorMchID: creator, OpenIDs: []string{openid}}
		all = append(all, slices.DeleteFunc(d.config.Limits.holds("", c), func(l store.Limit) bool {
			return l.Kind != store.LimitWeChat && (i > 0 || l.Kind != store.LimitCustomer)
		})...)
	}
	return d.standing(ctx, all)
}

// standing is what stands in limits now.
func (d *Desk) standing(ctx context.Context, all []store.Limit) ([]LimitLine, error) {
	used, err := d.ledger.Used(ctx, all)
	if err != nil {
		return nil, err
	}
	var out []LimitLine
	for i, l := range all {
		out = append(out, LimitLine{Limit: l, Used: used[i]})
	}
	return out, nil
}

// wallets are the newest readings of the merchants whose coupons are shown as issued. Those that are not fresh are asked
// for; nobody waits.
func (d *Desk) wallets(ctx context.Context, openid string, shown []store.Sight) ([]WalletLine, error) {
	var creators []string
	for _, s := range shown {
		if s.Grant.State == store.GrantIssued && !slices.Contains(creators, s.Send.CreatorMchID) && len(creators) < walletsMost {
			creators = append(creators, s.Send.CreatorMchID)
		}
	}
	var out []WalletLine
	for _, creator := range creators {
		w, err := d.ledger.Wallet(ctx, openid, creator)
		if err != nil {
			return nil, err
		}
		line := WalletLine{Wallet: w, Asked: w.TriedAt.IsZero() || d.now().Sub(w.TriedAt) > walletAge || !w.WantAt.IsZero()}
		if line.Asked && w.WantAt.IsZero() {
			if err := d.ledger.WantWallet(ctx, openid, creator); err != nil {
				return nil, err
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// seen writes into the audit that somebody read openids, notes and coupon ids of sends that are not their own: which
// coupons says of whom. Nothing is shown that could not be audited.
func (d *Desk) seen(ctx context.Context, ask Ask, did string, shown []store.Sight) error {
	var others []string
	for _, s := range shown {
		if s.Send.RequestedBy != ask.Person {
			others = append(others, s.Grant.ID.String())
		}
	}
	if len(others) == 0 {
		return nil
	}
	return d.ledger.Audit(ctx, store.Event{Actor: ask.Person, Action: "view.full", Detail: map[string]any{"did": did, "coupons": others}})
}
