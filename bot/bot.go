// Package bot is Slack: what people say comes in, cards go out.
//
// Coming in: a few Socket Mode connections share Slack's envelopes; a dispatcher of our own hands them to a bounded
// number of handlers, which ask commands.Desk and answer. What is promised to a person is on disk before they read it:
// a slash command is stored and then acknowledged with its card; a button is acknowledged at once, then stored, and the
// redrawn card is the answer; a form is stored and then closes, or stays open and says what is wrong; an event is
// acknowledged when it has been taken in. When there is no room or no time the answer is "not accepted", never silence,
// and it is never given for something that was accepted.
//
// Going out: Cards keeps every posted card equal to the ledger. Whatever changes in the ledger makes cards want a new
// drawing; the newest state is drawn, not every state; the order of importance and Slack's rates decide who is next. A
// lost answer, a deleted message, an archived channel or a dead Slack delay or end a drawing, never a send; an approvals
// channel that takes no card is replaced by direct messages. What only one person sees for a moment is in no ledger: it is
// replaced when its button is pressed.
//
// Groups watches Slack's user groups, because who may decide is whoever is in them at the click.
//
// The bot decides nothing: rights, limits and states are the commands' and the ledger's.
package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
)

// Options are what a Bot needs besides Slack; every field may be left out.
type Options struct {
	Log  *slog.Logger
	Now  func() time.Time
	Zone *time.Location                            // of times in channels, and of people whose own is not known
	Ack  func(envelope string, took time.Duration) // each acknowledgement: "slash_commands", "interactive", "events_api"

	Groups []commands.Group // of the configuration: reminders call their people by name, and changes of Slack's own are watched
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Ack == nil {
		o.Ack = func(string, time.Duration) {}
	}
	return o
}

// Desk answers what people ask, and tells what cards show; commands.Desk does.
type Desk interface {
	Do(ctx context.Context, ask commands.Ask, text string) (commands.Reply, error)
	Press(ctx context.Context, ask commands.Ask, action, value string) (commands.Reply, error)
	Open(ctx context.Context, ask commands.Ask, callback, text string) (commands.Reply, error)
	Suggest(ctx context.Context, ask commands.Ask, field, typed string) ([]commands.Option, error)
	Submit(ctx context.Context, ask commands.Ask, form commands.Form) (commands.Reply, error)

	Card(ctx context.Context, draft int64) (commands.Confirm, error)
	Approval(ctx context.Context, send int64) (commands.Approval, error)
	Home(ctx context.Context, person string) (commands.Home, error)
	CampaignFacts(ctx context.Context, name string) (commands.CampaignView, error)
	RunFacts(ctx context.Context, send int64) (commands.RunView, error)
	ScheduleFacts(ctx context.Context, id int64) (commands.ScheduleView, error)
	DecidersOf(ctx context.Context, s store.Send) ([]string, error)
	Recheck(ctx context.Context, age time.Duration) error
}

// Bounds of the dispatcher. A handler that waits for a person's answer waits for the ledger, which has one writer, so
// many more handlers would not be quicker.
const (
	handlersAtOnce = 64
	handlersQueued = 256
)

// How long a stopping bot waits for handlers, and then for their acknowledgements to leave.
const (
	drainHandlers = 4 * time.Second
	drainExcuses  = time.Second
	drainAcks     = 100 * time.Millisecond
)

// Bot is one process's part in Slack.
type Bot struct {
	config Config
	people *People
	web    *web
	desk   Desk
	ledger *store.Ledger
	views  *views.Views
	o      Options
	log    *slog.Logger
	now    func() time.Time

	sockets  []*socket
	open     atomic.Int32 // sockets that said hello and have not ended
	crowd    sync.Once
	work     *dispatcher     // what people ask
	excuses  *dispatcher     // telling people that there was no room for their press
	handling context.Context // of all handlers: ends when a stopping bot has waited long enough
	giveUp   context.CancelFunc
	pace     time.Duration // between connections that do not last; tests are quicker
	idle     time.Duration // between looks at cards when nothing seems to change
	forms    *forms
}

