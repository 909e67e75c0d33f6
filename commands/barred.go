package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"couponbot/store"
)

// barred refuses customers who get nothing. The transaction of CreateSend looks again.
func (d *Desk) barred(ctx context.Context, ask Ask, c store.Contents) error {
	for _, list := range []string{store.AudienceStaff, store.AudienceBlocked} {
		found, err := d.ledger.Listed(ctx, list, c.OpenIDs)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return d.getsNothing(ctx, ask, list, found)
		}
	}
	return nil
}

// getsNothing is the refusal for customers on a list. Whoever tries to send to staff is told to the alerts channel, once
// a day for the same people.
func (d *Desk) getsNothing(ctx context.Context, ask Ask, list string, openids []string) error {
	if list != store.AudienceStaff {
		return &Refusal{Code: CustomerBlocked, Names: openids}
	}
	sorted := slices.Sorted(slices.Values(openids))
	sum := sha256.Sum256([]byte(strings.Join(sorted, " ")))
	alert := store.Alert{Kind: store.AlertStaff, Detail: map[string]string{"person": ask.Person, "openids": strconv.Itoa(len(openids))},
		Key: strings.Join([]string{"staff", ask.Person, d.now().In(d.config.Zone).Format("2006-01-02"), hex.EncodeToString(sum[:8])}, ":")}
	if err := d.ledger.Raise(ctx, alert); err != nil {
		d.log.Error("tell that somebody tried to send to staff", "person", ask.Person, "err", err)
	}
	return &Refusal{Code: CustomerStaff, Names: openids}
}
