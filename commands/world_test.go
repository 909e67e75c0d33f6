package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// People of the tests: ana and abe send, ada and adi are admins, fin is finance, guy is nobody
// here. appy and cat approve, and ben with them through a user group; lea leads, and fills seats that nobody fills.
const (
	ana, abe, guy = "U01ANA", "U02ABE", "U03GUY"
	ada, adi      = "U04ADA", "U05ADI"
	fin, appy     = "U06FIN", "U07APPY"
	ben, cat, lea = "U08BEN", "U09CAT", "U10LEA"
)

// A directory of people and groups in memory.
type directory struct {
	mu      sync.Mutex
	people  map[string]Person
	members map[string][]string
	fault   error           // of reading people
	faults  map[string]bool // groups and people that cannot be read
	before  *directory      // what was read a while ago: all that is said unless Slack is asked now
	asked   map[string]time.Duration
	calls   int
}

func (d *directory) Person(_ context.Context, id string, maxAge time.Duration) (Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.asked == nil {
		d.asked = map[string]time.Duration{}
	}
	d.asked[id] = maxAge
	if maxAge > 0 && d.before != nil {
		d = d.before
	}
	p := d.people[id]
	p.ID = id
	if d.faults[id] {
		return p, errors.New("could not ask Slack")
	}
	return p, d.fault
}

func (d *directory) Members(_ context.Context, group string, maxAge time.Duration) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.asked == nil {
		d.asked = map[string]time.Duration{}
	}
	d.asked[group] = maxAge
	if maxAge > 0 && d.before != nil {
		d = d.before
	}
	if d.faults[group] {
		return nil, errors.New("could not ask Slack")
	}
	return d.members[group], nil
}

// A world is a desk on a real ledger, with everything around it that a test may turn.
type world struct {
	*Desk
	t      testing.TB
	people *directory
	clock  time.Time
	inputs int
	file   string // of the ledger
}

// noon is a Tuesday in a month that goes on.
var noon = time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)

func companyRules() Config {
	return Config{
		MchID: "1900000001", Zone: time.FixedZone("Shanghai", 8*3600), Command: "/coupon",
		Groups: []Group{
			{Name: "agents", Members: []string{ana, "S01AGENTS"}},
			{Name: "approvers", Members: []string{appy}},
			{Name: "finance", Members: []string{fin}},
			{Name: "admins", Members: []string{ada, adi, "S02ADMINS"}},
		},
		Rights: map[Right][]string{RightSend: {"agents"}, RightAdmin: {"admins"}, RightAudit: {"finance"}},
		Stocks: []Stock{
			{Name: "sorry-10", ID: "9856000"},
			{Name: "partner-5", ID: "9856001", CreatorMchID: "1900000002"},
			{Name: "any-amount", ID: "9856002", Custom: &Range{From: 100, To: 2000}},
		},
		WaitForStock: 50 * time.Millisecond,
	}
}

