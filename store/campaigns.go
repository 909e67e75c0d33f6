package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Campaign says who would get what, why and where it is told. What it is about is fixed by its revision: a run names
// the one it ran, and approvals are of one.
type Campaign struct {
	ID           int64
	Name         string // [a-z0-9-]{1,40}; never changes
	Revision     int
	StockName    string
	StockID      string
	CreatorMchID string
	Value        Fen // only for stocks whose value is chosen
	Minimum      Fen // the same
	Amount       Fen // money of one coupon
	Terms        Terms
	Audience     string
	VersionID    int64  // of the audience
	Channel      string // where it is announced
	Reason       string
	Ticket       string
	Note         string
	TestOpenID   string // gets the first coupon of every run; the rest waits for a look. "" for none
	CapCoupons   int64  // a customer gets no coupon who has so many from campaigns already; 0: no cap
	OnceKey      string // a customer gets one coupon under it, over all campaigns that share it; "" for none
	Window       string // when coupons may go out, "09:00-21:00 weekdays"; "" for always
	MadeBy       string
	CreatedAt    time.Time
	ChangedBy    string
	ChangedAt    time.Time
}

// CampaignName is the subject of a campaign's cards: "campaign:spring-sale".
func CampaignName(name string) string { return "campaign:" + name }

const selectCampaign = `SELECT id, name, revision, stock_name, stock_id, creator_mchid, value_fen, minimum_fen, amount_fen, terms, audience, version_id, channel, reason, ticket, note,
	test_openid, cap_coupons, once_key, window_text, made_by, created_at, changed_by, changed_at FROM campaigns`

func scanCampaign(row interface{ Scan(...any) error }) (c Campaign, err error) {
	var terms string
	var created, changed int64
	if err := notFound(row.Scan(&c.ID, &c.Name, &c.Revision, &c.StockName, &c.StockID, &c.CreatorMchID, &c.Value, &c.Minimum, &c.Amount, &terms, &c.Audience, &c.VersionID, &c.Channel,
		&c.Reason, &c.Ticket, &c.Note, &c.TestOpenID, &c.CapCoupons, &c.OnceKey, &c.Window, &c.MadeBy, &created, &c.ChangedBy, &changed)); err != nil {
		return c, err
	}
	c.CreatedAt, c.ChangedAt = at(created), at(changed)
	if err := json.Unmarshal([]byte(terms), &c.Terms); err != nil {
		return c, fmt.Errorf("terms of %s: %w", c.Name, err)
	}
	return c, nil
}

// SaveCampaign makes a campaign (ID 0) or a new revision of one, and writes down who made, edited and uploaded. A schedule of it is turned
// off and its approval void, unless only the audience's version is another one and its schedule takes any version of so many
// customers. *Moved with State "exists" when the name is taken, "revised" when c.Revision is not the newest, "gone" when the
// audience's version is not there to run on. A second delivery of input changes nothing and gets the campaign as it is.
func (l *Ledger) SaveCampaign(ctx context.Context, c Campaign, by, input string) (saved Campaign, err error) {
	err = l.tx(ctx, "campaign.save", func(t *tx) error {
		seen, err := t.input(input, CampaignName(c.Name))
		if err == nil && seen == "" {
			err = t.saveCampaign(c, by)
		}
		if err != nil {
			return err
		}
		saved, err = scanCampaign(t.row(selectCampaign+` WHERE name = ?`, c.Name))
		return err
	})
	return saved, err
}

