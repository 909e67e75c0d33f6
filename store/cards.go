package store

import (
	"context"
	"time"
)

// The kinds of cards.
const (
	CardPrivate = "private" // what the requester sees where the command was typed; drawn through its response URL
	CardDM      = "dm"      // the requester's card in direct messages
	CardLog     = "log"     // one line in the log channel
	CardAlert   = "alert"   // one alert in the alerts channel
	CardStop    = "stop"    // everything is stopped
	CardStart   = "start"   // somebody asks to start again
	CardSettle  = "settle"  // somebody proposes to settle an unknown coupon

	CardApproval = "approval" // a send that waits for people, for those who may decide; subject S12
	CardReminder = "reminder" // deciders are reminded of it; subject step:7
	CardStep     = "step"     // a requester is told what happened to it; subject step:7
	CardHome     = "home"     // a person's App Home; subject home:U1
	CardConfirm  = "confirm"  // a confirm card that stands in direct messages; subject D5

	CardCampaign = "campaign" // a campaign with its newest dry run, for a person; subject campaign:spring-sale
	CardRun      = "run"      // a run's progress, in the campaign's channel; subject S12
	CardEnded    = "ended"    // a run's end, in the campaign's channel; subject S12
	CardFailures = "failures" // whose coupons of a run were refused, for the campaign's maker alone; subject S12

	CardSchedule  = "schedule"  // when a campaign runs by itself, for who saved that; subject schedule:7
	CardSlot      = "slot"      // a planned time at which nothing ran, for the same person; subject slot:7.2026-03-12T09:00
	CardPreflight = "preflight" // what would keep a planned time's run from going well, for the same person; subject preflight:7.2026-03-12T09:00
)

// Readers that are channels of the configuration rather than ids; others are Slack ids.
const (
	ReaderLog    = "#log"
	ReaderAlerts = "#alerts"

	ReaderApprovals = "#approvals"
)

// DMAfter is when a send that is not final gets a card in its requester's direct messages.
const DMAfter = 20 * time.Second

// ResponseLife is how long a response URL works (Slack docs: 5 uses within 30 minutes).
const ResponseLife = 30 * time.Minute

// A Card is anything drawn in Slack for a subject and a reader, and what was last drawn.
type Card struct {
	ID            int64
	Kind          string
	Subject       string // S123, stop:2, alert:5, settle:7
	Reader        string // a Slack user or channel id, or one of the readers above
	Channel       string // where it was posted
	TS            string // "" until it is
	ResponseURL   string // private cards only: a secret
	ResponseUses  int
	ResponseUntil time.Time
	Wanted        int64 // rises with every change of the subject
	Drawn         int64 // the Wanted that was last drawn
	DueAt         time.Time
	PostingAt     time.Time // a post was begun then, and its answer is not known
	Copies        int       // posts whose answer was lost and that were repeated
	Tries         int       // failures in a row
	Fault         string    // what Slack last said
	CreatedAt     time.Time
}

// card rows of lower rank are drawn first: decided and stopped, then final states and people's cards, then the rest.
func cardRank(kind string) int {
	switch kind {
	case CardStop, CardStart, CardSettle, CardApproval:
		return 0
	case CardPrivate, CardDM, CardAlert, CardStep, CardReminder, CardConfirm, CardCampaign, CardEnded, CardFailures, CardSchedule, CardSlot, CardPreflight:
		return 1
	}
	return 2
}

// card asks for a drawing; one that is there already is kept.
func (t *tx) card(c Card) error {
	var there bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM cards WHERE subject = ? AND kind = ? AND reader = ?)`, c.Subject, c.Kind, c.Reader).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = t.exec(`INSERT INTO cards (kind, subject, reader, rank, response_url, response_until, due_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Kind, c.Subject, c.Reader, cardRank(c.Kind), c.ResponseURL, ms(c.ResponseUntil), ms(c.DueAt), ms(t.at))
	return err
}

// dropped stands in drawn for a card that is never drawn again: no wanted reaches it.
const dropped = 1<<53 - 1

