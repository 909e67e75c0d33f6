package store

import (
	"context"
	"strconv"
	"time"
)

// A Schedule is when a campaign runs by itself.
type Schedule struct {
	ID               int64
	Campaign         int64
	CampaignName     string
	Revision         int // counts the schedules that its campaign had
	CampaignRevision int
	State            string // ScheduleShown until it is saved, ScheduleOn, ScheduleOff
	Cron             string
	Zone             string    // IANA name
	Until            time.Time // zero: no end
	Total            Fen       // 0: no ceiling
	Spent            Fen       // of Total: held and issued by its runs; what waits for approval counts
	MostRows         int64     // any version of the audience with so many customers; 0: the campaign's version only
	Missed           string    // "skip", "once", "ask"
	Approval         int64     // the send that asks for its approval; 0: none
	ApprovedAt       time.Time // zero: its runs go through the bands
	MadeBy           string
	CreatedAt        time.Time
	NextSlot         string
	NextAt           time.Time
	HandledAt        time.Time // of the newest planned time that was handled
	AskBefore        time.Time // planned times before it are asked about, whatever Missed says: the ledger was a copy
	LookAt           time.Time // when to look ahead at the next planned time; zero: nobody has yet
	Found            string    // what the last look found, as the looker wrote it; "" when no look found anything
}

// A schedule's states.
const (
	ScheduleShown = "shown"
	ScheduleOn    = "on"
	ScheduleOff   = "off"
)

// ScheduleName is the subject of a schedule's cards: "schedule:7".
func ScheduleName(id int64) string { return "schedule:" + strconv.FormatInt(id, 10) }

// Covers tells whether the approval of the series is enough for a run at a planned time: before its end, within its money, and of a
// list that is not too long. That campaign and schedule are those that were approved is looked at where they are read.
func (s Schedule) Covers(f Figures, planned time.Time) bool {
	return !s.ApprovedAt.IsZero() && planned.Before(s.Until) && s.Spent+f.Money <= s.Total && (s.MostRows == 0 || f.Rows <= s.MostRows)
}

const selectSchedule = `SELECT id, campaign_id, (SELECT name FROM campaigns WHERE id = schedules.campaign_id), revision, campaign_revision, state, cron, zone, until_at, total_fen,
	(SELECT coalesce(CAST(sum(s.amount_fen * CASE WHEN s.preparing = 1 THEN r.expected ELSE s.waiting + s.issuing + s.unknown + s.issued END) AS BIGINT), 0) FROM runs r JOIN sends s ON s.id = r.send_id
		WHERE r.schedule_id = schedules.id AND r.schedule_id > 0 AND r.series = 0 AND s.state NOT IN ('rejected', 'expired', 'withdrawn')),
	most_rows, missed, approval, approved_at, made_by, created_at, next_slot, next_at, handled_at, ask_before, look_at, found FROM schedules`

func scanSchedule(row interface{ Scan(...any) error }) (s Schedule, err error) {
	var until, approved, created, next, handled, ask, look int64
	err = notFound(row.Scan(&s.ID, &s.Campaign, &s.CampaignName, &s.Revision, &s.CampaignRevision, &s.State, &s.Cron, &s.Zone, &until, &s.Total, &s.Spent,
		&s.MostRows, &s.Missed, &s.Approval, &approved, &s.MadeBy, &created, &s.NextSlot, &next, &handled, &ask, &look, &s.Found))
	s.Until, s.ApprovedAt, s.CreatedAt, s.NextAt, s.HandledAt, s.AskBefore, s.LookAt = at(until), at(approved), at(created), at(next), at(handled), at(ask), at(look)
	return s, err
}

func (t *tx) schedule(id int64) (Schedule, error) {
	return scanSchedule(t.row(selectSchedule+` WHERE id = ?`, id))
}

// ScheduleByID reads one; ErrNotFound.
func (l *Ledger) ScheduleByID(ctx context.Context, id int64) (Schedule, error) {
	s, err := scanSchedule(l.queryRow(ctx, selectSchedule+` WHERE id = ?`, id))
	return s, l.fault("schedule", err)
}

// ScheduleOf is the one of a campaign that is on; ErrNotFound.
func (l *Ledger) ScheduleOf(ctx context.Context, campaign int64) (Schedule, error) {
	s, err := scanSchedule(l.queryRow(ctx, selectSchedule+` WHERE campaign_id = ? AND state = 'on'`, campaign))
	return s, l.fault("schedule", err)
}

// Schedules are those that are on, the next to come first; those to which nothing comes any more are last.
func (l *Ledger) Schedules(ctx context.Context) ([]Schedule, error) {
	out, err := readAll(scanSchedule)(l.queryRows(ctx, selectSchedule+` WHERE state = 'on' ORDER BY next_at = 0, next_at, id`))
	return out, l.fault("schedules", err)
}
