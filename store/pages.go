package store

import (
	"context"
	"time"
)

// HomeName is the subject of a person's App Home: "home:U1".
func HomeName(person string) string { return "home:" + person }

// HomeLife is how long a Home page is kept up to date after it was opened last. Slack tells of every opening, so a page that
// is forgotten is drawn when it is looked at again.
const HomeLife = 24 * time.Hour

// OpenHome makes a person's App Home be drawn, and kept up to date for HomeLife: somebody looks at it.
func (l *Ledger) OpenHome(ctx context.Context, person string) error {
	return l.tx(ctx, "home.open", func(t *tx) error {
		subject := HomeName(person)
		if err := t.reviveCard(CardHome, subject, t.at); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE cards SET wanted = wanted + 1, created_at = ? WHERE subject = ?`, ms(t.at), subject); err != nil {
			return err
		}
		return t.card(Card{Kind: CardHome, Subject: subject, Reader: person})
	})
}

// tidyHomes forgets the Homes that nobody opened for long, so that what moves does not draw those of all who ever looked.
func (t *tx) tidyHomes() (int64, error) {
	return t.exec(`DELETE FROM cards WHERE kind = '`+CardHome+`' AND created_at < ?`, ms(t.at.Add(-HomeLife)))
}

// touchSend makes everything that shows a send want a new drawing: its cards, its requester's Home, and the campaign that it is a run of.
func (t *tx) touchSend(id int64) error {
	_, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE subject IN (?, (SELECT 'home:' || requested_by FROM sends WHERE id = ?),
		(SELECT 'campaign:' || campaign FROM sends WHERE id = ? AND campaign <> ''))`, SendName(id), id, id)
	return err
}

// touchHomes makes every Home that is kept up to date want a new drawing: something began or ceased to wait for people.
func (t *tx) touchHomes() error {
	_, err := t.exec(`UPDATE cards SET wanted = wanted + 1 WHERE kind = '` + CardHome + `'`)
	return err
}

// CardDraft shows an open draft's confirm card in a person's direct messages. due leaves time to show it where it was asked for;
// DropCard then takes it back, and the next asking brings it again. ErrNotFound when it is somebody else's draft, *Moved or *AlreadySent when it is not open.
func (l *Ledger) CardDraft(ctx context.Context, draft int64, person string, due time.Time) error {
	return l.tx(ctx, "draft.card", func(t *tx) error {
		d, err := scanDraft(t.row(selectDraft, draft), t.dialect)
		if err != nil {
			return err
		}
		if d.State != DraftOpen || d.By != person {
			return t.draftMoved(draft, person)
		}
		if err := t.reviveCard(CardConfirm, DraftName(draft), due); err != nil { // the form was filled in once more
			return err
		}
		return t.card(Card{Kind: CardConfirm, Subject: DraftName(draft), Reader: person, DueAt: due})
	})
}

// handOver makes the confirm card that stands in direct messages the card of the send that its draft became. shown tells that
// it is there, or may be, and so changes at once; one that was never posted waits until due.
func (t *tx) handOver(draft, send int64, due time.Time) (shown bool, err error) {
	rows, err := t.query(`UPDATE cards SET subject = ?, kind = ?, rank = ?, wanted = wanted + 1, due_at = CASE WHEN ts = '' AND posting_at = 0 THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END
		WHERE subject = ? AND kind = ? AND drawn <> ? RETURNING ts <> '' OR posting_at > 0`,
		SendName(send), CardDM, cardRank(CardDM), ms(due), ms(t.at), DraftName(draft), CardConfirm, dropped)
	if err != nil {
		return false, err
	}
	cards, err := collect(rows, func(shown *bool) []any { return []any{shown} })
	for _, c := range cards {
		shown = shown || c
	}
	return shown, err
}
