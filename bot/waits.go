package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// waitingFacts are those of the cards about sends that wait for people, and of what is drawn for one person.
func (b *Bot) waitingFacts(ctx context.Context, c store.Card, d *drawn) (err error) {
	switch c.Kind {
	case store.CardApproval:
		id, _ := store.ParseID(c.Subject)
		var a commands.Approval
		if a, err = b.approval(ctx, id.Send); err == nil {
			d.send.Send, d.message = a.Send, b.views.ApprovalCard(d.reader, a)
		}
	case store.CardReminder, store.CardStep:
		err = b.stepFacts(ctx, c, d)
	case store.CardConfirm:
		d.message, err = b.confirmMessage(ctx, d.reader, c.Subject)
	case store.CardHome:
		var h commands.Home
		if h, err = b.desk.Home(ctx, c.Reader); err == nil {
			d.home = b.views.Home(d.reader, h)
		}
	default:
		err = b.campaignFacts(ctx, c, d)
	}
	return err
}

func (b *Bot) approval(ctx context.Context, send int64) (commands.Approval, error) {
	a, err := b.desk.Approval(ctx, send)
	if err != nil {
		err = fmt.Errorf("approval of %s: %w", store.SendName(send), err)
	}
	return a, err
}

func (b *Bot) stepFacts(ctx context.Context, c store.Card, d *drawn) error {
	step, err := b.ledger.Step(ctx, numberOf(c.Subject))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Subject, err)
	}
	if c.Kind == store.CardReminder {
		a, err := b.approval(ctx, step.Send)
		if err == nil {
			d.message = b.views.Reminder(d.reader, step, a, b.called(c.Reader, a.Send))
		}
		return err
	}
	s, err := b.ledger.Send(ctx, step.Send)
	if err == nil {
		d.message = b.views.StepNote(d.reader, step, s)
	}
	return err
}

// called are the people and user groups that a reminder calls by name: those of the missing seats. Who reads it in
// direct messages is called by that.
func (b *Bot) called(reader string, s store.Send) (ids []string) {
	if !strings.HasPrefix(reader, "#") {
		return nil
	}
	for _, g := range b.o.Groups {
		missing := slices.ContainsFunc(s.Missing, func(seat store.Seat) bool { return seat.Group == g.Name })
		if !missing && (!s.FellBack || g.Name != s.FallbackGroup) {
			continue
		}
		for _, member := range g.Members {
			if member != s.RequestedBy && !slices.Contains(ids, member) {
				ids = append(ids, member)
			}
		}
	}
	return ids
}

// confirmMessage is a confirm card that stands in direct messages; of one that cannot be sent any more, why.
func (b *Bot) confirmMessage(ctx context.Context, r views.Reader, subject string) (views.Message, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(subject, "D"), 10, 64)
	if err != nil {
		return views.Message{}, fmt.Errorf("%s: %w", subject, store.ErrNotFound)
	}
	card, err := b.desk.Card(ctx, id)
	if refusal, ok := errors.AsType[*commands.Refusal](err); ok && refusal.Code != commands.CouldNotCheck {
		return b.views.Refusal(r, refusal), nil
	}
	if err != nil {
		return views.Message{}, fmt.Errorf("%s: %w", subject, err)
	}
	return b.views.Reply(r, card), nil
}

// isChannel tells a reader that is a channel, by name (#log) or id (C…, G…), from a person.
func isChannel(reader string) bool {
	return reader != "" && strings.ContainsRune("#CG", rune(reader[0]))
}
