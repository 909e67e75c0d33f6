package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// TestRandomWalk does everything that can be done to a ledger in random order, with lost answers, crashes, aborted
// transactions and jumps of time in between, and holds it against its promises after every step. A failure names its
// seed; COUPONBOT_TEST_SEED walks that way again.
func TestRandomWalk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		seeds := []uint64{rand.Uint64() % 1e6, 2}
		if s, err := strconv.ParseUint(os.Getenv("COUPONBOT_TEST_SEED"), 10, 64); err == nil {
			seeds = []uint64{s}
		}
		for _, seed := range seeds {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				w := newWalk(t, db, seed)
				for range 500 {
					w.step(ops)
				}
				w.rest()
			})
		}
	})
}

// A walk is a ledger, the world around it, and what was seen of both after the step before.
type walk struct {
	*testing.T
	*rand.Rand
	clock   *storetest.Clock
	dsn     string
	raw     *sql.DB
	l       *store.Ledger
	lead    *store.Lead
	wechat  *payer
	inHand  []store.Claim  // claimed, and neither called nor given back
	answers []store.Result // called, and not recorded
	sends   map[int64]store.SendState
	grants  map[store.GrantID]store.GrantState
	numbers map[store.GrantID]string
	audited int64
	lists   []int64 // versions of the audience that campaigns run on
	op      string
}

func newWalk(t *testing.T, db storetest.Database, seed uint64) *walk {
	w := &walk{T: t, Rand: rand.New(rand.NewPCG(seed, 7)), clock: storetest.NewClock(), dsn: db.Init(t), sends: map[int64]store.SendState{},
		grants: map[store.GrantID]store.GrantState{}, numbers: map[store.GrantID]string{}}
	w.raw, w.wechat = storetest.Raw(t, w.dsn), &payer{walk: w, first: map[string]time.Time{}, coupons: map[string][]string{}}
	w.start()
	t.Cleanup(func() { w.lead.Close() })
	return w
}

func (w *walk) start() {
	w.l = storetest.Open(w.T, w.dsn, store.Options{Now: w.clock.Now})
	lead, err := w.l.WaitLead(context.Background())
	w.must(err)
	w.lead = lead
}

// payer is WeChat Pay at its least helpful: it forgets a number after a day, so that posting it again pays again.
type payer struct {
	*walk
	first   map[string]time.Time // when a number was first posted
	coupons map[string][]string  // by number
	drawn   int
}

// post is one call; ok is false when its answer is lost.
func (p *payer) post(number string) (r store.Result, ok bool) {
	now := p.clock.Now()
	first, known := p.first[number]
	if !known {
		p.first[number], first = now, now
	}
	if !now.Before(first.Add(store.NumberLife)) {
		p.Fatalf("%s was posted again after %s", number, now.Sub(first))
	}
	if had := p.coupons[number]; len(had) > 0 {
		return store.Result{Verdict: store.GrantIssued, CouponID: had[0]}, p.IntN(3) > 0
	}
	switch n := p.IntN(10); {
	case n < 5:
		p.drawn++
		coupon := strconv.Itoa(1000000 + p.drawn)
		p.coupons[number] = append(p.coupons[number], coupon)
		return store.Result{Verdict: store.GrantIssued, CouponID: coupon}, n < 3
	case n < 7:
		return store.Result{Verdict: store.GrantRefused, Reason: "limit", Code: "RULE_LIMIT", Message: "no", Retryable: p.IntN(2) == 0}, true
	case n < 8:
		return store.Result{Verdict: store.GrantWaiting, Reason: "slower", PauseStock: p.IntN(4) == 0, AskAt: now.Add(time.Duration(p.IntN(60)) * time.Second)}, true
	}
	return store.Result{}, false
}

