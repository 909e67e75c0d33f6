package commands

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"couponbot/store"
)

// stockID is the shape of a stock's id (WeChat Pay docs, 发放代金券: string of 1 to 20 characters, digits in practice).
var stockID = regexp.MustCompile(`^[0-9]{1,20}$`)

// stock finds what people call a stock, by name or by id.
func (d *Desk) stock(word string) (Stock, error) {
	word = strings.ToLower(strings.Trim(narrow(word), "`*"))
	var names []string
	for _, s := range d.config.Stocks {
		if word == strings.ToLower(s.Name) || word == s.ID {
			if s.CreatorMchID == "" {
				s.CreatorMchID = d.config.MchID
			}
			return s, nil
		}
		names = append(names, s.Name)
	}
	if d.config.AnyStock && stockID.MatchString(word) {
		return Stock{Name: word, ID: word, CreatorMchID: d.config.MchID}, nil
	}
	slices.Sort(names)
	return Stock{}, &Refusal{Code: UnlistedStock, Word: word, Nearest: nearest(word, names), Names: names}
}

// snapshotAge is how old a reading may be before a newer one is asked for; nobody waits for that one.
const snapshotAge = 2 * time.Minute

// snapshot is the newest reading of a stock. One that was never read is asked for and waited for a little: the reader
// is another part of the program, so the ledger is looked at until it has written.
func (d *Desk) snapshot(ctx context.Context, s Stock) (store.Stock, error) {
	snap, err := d.ledger.Stock(ctx, s.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return snap, err
	}
	read := !snap.ReadAt.IsZero() && snap.CreatorMchID == s.CreatorMchID
	if read && d.now().Sub(snap.ReadAt) <= snapshotAge {
		return snap, nil
	}
	if err := d.ledger.WantStock(ctx, s.ID, s.CreatorMchID); err != nil || read {
		return snap, err
	}
	late := time.NewTimer(d.config.WaitForStock)
	defer late.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		changed := d.ledger.Changed()
		newer, err := d.ledger.Stock(ctx, s.ID)
		switch {
		case err == nil && newer.ReadAt.After(snap.ReadAt):
			return newer, nil
		case err == nil && newer.Fault != "" && newer.Fault != snap.Fault:
			return newer, &Refusal{Code: StockUnread, Word: s.Name, Text: newer.Fault}
		case err != nil:
			return snap, err
		}
		select {
		case <-changed:
		case <-look.C:
		case <-late.C:
			return snap, &Refusal{Code: StockUnread, Word: s.Name, Text: newer.Fault}
		case <-ctx.Done():
			return snap, ctx.Err()
		}
	}
}

// sendable refuses a stock that WeChat Pay would not give n coupons of now, as far as its reading tells.
func sendable(s Stock, snap store.Stock, n int, now time.Time) error {
	r := &Refusal{Word: s.Name}
	switch left := snap.Left(); {
	case snap.Type != "NORMAL":
		r.Code, r.Text = StockKind, snap.Type
	case !snap.Ends.IsZero() && !now.Before(snap.Ends):
		r.Code, r.At = StockEnded, snap.Ends
	case snap.Status != "running":
		r.Code, r.Text = StockNotRunning, snap.Status
	case now.Before(snap.Begins):
		r.Code, r.At = StockNotBegun, snap.Begins
	case left >= 0 && left < int64(n):
		r.Code, r.Number, r.Count = StockEmpty, left, int64(n)
	case s.Custom == nil && snap.Amount <= 0:
		r.Code = StockUnread
	default:
		return nil
	}
	return r
}