// newWorld has stocks that were just read: ¥10.00, ¥5.00, and one whose value is chosen.
func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, clock: noon, people: &directory{members: map[string][]string{"S01AGENTS": {abe}}, people: map[string]Person{}}}
	c := companyRules()
	for _, f := range change {
		f(&c)
	}
	file := storetest.SQLite().Init(t)
	now := func() time.Time { return w.clock }
	l, err := store.Open(t.Context(), file, store.Options{MchID: c.MchID, Zone: c.Zone, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	w.file = file
	w.Desk = New(c, l, w.people, slog.New(slog.NewTextHandler(t.Output(), nil)), now)
	for _, s := range c.Stocks {
		w.read(s.ID, func(*store.Stock) {})
	}
	return w
}

// read writes a reading of a stock, as the loop that reads them would.
func (w *world) read(id string, change func(*store.Stock)) {
	w.t.Helper()
	creator, amount := w.config.MchID, store.Fen(1000)
	for _, s := range w.config.Stocks {
		if s.ID == id && s.CreatorMchID != "" {
			creator = s.CreatorMchID
		}
	}
	s := store.Stock{ID: id, CreatorMchID: creator, Name: "道歉券", Status: "running", Type: "NORMAL", Amount: amount, Minimum: amount + 1,
		Begins: noon.AddDate(0, -1, 0), Ends: noon.AddDate(0, 3, 0), MaxCoupons: 1000, Distributed: 10}
	change(&s)
	if err := w.ledger.WantStock(w.t.Context(), id, creator); err != nil {
		w.t.Fatal(err)
	}
	if err := w.ledger.SaveStock(w.t.Context(), s, w.clock.Add(time.Minute)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ask(person string) Ask {
	w.inputs++
	return Ask{Input: fmt.Sprint("input-", w.inputs), Person: person, Team: "T1", Channel: "C1", ResponseURL: "https://hooks.slack.com/x"}
}

// says types a line; a refusal fails the test.
func (w *world) says(person, text string) Reply {
	w.t.Helper()
	reply, err := w.Do(w.t.Context(), w.ask(person), text)
	if err != nil {
		w.t.Fatalf("%s types %q: %v", person, text, err)
	}
	return reply
}

// presses a button; a refusal fails the test.
func (w *world) presses(person, action, value string) Reply {
	w.t.Helper()
	reply, err := w.Press(w.t.Context(), w.ask(person), action, value)
	if err != nil {
		w.t.Fatalf("%s presses %s %s: %v", person, action, value, err)
	}
	return reply
}

// isRefused types a line that must be refused.
func (w *world) isRefused(person, text string) *Refusal {
	w.t.Helper()
	reply, err := w.Do(w.t.Context(), w.ask(person), text)
	return w.refusal(reply, err)
}

// isRefusedPressing presses a button that must be refused.
func (w *world) isRefusedPressing(person, action, value string) *Refusal {
	w.t.Helper()
	reply, err := w.Press(w.t.Context(), w.ask(person), action, value)
	return w.refusal(reply, err)
}

func (w *world) refusal(reply Reply, err error) *Refusal {
	w.t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		w.t.Fatalf("got %#v and error %v, want a refusal", reply, err)
	}
	return r
}

func as[T Reply](t testing.TB, reply Reply) T {
	t.Helper()
	v, ok := reply.(T)
	if !ok {
		t.Fatalf("got %#v, want a %T", reply, v)
	}
	return v
}

// draft types a line and returns its card's value.
func (w *world) draft(person, text string) string {
	w.t.Helper()
	return DraftValue(as[Confirm](w.t, w.says(person, text)).Draft.ID)
}

// sent types a line and presses Send.
func (w *world) sent(person, text string) store.Send {
	w.t.Helper()
	return as[Sent](w.t, w.presses(person, "send.confirm", w.draft(person, text))).Send
}

// settles carries out all that waits, each coupon with the verdict given for its position.
func (w *world) settles(verdict func(store.Claim) store.Result) {
	w.t.Helper()
	lead, err := w.ledger.WaitLead(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer lead.Close()
	claims, err := w.ledger.Claim(w.t.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 1000, Lease: time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	var results []store.Result
	for _, c := range claims {
		r := verdict(c)
		r.ID, r.Attempt = c.ID, c.Attempts
		results = append(results, r)
	}
	if _, err := w.ledger.Record(w.t.Context(), results); err != nil {
		w.t.Fatal(err)
	}
}

func issuesAll(c store.Claim) store.Result {
	return store.Result{Verdict: store.GrantIssued, CouponID: fmt.Sprint(c.ID.Send, "000", c.ID.Position)}
}

func refusesAll(store.Claim) store.Result {
	return store.Result{Verdict: store.GrantRefused, Reason: "no_budget", Retryable: true}
}

func losesAll(store.Claim) store.Result {
	return store.Result{Verdict: store.GrantUnknown, Reason: "lost"}
}

// stopped presses the red button.
func (w *world) stopped(by, why string) store.Stop {
	w.t.Helper()
	card := as[StopAsk](w.t, w.says(by, "stop "+why))
	return as[Stopped](w.t, w.presses(by, "stop.confirm", card.Value)).Stop
}

// trail is what the audit says about a send or, for 0, what it says was refused about none.
func (w *world) trail(send int64) []string {
	w.t.Helper()
	events, err := w.ledger.Trail(w.t.Context(), store.GrantID{Send: send})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		line := e.Actor + " " + e.Action
		if e.Action == "refused" {
			line += fmt.Sprint(" ", e.Detail["did"], " ", e.Detail["code"], " ", e.Detail["subject"])
		}
		out = append(out, line)
	}
	return out
}

func (w *world) audited(send int64, line string) {
	w.t.Helper()
	if all := w.trail(send); !slices.Contains(all, line) {
		w.t.Errorf("the audit has no %q: %q", line, all)
	}
}

func late(c *Config)    { c.Reasons = []string{"late", "damaged"} }
func tickets(c *Config) { c.Ticket = regexp.MustCompile(`^[A-Z]+-[0-9]+$`) }
func repeats(c *Config) { c.RepeatWithin = 7 * 24 * time.Hour }
func bands(c *Config) {
	c.Approvals = Approvals{RunningTotal: store.Day, RecipientsOver: 20, Bands: []Band{{UpTo: 5000},
		{UpTo: 50000, Need: []store.Seat{{Group: "approvers", Count: 1}}},
		{Need: []store.Seat{{Group: "approvers", Count: 1}, {Group: "finance", Count: 1}}}}}
}

// twoApprovers asks for two approvers of what is worth more than ¥50.00; the leads may fill in after an hour.
func twoApprovers(c *Config) {
	c.Groups[1].Members = []string{appy, cat, "S03APPROVERS"}
	c.Groups = append(c.Groups, Group{Name: "leads", Members: []string{lea}})
	c.Approvals = Approvals{RunningTotal: store.Day, Bands: []Band{{UpTo: 5000}, {Need: []store.Seat{{Group: "approvers", Count: 2}}}},
		RemindAfter: 15 * time.Minute, FallbackAfter: time.Hour, FallbackGroup: "leads", ExpireAfter: 72 * time.Hour}
}

// newWaiting is a world with a send of six coupons that abe asked for and two approvers must agree to.
func newWaiting(t testing.TB, change ...func(*Config)) (*world, store.Send) {
	t.Helper()
	w := newWorld(t, append([]func(*Config){twoApprovers}, change...)...)
	w.people.members["S03APPROVERS"] = []string{ben}
	return w, w.sent(abe, "send sorry-10 "+people(6))
}

// send reads one as it is now.
func (w *world) send(id int64) store.Send {
	w.t.Helper()
	s, err := w.ledger.Send(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// overdue lets time bring what it brings.
func (w *world) overdue() {
	w.t.Helper()
	for {
		more, _, err := w.ledger.Overdue(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// decisions are who decided what about a send, as far as it counts.
func (w *world) decisions(send int64) string {
	w.t.Helper()
	all, err := w.ledger.Decisions(w.t.Context(), send)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, d := range all {
		if d.VoidAt.IsZero() {
			out = append(out, fmt.Sprint(d.Person, " ", d.Verdict))
		}
	}
	return strings.Join(out, ", ")
}