// settle is the least that a careful caller does with an answer.
func (w *walk) settle(c store.Claim) store.Result {
	number, now := c.Send.Number(c.ID.Position), w.clock.Now()
	r := store.Result{Verdict: store.GrantUnknown, Reason: "lost", Definite: c.Read && c.Definite, AskAt: now.Add(time.Duration(1+w.IntN(100)) * time.Second)}
	switch {
	case c.Read && w.IntN(4) > 0:
		if had := w.wechat.coupons[number]; len(had) > 0 {
			r = store.Result{Verdict: store.GrantIssued, CouponID: had[0], ByReading: true}
			break
		}
		r.EmptyReading, r.AskAt = true, now.Add(time.Duration(w.IntN(15))*time.Minute)
		if w.IntN(2) == 0 {
			r.Verdict = store.GrantRefused // the ledger knows whether that is believable
		}
	case !c.Read:
		answer, ok := w.wechat.post(number)
		switch {
		case !ok:
			r.NeedsPerson = w.IntN(5) == 0
		case answer.Verdict == store.GrantIssued || !c.OpenAttempt || w.IntN(6) == 0: // now and then a careless caller
			r = answer
		default:
			r.Definite, r.AskAt = true, now
		}
	}
	r.ID, r.Attempt = c.ID, c.Attempts
	return r
}

type op struct {
	weight int
	name   string
	do     func(w *walk, ctx context.Context) error
}

var ops = []op{
	{10, "ask", (*walk).ask},
	{20, "claim", (*walk).claimSome},
	{26, "call", (*walk).call},
	{20, "record", (*walk).recordSome},
	{4, "unclaim", (*walk).unclaimSome},
	{2, "crash", (*walk).crash},
	{3, "pause", func(w *walk, ctx context.Context) error { return w.l.PauseSend(ctx, w.some(), "U0ANA", w.key()) }},
	{4, "resume", func(w *walk, ctx context.Context) error { return w.l.ResumeSend(ctx, w.some(), "U0ANA", w.key()) }},
	{2, "cancel", func(w *walk, ctx context.Context) error { return w.l.CancelSend(ctx, w.some(), "U0ANA", w.key()) }},
	{2, "sweep", func(w *walk, ctx context.Context) error { _, err := w.l.Sweep(ctx); return err }},
	{4, "retry", func(w *walk, ctx context.Context) error {
		_, err := w.l.RetrySend(ctx, w.some(), "U0ANA", w.key(), limitsFor(everybody))
		return err
	}},
	{2, "recheck", func(w *walk, ctx context.Context) error {
		_, err := w.l.Recheck(ctx, store.GrantID{Send: w.some()}, "U0ANA", w.key())
		return err
	}},
	{2, "propose", (*walk).propose},
	{2, "confirm", func(w *walk, ctx context.Context) error {
		_, err := w.l.ConfirmSettlement(ctx, 1+w.Int64N(20), w.person(), w.key())
		return err
	}},
	{1, "stop", func(w *walk, ctx context.Context) error {
		_, _, err := w.l.Stop(ctx, w.person(), "why", w.key())
		return err
	}},
	{3, "ask start", func(w *walk, ctx context.Context) error { _, err := w.l.AskStart(ctx, w.person(), w.key()); return err }},
	{4, "start", func(w *walk, ctx context.Context) error {
		_, err := w.l.ConfirmStart(ctx, 1+w.Int64N(6), w.person(), w.key())
		return err
	}},
	{1, "hold", func(w *walk, ctx context.Context) error { return w.l.Hold(ctx, store.HeldClock, "off") }},
	{3, "release", func(w *walk, ctx context.Context) error { return w.l.Release(ctx, store.HeldClock) }},
	{16, "approve", (*walk).approve},
	{2, "reject", (*walk).reject},
	{1, "withdraw", func(w *walk, ctx context.Context) error {
		return w.l.WithdrawSend(ctx, w.waiting(), "U0ANA", "", w.key())
	}},
	{2, "revise", (*walk).revise},
	{2, "unseat", (*walk).unseat},
	{1, "leave", func(w *walk, ctx context.Context) error { return w.l.RequesterLeft(ctx, "U0ANA") }},
	{4, "overdue", func(w *walk, ctx context.Context) error { _, _, err := w.l.Overdue(ctx); return err }},
	{3, "reading", (*walk).reading},
	{1, "listed", (*walk).listed},
	{1, "tidy", func(w *walk, ctx context.Context) error {
		_, err := w.l.Tidy(ctx, time.Hour, time.Hour)
		return err
	}},
	{4, "draw", (*walk).draw},
	{14, "wait", (*walk).wait},
}