// New wires a bot; nothing is called before Run and Cards. One of each may run, once.
func New(c Config, people *People, desk Desk, l *store.Ledger, v *views.Views, o Options) (*Bot, error) {
	if c.Connections < 1 {
		return nil, fmt.Errorf("slack.connections is %d: at least one is needed", c.Connections)
	}
	o = o.filled()
	b := &Bot{config: c, people: people, web: people.web, desk: desk, ledger: l, views: v, o: o, log: o.Log, now: o.Now, pace: paceFirst, idle: time.Second, forms: newForms(o.Now)}
	b.handling, b.giveUp = context.WithCancel(context.Background())
	return b, nil
}

// Ready tells that Slack can reach this process: at least one socket said hello.
func (b *Bot) Ready() bool { return b.open.Load() > 0 }

// Sockets is how many sockets Slack can reach this process by.
func (b *Bot) Sockets() int { return int(b.open.Load()) }

// Run listens to Slack until ctx ends; then it takes nothing more, lets handlers in hand finish and their
// acknowledgements leave, and returns nil. An error means that Slack refuses a token: trying again cannot help.
func (b *Bot) Run(ctx context.Context) error {
	defer b.giveUp()
	if err := b.introduce(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	b.work, b.excuses = newDispatcher(handlersAtOnce, handlersQueued), newDispatcher(2, handlersQueued)
	// The sockets outlive ctx: acknowledgements of what is in hand go through them.
	open, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	sockets, open := errgroup.WithContext(open)
	for n := range b.config.Connections {
		s := b.newSocket(n + 1)
		b.sockets = append(b.sockets, s)
		sockets.Go(func() error { return s.run(open) })
		sockets.Go(func() error { s.listen(open); return nil })
	}
	select {
	case <-ctx.Done():
	case <-open.Done():
	}
	b.drain()
	hangUp()
	return sockets.Wait()
}

// drain lets what is in hand finish; slack-go drops acknowledgements that have not left when its context ends.
func (b *Bot) drain() {
	waited := b.work.close(drainHandlers)
	waited = b.excuses.close(drainExcuses) && waited
	if !waited {
		b.log.Warn("handlers were still at work when the bot stopped")
	}
	b.giveUp()
	time.Sleep(drainAcks)
}

// introduce makes sure that Slack accepts the bot token, as long as it takes to reach Slack.
func (b *Bot) introduce(ctx context.Context) error {
	for try := 0; ; try++ {
		f := b.web.call(ctx, "auth.test", func(ctx context.Context) error {
			me, err := b.web.api.AuthTestContext(ctx)
			if err == nil {
				b.log.Info("known to Slack", "team", me.TeamID, "user", me.UserID)
			}
			return err
		})
		switch {
		case f == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case f.Kind == faultRefused && needsPerson(f.Code):
			return fmt.Errorf("auth.test: Slack does not accept slack.bot_token (%s)", f.Code)
		}
		wait := max(f.After, backoff(try))
		b.log.Warn("Slack did not answer auth.test", "err", f, "again_in", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// reader is a person as a reader of what only they see.
func (b *Bot) reader(p commands.Person) views.Reader {
	r := views.Reader{Language: b.language(p), Zone: b.o.Zone, Private: true, Now: b.now()}
	if zone, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		r.Zone = zone
	}
	return r
}

// channelReader is everyone in a channel.
func (b *Bot) channelReader() views.Reader {
	return views.Reader{Language: b.config.ChannelLanguage, Zone: b.o.Zone, Now: b.now()}
}

// alertSlack tells people what Slack refuses, once a day for each thing.
func (b *Bot) alertSlack(ctx context.Context, why, where string) {
	day := b.now().In(b.o.Zone).Format(time.DateOnly)
	a := store.Alert{Key: "slack:" + why + ":" + where + ":" + day, Kind: store.AlertSlack, Detail: map[string]string{"why": why + " (" + where + ")"}}
	if err := b.ledger.Raise(ctx, a); err != nil && !errors.Is(err, context.Canceled) {
		b.log.Error("raise an alert", "err", err)
	}
}
