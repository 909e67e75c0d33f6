package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// A desk is a ledger with what most tests do to it.
type desk struct {
	*testing.T
	*store.Ledger
	clock *storetest.Clock
	dsn   string
	lead  *store.Lead
	typed int
}

func newDesk(t *testing.T, db storetest.Database) *desk {
	t.Helper()
	d := &desk{T: t, clock: storetest.NewClock(), dsn: db.Init(t)}
	d.open()
	t.Cleanup(func() { storetest.Check(t, storetest.Raw(t, d.dsn)) })
	return d
}

func (d *desk) open() {
	d.Helper()
	d.Ledger = storetest.Open(d.T, d.dsn, store.Options{Now: d.clock.Now})
}

// each runs a test on both databases with a desk.
func each(t *testing.T, test func(d *desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db storetest.Database) { test(newDesk(t, db)) })
}

func contents(openids ...string) store.Contents {
	return store.Contents{StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000, OpenIDs: openids, Reason: "late", Note: "n"}
}

func openids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("oCUSTOMER%06d", i)
	}
	return out
}

// draft opens a draft by U0ANA.
func (d *desk) draft(c store.Contents) store.Draft {
	d.Helper()
	d.typed++
	draft, _, err := d.OpenDraft(d.Context(), fmt.Sprintf("typed %d", d.typed), "U0ANA", "C0SUPPORT", c)
	d.ok(err)
	return draft
}

// send makes a send by U0ANA of one coupon of 10.00 for each customer.
func (d *desk) send(c store.Contents, limits ...store.Limit) store.Send {
	d.Helper()
	s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(c).ID, By: "U0ANA", Limits: limits})
	d.ok(err)
	return s
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// leads makes this process lead.
func (d *desk) leads() int64 {
	d.Helper()
	if d.lead == nil {
		lead, err := d.WaitLead(d.Context())
		d.ok(err)
		d.lead = lead
		d.Cleanup(func() { lead.Close() })
	}
	return d.lead.Epoch
}

const lease = 30 * time.Second

func (d *desk) claim(limit int) []store.Claim {
	d.Helper()
	claims, err := d.Claim(d.Context(), store.ClaimAsk{Epoch: d.leads(), Limit: limit, Lease: lease})
	d.ok(err)
	return claims
}

// claim1 claims exactly one coupon.
func (d *desk) claim1() store.Claim {
	d.Helper()
	claims := d.claim(10)
	if len(claims) != 1 {
		d.Fatalf("claimed %v, want one", names(claims))
	}
	return claims[0]
}

func names(claims []store.Claim) []string {
	out := []string{}
	for _, c := range claims {
		out = append(out, c.ID.String())
	}
	return out
}

// record records one result of a claim and tells whether it was late.
func (d *desk) record(c store.Claim, r store.Result) bool {
	d.Helper()
	r.ID, r.Attempt = c.ID, c.Attempts
	applied, err := d.Record(d.Context(), []store.Result{r})
	d.ok(err)
	return applied[0].Late
}

// issue claims what there is and says that all of it was issued.
func (d *desk) issue(limit int) {
	d.Helper()
	var results []store.Result
	for _, c := range d.claim(limit) {
		results = append(results, issued(c))
	}
	_, err := d.Record(d.Context(), results)
	d.ok(err)
}

func issued(c store.Claim) store.Result {
	return store.Result{ID: c.ID, Attempt: c.Attempts, Verdict: store.GrantIssued, CouponID: fmt.Sprintf("77%d00%d", c.ID.Send, c.ID.Position)}
}

func refused(retryable bool) store.Result {
	return store.Result{Verdict: store.GrantRefused, Reason: "limit", Code: "RULE_LIMIT", Message: "enough", RequestID: "R1", Retryable: retryable}
}

func lost(askAt time.Time) store.Result {
	return store.Result{Verdict: store.GrantUnknown, Reason: "lost", AskAt: askAt}
}

func (d *desk) grant(send int64, position int) store.Grant {
	d.Helper()
	g, err := d.Grant(d.Context(), store.GrantID{Send: send, Position: position})
	d.ok(err)
	return g
}

