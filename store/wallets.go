package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Wallet is what a customer's list of one merchant's coupons at WeChat Pay showed when it was last read. Whether a
// coupon was used is known there alone, so somebody who looks at a customer writes "read this" here, the loop that holds
// the line to WeChat Pay reads, and the next look shows it with its age.
type Wallet struct {
	OpenID       string
	CreatorMchID string
	Coupons      map[string]string // WeChat Pay's status word (SENDED, USED) by coupon id; an expired coupon is not in it
	ReadAt       time.Time         // zero: never read
	WantAt       time.Time         // somebody waits for a reading since then; zero: nobody
	TriedAt      time.Time         // the newest attempt, also one that failed
	Fault        string            // why the newest attempt failed; "" when it did not
}

// walletLife is how long a reading is kept: it is drawn beside its age, and after days it says nothing any more.
const walletLife = 7 * 24 * time.Hour

const selectWallet = `SELECT openid, creator_mchid, coupons, read_at, want_at, tried_at, fault FROM wallets`

func scanWallet(row interface{ Scan(...any) error }) (w Wallet, err error) {
	var coupons string
	var read, want, tried int64
	if err := row.Scan(&w.OpenID, &w.CreatorMchID, &coupons, &read, &want, &tried, &w.Fault); err != nil {
		return w, notFound(err)
	}
	w.ReadAt, w.WantAt, w.TriedAt = at(read), at(want), at(tried)
	if err := json.Unmarshal([]byte(coupons), &w.Coupons); err != nil {
		return w, fmt.Errorf("coupons of a wallet: %w", err)
	}
	return w, nil
}

// Wallet is the newest reading; one that nobody asked for yet is empty.
func (l *Ledger) Wallet(ctx context.Context, openid, creatorMchID string) (Wallet, error) {
	w, err := scanWallet(l.queryRow(ctx, selectWallet+` WHERE openid = ? AND creator_mchid = ?`, openid, creatorMchID))
	if errors.Is(err, ErrNotFound) {
		return Wallet{OpenID: openid, CreatorMchID: creatorMchID}, nil
	}
	return w, l.fault("wallet", err)
}

// WantWallet asks for a customer's list to be read, once; asked again before it was, it is the same asking.
func (l *Ledger) WantWallet(ctx context.Context, openid, creatorMchID string) error {
	return l.tx(ctx, "wallet.want", func(t *tx) error {
		_, err := t.exec(`INSERT INTO wallets (openid, creator_mchid, want_at) VALUES (?, ?, ?)
			ON CONFLICT (openid, creator_mchid) DO UPDATE SET want_at = CASE WHEN wallets.want_at > 0 THEN wallets.want_at ELSE excluded.want_at END`,
			openid, creatorMchID, ms(t.at))
		return err
	})
}

// WalletsWanted lists whom somebody waits for, who waits longest first.
func (l *Ledger) WalletsWanted(ctx context.Context, limit int) ([]Wallet, error) {
	rows, err := l.queryRows(ctx, selectWallet+` WHERE want_at > 0 ORDER BY want_at LIMIT ?`, limit)
	if err != nil {
		return nil, l.fault("wallets wanted", err)
	}
	defer rows.Close()
	var out []Wallet
	for rows.Next() {
		w, err := scanWallet(rows)
		if err != nil {
			return nil, l.fault("wallets wanted", err)
		}
		out = append(out, w)
	}
	return out, l.fault("wallets wanted", rows.Err())
}

// SaveWallet keeps a new reading, and nobody waits any more. A failed one (w.Fault) keeps what the last showed.
func (l *Ledger) SaveWallet(ctx context.Context, w Wallet) error {
	coupons, err := json.Marshal(w.Coupons)
	if err != nil {
		return fmt.Errorf("coupons of a wallet: %w", err)
	}
	return l.tx(ctx, "wallet.save", func(t *tx) error {
		if w.Fault != "" {
			_, err := t.exec(`UPDATE wallets SET fault = ?, want_at = 0, tried_at = ? WHERE openid = ? AND creator_mchid = ?`, w.Fault, ms(t.at), w.OpenID, w.CreatorMchID)
			return err
		}
		_, err := t.exec(`UPDATE wallets SET coupons = ?, fault = '', want_at = 0, read_at = ?, tried_at = ? WHERE openid = ? AND creator_mchid = ?`,
			string(coupons), ms(t.at), ms(t.at), w.OpenID, w.CreatorMchID)
		return err
	})
}

// tidyWallets forgets readings that are too old to say anything.
func (t *tx) tidyWallets() error {
	_, err := t.exec(`DELETE FROM wallets WHERE want_at = 0 AND tried_at < ?`, ms(t.at.Add(-walletLife)))
	return err
}
