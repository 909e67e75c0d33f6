package commands

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func queued(q Queue) string {
	var out []string
	for _, a := range q.Sends {
		out = append(out, store.SendName(a.Send.ID))
	}
	return strings.Join(out, " ")
}

func TestTheQueueIsWhatWaitsForMeOldestFirst(t *testing.T) {
	w := newWorld(t, bands, func(c *Config) { c.Approvals.FallbackAfter, c.Approvals.FallbackGroup = time.Hour, "admins" })
	queue := func(person string) string { t.Helper(); return queued(as[Queue](t, w.says(person, "queue"))) }
	w.sent(ana, "send sorry-10 "+people(6))
	w.clock = w.clock.Add(time.Minute)
	w.sent(abe, "send sorry-10 "+people(51))
	w.sent(abe, "send sorry-10 oFREE")
	w.clock = w.clock.Add(time.Minute)
	w.config.Groups[1].Members = append(w.config.Groups[1].Members, ana)
	w.sent(ana, "send sorry-10 "+people(7))
	for person, want := range map[string]string{appy: "S1 S2 S4", fin: "S2", ana: "S2", abe: "", ada: "", guy: ""} {
		if got := queue(person); got != want {
			t.Errorf("%s: got %q, want %q", person, got, want)
		}
	}
	w.presses(appy, "send.approve", "S2.r1")
	if got := queue(appy) + " / " + queue(fin) + " / " + queue(ana); got != "S1 S4 / S2 / " {
		t.Errorf("after an approval: %s", got)
	}
	w.clock = w.clock.Add(time.Hour)
	w.overdue()
	if got := queue(ada); got != "S1 S2 S4" {
		t.Errorf("the fallback group: %s", got)
	}
	for i := range 12 {
		w.sent(ana, "send sorry-10 "+people(6+i)+" --ticket T-1")
	}
	if q := as[Queue](t, w.says(appy, "queue")); len(q.Sends) != lookShown || q.More != 4 || q.Sends[0].Send.ID != 1 {
		t.Errorf("%s and %d more", queued(q), q.More)
	}
}

func TestTheQueueHasWhatElseNeedsASecondPerson(t *testing.T) {
	w := newWorld(t)
	p := w.proposal()
	w.stopped(ada, "x")
	w.says(ada, "start")
	for person, want := range map[string][2]int{ada: {0, 1}, adi: {1, 1}, fin: {0, 0}, ana: {0, 0}} {
		q := as[Queue](t, w.says(person, "queue"))
		if got := [2]int{len(q.Starts), len(q.Settlements)}; got != want {
			t.Errorf("%s: got %v, want %v", person, got, want)
		}
		if len(q.Settlements) > 0 && q.Settlements[0].ID != p.ID {
			t.Errorf("got %+v", q.Settlements)
		}
	}
	w.says(adi, "start")
	if q := as[Queue](t, w.says(ada, "queue")); len(q.Starts) != 0 {
		t.Errorf("who stopped cannot start again: %+v", q.Starts)
	}
	w.presses(ada, "settle.confirm", SettleValue(p.ID))
	if q := as[Queue](t, w.says(adi, "queue")); len(q.Settlements) != 0 {
		t.Errorf("confirmed: %+v", q.Settlements)
	}
}

func TestAQueueThatMayLackSomethingIsNone(t *testing.T) {
	w, _ := newWaiting(t)
	w.people.faults = map[string]bool{"S01AGENTS": true}
	if got := queued(as[Queue](t, w.says(ben, "queue"))); got != "S1" {
		t.Errorf("a group that decides nothing cannot be read: %s", got)
	}
	w.people.faults = map[string]bool{"S03APPROVERS": true}
	if r := w.isRefused(ben, "queue"); r.Code != CouldNotCheck {
		t.Errorf("got %+v", r)
	}
}

