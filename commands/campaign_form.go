package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"couponbot/store"
)

// campaignForm opens the form for a new campaign.
func (d *Desk) campaignForm(ctx context.Context, name string) (Reply, error) {
	return d.openCampaign(ctx, CampaignForm{Values: map[string]string{FieldName: name}})
}

// changeCampaign opens the form with what a campaign is now.
func (d *Desk) changeCampaign(ctx context.Context, c store.Campaign) (Reply, error) {
	form := CampaignForm{Meta: campaignMeta(c), Values: map[string]string{FieldName: c.Name, FieldAudience: c.Audience, FieldChannel: c.Channel, FieldReason: c.Reason,
		FieldTicket: c.Ticket, FieldNote: c.Note, FieldTest: c.TestOpenID, FieldOnce: c.OnceKey, FieldHours: c.Window}}
	if c.CapCoupons > 0 {
		form.Values[FieldCap] = strconv.FormatInt(c.CapCoupons, 10)
	}
	if c.Value > 0 {
		form.Values[FieldValue], form.Values[FieldMinimum] = c.Value.String(), c.Minimum.String()
	}
	if stock, err := d.stock(c.StockID); err == nil {
		line, err := d.stockLine(ctx, stock)
		if err != nil {
			return nil, err
		}
		form.Stock = &Option{Value: stock.ID, Stock: line}
	}
	return d.openCampaign(ctx, form)
}

func (d *Desk) openCampaign(ctx context.Context, form CampaignForm) (Reply, error) {
	audiences, err := d.ledger.Audiences(ctx)
	if err != nil {
		return nil, err
	}
	form.Audiences = slices.DeleteFunc(audiences, func(a store.Audience) bool { return isBarred(a.Name) })
	slices.SortFunc(form.Audiences, func(a, b store.Audience) int { return cmp.Compare(b.Version.ID, a.Version.ID) })
	if len(form.Audiences) == 0 {
		return nil, &Refusal{Code: NoAudience}
	}
	form.Reasons = d.config.Reasons
	if d.config.Ticket != nil {
		form.Ticket = d.config.Ticket.String()
	}
	form.Custom = slices.ContainsFunc(d.config.Stocks, func(s Stock) bool { return s.Custom != nil })
	return form, nil
}

// campaignMeta names the revision that a form changes: "spring-sale.r3".
func campaignMeta(c store.Campaign) string { return c.Name + ".r" + strconv.Itoa(c.Revision) }

// submitCampaign stores what the form says: a new campaign, or a new revision of the one that the form was opened with.
func (d *Desk) submitCampaign(ctx context.Context, ask Ask, form Form) (Reply, error) {
	if err := d.need(ctx, ask.Person, groupAge, RightCampaign); err != nil {
		return nil, err
	}
	f := campaignFields{Desk: d, ctx: ctx, values: form.Values, faults: FieldFaults{}}
	c, err := f.campaign(form.Meta)
	if err != nil {
		return nil, err
	}
	if len(f.faults) > 0 {
		return nil, f.faults
	}
	saved, err := d.ledger.SaveCampaign(ctx, c, ask.Person, ask.Input)
	if err != nil {
		return nil, notSaved(c, err)
	}
	return CampaignChanged{Campaign: saved, Verb: "save"}, nil
}

// notSaved is what a campaign that the ledger did not take is told.
func notSaved(c store.Campaign, err error) error {
	m, ok := errors.AsType[*store.Moved](err)
	if !ok {
		return err
	}
	switch m.State {
	case "exists":
		return FieldFaults{FieldName: {Code: CampaignExists, Word: c.Name}}
	case "gone":
		return FieldFaults{FieldAudience: {Code: NoSuchAudience, Word: c.Audience}}
	}
	return &Refusal{Code: CampaignRevised, Word: c.Name, By: m.By, At: m.At}
}
