package store

import (
	"context"
	"errors"
	"time"
)

// ShowSchedule keeps a schedule that somebody is shown before saving it. *Moved with State "revised" when the campaign has changed from
// s.CampaignRevision. A second delivery of input gets the one that the first made.
func (l *Ledger) ShowSchedule(ctx context.Context, s Schedule, input string) (shown Schedule, err error) {
	err = l.tx(ctx, "schedule.show", func(t *tx) error {
		c, err := scanCampaign(t.row(selectCampaign+` WHERE id = ?`, s.Campaign))
		if err != nil {
			return err
		}
		if c.Revision != s.CampaignRevision {
			return &Moved{Subject: CampaignName(c.Name), State: "revised", By: c.ChangedBy, At: c.ChangedAt}
		}
		id, err := t.insert(`INSERT INTO schedules (campaign_id, revision, campaign_revision, state, cron, zone, until_at, total_fen, most_rows, missed, made_by, created_at)
			SELECT CAST(? AS BIGINT), coalesce(max(revision), 0) + 1, CAST(? AS BIGINT), 'shown', CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT),
			CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM schedules WHERE campaign_id = ?`,
			s.Campaign, s.CampaignRevision, s.Cron, s.Zone, ms(s.Until), s.Total, s.MostRows, s.Missed, s.MadeBy, ms(t.at), s.Campaign)
		if err != nil {
			return err
		}
		seen, err := t.input(input, ScheduleName(id))
		if err != nil {
			return err
		}
		if seen != "" {
			if _, err := t.exec(`DELETE FROM schedules WHERE id = ?`, id); err != nil {
				return err
			}
			shown, err = scanSchedule(t.row(selectSchedule+` WHERE 'schedule:' || CAST(id AS TEXT) = ?`, seen))
			return err
		}
		shown, err = t.schedule(id)
		return err
	})
	return shown, err
}

// SaveSchedule turns a shown schedule on, in place of the campaign's other one; next and at are its first planned time. With seats (and
// Until and Total) its series is approved like a send: a send without coupons, of kind campaign, waits for them (Run.Series); until
// then, and without that, its runs go through the bands. *Moved when it was saved (State "on" or "off") or the campaign changed ("revised").
func (l *Ledger) SaveSchedule(ctx context.Context, id int64, by, input string, next string, at time.Time, seats []Seat, p Patience) (s Schedule, err error) {
	err = l.tx(ctx, "schedule.save", func(t *tx) error {
		if s, err = t.schedule(id); err != nil {
			return err
		}
		seen, err := t.input(input, ScheduleName(id))
		if err != nil || seen != "" {
			return err
		}
		c, err := scanCampaign(t.row(selectCampaign+` WHERE id = ?`, s.Campaign))
		switch {
		case err != nil:
			return err
		case s.State != ScheduleShown:
			return &Moved{Subject: ScheduleName(id), State: s.State, By: s.MadeBy}
		case c.Revision != s.CampaignRevision:
			return &Moved{Subject: CampaignName(c.Name), State: "revised", By: c.ChangedBy, At: c.ChangedAt}
		}
		if err := t.saveSchedule(s, c, by, next, at, seats, p); err != nil {
			return err
		}
		s, err = t.schedule(id)
		return err
	})
	return s, err
}

func (t *tx) saveSchedule(s Schedule, c Campaign, by, next string, at time.Time, seats []Seat, p Patience) error {
	other, err := scanSchedule(t.row(selectSchedule+` WHERE campaign_id = ? AND state = 'on'`, c.ID))
	if err == nil {
		err = t.endSchedule(other, by, "replaced")
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if _, err := t.exec(`UPDATE schedules SET state = 'on', made_by = ?, next_slot = ?, next_at = ? WHERE id = ? AND state = 'shown'`, by, next, ms(at), s.ID); err != nil {
		return err
	}
	if err := errors.Join(t.card(Card{Kind: CardSchedule, Subject: ScheduleName(s.ID), Reader: by}), t.touch(CampaignName(c.Name))); err != nil {
		return err
	}
	if err := t.audit(Event{Actor: by, Action: "schedule.save", Detail: map[string]any{"schedule": s.ID, "campaign": c.Name, "revision": s.Revision, "campaign_revision": c.Revision,
		"cron": s.Cron, "zone": s.Zone, "until": ms(s.Until), "total_fen": s.Total, "most_rows": s.MostRows, "missed": s.Missed, "next": next, "seats": seats}}); err != nil {
		return err
	}
	if len(seats) == 0 || s.Until.IsZero() || s.Total == 0 {
		return nil
	}
	return t.askSeries(s, c, by, seats, p)
}

// askSeries asks people about a whole series: a send without coupons, worth the series' total.
func (t *tx) askSeries(s Schedule, c Campaign, by string, seats []Seat, p Patience) error {
	version, err := scanVersion(t.row(selectListVersion+` WHERE id = ?`, c.VersionID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	id, err := t.insertCampaignSend(c, by, time.Time{}, true)
	if err != nil {
		return err
	}
	if err := t.insertRun(Run{Send: id, Campaign: c.ID, Revision: c.Revision, VersionID: c.VersionID, Checksum: version.Checksum, Schedule: s.ID, Series: true, MadeBy: c.MadeBy}); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE schedules SET approval = ? WHERE id = ?`, id, s.ID); err != nil {
		return err
	}
	if err := errors.Join(t.campaignParties(id, c.ID), t.party(id, s.MadeBy, "scheduler"), t.party(id, by, "scheduler")); err != nil {
		return err
	}
	detail := c.detail(by, SendAwaiting, seats)
	detail["version"], detail["checksum"], detail["schedule"], detail["schedule_revision"], detail["series"], detail["until"], detail["total_fen"], detail["most_rows"] =
		c.VersionID, version.Checksum, s.ID, s.Revision, true, ms(s.Until), s.Total, s.MostRows
	detail["cron"], detail["zone"] = s.Cron, s.Zone
	if err := t.audit(Event{Actor: by, Action: "send.create", Send: id, Detail: detail}); err != nil {
		return err
	}
	send, err := t.send(id)
	if err != nil {
		return err
	}
	return t.askPeople(send, seats, p)
}

// seriesApproved lets the runs of a schedule go, if it is still the one that was asked about.
func (t *tx) seriesApproved(s Send, r Run, by string) error {
	n, err := t.exec(`UPDATE schedules SET approved_at = ? WHERE id = ? AND approval = ? AND state = 'on'`, ms(t.at), r.Schedule, s.ID)
	if err != nil || n == 0 {
		return err
	}
	if err := t.touch(ScheduleName(r.Schedule)); err != nil {
		return err
	}
	return t.audit(Event{Actor: by, Action: "series.approved", Send: s.ID, Detail: map[string]any{"schedule": r.Schedule}})
}
