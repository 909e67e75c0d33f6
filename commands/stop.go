package commands

import (
	"context"
	"errors"
	"strconv"
	"time"

	"couponbot/store"
)

// stopLife is how long the red button's card works.
const stopLife = 10 * time.Minute

// stop shows the card of the red button; nothing stops before it is pressed.
func (d *Desk) stop(ctx context.Context, q asked) (Reply, error) {
	var words []string
	for _, a := range q.args {
		words = append(words, a.text)
	}
	why, err := q.why(words)
	if err != nil {
		return nil, err
	}
	stands, err := d.ledger.Stopped(ctx)
	switch {
	case err == nil:
		return Stopped{Stop: stands, Existed: true}, nil
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	return StopAsk{Why: why, Value: stopValue(q.Person, d.now(), why)}, nil
}

// confirmStop is the red button. It works once, for the admin whom the card was shown to: pressed again after somebody
// has started again, it must not stop what goes on now.
func (d *Desk) confirmStop(ctx context.Context, ask Ask, value string) (Reply, error) {
	person, shown, why, ok := parseStop(value)
	if !ok {
		return Redrawn{}, nil
	}
	if person != ask.Person {
		return nil, &Refusal{Code: NotYours, Word: "stop"}
	}
	if err := d.need(ctx, ask.Person, groupAge, RightAdmin); err != nil {
		return nil, err
	}
	stands, err := d.ledger.Stopped(ctx)
	if err == nil {
		return Stopped{Stop: stands, Existed: true}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	card := "stop.confirm " + person + " " + strconv.FormatInt(shown.UnixMilli(), 10)
	used, err := d.again(ctx, Ask{Input: card})
	if err != nil {
		return nil, err
	}
	if age := d.now().Sub(shown); used || age > stopLife || age < -time.Minute {
		return nil, &Refusal{Code: StopCardOld, At: shown}
	}
	s, existed, err := d.ledger.Stop(ctx, ask.Person, why, card)
	return Stopped{Stop: s, Existed: existed}, err
}

// start asks for another admin to end the stop.
func (d *Desk) start(ctx context.Context, q asked) (Reply, error) {
	s, err := d.ledger.AskStart(ctx, q.Person, q.Input)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &Refusal{Code: NotStopped}
	}
	return StartAsked{Stop: s}, err
}

// confirmStart is the other admin's press. Who asked and who stopped are looked at by the ledger, in the transaction.
func (d *Desk) confirmStart(ctx context.Context, ask Ask, value string) (Reply, error) {
	id, ok := parseStart(value)
	if !ok {
		return Redrawn{}, nil
	}
	if err := d.need(ctx, ask.Person, 0, RightAdmin); err != nil {
		return nil, err
	}
	s, err := d.ledger.ConfirmStart(ctx, id, ask.Person, ask.Input)
	if errors.Is(err, store.ErrNotFound) {
		return Redrawn{}, nil
	}
	m, ok := errors.AsType[*store.Moved](err)
	if !ok {
		return Started{Stop: s}, err
	}
	subject := store.StopName(id)
	switch m.State {
	case "own":
		return nil, &Refusal{Code: OwnStart, Word: subject}
	case "not_asked":
		return nil, &Refusal{Code: StartNotAsked, Word: subject}
	}
	if m.By == ask.Person {
		return Started{Stop: s}, nil
	}
	return Redrawn{Subject: subject}, nil
}
