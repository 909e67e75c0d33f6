package issuing

import (
	"context"
	"time"

	"couponbot/store"
)

const (
	walletsLook  = 200 * time.Millisecond // how often to see whether somebody waits for a customer's list
	walletsAtOne = 5
	walletsAgain = 5 * time.Second // after the ledger failed: what is not kept is asked for again
)

// wallets reads the lists of customers whom people look up. It settles nothing: what a reading means for a coupon that
// is not known is another matter (reading.go), and whoever looks at a customer must not be able to bring that about.
func (r *run) wallets(ctx context.Context) error {
	for {
		changed := r.ledger.Changed()
		wanted, err := r.ledger.WalletsWanted(ctx, walletsAtOne)
		if err != nil && ctx.Err() == nil {
			r.log.Error("customers' lists to read", "err", err)
			sleep(ctx, walletsAgain)
		}
		for _, w := range wanted {
			if !r.pace.wait(ctx, callsOfReading) {
				return nil
			}
			r.wallet(ctx, w)
		}
		if ctx.Err() != nil {
			return nil
		}
		if len(wanted) == 0 {
			r.idle(ctx, changed)
		}
	}
}

// idle waits a little, shorter when the ledger has changed: but however busy it is, a look costs a read.
func (r *run) idle(ctx context.Context, changed <-chan struct{}) {
	if !sleep(ctx, breathe) {
		return
	}
	t := time.NewTimer(walletsLook)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-t.C:
	}
}

// wallet reads one list, of all the merchant's stocks, and keeps what it says about each coupon.
func (r *run) wallet(ctx context.Context, w store.Wallet) {
	call, cancel := context.WithTimeout(ctx, 2*r.config.Timeout)
	defer cancel()
	list, err := r.wechat.Coupons(call, w.OpenID, w.CreatorMchID, "")
	if ctx.Err() != nil {
		return
	}
	read := store.Wallet{OpenID: w.OpenID, CreatorMchID: w.CreatorMchID, Coupons: map[string]string{}}
	for _, c := range list {
		read.Coupons[c.ID] = c.Status
	}
	if err != nil {
		o := outcomeOf(err)
		read.Fault = fault(*o)
		r.log.Warn("a customer's list was not read", "fault", read.Fault, "request_id", o.RequestID, "err", err)
	}
	if err := r.ledger.SaveWallet(ctx, read); err != nil && ctx.Err() == nil {
		r.log.Error("keep what a customer's list showed", "err", err)
		sleep(ctx, walletsAgain)
	}
}
