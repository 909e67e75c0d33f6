package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// insertCampaignSend writes the row of a run's or a series' send, which has no coupons yet.
func (t *tx) insertCampaignSend(c Campaign, requester string, planned time.Time, waits bool) (int64, error) {
	terms, err := json.Marshal(c.Terms)
	if err != nil {
		return 0, fmt.Errorf("terms: %w", err)
	}
	state, approved := SendApproved, ms(t.at)
	if waits {
		state, approved = SendAwaiting, 0
	}
	return t.insert(`INSERT INTO sends (kind, priority, state, number_prefix, stock_name, stock_id, creator_mchid, coupon_value_fen, coupon_minimum_fen, amount_fen,
		reason, ticket, note, campaign, planned_at, requested_by, channel, terms, total, created_at, approved_at)
		VALUES ('campaign', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		state, newNumberPrefix(t.options.MchID, t.at, t.options.Zone), c.StockName, c.StockID, c.CreatorMchID, c.Value, c.Minimum, c.Amount,
		c.Reason, c.Ticket, c.Note, c.Name, ms(planned), requester, c.Channel, string(terms), ms(t.at), approved)
}

func (t *tx) insertRun(r Run) error {
	figures, err := json.Marshal(r.Figures)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	rules, err := json.Marshal(r.Rules)
	if err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	_, err = t.exec(`INSERT INTO runs (send_id, campaign_id, revision, version_id, checksum, dry_run_id, schedule_id, slot, series, in_series, made_by, expected, figures, rules,
		test_openid, cap_coupons, once_key, test_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Send, r.Campaign, r.Revision, r.VersionID, r.Checksum, r.DryRun, r.Schedule, r.Slot, bit(r.Series), bit(r.InSeries), r.MadeBy, r.Expected, string(figures), string(rules),
		r.testOpenID, r.most, r.once, r.Test)
	return err
}

// campaignParties makes those who had a hand in a campaign parties of a send.
func (t *tx) campaignParties(send, campaign int64) error {
	_, err := t.exec(`INSERT INTO parties (send_id, person, part, at) SELECT CAST(? AS BIGINT), person, part, CAST(? AS BIGINT) FROM campaign_parties WHERE campaign_id = ? ON CONFLICT DO NOTHING`, send, ms(t.at), campaign)
	return err
}

// askPeople makes a campaign's send wait, with its cards.
func (t *tx) askPeople(s Send, seats []Seat, p Patience) error {
	if err := t.wait(s.ID, seats, p); err != nil {
		return err
	}
	if err := t.card(Card{Kind: CardApproval, Subject: SendName(s.ID), Reader: ReaderApprovals}); err != nil {
		return err
	}
	return t.card(Card{Kind: CardDM, Subject: SendName(s.ID), Reader: s.RequestedBy})
}

// detail is what the audit says of a campaign's send.
func (c Campaign) detail(requester string, state SendState, seats []Seat) map[string]any {
	return map[string]any{"campaign": c.Name, "revision": c.Revision, "requested_by": requester, "state": string(state), "stock": c.StockID, "stock_name": c.StockName,
		"amount_fen": c.Amount, "value_fen": c.Value, "minimum_fen": c.Minimum, "reason": c.Reason, "ticket": c.Ticket, "note": c.Note, "terms": c.Terms, "seats": seats, "channel": c.Channel}
}
