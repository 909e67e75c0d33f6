package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"couponbot/store"
)

// campaignFields reads a campaign out of a form, and keeps everything that is wrong with it.
type campaignFields struct {
	*Desk
	ctx    context.Context
	values map[string]string
	faults FieldFaults
}

func (f campaignFields) word(field string) string { return oneLine(f.values[field]) }

// fault keeps what is the matter with a field; the first thing stays.
func (f campaignFields) fault(field string, r *Refusal) {
	if r != nil && f.faults[field] == nil {
		f.faults[field] = r
	}
}

// wrong is fault for an error; one that is no refusal comes back.
func (f campaignFields) wrong(field string, err error) error {
	r, ok := refused(err)
	if f.fault(field, r); ok {
		return nil
	}
	return err
}

// campaign is what the form says: of a new campaign, or as another revision of the one that meta names.
func (f campaignFields) campaign(meta string) (c store.Campaign, err error) {
	if meta == "" {
		c.Name = strings.ToLower(narrow(f.word(FieldName)))
		f.fault(FieldName, nameFault(c.Name))
	} else if c, err = f.revised(meta); err != nil {
		return c, err
	}
	c.Channel, c.Reason, c.Ticket, c.Note, c.OnceKey = f.word(FieldChannel), f.reason(f.word(FieldReason)), f.word(FieldTicket), f.word(FieldNote), f.word(FieldOnce)
	f.textsOf(c)
	f.testOf(&c)
	f.capOf(&c)
	for _, step := range []func(*store.Campaign) error{f.stockOf, f.audienceOf, f.hoursOf} {
		if err := step(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

func nameFault(name string) *Refusal {
	switch {
	case name == "":
		return &Refusal{Code: MissingField, Word: FieldName}
	case !store.IsAudienceName(name):
		return &Refusal{Code: BadName, Word: name}
	}
	return nil
}

// revised is the campaign that a form was opened with, as it was then.
func (f campaignFields) revised(meta string) (store.Campaign, error) {
	name, revision, _ := strings.Cut(meta, ".r")
	c, err := f.campaignOf(f.ctx, name)
	if err != nil {
		return c, err
	}
	n, ok := parseAfter("", revision)
	if !ok {
		return c, &Refusal{Code: CampaignRevised, Word: name}
	}
	c.Revision = int(n)
	return c, nil
}

// stockOf is the stock, its value where that is chosen, and what one coupon of it costs as things stand. One whose window
// has not begun may have a campaign already.
func (f campaignFields) stockOf(c *store.Campaign) error {
	contents := store.Contents{Value: f.money(FieldValue), Minimum: f.money(FieldMinimum)}
	stock, refusal := f.chosen(f.word(FieldStock))
	if refusal != nil {
		f.fault(FieldStock, refusal)
		return nil
	}
	for _, field := range []string{FieldValue, FieldMinimum} {
		f.fault(field, valueFault(field, stock, contents))
	}
	snap, err := f.snapshot(f.ctx, stock)
	if err != nil {
		return f.wrong(FieldStock, err)
	}
	promise(stock, snap, &contents)
	c.StockName, c.StockID, c.CreatorMchID = stock.Name, stock.ID, stock.CreatorMchID
	c.Value, c.Minimum, c.Amount, c.Terms = contents.Value, contents.Minimum, contents.Amount, contents.Terms
	err = sendable(stock, snap, 0, f.now())
	if r, ok := refused(err); ok && r.Code == StockNotBegun {
		return nil
	}
	return f.wrong(FieldStock, err)
}

func (f campaignFields) money(field string) store.Fen {
	word := f.word(field)
	fen, ok := parseMoney(word)
	if word != "" && !ok {
		f.fault(field, &Refusal{Code: BadMoney, Word: word, Text: "--" + field})
	}
	return fen
}

// audienceOf is the newest version of the audience. Nobody runs a campaign on those who get nothing.
func (f campaignFields) audienceOf(c *store.Campaign) error {
	name := f.word(FieldAudience)
	if name == "" {
		f.fault(FieldAudience, &Refusal{Code: MissingField, Word: FieldAudience})
		return nil
	}
	a, err := f.ledger.Audience(f.ctx, name)
	if errors.Is(err, store.ErrNotFound) || isBarred(name) {
		err = &Refusal{Code: NoSuchAudience, Word: name}
	}
	if err != nil {
		return f.wrong(FieldAudience, err)
	}
	c.Audience, c.VersionID = a.Name, a.Version.ID
	return f.wrong(FieldAudience, f.tooMany(a.Version.Tally.Usable))
}

func isBarred(audience string) bool {
	return audience == store.AudienceBlocked || audience == store.AudienceStaff
}

// textsOf holds the texts against the rules. A campaign has its name: a ticket is checked where one is given.
func (f campaignFields) textsOf(c store.Campaign) {
	if !channelID.MatchString(c.Channel) {
		f.fault(FieldChannel, &Refusal{Code: MissingField, Word: FieldChannel})
	}
	texts := store.Contents{Reason: c.Reason, Ticket: c.Ticket, Note: c.Note}
	f.fault(FieldReason, f.text(FieldReason, texts))
	f.fault(FieldNote, f.text(FieldNote, texts))
	f.fault(FieldOnce, tooLong(FieldOnce, c.OnceKey, maxWord))
	if c.Ticket != "" {
		f.fault(FieldTicket, f.text(FieldTicket, texts))
	}
}

// testOf is the test openid, which is never repaired.
func (f campaignFields) testOf(c *store.Campaign) {
	if c.TestOpenID = unwrap(f.values[FieldTest]); c.TestOpenID != "" && !openID.MatchString(c.TestOpenID) {
		f.fault(FieldTest, &Refusal{Code: BadOpenID, Word: visible(c.TestOpenID), Text: stray(c.TestOpenID)})
	}
}

// capMost is a cap that no customer comes to.
const capMost = 1_000_000

func (f campaignFields) capOf(c *store.Campaign) {
	c.CapCoupons = 0
	word := narrow(f.word(FieldCap))
	if word == "" {
		return
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 1 || n > capMost {
		f.fault(FieldCap, &Refusal{Code: BadNumber, Word: word, Text: FieldCap})
		return
	}
	c.CapCoupons = n
}

func (f campaignFields) hoursOf(c *store.Campaign) (err error) {
	c.Window, err = f.config.Planner.Hours(f.word(FieldHours))
	return f.wrong(FieldHours, err)
}
