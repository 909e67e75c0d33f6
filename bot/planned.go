package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// scheduleFacts are those of the cards about a schedule and its planned times, which its saver gets.
func (b *Bot) scheduleFacts(ctx context.Context, c store.Card, d *drawn) error {
	id, slot, named := store.ParseSlot(c.Subject)
	if !named {
		id = numberOf(c.Subject)
	}
	v, err := b.desk.ScheduleFacts(ctx, id)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Subject, err)
	}
	switch s := v.Schedule; {
	case c.Kind == store.CardSchedule:
		d.message = b.views.ScheduleCard(d.reader, v)
		return nil
	case c.Kind == store.CardPreflight && s.State == store.ScheduleOn && s.NextSlot == slot:
		var found []commands.Problem
		if err := json.Unmarshal([]byte(s.Found), &found); err != nil {
			return fmt.Errorf("%s: %w", c.Subject, err)
		}
		d.message = b.views.Preflight(d.reader, v, found)
		return nil
	}
	n, err := b.ledger.SlotNote(ctx, id, slot)
	if errors.Is(err, store.ErrNotFound) && c.Kind == store.CardPreflight { // the schedule was ended before the time came
		n, err = store.SlotNote{Schedule: id, Slot: slot, Outcome: store.SlotSkipped, At: plannedAt(v.Schedule, slot)}, nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Subject, err)
	}
	d.message = b.views.MissedCard(d.reader, v, n)
	return nil
}

// plannedAt is when a planned time was to be, as its name tells.
func plannedAt(s store.Schedule, slot string) time.Time {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	at, _ := time.ParseInLocation("2006-01-02T15:04", slot, zone)
	return at.UTC()
}

// scheduleCardOf is the card of a schedule's button. Those of a planned time have the same buttons in a row of another name;
// a button for the whole schedule there does not tell which time's card it is on.
func scheduleCardOf(act pressed) (subject, kind string) {
	name, rest, _ := strings.Cut(act.Value, ".r")
	_, slot, _ := strings.Cut(rest, ".")
	id := numberOf(name)
	switch {
	case id == 0 || name != store.ScheduleName(id):
		return "", ""
	case act.Block == views.BlockSlot && slot != "":
		return store.SlotName(id, slot), store.CardSlot
	case act.Block == views.BlockPreflight && slot != "":
		return store.PreflightName(id, slot), store.CardPreflight
	case act.Block == views.BlockSlot || act.Block == views.BlockPreflight:
		return "", ""
	}
	return name, store.CardSchedule
}

// ChannelFault is what Slack says against posting in a channel; "" for nothing, and where the bot may not ask.
func (b *Bot) ChannelFault(ctx context.Context, id string) (string, error) {
	var c *slack.Channel
	f := b.web.call(ctx, "conversations.info", func(ctx context.Context) (err error) {
		c, err = b.web.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		return err
	})
	switch {
	case f != nil && channelGone(f.Code):
		return f.Code, nil
	case f != nil && f.Kind == faultRefused: // it takes an optional scope
		return "", nil
	case f != nil:
		return "", f
	case c.IsArchived:
		return "is_archived", nil
	case !c.IsMember:
		return "not_in_channel", nil
	}
	return "", nil
}
