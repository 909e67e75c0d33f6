package schedules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

const (
	aheadFirst = 24 * time.Hour   // before a planned time: the first look
	aheadLast  = time.Hour        // and another one
	aheadAgain = 10 * time.Minute // between looks while there was something to find, until the time has come
	aheadRetry = time.Minute      // after a look that failed
)

// ahead looks at what is planned next, when it is time to: a day and an hour before, and again and again once something
// was found, so that what people read is true.
func (c Campaigns) ahead(ctx context.Context, s store.Schedule) error {
	now := c.Now()
	if now.Before(s.NextAt.Add(-aheadFirst)) || now.Before(s.LookAt) {
		return nil
	}
	found, err := c.look(ctx, s)
	if err != nil {
		err = fmt.Errorf("look ahead at %s: %w", store.ScheduleName(s.ID), err)
		return errors.Join(err, moved(c.Ledger.NotePreflight(ctx, s, now.Add(aheadRetry), s.Found)))
	}
	text := s.Found
	if len(found) > 0 || text != "" {
		bytes, err := json.Marshal(found)
		if err != nil {
			return fmt.Errorf("problems: %w", err)
		}
		text = string(bytes)
	}
	return moved(c.Ledger.NotePreflight(ctx, s, lookAgain(s.NextAt, now, text != ""), text))
}

// look is what would keep the next run from going well, its channel included.
func (c Campaigns) look(ctx context.Context, s store.Schedule) ([]commands.Problem, error) {
	found, err := c.Clock.Preflight(ctx, s.ID)
	if err != nil || c.Channel == nil {
		return found, err
	}
	about, err := c.Ledger.CampaignByID(ctx, s.Campaign)
	if err != nil {
		return nil, err
	}
	fault, err := c.Channel(ctx, about.Channel)
	if fault != "" {
		found = append(found, commands.Problem{Code: commands.ProblemChannel, Text: fault})
	}
	return found, err
}

// lookAgain is when to look again after a look now; the planned time itself when not before it.
func lookAgain(planned, now time.Time, told bool) time.Time {
	last := planned.Add(-aheadLast)
	switch {
	case told:
		return now.Add(aheadAgain)
	case now.Before(last):
		return last
	}
	return planned
}