func (w *walk) step(ops []op) {
	total := 0
	for _, o := range ops {
		total += o.weight
	}
	n := w.IntN(total)
	for _, o := range ops {
		if n -= o.weight; n < 0 {
			ctx, cancel := context.Background(), func() {}
			if w.IntN(25) == 0 { // whoever asked goes away in the middle
				ctx, cancel = context.WithTimeout(ctx, time.Duration(w.IntN(1500))*time.Microsecond)
			}
			w.op = o.name
			w.allowed(o.do(w, ctx))
			cancel()
			w.promises()
			return
		}
	}
}

// rest lets everything come to its end, as far as it can.
func (w *walk) rest() {
	do := func(name string, act func(ctx context.Context) error) {
		w.Helper()
		w.op = name
		w.allowed(act(context.Background()))
		w.promises()
	}
	do("release", func(ctx context.Context) error { return w.l.Release(ctx, store.HeldClock) })
	do("start", w.startAgain)
	do("overdue", func(ctx context.Context) error { _, _, err := w.l.Overdue(ctx); return err })
	for range 25 {
		for id := range w.sends {
			w.allowed(w.l.ResumeSend(context.Background(), id, "U0ANA", ""))
		}
		do("resume", func(context.Context) error { return nil })
		do("hours", w.hours)
		do("prepare", w.prepare)
		do("sweep", func(ctx context.Context) error { _, err := w.l.Sweep(ctx); return err })
		do("claim", w.claimSome)
		for len(w.inHand) > 0 {
			do("call", w.call)
		}
		do("record", func(ctx context.Context) error { _, err := w.l.Record(ctx, w.answers); return err })
		w.answers = nil
		w.clock.Advance(11 * time.Minute)
	}
}

func (w *walk) startAgain(ctx context.Context) error {
	s, err := w.l.AskStart(ctx, "U0ADA", "")
	if err != nil {
		return err
	}
	_, err = w.l.ConfirmStart(ctx, s.ID, "U0ZOE", "")
	return err
}

// allowed fails for anything but the answers that a caller is promised.
func (w *walk) allowed(err error) {
	w.Helper()
	var moved *store.Moved
	var sent *store.AlreadySent
	var limit *store.LimitReached
	var repeat *store.Repeat
	switch {
	case err == nil, errors.As(err, &moved), errors.As(err, &sent), errors.As(err, &limit), errors.As(err, &repeat), errors.Is(err, store.ErrNotFound),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
	default:
		w.Fatalf("%s: %v", w.op, err)
	}
}

func (w *walk) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", w.op, err)
	}
}

func (w *walk) some() int64 { return 1 + w.Int64N(int64(len(w.sends))+1) }

func (w *walk) key() string { return fmt.Sprint("key ", w.IntN(3000)) }

func (w *walk) person() string { return []string{"U0ADA", "U0AMIR", "U0FINN", "U0ZOE"}[w.IntN(4)] }

var everybody = []string{"oP0", "oP1", "oP2", "oP3", "oP4", "oP5", "oP6"}

func limitsFor(people []string) []store.Limit {
	limits := []store.Limit{{Kind: store.LimitCompany, Period: store.Day, MaxFen: 40_000}, {Kind: store.LimitAgent, Key: "U0ANA", Period: store.Ever}}
	for _, p := range people {
		limits = append(limits, store.Limit{Kind: store.LimitCustomer, Key: p, OpenID: p, Period: store.Month, MaxCoupons: 20})
	}
	return limits
}

