package commands

import (
	"context"
	"errors"
	"time"

	"couponbot/store"
)

// What people do to a send that is there: each is a verb and a button.

func (d *Desk) pause(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, d.pauseSend)
}
func (d *Desk) resume(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, d.resumeSend)
}
func (d *Desk) cancel(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, d.cancelSend)
}
func (d *Desk) retry(ctx context.Context, q asked) (Reply, error) {
	return d.onSend(ctx, q, d.retrySend)
}

// onSend does something to the send that a verb names.
func (d *Desk) onSend(ctx context.Context, q asked, do func(context.Context, Ask, store.Send) (Reply, error)) (Reply, error) {
	id, refusal := parseSendID(q.args[0].text)
	if refusal != nil {
		return nil, refusal
	}
	s, err := d.sendOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return do(ctx, q.Ask, s)
}

// sendOf reads a send that somebody named.
func (d *Desk) sendOf(ctx context.Context, id int64) (store.Send, error) {
	s, err := d.ledger.Send(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = &Refusal{Code: NoSuchSend, Word: store.SendName(id)}
	}
	return s, err
}

// mine lets through a send's requester and admins, and to a campaign's run everybody who may run campaigns: the next shift
// ends what the last one began. Where money would move again, the requester must still have the right to send.
func (d *Desk) mine(ctx context.Context, ask Ask, s store.Send, moves bool) error {
	if s.RequestedBy == ask.Person && !moves {
		return nil
	}
	if s.Kind == "campaign" {
		return d.need(ctx, ask.Person, groupAge, RightCampaign, RightAdmin)
	}
	admin, err := d.has(ctx, ask.Person, groupAge, RightAdmin)
	switch {
	case err == nil && admin:
		return nil
	case s.RequestedBy == ask.Person:
		return d.need(ctx, ask.Person, groupAge, RightSend)
	case err != nil:
		return &Refusal{Code: CouldNotCheck, Err: err}
	}
	return &Refusal{Code: NotYours, Word: store.SendName(s.ID)}
}

func (d *Desk) pauseSend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	return d.change(ctx, ask, s, "pause", false, d.ledger.PauseSend)
}

func (d *Desk) resumeSend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	return d.change(ctx, ask, s, "resume", true, d.ledger.ResumeSend)
}

func (d *Desk) cancelSend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	return d.change(ctx, ask, s, "cancel", false, d.ledger.CancelSend)
}

func (d *Desk) change(ctx context.Context, ask Ask, s store.Send, verb string, moves bool,
	do func(ctx context.Context, id int64, by, input string) error) (Reply, error) {
	if err := d.mine(ctx, ask, s, moves); err != nil {
		return nil, err
	}
	if err := steered(s, do(ctx, s.ID, ask.Person, ask.Input)); err != nil {
		return nil, err
	}
	return Changed{Send: d.newest(ctx, s), Verb: verb}, nil
}

// newest reads a send again after a change of it was written; s is how it was known, for when that fails. It has time of
// its own: that the asker's is over must not make what was done look undone.
func (d *Desk) newest(ctx context.Context, s store.Send) store.Send {
	ctx, stop := afterwards(ctx)
	defer stop()
	now, err := d.ledger.Send(ctx, s.ID)
	if err != nil {
		d.log.Error("read a send after it was changed", "send", store.SendName(s.ID), "err", err)
		return s
	}
	return now
}

// afterwards is the time for reading what was written.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
}

// moved is the refusal for a send that is in another state than a verb wants.
func moved(err error) error {
	if m, ok := errors.AsType[*store.Moved](err); ok {
		return &Refusal{Code: WrongState, Word: m.Subject, Text: m.State, By: m.By, At: m.At}
	}
	return err
}

// steered is moved, and the refusal for a send that a limit has no room for.
func steered(s store.Send, err error) error {
	if limit, ok := errors.AsType[*store.LimitReached](err); ok {
		return &Refusal{Code: OverLimit, Word: store.SendName(s.ID), Limit: limit}
	}
	return moved(err)
}