func (d *desk) sendNow(id int64) store.Send {
	d.Helper()
	s, err := d.Send(d.Context(), id)
	d.ok(err)
	return s
}

func (d *desk) state(id int64, want store.SendState) {
	d.Helper()
	if s := d.sendNow(id); s.State != want {
		d.Fatalf("%s is %s, want %s", store.SendName(id), s.State, want)
	}
}

func (d *desk) grantState(id store.GrantID, want store.GrantState) {
	d.Helper()
	if g := d.grant(id.Send, id.Position); g.State != want {
		d.Fatalf("%s is %s (%s), want %s", id, g.State, g.Outcome, want)
	}
}

// actions are the audit's words about a send or coupon, oldest first.
func (d *desk) actions(id store.GrantID) []string {
	d.Helper()
	trail, err := d.Trail(context.Background(), id)
	d.ok(err)
	var out []string
	for _, e := range trail {
		out = append(out, e.Action)
	}
	return out
}

// need asks for one person of each group.
func need(groups ...string) func([]store.Total) ([]store.Seat, error) {
	var out []store.Seat
	for _, g := range groups {
		out = append(out, store.Seat{Group: g, Count: 1})
	}
	return func([]store.Total) ([]store.Seat, error) { return out, nil }
}

// waits makes a send by U0ANA that waits for one person of each group.
func (d *desk) waits(c store.Contents, groups []string, limits ...store.Limit) store.Send {
	d.Helper()
	s, err := d.CreateSend(d.Context(), store.SendAsk{Draft: d.draft(c).ID, By: "U0ANA", Seats: need(groups...), Limits: limits})
	d.ok(err)
	d.state(s.ID, store.SendAwaiting)
	return s
}

// approve approves revision 1 as a member of groups, where everybody who approved before still belongs to what they did.
func (d *desk) approve(send int64, by string, groups ...string) (store.Send, error) {
	d.Helper()
	standing := map[string][]string{}
	all, err := d.Decisions(d.Context(), send)
	d.ok(err)
	for _, before := range all {
		standing[before.Person] = before.Groups
	}
	return d.Approve(d.Context(), store.ApproveAsk{Send: send, Revision: 1, By: by, Groups: groups, Standing: standing})
}

// moved fails unless err says that something is in a state already.
func (d *desk) moved(err error, state string) *store.Moved {
	d.Helper()
	var moved *store.Moved
	if !errors.As(err, &moved) || moved.State != state {
		d.Fatalf("%v, want it moved: %s", err, state)
	}
	return moved
}

// steps are the kinds of steps about a send, oldest first, each with its person and why.
func (d *desk) steps(send int64) []string {
	d.Helper()
	var out []string
	for id := int64(1); ; id++ {
		s, err := d.Step(d.Context(), id)
		if errors.Is(err, store.ErrNotFound) {
			return out
		}
		d.ok(err)
		if s.Send == send {
			out = append(out, strings.Join(strings.Fields(s.Kind+" "+s.Person+" "+s.Why), " "))
		}
	}
}

// overdue does all that is due, and says when more will be.
func (d *desk) overdue() time.Time {
	d.Helper()
	for {
		more, next, err := d.Overdue(d.Context())
		d.ok(err)
		if !more {
			return next
		}
	}
}

// held is what stands in a limit now.
func (d *desk) held(limits ...store.Limit) store.Usage {
	d.Helper()
	used, err := d.Used(d.Context(), limits[:1])
	d.ok(err)
	return used[0]
}

// wanted is how often a card of a kind was asked to be drawn.
func (d *desk) wanted(subject, kind string) int64 {
	d.Helper()
	return d.card(subject, kind).Wanted
}

// alerts are those of a kind, oldest first.
func (d *desk) alerts(kind string) (out []store.Alert) {
	d.Helper()
	rows, err := storetest.Raw(d.T, d.dsn).Query(`SELECT id FROM alerts WHERE kind = $1 ORDER BY id`, kind)
	d.ok(err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		d.ok(rows.Scan(&id))
		a, err := d.Alert(d.Context(), id)
		d.ok(err)
		out = append(out, a)
	}
	d.ok(rows.Err())
	return out
}