func (t *tx) saveCampaign(c Campaign, by string) error {
	version, err := scanVersion(t.row(selectListVersion+` WHERE id = ?`, c.VersionID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if version.State != VersionReady || version.Audience != c.Audience {
		return &Moved{Subject: CampaignName(c.Name), State: "gone"}
	}
	part := "editor"
	if c.ID == 0 {
		part = "maker"
		err = t.insertCampaign(&c, by)
	} else {
		err = t.reviseCampaign(&c, by, version)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(t.campaignParty(c.ID, by, part), t.campaignParty(c.ID, version.By, "uploader")); err != nil {
		return err
	}
	if err := t.campaignCard(c.Name, by); err != nil {
		return err
	}
	return t.audit(Event{Actor: by, Action: "campaign.save", Detail: map[string]any{"campaign": c.Name, "revision": c.Revision, "stock": c.StockID, "amount_fen": c.Amount,
		"value_fen": c.Value, "minimum_fen": c.Minimum, "terms": c.Terms, "audience": c.Audience, "version": c.VersionID, "checksum": version.Checksum, "channel": c.Channel,
		"reason": c.Reason, "ticket": c.Ticket, "note": c.Note, "test_openid": c.TestOpenID, "cap_coupons": c.CapCoupons, "once_key": c.OnceKey, "window": c.Window}})
}

func (t *tx) insertCampaign(c *Campaign, by string) error {
	terms, err := json.Marshal(c.Terms)
	if err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	c.Revision = 1
	c.ID, err = t.insert(`INSERT INTO campaigns (name, stock_name, stock_id, creator_mchid, value_fen, minimum_fen, amount_fen, terms, audience, version_id, channel,
		reason, ticket, note, test_openid, cap_coupons, once_key, window_text, made_by, created_at, changed_by, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
		c.Name, c.StockName, c.StockID, c.CreatorMchID, c.Value, c.Minimum, c.Amount, string(terms), c.Audience, c.VersionID, c.Channel,
		c.Reason, c.Ticket, c.Note, c.TestOpenID, c.CapCoupons, c.OnceKey, c.Window, by, ms(t.at), by, ms(t.at))
	if errors.Is(notFound(err), ErrNotFound) {
		return &Moved{Subject: CampaignName(c.Name), State: "exists"}
	}
	return err
}

func (t *tx) reviseCampaign(c *Campaign, by string, version Version) error {
	before, err := scanCampaign(t.row(selectCampaign+` WHERE id = ?`, c.ID))
	if err != nil {
		return err
	}
	if before.Revision != c.Revision || before.Name != c.Name {
		return &Moved{Subject: CampaignName(before.Name), State: "revised", By: before.ChangedBy, At: before.ChangedAt}
	}
	terms, err := json.Marshal(c.Terms)
	if err != nil {
		return fmt.Errorf("terms: %w", err)
	}
	if _, err := t.exec(`UPDATE campaigns SET revision = revision + 1, stock_name = ?, stock_id = ?, creator_mchid = ?, value_fen = ?, minimum_fen = ?, amount_fen = ?, terms = ?,
		audience = ?, version_id = ?, channel = ?, reason = ?, ticket = ?, note = ?, test_openid = ?, cap_coupons = ?, once_key = ?, window_text = ?, changed_by = ?, changed_at = ?
		WHERE id = ? AND revision = ?`, c.StockName, c.StockID, c.CreatorMchID, c.Value, c.Minimum, c.Amount, string(terms), c.Audience, c.VersionID, c.Channel,
		c.Reason, c.Ticket, c.Note, c.TestOpenID, c.CapCoupons, c.OnceKey, c.Window, by, ms(t.at), c.ID, c.Revision); err != nil {
		return err
	}
	c.Revision++
	if err := t.touch(CampaignName(c.Name)); err != nil {
		return err
	}
	return t.campaignRevised(before, *c, version, by)
}

// onlyVersion tells whether nothing but the version of the same audience is another one.
func (c Campaign) onlyVersion(before Campaign) bool {
	c.VersionID, c.Revision, c.MadeBy, c.CreatedAt = before.VersionID, before.Revision, before.MadeBy, before.CreatedAt
	c.ChangedBy, c.ChangedAt = before.ChangedBy, before.ChangedAt
	same := c.Terms.Minimum == before.Terms.Minimum && c.Terms.Begins.Equal(before.Terms.Begins) && c.Terms.Ends.Equal(before.Terms.Ends)
	c.Terms = before.Terms
	return same && c == before
}

func (t *tx) campaignParty(id int64, person, part string) error {
	_, err := t.exec(`INSERT INTO campaign_parties (campaign_id, person, part, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, id, person, part, ms(t.at))
	return err
}

// campaignCard shows a campaign to a person, also where its card had been given up.
func (t *tx) campaignCard(name, person string) error {
	subject := CampaignName(name)
	if err := t.reviveCard(CardCampaign, subject, t.at); err != nil {
		return err
	}
	return t.card(Card{Kind: CardCampaign, Subject: subject, Reader: person})
}

// Campaign reads one by name; ErrNotFound.
func (l *Ledger) Campaign(ctx context.Context, name string) (Campaign, error) {
	c, err := scanCampaign(l.queryRow(ctx, selectCampaign+` WHERE name = ?`, name))
	return c, l.fault("campaign", err)
}

// CampaignByID reads one; ErrNotFound.
func (l *Ledger) CampaignByID(ctx context.Context, id int64) (Campaign, error) {
	c, err := scanCampaign(l.queryRow(ctx, selectCampaign+` WHERE id = ?`, id))
	return c, l.fault("campaign", err)
}

// Campaigns lists them, the newest change first.
func (l *Ledger) Campaigns(ctx context.Context, limit int) ([]Campaign, error) {
	out, err := readAll(scanCampaign)(l.queryRows(ctx, selectCampaign+` ORDER BY changed_at DESC, id DESC LIMIT ?`, limit))
	return out, l.fault("campaigns", err)
}

// CampaignParties are those who had a hand in a campaign: "maker", "editor", "uploader".
func (l *Ledger) CampaignParties(ctx context.Context, id int64) ([]Party, error) {
	out, err := readAll(scanParty)(l.queryRows(ctx, `SELECT person, part, at FROM campaign_parties WHERE campaign_id = ? ORDER BY at, person, part`, id))
	return out, l.fault("parties", err)
}
