package commands

import (
	"context"

	"couponbot/store"
)

// startable holds a campaign against the rules and against the stock as it was last read: what it is worth, whether it is
// given out, and whether there is enough of it.
func (d *Desk) startable(ctx context.Context, c store.Campaign, figures store.Figures) error {
	if err := d.tooMany(figures.Expected()); err != nil {
		return err
	}
	stock, err := d.stock(c.StockID)
	if err != nil {
		return err
	}
	snap, err := d.snapshot(ctx, stock)
	if err != nil {
		return err
	}
	if otherwise(stock, snap, c) {
		return &Refusal{Code: CampaignStale, Word: c.Name}
	}
	return sendable(stock, snap, int(figures.Recipients), d.now())
}

// otherwise tells whether a stock gives something else now than a campaign says.
func otherwise(stock Stock, snap store.Stock, c store.Campaign) bool {
	now := store.Contents{Value: c.Value, Minimum: c.Minimum}
	promise(stock, snap, &now)
	return now.Amount != c.Amount || !sameTerms(now.Terms, c.Terms) || stock.CreatorMchID != c.CreatorMchID
}

// tooMany refuses more customers than a campaign may have.
func (d *Desk) tooMany(customers int64) error {
	if most := int64(d.config.Campaigns.MaxRecipients); most > 0 && customers > most {
		return &Refusal{Code: TooManyPeople, Number: most, Count: customers}
	}
	return nil
}

// RunRules are the company's rules for a run of a campaign, fixed when it starts.
func (d *Desk) RunRules(c store.Campaign) store.RunRules {
	l := d.config.Limits
	r := store.RunRules{PauseRefused: d.config.Campaigns.PauseRefused, PauseShare: d.config.Campaigns.PauseShare, Window: c.Window}
	for _, m := range merged(d.config.Campaigns.Limits) {
		r.Campaign = append(r.Campaign, store.Limit{Kind: store.LimitCampaign, Period: m.Per, MaxFen: m.Amount, MaxCoupons: m.Coupons})
	}
	whole := Limits{Customer: l.Customer, Stock: l.Stock, WeChatCustomerMonth: l.WeChatCustomerMonth}
	for _, limit := range whole.holds("", store.Contents{StockID: c.StockID, CreatorMchID: c.CreatorMchID, OpenIDs: []string{""}}) {
		if limit.Kind == store.LimitStock {
			r.Stock = append(r.Stock, limit)
		} else {
			r.Customer = append(r.Customer, limit)
		}
	}
	return r
}

// runSeats are the people that a run needs: money and recipients decide the band. Campaigns count in nobody's running
// total.
func (d *Desk) runSeats(figures store.Figures) []store.Seat {
	return d.config.Approvals.seats(figures.Money, int(figures.Recipients), nil)
}

// campaignParties are everybody who had a hand in a campaign, and these.
func (d *Desk) campaignParties(ctx context.Context, c store.Campaign, people ...string) ([]string, error) {
	all, err := d.ledger.CampaignParties(ctx, c.ID)
	for _, p := range all {
		people = append(people, p.Person)
	}
	return people, err
}