// reviveCard brings a dropped card back, because its subject lives again.
func (t *tx) reviveCard(kind, subject string, due time.Time) error {
	_, err := t.exec(`UPDATE cards SET drawn = 0, due_at = ?, posting_at = 0, tries = 0, fault = '' WHERE subject = ? AND kind = ? AND drawn = ?`, ms(due), subject, kind, dropped)
	return err
}

// sendCards asks for the cards of a new send: the private one at once, the direct message when it takes longer or waits for people,
// and theirs. A confirm card that stands in direct messages becomes the one there.
func (t *tx) sendCards(id int64, ask SendAsk, awaiting bool) error {
	due := t.at.Add(DMAfter)
	if awaiting {
		due = t.at
		if err := t.card(Card{Kind: CardApproval, Subject: SendName(id), Reader: ReaderApprovals}); err != nil {
			return err
		}
	}
	shown, err := t.handOver(ask.Draft, id, due)
	if err != nil {
		return err
	}
	if ask.ResponseURL != "" && !shown {
		if err := t.card(Card{Kind: CardPrivate, Subject: SendName(id), Reader: ask.By, ResponseURL: ask.ResponseURL, ResponseUntil: t.at.Add(ResponseLife)}); err != nil {
			return err
		}
	}
	return t.card(Card{Kind: CardDM, Subject: SendName(id), Reader: ask.By, DueAt: due})
}

