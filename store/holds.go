package store

import (
	"cmp"
	"slices"
	"time"
)

// A held is a limit with how many coupons of a send stand under it.
type held struct {
	Limit
	coupons int64
}

// hold takes n coupons of amount each under every limit, or none at all: the first that would be passed is a
// *LimitReached. A limit with an openid counts that customer's one coupon.
func (t *tx) hold(send int64, amount Fen, n int64, limits []Limit) error {
	holds := make([]held, len(limits))
	for i, limit := range limits {
		holds[i] = held{limit, n}
		if limit.OpenID != "" {
			holds[i].coupons = 1
		}
	}
	for batch := range batches(holds) {
		start, end := batch[0].Period.Bounds(t.at, t.options.Zone)
		if err := t.take(send, batch, start, end, amount); err != nil {
			return err
		}
		args := make([]any, 0, 10*len(batch))
		for _, h := range batch {
			args = append(args, send, h.Kind, h.Key, h.OpenID, h.Period, ms(start), ms(end), h.MaxFen, h.MaxCoupons, h.coupons)
		}
		if _, err := t.exec(`INSERT INTO holds (send_id, kind, key, openid, period, start_at, until_at, max_fen, max_coupons, coupons)
			VALUES `+list("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", len(batch))+`
			ON CONFLICT (send_id, openid, kind, key, period) DO UPDATE SET coupons = holds.coupons + excluded.coupons,
			start_at = excluded.start_at, until_at = excluded.until_at, max_fen = excluded.max_fen, max_coupons = excluded.max_coupons`, args...); err != nil {
			return err
		}
	}
	return t.holdsUntil(send)
}

// batches sorts holds into the one order in which counters are taken, which keeps two transactions from waiting for
// each other, and cuts them into runs that one statement can take: the same kind, period and ceilings, each key once.
func batches(holds []held) func(yield func([]held) bool) {
	slices.SortStableFunc(holds, func(a, b held) int {
		return cmp.Or(cmp.Compare(slices.Index(limitOrder, a.Kind), slices.Index(limitOrder, b.Kind)),
			cmp.Compare(a.Period, b.Period), cmp.Compare(a.MaxFen, b.MaxFen), cmp.Compare(a.MaxCoupons, b.MaxCoupons), cmp.Compare(a.Key, b.Key))
	})
	together := func(a, b held) bool {
		return a.Kind == b.Kind && a.Period == b.Period && a.MaxFen == b.MaxFen && a.MaxCoupons == b.MaxCoupons && a.Key != b.Key
	}
	return func(yield func([]held) bool) {
		for len(holds) > 0 {
			n := 1
			for n < len(holds) && n < rowsAtOnce && together(holds[n-1], holds[n]) {
				n++
			}
			if !yield(holds[:n]) {
				return
			}
			holds = holds[n:]
		}
	}
}

// take adds to the counters of one batch, if all of them stay under their ceiling, and tells of those that come close to it.
func (t *tx) take(send int64, batch []held, start, end time.Time, amount Fen) error {
	first, args := batch[0], make([]any, 0, 6*len(batch)+4)
	for _, h := range batch {
		if !h.allows(Usage{}, amount) { // the statement below compares only with what stands there already
			return t.reached(h, start, end, amount)
		}
		args = append(args, h.Kind, h.Key, h.Period, ms(start), amount*Fen(h.coupons), h.coupons)
	}
	rows, err := t.query(`INSERT INTO limits (kind, key, period, start_at, held_fen, held_coupons) VALUES `+list("(?, ?, ?, ?, ?, ?)", len(batch))+`
		ON CONFLICT (kind, key, period, start_at) DO UPDATE
		SET held_fen = limits.held_fen + excluded.held_fen, held_coupons = limits.held_coupons + excluded.held_coupons
		WHERE (CAST(? AS BIGINT) = 0 OR limits.held_fen + limits.spent_fen + excluded.held_fen <= ?)
		AND (CAST(? AS BIGINT) = 0 OR limits.held_coupons + limits.spent_coupons + excluded.held_coupons <= ?)
		RETURNING key, held_fen, spent_fen, held_coupons, spent_coupons`,
		append(args, first.MaxFen, first.MaxFen, first.MaxCoupons, first.MaxCoupons)...)
	if err != nil {
		return err
	}
	taken, err := collect(rows, func(n *counter) []any { return []any{&n.key, &n.HeldFen, &n.SpentFen, &n.HeldCoupons, &n.SpentCoupons} })
	if err != nil {
		return err
	}
	for _, h := range batch {
		i := slices.IndexFunc(taken, func(n counter) bool { return n.key == h.Key })
		if i < 0 {
			return t.reached(h, start, end, amount)
		}
		taken[i].Until = end
		if err := t.nearly(send, h.Limit, taken[i].Usage, start); err != nil {
			return err
		}
	}
	return nil
}

