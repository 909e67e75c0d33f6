package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"couponbot/store"
)

// patient asks for an approver with reminder, fallback and end.
func (d *desk) patient(c store.Contents, limits ...store.Limit) store.Send {
	d.Helper()
	s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(c).ID, By: "U0ANA", Seats: need("approvers"), Limits: limits, Patience: store.Patience{
		RemindAfter: 15 * time.Minute, FallbackAfter: time.Hour, FallbackGroup: "finance", ExpireAfter: 72 * time.Hour}})
	d.ok(err)
	return s
}

func TestASendThatWaits(t *testing.T) {
	each(t, func(d *desk) {
		c := contents("oA")
		c.Terms = store.Terms{Minimum: 5000, Begins: d.clock.Now(), Ends: d.clock.Now().Add(time.Hour)}
		s := d.patient(c)
		now := d.clock.Now()
		if s.State != store.SendAwaiting || !slices.Equal(s.Missing, seats("approvers", 1)) || !slices.Equal(s.WaitsFor, []string{"approvers"}) || s.Terms != c.Terms ||
			!s.AskedAt.Equal(now) || !s.RemindAt.Equal(now.Add(15*time.Minute)) || !s.FallbackAt.Equal(now.Add(time.Hour)) || !s.ExpireAt.Equal(now.Add(72*time.Hour)) ||
			s.FallbackGroup != "finance" || s.FellBack || !s.ApprovedAt.IsZero() {
			d.Errorf("%+v", s)
		}
		approval, dm := d.card("S1", store.CardApproval), d.card("S1", store.CardDM)
		if approval.Reader != store.ReaderApprovals || dm.Reader != "U0ANA" || !dm.DueAt.Equal(now) || approval.DueAt.After(now) {
			d.Errorf("cards %+v, %+v", approval, dm)
		}
		forever, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oB")).ID, By: "U0ANA", Seats: need("approvers"), Patience: store.Patience{FallbackAfter: time.Hour}})
		d.ok(err)
		if !forever.RemindAt.IsZero() || !forever.FallbackAt.IsZero() || !forever.ExpireAt.IsZero() {
			d.Errorf("without patience: %+v", forever)
		}
	})
}

func TestTimeGoesByForASendThatWaits(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(9000)
		s := d.patient(contents("oA"), limits...)
		if next := d.overdue(); !next.Equal(s.RemindAt) || len(d.steps(s.ID)) > 0 {
			d.Fatalf("next at %s, steps %v", next, d.steps(s.ID))
		}
		d.clock.Set(s.RemindAt)
		if next := d.overdue(); !next.Equal(s.FallbackAt) || !slices.Equal(d.steps(s.ID), []string{"reminder"}) {
			d.Fatalf("reminded: next at %s, steps %v", next, d.steps(s.ID))
		}
		if c := d.card(store.StepName(1), store.CardReminder); c.Reader != store.ReaderApprovals {
			d.Errorf("%+v", c)
		}
		d.clock.Set(s.FallbackAt)
		d.overdue()
		if now := d.sendNow(s.ID); !now.FellBack || !slices.Equal(now.Missing, seats("approvers", 1)) || !slices.Equal(now.WaitsFor, []string{"approvers", "finance"}) {
			d.Errorf("after the fallback: %+v", now)
		}
		if steps := d.steps(s.ID); !slices.Equal(steps, []string{"reminder", "fallback finance", "reminder finance"}) {
			d.Errorf("steps %q", steps)
		}
		d.clock.Set(s.ExpireAt)
		if next := d.overdue(); !next.IsZero() {
			d.Errorf("after its end something is due at %s", next)
		}
		now := d.sendNow(s.ID)
		if now.State != store.SendExpired || !now.FinishedAt.Equal(s.ExpireAt) || now.ClosedBy != "" || d.held(limits...).HeldFen != 0 {
			d.Errorf("%+v holds %+v", now, d.held(limits...))
		}
		if steps := d.steps(s.ID); steps[len(steps)-1] != "expired" {
			d.Errorf("steps %q", steps)
		}
		if d.wanted(store.StepName(1), store.CardReminder) < 2 || d.wanted("S1", store.CardApproval) < 2 {
			d.Errorf("the reminder and the card still ask")
		}
	})
}

// One person fills one seat, also of the fallback group.
func TestTheFallbackGroupFillsAMissingSeat(t *testing.T) {
	each(t, func(d *desk) {
		s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(contents("oA")).ID, By: "U0ANA", Seats: need("approvers", "finance", "legal"),
			Patience: store.Patience{FallbackAfter: time.Hour, FallbackGroup: "finance"}})
		d.ok(err)
		d.ok(second(d.approve(s.ID, "U0FINN", "finance")))
		d.moved(second(d.approve(s.ID, "U0FAY", "finance")), "no_seat")
		d.clock.Advance(time.Hour)
		d.overdue()
		d.moved(second(d.approve(s.ID, "U0FINN", "finance")), "seated")
		d.ok(second(d.approve(s.ID, "U0FAY", "finance")))
		got, err := d.approve(s.ID, "U0APPY", "approvers")
		d.ok(err)
		if got.State != store.SendApproved {
			d.Errorf("%+v: two of finance and an approver fill three seats", got)
		}
	})
}

func TestOverdueAfterALongSleep(t *testing.T) {
	each(t, func(d *desk) {
		for range 120 {
			d.patient(contents("oA"))
		}
		d.clock.Advance(100 * time.Hour)
		d.overdue()
		for id := int64(1); id <= 120; id++ {
			d.state(id, store.SendExpired)
		}
		if steps := d.steps(7); !slices.Equal(steps, []string{"expired"}) {
			d.Errorf("steps %q: what has expired is not reminded of", steps)
		}
	})
}