func (w *walk) ask(ctx context.Context) error {
	var people []string
	for _, n := range w.Perm(len(everybody))[:1+w.IntN(4)] {
		people = append(people, everybody[n])
	}
	c := contents(people...)
	c.StockID = []string{"9856000", "9856001"}[w.IntN(2)]
	c.Note = []string{"", "note"}[w.IntN(2)]
	d, _, err := w.l.OpenDraft(ctx, w.key(), "U0ANA", "C0SUPPORT", c)
	if err != nil {
		return err
	}
	if w.IntN(8) == 0 {
		return w.l.DiscardDraft(ctx, d.ID, "U0ANA")
	}
	ask := store.SendAsk{Draft: d.ID, By: "U0ANA", Limits: limitsFor(d.Contents.OpenIDs), Repeat: store.RepeatRule{Within: time.Hour}, ResponseURL: "https://hooks/1"}
	if groups := needs[w.IntN(len(needs))]; len(groups) > 0 {
		ask.Seats, ask.Patience = need(groups...), patience
	}
	for range 1 + w.IntN(2) {
		ask.Input = w.key()
		_, err = w.l.CreateSend(ctx, ask)
	}
	return err
}

func (w *walk) claimSome(ctx context.Context) error {
	_, err := w.l.Stopped(context.Background())
	stopped := err == nil
	held, err := w.l.Held(context.Background())
	w.must(err)
	claims, err := w.l.Claim(ctx, store.ClaimAsk{Epoch: w.lead.Epoch, Limit: 1 + w.IntN(8), Lease: lease})
	if err != nil {
		return err
	}
	for _, c := range claims {
		state := w.sends[c.ID.Send]
		switch {
		case len(held) > 0:
			w.Fatalf("%s was claimed while held", c.ID)
		case stopped && !c.Read:
			w.Fatalf("%s was claimed for a call while stopped", c.ID)
		case !c.Reclaimed && state != store.SendApproved && state != store.SendIssuing:
			w.Fatalf("%s was claimed while its send is %s", c.ID, state)
		}
	}
	w.inHand = append(w.inHand, claims...)
	return nil
}

// call asks about one claimed coupon, if that is still allowed and there is time.
func (w *walk) call(ctx context.Context) error {
	if len(w.inHand) == 0 {
		return nil
	}
	i := w.IntN(len(w.inHand))
	c := w.inHand[i]
	may, err := w.l.MayCall(ctx, c, w.lead.Epoch)
	if err != nil {
		return err
	}
	w.inHand = slices.Delete(w.inHand, i, i+1)
	if !may || !w.clock.Now().Add(10*time.Second).Before(c.LeaseUntil) {
		return w.l.Unclaim(ctx, []store.Claim{c})
	}
	w.answers = append(w.answers, w.settle(c))
	return nil
}

func (w *walk) recordSome(ctx context.Context) error {
	w.Shuffle(len(w.answers), func(i, j int) { w.answers[i], w.answers[j] = w.answers[j], w.answers[i] })
	n := 0
	if len(w.answers) > 0 {
		n = 1 + w.IntN(len(w.answers))
	}
	if _, err := w.l.Record(ctx, w.answers[:n]); err != nil {
		return err
	}
	if w.IntN(10) > 0 { // else they are recorded a second time
		w.answers = slices.Clone(w.answers[n:])
	}
	return nil
}

func (w *walk) unclaimSome(ctx context.Context) error {
	if err := w.l.Unclaim(ctx, w.inHand); err != nil {
		return err
	}
	w.inHand = nil
	return nil
}

// crash loses everything that was in the process.
func (w *walk) crash(context.Context) error {
	if w.IntN(2) == 0 {
		w.inHand, w.answers = nil, nil
	}
	w.lead.Close()
	w.must(w.l.Close())
	w.start()
	return nil
}

// propose is a truthful person's proposal about an unknown coupon.
func (w *walk) propose(ctx context.Context) error {
	for id, state := range w.grants {
		if state != store.GrantUnknown {
			continue
		}
		p := store.Settlement{Grant: id, Verdict: store.GrantRefused, Why: "not there", AskedBy: w.person()}
		if had := w.wechat.coupons[w.numbers[id]]; len(had) > 0 {
			p.Verdict, p.CouponID = store.GrantIssued, had[0]
		} else if slices.ContainsFunc(w.inHand, func(c store.Claim) bool { return c.ID == id }) {
			return nil // asked about just now
		}
		_, err := w.l.ProposeSettlement(ctx, p, w.key()+" settle")
		return err
	}
	return nil
}