// touch makes every card of a subject want a new drawing.
func (t *tx) touch(subject string) error {
	_, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE subject = ?`, subject)
	return err
}

const selectCard = `SELECT id, kind, subject, reader, channel, ts, response_url, response_uses, response_until, wanted, drawn, due_at, posting_at, copies, tries, fault, created_at FROM cards`

func (l *Ledger) cards(ctx context.Context, where string, args ...any) ([]Card, error) {
	rows, err := l.queryRows(ctx, selectCard+where, args...)
	if err != nil {
		return nil, l.fault("cards", err)
	}
	type row struct {
		Card
		until, due, posting, created int64
	}
	all, err := collect(rows, func(r *row) []any {
		return []any{&r.ID, &r.Kind, &r.Subject, &r.Reader, &r.Channel, &r.TS, &r.ResponseURL, &r.ResponseUses, &r.until, &r.Wanted, &r.Drawn,
			&r.due, &r.posting, &r.Copies, &r.Tries, &r.Fault, &r.created}
	})
	out := make([]Card, len(all))
	for i, r := range all {
		out[i] = r.Card
		out[i].ResponseUntil, out[i].DueAt, out[i].PostingAt, out[i].CreatedAt = at(r.until), at(r.due), at(r.posting), at(r.created)
	}
	return out, l.fault("cards", err)
}

// Behind lists cards whose drawing is older than their subject and whose time has come, most urgent first.
func (l *Ledger) Behind(ctx context.Context, limit int) ([]Card, error) {
	return l.cards(ctx, ` WHERE drawn < wanted AND due_at <= ? ORDER BY rank, due_at, id LIMIT ?`, ms(l.now()), limit)
}

// BehindCount is how many cards are not what the ledger says, whether or not their time has come, and when the next is due.
func (l *Ledger) BehindCount(ctx context.Context) (n int, next time.Time, err error) {
	var due int64
	err = l.queryRow(ctx, `SELECT count(*), coalesce(min(due_at), 0) FROM cards WHERE drawn < wanted`).Scan(&n, &due)
	return n, at(due), l.fault("cards", err)
}

// CardsOf lists the cards of a subject.
func (l *Ledger) CardsOf(ctx context.Context, subject string) ([]Card, error) {
	return l.cards(ctx, ` WHERE subject = ? ORDER BY id`, subject)
}

// Posting notes that a first post (or a use of a response URL) is about to be made, before it is.
func (l *Ledger) Posting(ctx context.Context, c Card) error {
	return l.tx(ctx, "card.posting", func(t *tx) error {
		n, err := t.exec(`UPDATE cards SET posting_at = ?, response_uses = response_uses + ? WHERE id = ? AND posting_at = ?`,
			ms(t.at), bit(c.Kind == CardPrivate), c.ID, ms(c.PostingAt))
		if err == nil && n == 0 {
			err = &Moved{Subject: c.Subject, State: "posting"}
		}
		return err
	})
}

// Drawn notes that the card now shows c.Wanted, at c.Channel and c.TS. What it may have waited for is over.
func (l *Ledger) Drawn(ctx context.Context, c Card) error {
	return l.cardChange(ctx, c, "", `drawn = ?, due_at = ?, channel = ?, ts = ?, posting_at = 0, copies = ?, tries = 0, fault = ''`, c.Wanted, ms(l.now()), c.Channel, c.TS, c.Copies)
}

// DrawLater puts a drawing off: Slack is busy, failed, or the answer of a post is not known. fault is for people, due
// is when to try again. With c.TS emptied the card is posted anew; a learnt copy that is gone is forgotten instead. A post of
// unknown outcome (c.PostingAt) that was found meanwhile is known, and stays so.
func (l *Ledger) DrawLater(ctx context.Context, c Card, due time.Time, fault string) error {
	where := ""
	if !c.PostingAt.IsZero() {
		where = ` AND ts = ''`
	}
	return l.cardChange(ctx, c, where, `due_at = ?, tries = tries + 1, fault = ?, ts = ?, posting_at = ?, copies = ?`, ms(due), fault, c.TS, ms(c.PostingAt), c.Copies)
}

// DropCard ends a card that will never be drawn again: its response URL is used up, its channel is gone, or it is not needed.
func (l *Ledger) DropCard(ctx context.Context, c Card, fault string) error {
	return l.tx(ctx, "card.drop", func(t *tx) error {
		_, err := t.exec(`UPDATE cards SET drawn = ?, response_url = '', posting_at = 0, fault = ? WHERE id = ?`, dropped, fault, c.ID)
		return err
	})
}

// cardChange changes a card that has not been dropped meanwhile, and sees to it that one message is one row: a click on
// a message just posted may have taught the ledger that message as a copy before its post was noted.
func (l *Ledger) cardChange(ctx context.Context, c Card, where, set string, args ...any) error {
	return l.tx(ctx, "card.drawn", func(t *tx) error {
		const twin = ` FROM cards WHERE subject = ? AND kind = ? AND reader = ? AND ts = ? AND id <> ?`
		if c.TS != "" {
			if _, err := t.exec(`DELETE`+twin, c.Subject, c.Kind, c.Reader, c.TS, c.ID); err != nil {
				return err
			}
		} else {
			var unposted bool
			if err := t.row(`SELECT EXISTS (SELECT 1`+twin+`)`, c.Subject, c.Kind, c.Reader, c.TS, c.ID).Scan(&unposted); err != nil {
				return err
			}
			if unposted {
				_, err := t.exec(`DELETE FROM cards WHERE id = ?`, c.ID)
				return err
			}
		}
		_, err := t.exec(`UPDATE cards SET `+set+` WHERE id = ? AND drawn <> ?`+where, append(args, c.ID, dropped)...)
		return err
	})
}

// LearnCopy remembers a message that shows a subject and that the ledger did not know: the copy of a post whose answer
// was lost. It is drawn like its original from now on.
func (l *Ledger) LearnCopy(ctx context.Context, subject, kind, reader, channel, ts string) error {
	return l.tx(ctx, "card.copy", func(t *tx) error {
		_, err := t.exec(`INSERT INTO cards (kind, subject, reader, rank, channel, ts, created_at)
			SELECT kind, subject, reader, rank, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM cards
			WHERE subject = ? AND kind = ? AND reader = ? AND NOT EXISTS (SELECT 1 FROM cards k WHERE k.subject = cards.subject AND k.channel = ? AND k.ts = ?)
			ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING`, channel, ts, ms(t.at), subject, kind, reader, channel, ts)
		return err
	})
}

// Redraw makes a subject's cards be drawn again although nothing changed: a click came from an old drawing.
func (l *Ledger) Redraw(ctx context.Context, subject string) error {
	return l.tx(ctx, "card.redraw", func(t *tx) error { return t.touch(subject) })
}
