package bot

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// Cards of campaigns: their own, their runs' in the channel, and what goes to one person alone.

// campaignFacts are those of the cards about campaigns, their runs and schedules, and audiences.
func (b *Bot) campaignFacts(ctx context.Context, c store.Card, d *drawn) error {
	switch c.Kind {
	case store.CardCampaign:
		v, err := b.desk.CampaignFacts(ctx, strings.TrimPrefix(c.Subject, store.CampaignName("")))
		if err == nil {
			d.message = b.views.CampaignCard(d.reader, v)
		}
		return err
	case store.CardRun, store.CardEnded:
		id, _ := store.ParseID(c.Subject)
		v, err := b.desk.RunFacts(ctx, id.Send)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Subject, err)
		}
		if d.send.Send, d.message = v.Send, b.views.RunCard(d.reader, v); c.Kind == store.CardEnded {
			d.message = b.views.RunEnded(d.reader, v)
		}
		return nil
	case store.CardUpload:
		return b.uploadFacts(ctx, c, d)
	case store.CardSchedule, store.CardSlot, store.CardPreflight:
		return b.scheduleFacts(ctx, c, d)
	}
	return fmt.Errorf("card of unknown kind %q: %w", c.Kind, store.ErrNotFound)
}

// runFacts are what a campaign's send shows beyond others on the card of who asked for it.
func (b *Bot) runFacts(ctx context.Context, f *views.SendFacts) error {
	if f.Send.Kind != "campaign" {
		return nil
	}
	run, err := b.desk.RunFacts(ctx, f.Send.ID)
	if err == nil && run.Run.Series {
		var series commands.ScheduleView
		if series, err = b.desk.ScheduleFacts(ctx, run.Run.Schedule); err == nil {
			f.Series = &series
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", store.SendName(f.Send.ID), err)
	}
	f.Run = &run
	return nil
}

// uploadFacts are how far a list is read, or what was found in it.
func (b *Bot) uploadFacts(ctx context.Context, c store.Card, d *drawn) error {
	u, err := b.ledger.Upload(ctx, numberOf(c.Subject))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Subject, err)
	}
	q := views.Import{Upload: u}
	switch u.State {
	case store.UploadDone:
		if q.Version, err = b.ledger.AudienceVersion(ctx, u.Version); err != nil {
			return fmt.Errorf("%s: %w", c.Subject, err)
		}
	case store.UploadFailed:
		if a, err := b.ledger.Audience(ctx, u.Audience); err == nil {
			q.Kept = a.Version.Number
		}
	}
	d.message = b.views.ImportCard(d.reader, q)
	return nil
}

// channelLost tells a run's maker that its channel takes no messages; the run goes on.
func (p *painter) channelLost(ctx context.Context, c store.Card, f *fault) {
	id, _ := store.ParseID(c.Subject)
	p.log.Warn("a campaign's channel takes no messages", "subject", c.Subject, "why", f.Code)
	if err := p.ledger.ChannelLost(ctx, id.Send, f.Code); err != nil {
		p.log.Error("tell that a channel is lost", "subject", c.Subject, "err", err)
		p.later(ctx, c, backoff(c.Tries), f.Code)
		return
	}
	c.TS = ""
	p.later(ctx, c, goneRetry, f.Code)
}

// failuresMost bounds the file of failed coupons: more than that nobody reads, and the export has them all.
const failuresMost = 100_000

// failures gives a run's maker the file of those who got nothing, once.
func (p *painter) failures(ctx context.Context, c store.Card) {
	if !c.PostingAt.IsZero() { // it may have arrived; the export has the same
		p.drop(ctx, c, "post_unknown")
		return
	}
	id, _ := store.ParseID(c.Subject)
	v, err := p.desk.RunFacts(ctx, id.Send)
	if err != nil {
		p.log.Error("read what a run's failures are", "subject", c.Subject, "err", err)
		p.later(ctx, c, backoff(c.Tries), "ledger")
		return
	}
	file, size, err := p.failedRows(ctx, v.Send)
	if err != nil {
		p.log.Error("write a run's failures", "subject", c.Subject, "err", err)
		p.later(ctx, c, backoff(c.Tries), "file")
		return
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := p.ledger.Posting(ctx, c); err != nil {
		p.log.Error("note a post before it is made", "subject", c.Subject, "err", err)
		return
	}
	reader := p.reader(p.people.known(ctx, c.Reader))
	words := p.views.Failures(reader, v)
	f := p.sendFile(ctx, c.Reader, store.SendName(v.Send.ID)+"-failed.csv", words.Text, size, file)
	if f != nil && f.Kind != faultUnknown {
		p.failed(ctx, c, f)
		return
	}
	p.drop(ctx, c, "")
}

// failedRows writes the refused coupons of a send into a temporary file, from its beginning.
func (p *painter) failedRows(ctx context.Context, s store.Send) (file *os.File, size int64, err error) {
	if file, err = os.CreateTemp("", "couponbot-failed-"); err != nil {
		return nil, 0, err
	}
	w := csv.NewWriter(file)
	err = w.Write([]string{"coupon", "openid", "outcome", "wechat_code", "wechat_message", "retryable"})
	for after, written := 0, 0; err == nil && written < failuresMost; {
		var some []store.Grant
		if some, err = p.ledger.Grants(ctx, s.ID, after, 1000, store.GrantRefused); err != nil || len(some) == 0 {
			break
		}
		for _, g := range some {
			after, written = g.ID.Position, written+1
			err = w.Write([]string{g.ID.String(), g.OpenID, g.Outcome, g.Code, inCell(g.Message), strconv.FormatBool(g.Retryable)})
		}
	}
	if w.Flush(); err == nil {
		err = w.Error()
	}
	if err == nil {
		size, err = file.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		os.Remove(file.Name())
	}
	return file, size, err
}

// inCell keeps a spreadsheet from running a text as a formula.
func inCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// sendFile gives one person a file in direct messages.
func (b *Bot) sendFile(ctx context.Context, person, name, comment string, size int64, file io.Reader) *fault {
	var dm string
	f := b.web.call(ctx, "conversations.open", func(ctx context.Context) error {
		c, _, _, err := b.web.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{person}})
		if err == nil {
			dm = c.ID
		}
		return err
	})
	if f != nil {
		return f
	}
	return b.web.call(ctx, "files.completeUploadExternal", func(ctx context.Context) error {
		_, err := b.web.api.UploadFileContext(ctx, slack.UploadFileParameters{Filename: name, Title: name, FileSize: int(size), Reader: file, Channel: dm, InitialComment: comment})
		return err
	})
}