// retrySend puts back what was refused for now, under today's limits.
func (d *Desk) retrySend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if err := d.mine(ctx, ask, s, true); err != nil {
		return nil, err
	}
	if again, err := d.again(ctx, ask); again || err != nil {
		return d.statusReply(ctx, ask, s, 0, err)
	}
	if s.Kind == "campaign" { // its run's own rules hold
		return d.retryNow(ctx, ask, s, nil)
	}
	refused, err := d.ledger.Grants(ctx, s.ID, 0, s.Total, store.GrantRefused)
	if err != nil {
		return nil, err
	}
	c := store.Contents{StockID: s.StockID, CreatorMchID: s.CreatorMchID, Amount: s.Amount}
	for _, g := range refused {
		c.OpenIDs = append(c.OpenIDs, g.OpenID)
	}
	return d.retryNow(ctx, ask, s, d.config.Limits.holds(s.RequestedBy, c))
}

// retryNow puts back what was refused for now, under these limits of the whole send.
func (d *Desk) retryNow(ctx context.Context, ask Ask, s store.Send, limits []store.Limit) (Reply, error) {
	done, err := d.ledger.RetrySend(ctx, s.ID, ask.Person, ask.Input, limits)
	if m, ok := errors.AsType[*store.Moved](err); ok && m.State == "too_old" {
		return nil, &Refusal{Code: RetryTooOld, Word: m.Subject, At: m.At}
	}
	if err := steered(s, err); err != nil {
		return nil, err
	}
	if done.Back == 0 {
		return nil, &Refusal{Code: NothingToRetry, Word: store.SendName(s.ID), Count: int64(done.Final), Number: int64(done.TooOld)}
	}
	return Retried{Send: d.newest(ctx, s), Retried: done}, nil
}

// again tells whether this very input was carried out before: Slack delivered it twice.
func (d *Desk) again(ctx context.Context, ask Ask) (bool, error) {
	if ask.Input == "" {
		return false, nil
	}
	_, err := d.ledger.Seen(ctx, ask.Input)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (d *Desk) recheck(ctx context.Context, q asked) (Reply, error) {
	id, refusal := parseID(q.args[0].text)
	if refusal != nil {
		return nil, refusal
	}
	s, err := d.sendOf(ctx, id.Send)
	if err != nil {
		return nil, err
	}
	return d.recheckGrants(ctx, q.Ask, s, id.Position)
}

func (d *Desk) recheckSend(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	return d.recheckGrants(ctx, ask, s, 0)
}

// recheckGrants makes unknown coupons due now; position 0 means all of the send. Those that are being asked about at
// this moment count too.
func (d *Desk) recheckGrants(ctx context.Context, ask Ask, s store.Send, position int) (Reply, error) {
	if err := d.mine(ctx, ask, s, false); err != nil {
		return nil, err
	}
	id := store.GrantID{Send: s.ID, Position: position}
	unknown := int64(s.Unknown)
	if position > 0 {
		g, err := d.grantOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if g.State != store.GrantUnknown {
			return nil, &Refusal{Code: NotUnknown, Word: id.String(), Text: string(g.State), At: g.FinishedAt}
		}
		unknown = 1
	}
	if unknown == 0 {
		return nil, &Refusal{Code: NothingUnknown, Word: store.SendName(s.ID)}
	}
	n, err := d.ledger.Recheck(ctx, id, ask.Person, ask.Input)
	return Rechecked{Send: s, Coupons: max(n, unknown)}, err
}

// grantOf reads a coupon that somebody named.
func (d *Desk) grantOf(ctx context.Context, id store.GrantID) (store.Grant, error) {
	g, err := d.ledger.Grant(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = &Refusal{Code: NoSuchSend, Word: id.String()}
	}
	return g, err
}