func TestAnApprovalShowsWhatItsRequesterSaw(t *testing.T) {
	rules := func(c *Config) {
		c.Limits = Limits{Agent: []Ceiling{{Amount: 100000, Per: store.Day}}, Stock: []Ceiling{{Coupons: 90, Per: store.Ever}},
			Customer: []Ceiling{{Amount: 20000, Per: store.Month}}, Company: []Ceiling{{Amount: 200000, Per: store.Day}}, WeChatCustomerMonth: 50000}
		c.Approvals.Bands = []Band{{UpTo: 1000}, {Need: oneApprover}}
	}
	w := newWorld(t, repeats, bands, rules)
	w.sent(ana, "send sorry-10 oABC --ticket T-1")
	card := as[Confirm](t, w.says(ana, `send sorry-10 oABC --ticket T-1 --note "once more"`))
	s := as[Sent](t, w.presses(ana, "send.confirm", DraftValue(card.Draft.ID))).Send
	a, err := w.Approval(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(card.Had, a.Had); d != "" || a.HadFen != card.HadFen {
		t.Errorf("had: %s", d)
	}
	if d := cmp.Diff(card.Likely, a.Likely); d != "" || len(a.Likely) != 1 {
		t.Errorf("likely: %s", d)
	}
	if d := cmp.Diff(card.Seats, a.Send.Missing); d != "" || !slices.Equal(a.OpenIDs, []string{"oABC"}) || a.Stock.ID != "9856000" || a.Stop != nil {
		t.Errorf("got %+v", a)
	}
	if len(a.Limits) != 5 || len(card.Limits) != 5 {
		t.Fatalf("limits: %+v and %+v", card.Limits, a.Limits)
	}
	for i, line := range a.Limits {
		if line.Limit != card.Limits[i].Limit || line.Used.Fen() != card.Limits[i].Used.Fen()+1000 || line.Used.Coupons() != card.Limits[i].Used.Coupons()+1 {
			t.Errorf("the card has %+v, the approval %+v", card.Limits[i], line)
		}
	}
	w.presses(appy, "send.approve", SendValue(s))
	w.stopped(ada, "x")
	if a, err = w.Approval(t.Context(), s.ID); err != nil || len(a.Decisions) != 1 || a.Stop == nil {
		t.Errorf("decided and stopped: %+v, %v", a, err)
	}
	if _, err := w.Approval(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, bands, func(c *Config) {
		c.Limits.Agent = []Ceiling{{Amount: 50000, Per: store.Day}, {Coupons: 90, Per: store.Week}}
	})
	free := func(person, text string) string {
		t.Helper()
		v := as[LimitsView](t, w.says(person, text))
		if v.Free == nil {
			return "none"
		}
		return v.Free.String()
	}
	if got := free(ana, "limits"); got != "50.00" {
		t.Errorf("at first: %s", got)
	}
	w.sent(ana, "send sorry-10 oA oB oC")
	w.sent(ana, "send sorry-10 "+people(6))
	own, audited, mine := as[LimitsView](t, w.says(ana, "limits")), as[LimitsView](t, w.says(fin, "limits <@U01ANA|ana>")), as[Mine](t, w.says(ana, "mine"))
	if !own.Own || audited.Own || audited.Person != ana || own.Per != store.Day || own.Limits[0].Used.HeldFen != 9000 || own.Limits[1].Used.HeldCoupons != 9 {
		t.Errorf("got %+v and %+v", own, audited)
	}
	if cmp.Diff(own.Limits, audited.Limits)+cmp.Diff(own.Limits, mine.Limits) != "" {
		t.Errorf("limits, limits of somebody and mine differ: %+v, %+v, %+v", own.Limits, audited.Limits, mine.Limits)
	}
	card := as[Confirm](t, w.says(ana, "send sorry-10 oX"))
	if d := cmp.Diff(own.Limits, card.Limits); d != "" {
		t.Errorf("the card differs: %s", d)
	}
	if got := free(ana, "limits") + " " + free(fin, "limits @U01ANA") + " " + free(abe, "limits"); got != "20.00 20.00 50.00" {
		t.Errorf("free: %s", got)
	}
	if r := w.isRefused(abe, "limits <@U01ANA>"); r.Code != NoRight || r.Right != RightAudit {
		t.Errorf("somebody else's: %+v", r)
	}
	if v := as[LimitsView](t, w.says(abe, "limits <@U02ABE>")); !v.Own {
		t.Errorf("one's own by name: %+v", v)
	}
	if r := w.isRefused(fin, "limits ana"); r.Code != TooMany || r.Word != "ana" {
		t.Errorf("no person: %+v", r)
	}
	w.config.Approvals.RunningTotal = ""
	if got := free(ana, "limits"); got != "none" {
		t.Errorf("where nothing is counted: %s", got)
	}
}

func TestWhatIsFreeIsExactlyWhatNeedsNobody(t *testing.T) {
	a := Approvals{RunningTotal: store.Day, Bands: []Band{{UpTo: 3000}, {UpTo: 5000}, {UpTo: 50000, Need: oneApprover}, {Need: andFinance}}}
	for _, before := range [][]store.Total{nil, {{Fen: 2500}}, {{Fen: 4999}}, {{Fen: 9000}}, {{Fen: 2000}, {Seats: oneApprover, Fen: 40000}}, {{Seats: retired, Fen: 2000}}} {
		free := a.free(before)
		if free == nil {
			t.Fatalf("%+v: nothing is counted", before)
		}
		if *free > 0 && a.seats(*free, 1, before) != nil {
			t.Errorf("%+v: %s is said to be free", before, *free)
		}
		if a.seats(*free+1, 1, before) == nil {
			t.Errorf("%+v: more than %s is free", before, *free)
		}
	}
	if free := (Approvals{RunningTotal: store.Day, Bands: []Band{{}}}).free(nil); free != nil {
		t.Errorf("everything is free: %s", free)
	}
}

func TestHome(t *testing.T) {
	w, s := newWaiting(t)
	home := func(person string) Home {
		t.Helper()
		h, err := w.Home(t.Context(), person)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if h := home(ana); !h.First || !h.MaySend || h.Person != ana || !h.At.Equal(noon) || len(h.Queue.Sends) != 0 {
		t.Errorf("at first: %+v", h)
	}
	if h := home(abe); h.First || sendIDs(h.Mine.Sends) != "S1" || sendIDs(h.Mine.Open) != "S1" || len(h.Queue.Sends) != 0 {
		t.Errorf("the requester's: %+v", h)
	}
	if h := home(ben); h.MaySend || queued(h.Queue) != "S1" {
		t.Errorf("an approver's: %+v", h)
	}
	w.presses(ben, "send.approve", SendValue(s))
	if h := home(ben); len(h.Queue.Sends) != 0 {
		t.Errorf("after their approval: %+v", h)
	}
	w.people.people[ben] = Person{Guest: true}
	if h := home(ben); h.First || len(h.Queue.Sends) != 0 || h.Person != ben {
		t.Errorf("a guest's: %+v", h)
	}
	w.people.fault = errors.New("slow")
	if _, err := w.Home(t.Context(), ana); err == nil {
		t.Error("an empty Home is shown because Slack cannot say who somebody is")
	}
}