func (w *walk) listed(ctx context.Context) error {
	if err := w.l.WantStock(ctx, "9856000", storetest.MchID); err != nil {
		return err
	}
	return w.l.StockListed(ctx, "9856000")
}

func (w *walk) draw(ctx context.Context) error {
	cards, err := w.l.Behind(ctx, 3)
	if err != nil {
		return err
	}
	for _, c := range cards {
		if err := w.l.Posting(ctx, c); err != nil {
			return err
		}
		c.Channel, c.TS = "D1", fmt.Sprint("ts", w.IntN(1000000))
		switch w.IntN(4) {
		case 0:
			err = w.l.DropCard(ctx, c, "gone")
		case 1:
			err = w.l.LearnCopy(ctx, c.Subject, c.Kind, c.Reader, c.Channel, c.TS)
			fallthrough
		default:
			err = errors.Join(err, w.l.Drawn(ctx, c))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) wait(context.Context) error {
	w.clock.Advance([]time.Duration{time.Second, time.Second, 20 * time.Second, time.Minute, 11 * time.Minute, 13 * time.Hour, 200 * time.Hour}[min(w.IntN(7), w.IntN(9))])
	return nil
}

// moves are the steps that the state lines allow, and those which two of them make in one transaction.
var (
	sendMoves = []string{"approved issuing", "approved paused", "approved cancelled", "issuing paused", "issuing done", "issuing cancelled",
		"paused approved", "paused issuing", "paused done", "paused cancelled", "done issuing",
		"approved done", // issuing on the way: all that was left was too old
		"awaiting approved", "awaiting rejected", "awaiting expired", "awaiting withdrawn",
		"awaiting paused", // approved on the way, and no room in today's limits
		"awaiting done"}   // approved on the way: a series, or a run of nobody
	grantMoves = []string{"waiting issuing", "waiting cancelled", "issuing issued", "issuing refused", "issuing waiting", "issuing unknown",
		"unknown issued", "unknown refused", "refused waiting",
		"waiting refused",   // a number that is too old is refused without a call
		"issuing cancelled"} // waiting on the way, of a cancelled send
	told = map[string][]string{"waiting issuing": {"grants.claim"}, "waiting cancelled": {"grants.cancelled"}, "issuing cancelled": {"grants.cancelled"},
		"issuing issued": {"grant.issued"}, "unknown issued": {"grant.issued"}, "issuing refused": {"grant.refused"}, "unknown refused": {"grant.refused"},
		"waiting refused": {"grant.refused"}, "issuing unknown": {"grant.unknown", "grants.lease_over"}, "issuing waiting": {"grant.waiting", "grants.unclaim"},
		"refused waiting": {"grants.retry"}}
)

// promises holds the ledger against what it promises (the README's list), and against what it was before the step.
func (w *walk) promises() {
	w.Helper()
	storetest.Check(w.T, w.raw)
	news := w.events()
	w.checkSends()
	rows, err := w.raw.Query(`SELECT g.send_id, g.position, g.state, g.coupon_id, g.outcome, s.number_prefix FROM grants g JOIN sends s ON s.id = g.send_id`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id store.GrantID
		var state store.GrantState
		var coupon, outcome, prefix string
		w.must(rows.Scan(&id.Send, &id.Position, &state, &coupon, &outcome, &prefix))
		number := store.Send{NumberPrefix: prefix}.Number(id.Position)
		if before, ok := w.numbers[id]; ok && before != number {
			w.Fatalf("%s: the number of %s was %s and is %s", w.op, id, before, number)
		}
		w.numbers[id] = number
		w.checkMove(id, state, news)
		w.grants[id] = state
		had := w.wechat.coupons[number]
		switch {
		case len(had) > 1:
			w.Fatalf("%s: %s was issued twice: %v", w.op, id, had)
		case state == store.GrantIssued && !slices.Contains(had, coupon):
			w.Fatalf("%s: %s is issued as %s, WeChat Pay has %v", w.op, id, coupon, had)
		case len(had) > 0 && (state == store.GrantCancelled || state == store.GrantWaiting || state == store.GrantRefused && outcome != store.ReasonSettled):
			w.Fatalf("%s: %s is %s (%s), but WeChat Pay issued %s", w.op, id, state, outcome, had[0])
		}
	}
	w.must(rows.Err())
	w.checkMoney()
	w.checkRuns()
}

func (w *walk) checkMove(id store.GrantID, now store.GrantState, news map[store.GrantID][]string) {
	before, ok := w.grants[id]
	if !ok || before == now {
		return
	}
	move := string(before + " " + now)
	if !slices.Contains(grantMoves, move) {
		w.Fatalf("%s: %s went from %s to %s", w.op, id, before, now)
	}
	if !slices.ContainsFunc(told[move], func(action string) bool { return slices.Contains(news[id], action) }) {
		w.Fatalf("%s: %s went from %s to %s, and the audit has only %v", w.op, id, before, now, news[id])
	}
}

func (w *walk) checkSends() {
	rows, err := w.raw.Query(`SELECT id, state FROM sends`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		var state store.SendState
		w.must(rows.Scan(&id, &state))
		if before, ok := w.sends[id]; ok && before != state && !slices.Contains(sendMoves, string(before+" "+state)) {
			w.Fatalf("%s: %s went from %s to %s", w.op, store.SendName(id), before, state)
		}
		if w.sends[id] == store.SendAwaiting && (state == store.SendApproved || state == store.SendPaused) {
			w.checkSeats(id)
		}
		w.sends[id] = state
	}
	w.must(rows.Err())
}

// events are the audit's new words about each coupon.
func (w *walk) events() map[store.GrantID][]string {
	out := map[store.GrantID][]string{}
	rows, err := w.raw.Query(`SELECT id, action, send_id, position, body FROM audit WHERE id > $1 ORDER BY id`, w.audited)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var id store.GrantID
		var action string
		var body []byte
		w.must(rows.Scan(&w.audited, &action, &id.Send, &id.Position, &body))
		var fields struct{ Detail struct{ Positions []int } }
		w.must(json.Unmarshal(body, &fields))
		for _, p := range append(fields.Detail.Positions, id.Position) {
			key := store.GrantID{Send: id.Send, Position: p}
			out[key] = append(out[key], action)
		}
	}
	w.must(rows.Err())
	return out
}

// checkMoney compares the limits with the coupons: what is open is held, what is issued is spent, and no ceiling is passed.
func (w *walk) checkMoney() {
	var open, issued, held, spent, over int64
	for _, kind := range []string{store.LimitCompany, store.LimitAgent, store.LimitCustomer} {
		w.must(w.raw.QueryRow(`SELECT coalesce(sum(amount_fen * (CASE WHEN kind = 'person' THEN waiting ELSE 0 END + issuing + unknown)), 0), coalesce(sum(amount_fen * issued), 0)
			FROM sends WHERE state NOT IN ('rejected', 'expired', 'withdrawn') AND (kind = 'person' OR $1 = 'customer')`, kind).Scan(&open, &issued))
		w.must(w.raw.QueryRow(`SELECT coalesce(sum(held_fen), 0), coalesce(sum(spent_fen), 0) FROM limits WHERE kind = $1`, kind).Scan(&held, &spent))
		if held != open || spent != issued {
			w.Fatalf("%s: %s limits hold %d of %d open and have spent %d of %d issued", w.op, kind, held, open, spent, issued)
		}
	}
	w.must(w.raw.QueryRow(`SELECT count(*) FROM limits WHERE kind = 'company' AND held_fen + spent_fen > 40000 OR kind = 'customer' AND held_coupons + spent_coupons > 20`).Scan(&over))
	if over > 0 {
		w.Fatalf("%s: a limit was passed", w.op)
	}
}
