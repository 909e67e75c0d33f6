package store

import "context"

// QueueAsk says whose queue is read.
type QueueAsk struct {
	Person string
	Groups []string // that the person belongs to
	Limit  int
}

// Queue lists the sends that wait for a person: one of their groups has a missing seat, they are no party and have not decided.
// Oldest first; more counts the others up to CountMost.
func (l *Ledger) Queue(ctx context.Context, ask QueueAsk) (waiting []Send, more int, err error) {
	if len(ask.Groups) == 0 {
		return nil, 0, nil
	}
	mine := `SELECT w.send_id FROM waits w WHERE w.grp IN (` + list("?", len(ask.Groups)) + `)
		AND NOT EXISTS (SELECT 1 FROM parties p WHERE p.send_id = w.send_id AND p.person = ?)
		AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.person = ? AND d.send_id = w.send_id AND d.void_at = 0) GROUP BY w.send_id`
	args := make([]any, 0, len(ask.Groups)+3)
	for _, group := range ask.Groups {
		args = append(args, group)
	}
	args = append(args, ask.Person, ask.Person)
	waiting, err = readAll(scanSend)(l.queryRows(ctx, selectSend+` WHERE id IN (`+mine+` ORDER BY w.send_id LIMIT ?) ORDER BY id`, append(args[:len(args):len(args)], ask.Limit)...))
	if err != nil {
		return nil, 0, l.fault("queue", err)
	}
	more, err = l.countMore(ctx, len(waiting), ask.Limit, mine, args)
	return waiting, more, err
}
