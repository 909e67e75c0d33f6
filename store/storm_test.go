package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// TestEverybodyAtOnce fires requests, decisions (each press twice), withdrawals, revisions, claims, answers and the clock at one ledger
// from many sides, on PostgreSQL through two replicas, with crashes and midnights between. All the while somebody looks whether a
// limit is passed; after each rush the ledger is held against its laws, and each send against those who decided it.
func TestEverybodyAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := newStorm(t, db)
		stop := s.watch()
		defer stop()
		for rush := range 8 {
			s.rush(rush)
			s.look()
			s.clock.Advance([]time.Duration{time.Minute, 12*time.Hour + time.Minute, 40 * time.Minute, 24 * time.Hour}[rush%4])
		}
		s.nobodyAnswers()
		s.look()
		for _, what := range []string{"limit", "seated", "approved", "rejected", "withdrawn", "revised", "moved", "issued", "expired"} {
			if s.happened(what) == 0 {
				t.Errorf("seed %d: never in all of this: %s", s.seed, what)
			}
		}
	})
}

// storm is a ledger and who is at it.
type storm struct {
	*testing.T
	seed  uint64
	clock *storetest.Clock
	raw   *sql.DB
	at    []*store.Ledger
	lead  *store.Lead
	keys  atomic.Int64
	mu    sync.Mutex
	made  []int64  // sends
	count sync.Map // how often something happened: *atomic.Int64
}

const (
	stormCompany  = 25_000  // a day
	stormAgent    = 100_000 // a week
	stormCustomer = 8       // coupons a month
)

func newStorm(t *testing.T, db storetest.Database) *storm {
	dsn := db.Init(t)
	s := &storm{T: t, seed: rand.Uint64() % 1e6, clock: storetest.NewClock(), raw: storetest.Raw(t, dsn)}
	for range 1 + bit(store.IsPostgres(dsn)) {
		s.at = append(s.at, storetest.Open(t, dsn, store.Options{Now: s.clock.Now}))
	}
	lead, err := s.at[0].WaitLead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lead.Close() })
	s.lead = lead
	return s
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *storm) limits(by string, openids []string) []store.Limit {
	out := []store.Limit{{Kind: store.LimitCompany, Period: store.Day, MaxFen: stormCompany}, {Kind: store.LimitAgent, Key: by, Period: store.Week, MaxFen: stormAgent}}
	for _, o := range openids {
		out = append(out, store.Limit{Kind: store.LimitCustomer, Key: o, OpenID: o, Period: store.Month, MaxCoupons: stormCustomer})
	}
	return out
}

