package operate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"couponbot/store"
)

// An ExportAsk is what to export, as it was typed.
type ExportAsk struct {
	What   string // grants, sends, audit
	From   string // 2026-03-01, a whole day in the zone; "" for open
	To     string // the last day, included
	By     string // finished, created, or "" for finished (audit has one time only)
	Send   string // S12, or ""
	Format string // csv, jsonl
}

// choice is the ask as the ledger understands it.
func (a ExportAsk) choice(zone *time.Location) (c store.Choice, err error) {
	day := func(flag, text string, add int) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, bad := time.ParseInLocation(time.DateOnly, text, zone)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("%w: --%s %s: give a day such as 2026-03-01", ErrUsage, flag, text))
			return time.Time{}
		}
		y, m, d := t.Date()
		return time.Date(y, m, d+add, 0, 0, 0, 0, zone)
	}
	c.From, c.To, c.Finished = day("from", a.From, 0), day("to", a.To, 1), a.By != "created"
	if err == nil && !c.From.IsZero() && !c.To.IsZero() && !c.From.Before(c.To) {
		err = fmt.Errorf("%w: --to %s is before --from %s", ErrUsage, a.To, a.From)
	}
	if a.Send != "" {
		id, ok := store.ParseID(a.Send)
		if !ok || id.Position > 0 {
			err = errors.Join(err, fmt.Errorf("%w: --send %s: give a send such as S12", ErrUsage, a.Send))
		}
		c.Send = id.Send
	}
	if a.What == "audit" && a.By != "" {
		err = errors.Join(err, fmt.Errorf("%w: --by: an audit event has one time only", ErrUsage))
	}
	return c, err
}

// Export writes rows of the ledger to out, in full and masked nowhere, while the bot may be working; who asked is
// written into the audit before the first row.
func Export(ctx context.Context, dsn string, o store.Options, ask ExportAsk, out io.Writer) (err error) {
	choice, err := ask.choice(o.Zone)
	if err != nil {
		return err
	}
	l, err := store.OpenWitness(ctx, dsn, o)
	if err != nil {
		return Explain(err, dsn)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	detail := map[string]any{"what": ask.What, "format": ask.Format}
	for name, value := range map[string]string{"from": ask.From, "to": ask.To, "by": ask.By, "send": ask.Send} {
		if value != "" {
			detail[name] = value
		}
	}
	if err := l.Audit(ctx, store.Event{Actor: Who(), Action: "export", Detail: detail}); err != nil {
		return Explain(err, dsn)
	}
	buffered := bufio.NewWriterSize(out, 1<<16)
	t := newTable(ask.Format, buffered)
	switch ask.What {
	case "grants":
		t.names(grantColumns)
		err = l.EachGrant(ctx, choice, func(g store.Grant, s store.Send) error { return t.row(grantCells(g, s)) })
	case "sends":
		t.names(sendColumns)
		err = l.EachSend(ctx, choice, func(s store.Send) error { return t.row(sendCells(s)) })
	case "audit":
		t.names(auditColumns)
		err = l.EachEvent(ctx, choice, func(e store.Line) error { return t.row(auditCells(e)) })
	default:
		return fmt.Errorf("%w: export grants, sends or audit", ErrUsage)
	}
	if err = errors.Join(err, t.end(), buffered.Flush()); err != nil {
		return fmt.Errorf("the export is not complete: %w", err)
	}
	return nil
}

var grantColumns = strings.Fields(`grant send state stock_id stock_creator_mchid openid out_request_no coupon_id amount_fen requested_by approved_by reason
	ticket campaign planned_at created_at finished_at attempts wechat_code wechat_message wechat_request_id`)

func grantCells(g store.Grant, s store.Send) []cell {
	return []cell{text(g.ID.String()), text(store.SendName(s.ID)), text(string(g.State)), text(g.StockID), text(s.CreatorMchID), text(g.OpenID),
		text(s.Number(g.ID.Position)), text(g.CouponID), number(int64(s.Amount)), text(s.RequestedBy), text(strings.Join(s.ApprovedBy, " ")),
		text(s.Reason), text(s.Ticket), text(s.Campaign), moment(s.PlannedAt), moment(g.CreatedAt), moment(g.FinishedAt), number(int64(g.Attempts)),
		text(g.Code), text(g.Message), text(g.RequestID)}
}

var sendColumns = strings.Fields(`send kind state stock_name stock_id stock_creator_mchid amount_fen coupons waiting issuing unknown issued refused cancelled
	issued_fen requested_by approved_by reason ticket note campaign planned_at pause_reason created_at approved_at finished_at`)

func sendCells(s store.Send) []cell {
	return []cell{text(store.SendName(s.ID)), text(s.Kind), text(string(s.State)), text(s.StockName), text(s.StockID), text(s.CreatorMchID),
		number(int64(s.Amount)), number(int64(s.Total)), number(int64(s.Waiting)), number(int64(s.Issuing)), number(int64(s.Unknown)),
		number(int64(s.Issued)), number(int64(s.Refused)), number(int64(s.Cancelled)), number(int64(s.Amount) * int64(s.Issued)),
		text(s.RequestedBy), text(strings.Join(s.ApprovedBy, " ")), text(s.Reason), text(s.Ticket), text(s.Note), text(s.Campaign),
		moment(s.PlannedAt), text(s.PauseReason), moment(s.CreatedAt), moment(s.ApprovedAt), moment(s.FinishedAt)}
}

var auditColumns = strings.Fields(`event at actor action subject detail`)

func auditCells(e store.Line) []cell {
	return []cell{number(e.ID), moment(e.At), text(e.Actor), text(e.Action), text(e.Subject()), raw(e.Detail)}
}

func number(n int64) cell { return cell{text: strconv.FormatInt(n, 10), json: true} }

// moment is RFC 3339 in UTC, with milliseconds where there are any.
func moment(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return text(t.UTC().Format("2006-01-02T15:04:05.999Z07:00"))
}