// A counter is what stands under one key of a batch.
type counter struct {
	key string
	Usage
}

func (h held) allows(used Usage, amount Fen) bool {
	return (h.MaxFen == 0 || used.Fen()+amount*Fen(h.coupons) <= h.MaxFen) && (h.MaxCoupons == 0 || used.Coupons()+h.coupons <= h.MaxCoupons)
}

// reached tells with its numbers why a hold is not possible.
func (t *tx) reached(h held, start, end time.Time, amount Fen) error {
	used, err := scanUsage(t.row(selectUsage, h.Kind, h.Key, h.Period, ms(start)))
	if err != nil {
		return err
	}
	used.Until = end
	return &LimitReached{Limit: h.Limit, Used: used, Asked: Usage{HeldFen: amount * Fen(h.coupons), HeldCoupons: h.coupons}}
}

// everyHold are a send's holds that count every coupon.
const everyHold = `openid = ''`

// letGo moves held coupons out of every counter they stand in: to spent when they were issued, to nowhere otherwise.
// openids name the coupons, one each; which are the holds that count every coupon.
func (t *tx) letGo(send int64, amount Fen, spent bool, openids []string, which string) error {
	if len(openids) == 0 {
		return nil
	}
	if err := t.letGoOf(send, amount, spent, int64(len(openids)), which, nil); err != nil {
		return err
	}
	for some := range slices.Chunk(openids, rowsAtOnce) {
		args := make([]any, len(some))
		for i, openid := range some {
			args[i] = openid
		}
		if err := t.letGoOf(send, amount, spent, 1, "openid IN ("+list("?", len(some))+")", args); err != nil {
			return err
		}
	}
	return nil
}

// letGoOf takes up to n coupons out of each of the send's holds that which names.
func (t *tx) letGoOf(send int64, amount Fen, spent bool, n int64, which string, args []any) error {
	if n == 0 {
		return nil
	}
	money, coupons := Fen(0), int64(0)
	if spent {
		money, coupons = amount, 1
	}
	found, err := t.exec(`UPDATE limits SET held_fen = held_fen - ? * h.n, held_coupons = held_coupons - h.n,
		spent_fen = spent_fen + ? * h.n, spent_coupons = spent_coupons + ? * h.n FROM
		(SELECT kind AS k, key AS y, period AS p, start_at AS s, CAST(sum(CASE WHEN coupons < ? THEN coupons ELSE ? END) AS BIGINT) AS n
			FROM holds WHERE send_id = ? AND coupons > 0 AND `+which+` GROUP BY kind, key, period, start_at) h
		WHERE kind = h.k AND key = h.y AND period = h.p AND start_at = h.s`,
		append([]any{amount, money, coupons, n, n, send}, args...)...)
	if err != nil || found == 0 {
		return err
	}
	_, err = t.exec(`UPDATE holds SET coupons = CASE WHEN coupons < ? THEN 0 ELSE coupons - ? END WHERE send_id = ? AND coupons > 0 AND `+which,
		append([]any{n, n, send}, args...)...)
	return err
}