func (s *storm) happen(what string) {
	n, _ := s.count.LoadOrStore(what, &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

func (s *storm) happened(what string) int64 {
	n, ok := s.count.Load(what)
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

// watch looks at the limits until it is stopped.
func (s *storm) watch() (stop func()) {
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
			var over int
			if err := s.raw.QueryRow(`SELECT count(*) FROM limits WHERE kind = 'company' AND held_fen + spent_fen > $1 OR kind = 'agent' AND held_fen + spent_fen > $2
				OR kind = 'customer' AND held_coupons + spent_coupons > $3`, stormCompany, stormAgent, stormCustomer).Scan(&over); err != nil || over > 0 {
				s.Errorf("seed %d: %d limits are passed, %v", s.seed, over, err)
				return
			}
		}
	}()
	return func() { close(done); <-gone }
}

// rush is many at once.
func (s *storm) rush(n int) {
	var all sync.WaitGroup
	for side := range 12 {
		r := rand.New(rand.NewPCG(s.seed, uint64(100*n+side)))
		l := s.at[side%len(s.at)]
		all.Go(func() {
			for range 14 {
				s.do(l, r)
			}
		})
	}
	for range 2 {
		r := rand.New(rand.NewPCG(s.seed, uint64(100*n+50)))
		all.Go(func() {
			for range 10 {
				s.work(r)
			}
		})
	}
	all.Wait()
}

// do is one thing that a person, or time, does.
func (s *storm) do(l *store.Ledger, r *rand.Rand) {
	ctx, id, key := s.Context(), s.some(l, r), fmt.Sprint("key ", s.keys.Add(1))
	deciding := slices.Sorted(maps.Keys(deciders))
	by := deciding[r.IntN(len(deciding))]
	var err error
	switch n := r.IntN(20); {
	case n < 7:
		err = s.ask(ctx, l, r, key)
	case n < 14:
		err = s.twice(func() error { return s.approve(ctx, l, id, by, key) })
	case n < 15:
		err = s.twice(func() error {
			got, err := l.Reject(ctx, store.RejectAsk{Send: id, Revision: 1, By: by, Input: key, Groups: deciders[by], Why: "no"})
			if err == nil {
				s.happen(string(got.State))
			}
			return err
		})
	case n < 16:
		if err = l.WithdrawSend(ctx, id, "U0ANA", "", key); err == nil {
			s.happen("withdrawn")
		}
	case n < 17:
		if err = s.revise(ctx, l, id); err == nil {
			s.happen("revised")
		}
	case n < 18:
		err = l.Unseat(ctx, id, by, nil)
	case n < 19:
		_, _, err = l.Overdue(ctx)
	default:
		_, err = l.RetrySend(ctx, id, "U0ANA", key, nil)
	}
	s.allowed(err)
}

// twice is a press that Slack delivers twice at once.
func (s *storm) twice(press func() error) error {
	var both sync.WaitGroup
	both.Go(func() { s.allowed(press()) })
	err := press()
	both.Wait()
	return err
}

func (s *storm) allowed(err error) {
	var moved *store.Moved
	var limit *store.LimitReached
	switch {
	case errors.As(err, &moved):
		s.happen("moved")
	case errors.As(err, &limit):
		s.happen("limit")
	case err != nil && !errors.Is(err, store.ErrNotFound):
		s.Errorf("seed %d: %v", s.seed, err)
	}
}

func (s *storm) ask(ctx context.Context, l *store.Ledger, r *rand.Rand, key string) error {
	by := []string{"U0ANA", "U0BEN"}[r.IntN(2)]
	var people []string
	for _, n := range r.Perm(40)[:1+r.IntN(3)] {
		people = append(people, fmt.Sprint("oSTORM", n))
	}
	d, _, err := l.OpenDraft(ctx, key, by, "C0SUPPORT", contents(people...))
	if err != nil {
		return err
	}
	made, err := l.CreateSend(ctx, store.SendAsk{Input: key + " send", Draft: d.ID, By: by, Seats: need(needs[r.IntN(len(needs))]...), Limits: s.limits(by, d.Contents.OpenIDs),
		Patience: store.Patience{RemindAfter: time.Minute, FallbackAfter: time.Hour, FallbackGroup: "finance", ExpireAfter: 30 * time.Hour}})
	var sent *store.AlreadySent
	if errors.As(err, &sent) { // the same was asked for at the same time
		return nil
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.made = append(s.made, made.ID)
	}
	return err
}

// some is mostly a send that waits, else one of the newest, or one that there is not.
func (s *storm) some(l *store.Ledger, r *rand.Rand) int64 {
	waiting, _, err := l.Queue(s.Context(), store.QueueAsk{Person: "U0NEW", Groups: []string{"approvers", "finance"}, Limit: 20})
	if err != nil {
		s.Error(err)
	}
	if len(waiting) > 0 && r.IntN(3) > 0 {
		return waiting[r.IntN(len(waiting))].ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) == 0 || r.IntN(20) == 0 {
		return 1 << 40
	}
	return s.made[max(0, len(s.made)-1-r.IntN(25))]
}

// nobodyAnswers lets time go by for what is asked for last.
func (s *storm) nobodyAnswers() {
	r := rand.New(rand.NewPCG(s.seed, 9))
	for n := range 20 {
		s.allowed(s.ask(s.Context(), s.at[0], r, fmt.Sprint("last ", n)))
	}
	s.clock.Advance(40 * time.Hour)
	for more := true; more; {
		var err error
		if more, _, err = s.at[0].Overdue(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *storm) approve(ctx context.Context, l *store.Ledger, id int64, by, key string) error {
	all, err := l.Decisions(ctx, id)
	if err != nil {
		return err
	}
	standing := map[string][]string{}
	for _, d := range all {
		standing[d.Person] = deciders[d.Person]
	}
	got, err := l.Approve(ctx, store.ApproveAsk{Send: id, Revision: 1, By: by, Input: key, Groups: deciders[by], Standing: standing})
	switch {
	case err != nil:
		return err
	case got.State == store.SendAwaiting:
		s.happen("seated")
	default:
		s.happen("approved")
	}
	return nil
}

func (s *storm) revise(ctx context.Context, l *store.Ledger, id int64) error {
	sent, err := l.Send(ctx, id)
	if err != nil {
		return err
	}
	grants, err := l.Grants(ctx, id, 0, 100)
	if err != nil {
		return err
	}
	var people []string
	for _, g := range grants {
		people = append(people, g.OpenID)
	}
	_, err = l.ReviseSend(ctx, store.ReviseAsk{Send: id, Revision: sent.Revision, Amount: 1100, Limits: s.limits(sent.RequestedBy, people), Patience: store.Patience{ExpireAfter: 30 * time.Hour}})
	return err
}

// work claims and records, and now and then dies in between.
func (s *storm) work(r *rand.Rand) {
	claims, err := s.at[0].Claim(s.Context(), store.ClaimAsk{Epoch: s.lead.Epoch, Limit: 5, Lease: lease})
	if err != nil || r.IntN(5) == 0 {
		s.allowed(err)
		return
	}
	var results []store.Result
	for _, c := range claims {
		result := issued(c)
		if r.IntN(4) == 0 {
			result = refused(true)
			result.ID, result.Attempt = c.ID, c.Attempts
		}
		results = append(results, result)
		s.happen("issued")
	}
	_, err = s.at[0].Record(s.Context(), results)
	s.allowed(err)
}

// look holds the ledger against its laws, and every send against those who decided it.
func (s *storm) look() {
	storetest.Check(s.T, s.raw)
	for _, id := range s.made {
		sent, err := s.at[0].Send(s.Context(), id)
		if err != nil {
			s.Fatal(err)
		}
		s.decidedOnce(sent)
	}
}

func (s *storm) decidedOnce(sent store.Send) {
	trail, err := s.at[0].Trail(s.Context(), store.GrantID{Send: sent.ID})
	if err != nil {
		s.Fatal(err)
	}
	ends := []string{}
	for _, e := range trail {
		switch {
		case e.Action == "send.approve" && e.Detail["approved_by"] != nil, e.Action == "send.reject", e.Action == "send.withdraw", e.Action == "send.expired":
			ends = append(ends, e.Action)
		}
	}
	if len(ends) != bit(len(sent.Seats) > 0 && sent.State != store.SendAwaiting) {
		s.Errorf("seed %d: %s is %s, decided by %v", s.seed, store.SendName(sent.ID), sent.State, ends)
	}
	if sent.State == store.SendExpired {
		s.happen("expired") // seen with each look
	}
	if wrong := notSeated(s.T, s.at[0], sent); !sent.ApprovedAt.IsZero() && wrong != "" {
		s.Errorf("seed %d: %s", s.seed, wrong)
	}
}
