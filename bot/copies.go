package bot

import (
	"context"
	"strings"

	"couponbot/store"
)

// learnCopy teaches the ledger a message that shows a card and that it does not know: the first post of a card whose
// answer was lost. A card whose only post was lost is found again by it; else the message is a copy, drawn and locked
// like its original.
func (b *Bot) learnCopy(ctx context.Context, act pressed, person, channel, ts string) {
	subject, kind := cardOf(act, isDirect(channel))
	if kind == "" || channel == "" || ts == "" {
		return
	}
	cards, err := b.ledger.CardsOf(ctx, subject)
	var original *store.Card
	for i, c := range cards {
		if c.Channel == channel && c.TS == ts {
			return
		}
		if c.Kind == kind && (original == nil || original.Reader != person && c.Reader == person && isDirect(channel)) {
			original = &cards[i]
		}
	}
	switch {
	case err != nil || original == nil:
	case original.TS == "" && original.Copies > 0 && b.now().Sub(original.PostingAt) < 2*callTimeout:
		return // of two posts this may be either: the second one's answer brings its name any moment
	case original.TS == "" && !original.PostingAt.IsZero():
		found := *original
		found.Channel, found.TS, found.Wanted = channel, ts, 0
		err = b.ledger.Drawn(ctx, found)
	default:
		err = b.ledger.LearnCopy(ctx, subject, kind, original.Reader, channel, ts)
	}
	if err != nil {
		b.log.Error("learn a copy of a card", "subject", subject, "err", err)
		return
	}
	if original != nil {
		b.log.Info("a press came from a message that the ledger did not know", "subject", subject, "kind", kind)
	}
}

// isDirect tells a conversation with one person from a channel.
func isDirect(channel string) bool { return strings.HasPrefix(channel, "D") }

// cardOf is the subject and kind of the posted card that has a button: "S12.r3" is of S12. A run's card in its channel and
// its requester's in direct messages have the same buttons.
func cardOf(act pressed, direct bool) (subject, kind string) {
	verb, _, _ := strings.Cut(act.ID, ".")
	subject, _, _ = strings.Cut(act.Value, ".")
	switch act.ID {
	case "send.confirm", "send.edit", "send.discard":
		return subject, store.CardConfirm
	case "send.approve", "send.reject":
		if id, ok := store.ParseID(subject); ok {
			return store.SendName(id.Send), store.CardApproval
		}
		return "", ""
	}
	switch verb {
	case "send":
		if id, ok := store.ParseID(subject); ok {
			return store.SendName(id.Send), store.CardDM
		}
	case "campaign":
		if id, ok := store.ParseID(subject); ok && direct {
			return store.SendName(id.Send), store.CardDM
		} else if ok {
			return store.SendName(id.Send), store.CardRun
		}
		return store.CampaignName(subject), store.CardCampaign
	case "schedule":
		return scheduleCardOf(act)
	case "settle":
		return subject, store.CardSettle
	case "start":
		return subject, store.CardStart
	}
	return "", ""
}