func TestMidnightForWhatWaits(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(5000)
		used := func(held, spent store.Fen) {
			d.Helper()
			if u := d.held(limits...); u.HeldFen != held || u.SpentFen != spent {
				d.Fatalf("%s held and %s spent, want %s and %s", u.HeldFen, u.SpentFen, held, spent)
			}
		}
		waiting := d.waits(contents("oA", "oB"), []string{"approvers"}, limits...)
		approved := d.send(contents("oC", "oD"), limits...)
		d.clock.Advance(24 * time.Hour)
		used(0, 0)
		d.overdue()
		used(4000, 0)
		d.clock.Advance(24 * time.Hour)
		d.send(contents("oE"), limits...)
		d.send(contents("oF"), limits...)
		d.overdue() // has room for one of the two
		used(4000, 0)
		d.state(waiting.ID, store.SendAwaiting)
		d.state(approved.ID, store.SendPaused)
		paused := d.sendNow(approved.ID)
		reached, ok := paused.LimitReached()
		if !ok || reached.Limit.Kind != store.LimitCompany || reached.Used.Fen() != 4000 || reached.Asked.HeldFen != 2000 || paused.PauseReason != store.PauseLimit {
			d.Errorf("%+v: %+v", paused, reached)
		}
		d.ok(d.CancelSend(d.Context(), 3, "U0ANA", ""))
		d.overdue()
		used(3000, 0)
		d.clock.Advance(10 * time.Minute)
		d.overdue() // it is tried again, and goes on when somebody says so
		used(5000, 0)
		d.state(approved.ID, store.SendPaused)
	})
}

// The approval looks for room in the period in which it comes.
func TestAnApprovalAfterMidnight(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		before   store.Fen // of other sends today
		want     store.SendState
	}{
		{"there is room", 2000, store.SendApproved},
		{"there is none", 4000, store.SendPaused},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			each(t, func(d *desk) {
				limits := companyDay(5000)
				s := d.waits(contents("oA", "oB"), []string{"approvers"}, limits...)
				d.clock.Advance(24 * time.Hour)
				d.send(contents(openids(int(tt.before/1000))...), limits...)
				got, err := d.approve(s.ID, "U0APPY", "approvers")
				d.ok(err)
				if got.State != tt.want || got.ApprovedAt.IsZero() || !slices.Equal(got.ApprovedBy, []string{"U0APPY"}) {
					d.Errorf("%+v", got)
				}
				if _, ok := got.LimitReached(); ok != (tt.want == store.SendPaused) {
					d.Errorf("reason %q", got.PauseDetail)
				}
			})
		})
	}
}

func TestWithdrawing(t *testing.T) {
	each(t, func(d *desk) {
		limits := companyDay(5000)
		s := d.waits(contents("oA"), []string{"approvers"}, limits...)
		if err := d.WithdrawSend(d.Context(), s.ID, "U0APPY", "", ""); !errors.Is(err, store.ErrNotFound) {
			d.Errorf("somebody else's: %v", err)
		}
		d.ok(d.WithdrawSend(d.Context(), s.ID, "U0ANA", "", "press 1"))
		d.ok(d.WithdrawSend(d.Context(), s.ID, "U0ANA", "", "press 1"))
		d.moved(d.WithdrawSend(d.Context(), s.ID, "U0ANA", "", "press 2"), "withdrawn")
		got := d.sendNow(s.ID)
		if got.State != store.SendWithdrawn || got.ClosedBy != "U0ANA" || d.held(limits...).HeldFen != 0 || len(d.steps(s.ID)) != 0 {
			d.Errorf("%+v, steps %v", got, d.steps(s.ID))
		}
		d.moved(second(d.approve(s.ID, "U0APPY", "approvers")), "withdrawn")
		running := d.send(contents("oB"))
		d.moved(d.WithdrawSend(d.Context(), running.ID, "U0ANA", "", ""), "approved")
	})
}

func TestTheCardGoesToDecidersWhereTheChannelTakesNone(t *testing.T) {
	each(t, func(d *desk) {
		s := d.patient(contents("oA"))
		for range 2 {
			d.ok(d.AskDeciders(d.Context(), s.ID, []string{"U0APPY", "U0ANA", "U0AMY"}, "channel_not_found"))
		}
		var readers []string
		cards, err := d.CardsOf(d.Context(), "S1")
		d.ok(err)
		for _, c := range cards {
			if c.Kind == store.CardApproval {
				readers = append(readers, c.Reader)
			}
		}
		if !slices.Equal(readers, []string{store.ReaderApprovals, "U0APPY", "U0AMY"}) {
			d.Errorf("asked %v: never a party, each once", readers)
		}
		if steps := d.steps(s.ID); !slices.Equal(steps, []string{"by_message channel_not_found"}) {
			d.Errorf("steps %q", steps)
		}
		d.clock.Set(s.RemindAt)
		d.overdue()
		if c := d.card(store.StepName(2), store.CardReminder); c.Reader != "U0AMY" {
			d.Errorf("who was asked in a direct message is reminded there: %+v", c)
		}
		d.ok(d.WithdrawSend(d.Context(), s.ID, "U0ANA", "", ""))
		d.moved(d.AskDeciders(d.Context(), s.ID, []string{"U0APPY"}, "x"), "withdrawn")
	})
}

func TestAReadOnlyLookIsAllWhileNothingIsDue(t *testing.T) {
	each(t, func(d *desk) {
		d.patient(contents("oA"))
		before := d.Changed()
		d.overdue()
		select {
		case <-before:
			d.Errorf("the ledger was written")
		default:
		}
	})
}
