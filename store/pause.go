package store

import (
	"context"
	"fmt"
	"time"
)

// moveSend is the one way in which a person changes a send's state; set adds columns ("pause_reason = ?").
func (t *tx) moveSend(id int64, from []SendState, set string, args ...any) error {
	args = append(args, id)
	for _, s := range from {
		args = append(args, s)
	}
	n, err := t.exec(`UPDATE sends SET `+set+` WHERE id = ? AND state IN (`+list("?", len(from))+`)`, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		s, err := t.send(id)
		if err != nil {
			return err
		}
		return &Moved{Subject: SendName(id), State: string(s.State), By: s.PausedBy, At: s.FinishedAt}
	}
	return t.touchSend(id)
}

// PauseSend holds a send's waiting coupons back. *Moved when it is in no state to be paused.
func (l *Ledger) PauseSend(ctx context.Context, id int64, by, input string) error {
	return l.tx(ctx, "send.pause", func(t *tx) error {
		if seen, err := t.input(input, SendName(id)); err != nil || seen != "" {
			return err
		}
		if err := t.moveSend(id, []SendState{SendApproved, SendIssuing},
			"paused_from = state, state = 'paused', pause_reason = 'person', pause_detail = '', paused_by = ?", by); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "send.pause", Send: id})
	})
}

// ResumeSend lets a paused send go on, also one that paused itself. Its stock is read again soon; until then WeChat Pay's answers
// tell what the stock lets happen. Somebody else's send that was paused because its requester left is theirs to finish. A run that found no room under campaigns'
// limits holds them now: *LimitReached when there is still none.
func (l *Ledger) ResumeSend(ctx context.Context, id int64, by, input string) error {
	return l.tx(ctx, "send.resume", func(t *tx) error {
		if seen, err := t.input(input, SendName(id)); err != nil || seen != "" {
			return err
		}
		s, err := t.send(id)
		if err == nil && s.State == SendPaused && s.Kind == kindCampaign {
			err = t.resumeRun(s)
		}
		if err != nil {
			return err
		}
		if err := t.moveSend(id, []SendState{SendPaused}, "state = paused_from, paused_from = '', pause_reason = '', pause_detail = '', paused_by = '', resumed_at = ?, "+
			"taken_over = CASE WHEN pause_reason = '"+PauseLeft+"' AND requested_by <> ? THEN 1 ELSE taken_over END", ms(t.at), by); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE stocks SET refresh_at = ? WHERE stock_id = (SELECT stock_id FROM sends WHERE id = ?)`, ms(t.at), id); err != nil {
			return err
		}
		if err := t.audit(Event{Actor: by, Action: "send.resume", Send: id}); err != nil {
			return err
		}
		return t.ends(id)
	})
}

// pauseSelf pauses one send because of what was found out, not because a person said so.
func (t *tx) pauseSelf(id int64, reason, detail string) error {
	n, err := t.exec(`UPDATE sends SET paused_from = state, state = 'paused', pause_reason = ?, pause_detail = ?, paused_by = ''
		WHERE id = ? AND state IN ('approved', 'issuing')`, reason, detail, id)
	if err != nil || n == 0 {
		return err
	}
	if err := t.touchSend(id); err != nil {
		return err
	}
	return t.audit(Event{Actor: ActorBot, Action: "send.paused", Send: id, Detail: map[string]any{"reason": reason, "said": detail}})
}

// pauseStock pauses every send of a stock, and tells people once a day and reason.
func (t *tx) pauseStock(stock string, r Result) error {
	rows, err := t.query(`SELECT id FROM sends WHERE stock_id = ? AND state IN ('approved', 'issuing') ORDER BY id`, stock)
	if err != nil {
		return err
	}
	ids, err := collect(rows, func(id *int64) []any { return []any{id} })
	if err != nil || len(ids) == 0 {
		return err
	}
	for _, id := range ids {
		if err := t.pauseSelf(id, r.Reason, r.Message); err != nil {
			return err
		}
	}
	key := fmt.Sprintf("stock:%s:%s:%s", stock, r.Reason, t.at.In(t.options.Zone).Format(time.DateOnly))
	return t.alert(Alert{Key: key, Kind: AlertStockPaused, Detail: map[string]string{"stock": stock, "reason": r.Reason, "code": r.Code, "message": r.Message,
		"request_id": r.RequestID}})
}
