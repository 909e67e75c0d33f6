package store

import (
	"context"
	"errors"
)

// EndSchedule turns one off; its approval is void, what asks for it is withdrawn, and the planned times that wait or are asked about are
// skipped. *Moved when it is not on.
func (l *Ledger) EndSchedule(ctx context.Context, id int64, by, why, input string) error {
	return l.tx(ctx, "schedule.end", func(t *tx) error {
		if seen, err := t.input(input, ScheduleName(id)); err != nil || seen != "" {
			return err
		}
		s, err := t.schedule(id)
		if err != nil {
			return err
		}
		if s.State != ScheduleOn {
			return &Moved{Subject: ScheduleName(id), State: s.State, By: s.MadeBy}
		}
		return t.endSchedule(s, by, why)
	})
}

func (t *tx) endSchedule(s Schedule, by, why string) error {
	if _, err := t.exec(`UPDATE schedules SET state = 'off', next_slot = '', next_at = 0 WHERE id = ? AND state = 'on'`, s.ID); err != nil {
		return err
	}
	if err := errors.Join(t.voidSeries(s, by, why), t.endSlots(s, by, why)); err != nil {
		return err
	}
	if err := errors.Join(t.touch(ScheduleName(s.ID)), t.touch(CampaignName(s.CampaignName)), t.touch(PreflightName(s.ID, s.NextSlot))); err != nil {
		return err
	}
	return t.audit(Event{Actor: by, Action: "schedule.end", Detail: map[string]any{"schedule": s.ID, "campaign": s.CampaignName, "why": why}})
}

// voidSeries takes the approval of a series back, and the asking for it.
func (t *tx) voidSeries(s Schedule, by, why string) error {
	if _, err := t.exec(`UPDATE schedules SET approved_at = 0, approval = 0 WHERE id = ?`, s.ID); err != nil || s.Approval == 0 {
		return err
	}
	asked, err := t.send(s.Approval)
	if err != nil || asked.State != SendAwaiting {
		return err
	}
	return t.withdraw(asked, by, why)
}

// seriesEnded is what the end of the asking means, when nobody approved: the schedule's runs go through the bands.
func (t *tx) seriesEnded(send int64) error {
	const asked = ` WHERE approval = ? AND approved_at = 0`
	if _, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE subject IN (SELECT 'schedule:' || CAST(id AS TEXT) FROM schedules`+asked+`)`, send); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE schedules SET approval = 0`+asked, send)
	return err
}

// campaignRevised is what a new revision means for a campaign's schedule.
func (t *tx) campaignRevised(before, now Campaign, version Version, by string) error {
	s, err := scanSchedule(t.row(selectSchedule+` WHERE campaign_id = ? AND state = 'on'`, now.ID))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.MostRows == 0 || version.Usable > s.MostRows || !now.onlyVersion(before) {
		return t.endSchedule(s, by, "revised")
	}
	if _, err := t.exec(`UPDATE schedules SET campaign_revision = ? WHERE id = ?`, now.Revision, s.ID); err != nil {
		return err
	}
	if err := t.touch(ScheduleName(s.ID)); err != nil {
		return err
	}
	return t.audit(Event{Actor: by, Action: "schedule.kept", Detail: map[string]any{"schedule": s.ID, "campaign": now.Name, "campaign_revision": now.Revision, "version": now.VersionID}})
}
