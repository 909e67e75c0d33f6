package commands

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// A path is one way to a decision: what is done, what it is called in the audit, and what it comes to for who may.
type path struct {
	name, did string
	take      func(w *world, ask Ask, s store.Send) (Reply, error)
	done      func(reply Reply) bool
	verdict   store.Verdict // "": nothing is decided yet
}

func paths() []path {
	press := func(action string) func(*world, Ask, store.Send) (Reply, error) {
		return func(w *world, ask Ask, s store.Send) (Reply, error) {
			return w.Press(w.t.Context(), ask, action, SendValue(s))
		}
	}
	types := func(verb string) func(*world, Ask, store.Send) (Reply, error) {
		return func(w *world, ask Ask, s store.Send) (Reply, error) {
			return w.Do(w.t.Context(), ask, verb+" "+store.SendName(s.ID))
		}
	}
	decided := func(v store.Verdict) func(Reply) bool {
		return func(r Reply) bool { d, ok := r.(Decided); return ok && d.Verdict == v && d.Send.ID == 1 }
	}
	card := func(r Reply) bool { a, ok := r.(Approval); return ok && a.Send.ID == 1 }
	return []path{
		{"Approve on the card", "send.approve", press("send.approve"), decided(store.Approved), store.Approved},
		{"Approve in App Home", "send.approve", func(w *world, ask Ask, s store.Send) (Reply, error) {
			ask.Channel, ask.ResponseURL = "", ""
			return w.Press(w.t.Context(), ask, "send.approve", SendValue(s))
		}, decided(store.Approved), store.Approved},
		{"Reject on the card", "send.reject", press("send.reject"), func(r Reply) bool { f, ok := r.(RejectForm); return ok && f.Meta == "S1.r1" }, ""},
		{"the form of Reject", "form.reject", func(w *world, ask Ask, s store.Send) (Reply, error) {
			return w.Submit(w.t.Context(), ask, Form{ID: FormReject, Meta: SendValue(s), Values: map[string]string{FieldWhy: "too much"}})
		}, decided(store.Rejected), store.Rejected},
		{"approve typed", "approve", types("approve"), card, ""},
		{"reject typed", "reject", types("reject"), card, ""},
	}
}

// kinds are the kinds of people who may come to a decision of abe's send, and what they are told.
var kinds = []struct {
	name   string
	person string
	world  func(w *world)
	want   Code // "": may decide
}{
	{"an approver whom the configuration names", appy, nil, ""},
	{"an approver through a user group", ben, nil, ""},
	{"somebody of another group", fin, nil, NotDecider},
	{"somebody of no group", guy, nil, NotDecider},
	{"somebody who may send", ana, nil, NotDecider},
	{"an admin", ada, nil, NotDecider},
	{"the requester", abe, nil, OwnSend},
	{"the requester, an approver and admin too", abe, func(w *world) {
		w.people.members["S03APPROVERS"] = []string{abe}
		w.config.Groups[3].Members = append(w.config.Groups[3].Members, abe)
	}, OwnSend},
	{"an approver who retried it", appy, func(w *world) { w.party(appy, "retrier") }, OwnSend},
	{"an approver who edited it", ben, func(w *world) { w.party(ben, "editor") }, OwnSend},
	{"somebody of the fallback group before its time", lea, func(w *world) { w.clock = w.clock.Add(59 * time.Minute); w.overdue() }, NotDecider},
	{"somebody of the fallback group after it", lea, func(w *world) { w.clock = w.clock.Add(time.Hour); w.overdue() }, ""},
	{"an approver after it", appy, func(w *world) { w.clock = w.clock.Add(time.Hour); w.overdue() }, ""},
	{"somebody of another group after it", fin, func(w *world) { w.clock = w.clock.Add(time.Hour); w.overdue() }, NotDecider},
	{"an approver who was removed a second ago", ben, func(w *world) { w.aSecondAgo(func(d *directory) { d.members["S03APPROVERS"] = nil }) }, NotDecider},
	{"an approver who was added a second ago", guy, func(w *world) { w.aSecondAgo(func(d *directory) { d.members["S03APPROVERS"] = []string{ben, guy} }) }, ""},
	{"an approver who is a guest", appy, func(w *world) { w.people.people[appy] = Person{Guest: true} }, Guest},
	{"an approver who became a guest a second ago", appy, func(w *world) { w.aSecondAgo(func(d *directory) { d.people[appy] = Person{Guest: true} }) }, Guest},
	{"an approver of another workspace", appy, func(w *world) { w.people.people[appy] = Person{Team: "T2"} }, Stranger},
	{"a stranger in a shared channel", ben, func(w *world) { w.people.people[ben] = Person{Stranger: true} }, Stranger},
	{"a bot", appy, func(w *world) { w.people.people[appy] = Person{Bot: true} }, Stranger},
	{"an approver who was deactivated", appy, func(w *world) { w.people.people[appy] = Person{Deactivated: true} }, Deactivated},
	{"an approver who was deactivated a second ago", appy, func(w *world) { w.aSecondAgo(func(d *directory) { d.people[appy] = Person{Deactivated: true} }) }, Deactivated},
	{"an approver who approved already", appy, func(w *world) {
		w.presses(appy, "send.approve", "S1.r1")
		w.clock = w.clock.Add(time.Minute)
	}, SeatedAlready},
	{"the second approver", ben, func(w *world) { w.presses(appy, "send.approve", "S1.r1") }, ""},
	{"anybody while Slack cannot say who is who", appy, func(w *world) { w.people.fault = errors.New("slow") }, CouldNotCheck},
	{"an approver whose user group cannot be read", ben, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, CouldNotCheck},
	{"somebody of another group while theirs cannot be read", fin, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, CouldNotCheck},
	{"an approver whom the configuration names while a user group cannot be read", appy, func(w *world) { w.people.faults = map[string]bool{"S03APPROVERS": true} }, ""},
	{"the second approver while the first one cannot be looked up", ben, func(w *world) {
		w.presses(appy, "send.approve", "S1.r1")
		w.people.faults = map[string]bool{appy: true}
	}, CouldNotCheck},
}

// party makes somebody one who had a hand in the first send.
func (w *world) party(person, part string) {
	w.t.Helper()
	if _, err := storetest.Raw(w.t, w.file).Exec(`INSERT INTO parties (send_id, person, part, at) VALUES (1, ?, ?, ?)`, person, part, noon.UnixMilli()); err != nil {
		w.t.Fatal(err)
	}
}

// aSecondAgo changes something in Slack: only who asks Slack now sees it.
func (w *world) aSecondAgo(change func(*directory)) {
	before := &directory{people: map[string]Person{}, members: map[string][]string{}}
	for id, p := range w.people.people {
		before.people[id] = p
	}
	for id, m := range w.people.members {
		before.members[id] = slices.Clone(m)
	}
	w.people.before = before
	change(w.people)
}

func TestEveryPathToADecisionForEveryKindOfPerson(t *testing.T) {
	for _, k := range kinds {
		if k.want != "" {
			t.Run(k.name, func(t *testing.T) {
				w, s := newWaiting(t)
				if k.world != nil {
					k.world(w)
				}
				for _, p := range paths() {
					t.Run(p.name, func(t *testing.T) { p.isRefused(t, w, s, k.person, k.want) })
				}
			})
			continue
		}
		for _, p := range paths() {
			t.Run(k.name+"/"+p.name, func(t *testing.T) {
				w, s := newWaiting(t)
				if k.world != nil {
					k.world(w)
				}
				p.decides(t, w, s, k.person)
			})
		}
	}
}

// isRefused takes the path for somebody who may not: nothing is decided, and the attempt is in the audit.
func (p path) isRefused(t *testing.T, w *world, s store.Send, person string, want Code) {
	before := w.decisions(1)
	reply, err := p.take(w, w.ask(person), s)
	if r, _ := refused(err); r == nil || r.Code != want {
		t.Errorf("got %+v and %v, want %s", reply, err, want)
	}
	if now := w.decisions(1); now != before || w.send(1).State != store.SendAwaiting {
		t.Errorf("something was decided: %s", now)
	}
	if line := fmt.Sprint(person, " refused ", p.did, " ", want, " <nil>"); !slices.Contains(w.trail(1), line) {
		t.Errorf("the audit has no %q: %q", line, w.trail(1))
	}
}

// decides takes the path for somebody who may: what it decides is decided, and nothing else.
func (p path) decides(t *testing.T, w *world, s store.Send, person string) {
	want := w.decisions(1)
	reply, err := p.take(w, w.ask(person), s)
	if err != nil || !p.done(reply) {
		t.Fatalf("got %+v, %v", reply, err)
	}
	if p.verdict != "" {
		if want != "" {
			want += ", "
		}
		want += person + " " + string(p.verdict)
		w.audited(1, person+" send."+string(p.verdict))
	}
	if now := w.decisions(1); now != want {
		t.Errorf("decided is %q, want %q", now, want)
	}
}

func TestTheLastSeatApproves(t *testing.T) {
	w, s := newWaiting(t)
	if d := as[Decided](t, w.presses(ben, "send.approve", SendValue(s))); d.Send.State != store.SendAwaiting || vacant(d.Send.Missing) != 1 {
		t.Errorf("one of two: %+v", d.Send)
	}
	if d := as[Decided](t, w.presses(cat, "send.approve", SendValue(s))); d.Send.State != store.SendApproved || !slices.Equal(d.Send.ApprovedBy, []string{ben, cat}) {
		t.Errorf("both: %+v", d.Send)
	}
	for _, person := range []string{appy, cat, fin} {
		for _, action := range []string{"send.approve", "send.reject"} {
			if r := as[Redrawn](t, w.presses(person, action, SendValue(s))); r.Subject != "S1" {
				t.Errorf("%s on a decided card: %+v", action, r)
			}
		}
	}
	if r := w.isRefused(appy, "approve S1"); r.Code != NotWaiting || r.Text != "approved" || !slices.Equal(r.Names, []string{ben, cat}) {
		t.Errorf("typed afterwards: %+v", r)
	}
	if r := w.isRefused(fin, "reject S1"); r.Code != NotDecider {
		t.Errorf("typed afterwards by another group: %+v", r)
	}
	if r := w.isRefused(abe, "reject S1"); r.Code != OwnSend {
		t.Errorf("typed afterwards by the requester: %+v", r)
	}
}

func TestAPersonInTwoGroupsSitsWhereItHelps(t *testing.T) {
	w := newWorld(t, bands, func(c *Config) { c.Groups[2].Members = []string{fin, appy} })
	s := w.sent(ana, "send sorry-10 "+people(51))
	w.presses(appy, "send.approve", SendValue(s))
	if d := as[Decided](t, w.presses(fin, "send.approve", SendValue(s))); d.Send.State != store.SendApproved {
		t.Errorf("appy for the approvers and fin for finance: %+v", d.Send)
	}
	w = newWorld(t, bands, func(c *Config) { c.Groups[1].Members = []string{appy, cat}; c.Groups[2].Members = []string{fin, appy} })
	s = w.sent(ana, "send sorry-10 "+people(51))
	w.presses(appy, "send.approve", SendValue(s))
	if d := as[Decided](t, w.presses(cat, "send.approve", SendValue(s))); d.Send.State != store.SendApproved {
		t.Errorf("appy moves over to finance for cat: %+v", d.Send)
	}
}

func TestTheSamePressTwiceDecidesOnce(t *testing.T) {
	w, s := newWaiting(t)
	ask := w.ask(ben)
	for range 2 {
		reply, err := w.Press(t.Context(), ask, "send.approve", SendValue(s))
		if err != nil || as[Decided](t, reply).Verdict != store.Approved {
			t.Errorf("delivered twice: %+v, %v", reply, err)
		}
	}
	as[Redrawn](t, w.presses(ben, "send.approve", SendValue(s)))
	w.clock = w.clock.Add(doubleClick)
	if r := w.isRefusedPressing(ben, "send.approve", SendValue(s)); r.Code != SeatedAlready || vacant(r.Seats) != 1 {
		t.Errorf("later: %+v", r)
	}
	if got := w.decisions(1); got != ben+" approve" {
		t.Errorf("got %q", got)
	}
	form := Form{ID: FormReject, Meta: SendValue(s), Values: map[string]string{FieldWhy: " too\nmuch "}}
	ask = w.ask(cat)
	for range 2 {
		reply, err := w.Submit(t.Context(), ask, form)
		if err != nil || as[Decided](t, reply).Verdict != store.Rejected {
			t.Errorf("a form delivered twice: %+v, %v", reply, err)
		}
	}
	if s := w.send(1); s.State != store.SendRejected || s.ClosedBy != cat || s.ClosedWhy != "too much" {
		t.Errorf("got %+v", s)
	}
}

func TestManyClicksAtOnceDecideOnce(t *testing.T) {
	w, s := newWaiting(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	decided := 0
	for i, person := range []string{appy, appy, ben, ben, cat, cat, appy, ben, cat, appy} {
		ask := w.ask(person)
		all.Go(func() {
			var reply Reply
			var err error
			if i%5 == 4 {
				reply, err = w.Submit(t.Context(), ask, Form{ID: FormReject, Meta: SendValue(s), Values: map[string]string{FieldWhy: "no"}})
			} else {
				reply, err = w.Press(t.Context(), ask, "send.approve", SendValue(s))
			}
			if r, ok := refused(err); ok && r.Code != SeatedAlready && r.Code != NotWaiting && r.Code != NotDecider {
				t.Errorf("%s: %+v", person, r)
			}
			mu.Lock()
			defer mu.Unlock()
			if _, ok := reply.(Decided); ok {
				decided++
			}
		})
	}
	all.Wait()
	decisions, err := w.ledger.Decisions(t.Context(), 1)
	if err != nil || len(decisions) != decided || decided > 2 {
		t.Errorf("%d say that they decided, the ledger has %+v, %v", decided, decisions, err)
	}
	if state := w.send(1).State; state != store.SendApproved && state != store.SendRejected {
		t.Errorf("it is %s", state)
	}
}

func TestAFormThatCameTooLateSaysSo(t *testing.T) {
	w, s := newWaiting(t)
	submit := func(person, meta, why string) error {
		_, err := w.Submit(t.Context(), w.ask(person), Form{ID: FormReject, Meta: meta, Values: map[string]string{FieldWhy: why}})
		return err
	}
	for why, code := range map[string]Code{"": MissingField, " \u200b\n ": MissingField, people(40): TextTooLong} {
		faults, ok := errors.AsType[FieldFaults](submit(ben, SendValue(s), why))
		if !ok || faults[FieldWhy] == nil || faults[FieldWhy].Code != code {
			t.Errorf("%q: got %+v", why, faults)
		}
	}
	if r := w.refusal(nil, submit(ben, "S1.r2", "no")); r.Code != ContentsChanged {
		t.Errorf("another revision: %+v", r)
	}
	w.presses(ben, "send.approve", SendValue(s))
	w.presses(cat, "send.approve", SendValue(s))
	if r := w.refusal(nil, submit(appy, SendValue(s), "no")); r.Code != NotWaiting || !slices.Equal(r.Names, []string{ben, cat}) {
		t.Errorf("decided: %+v", r)
	}
	if r := w.refusal(nil, submit(fin, SendValue(s), "no")); r.Code != NotDecider {
		t.Errorf("decided, by somebody else: %+v", r)
	}
	if reply, err := w.Submit(t.Context(), w.ask(ben), Form{ID: FormReject, Meta: "x", Values: map[string]string{FieldWhy: "no"}}); err != nil || as[Redrawn](t, reply).Subject != "" {
		t.Errorf("a form of nothing: %+v, %v", reply, err)
	}
	if r := w.refusal(w.Submit(t.Context(), w.ask(ben), Form{ID: "other"})); r.Code != NotAccepted {
		t.Errorf("a form that there is not: %+v", r)
	}
}

func TestStaleApprovalButtonsOnlyRedraw(t *testing.T) {
	w, _ := newWaiting(t)
	for value, subject := range map[string]string{"S1.r2": "S1", "": "", "D1": "", "S1": ""} {
		for _, action := range []string{"send.approve", "send.reject"} {
			if r := as[Redrawn](t, w.presses(ben, action, value)); r.Subject != subject {
				t.Errorf("%s %q: %+v", action, value, r)
			}
		}
	}
	if r := w.isRefusedPressing(ben, "send.approve", "S9.r1"); r.Code != NoSuchSend {
		t.Errorf("got %+v", r)
	}
}

func TestWhoLeftSinceCountsNoLonger(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave func(w *world)
	}{
		{"the group", func(w *world) { w.people.members["S03APPROVERS"] = nil }},
		{"Slack", func(w *world) { w.people.people[ben] = Person{Deactivated: true} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := newWaiting(t)
			w.presses(ben, "send.approve", SendValue(s))
			c.leave(w)
			w.clock = w.clock.Add(time.Minute)
			if d := as[Decided](t, w.presses(cat, "send.approve", SendValue(s))); d.Send.State != store.SendAwaiting {
				t.Errorf("approved on the word of somebody who left: %+v", d.Send)
			}
			if d := as[Decided](t, w.presses(appy, "send.approve", SendValue(s))); d.Send.State != store.SendApproved {
				t.Errorf("got %+v", d.Send)
			}
		})
	}
}

func TestARequesterWhoMaySendNoMoreGetsNothingApproved(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave func(w *world)
	}{
		{"left the groups that may send", func(w *world) { w.aSecondAgo(func(d *directory) { d.members["S01AGENTS"] = nil }) }},
		{"left Slack", func(w *world) { w.aSecondAgo(func(d *directory) { d.people[abe] = Person{Deactivated: true} }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := newWaiting(t)
			c.leave(w)
			if r := w.isRefusedPressing(ben, "send.approve", SendValue(s)); r.Code != RequesterLeft || r.By != abe || r.Word != "S1" {
				t.Errorf("got %+v", r)
			}
			if s := w.send(1); s.State != store.SendWithdrawn || s.ClosedBy != store.ActorBot {
				t.Errorf("got %+v", s)
			}
		})
	}
	w, s := newWaiting(t)
	w.people.faults = map[string]bool{"S01AGENTS": true}
	if r := w.isRefusedPressing(ben, "send.approve", SendValue(s)); r.Code != CouldNotCheck {
		t.Errorf("it could not be checked: %+v", r)
	}
	if s := w.send(1); s.State != store.SendAwaiting {
		t.Errorf("got %+v", s)
	}
}

func TestOtherContentsAreAnotherRevision(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *store.Stock)
		amount store.Fen
	}{
		{"the coupon is worth more", func(s *store.Stock) { s.Amount = 1100 }, 1100},
		{"a customer must spend more", func(s *store.Stock) { s.Minimum = 5000 }, 1000},
		{"it ends sooner", func(s *store.Stock) { s.Ends = noon.Add(time.Hour) }, 1000},
		{"it would be free now", func(s *store.Stock) { s.Amount = 100 }, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := newWaiting(t, func(c *Config) { c.Limits.Company = []Ceiling{{Amount: 7000, Per: store.Day}} })
			w.presses(ben, "send.approve", SendValue(s))
			w.read("9856000", c.change)
			if r := w.isRefusedPressing(cat, "send.approve", SendValue(s)); r.Code != ContentsChanged || r.Word != "S1" {
				t.Fatalf("got %+v", r)
			}
			now := w.send(1)
			if now.Revision != 2 || now.Amount != c.amount || now.State != store.SendAwaiting || vacant(now.Missing) != 2 || w.decisions(1) != "" {
				t.Errorf("got %+v, decided is %s", now, w.decisions(1))
			}
			as[Redrawn](t, w.presses(cat, "send.approve", SendValue(s)))
			w.presses(cat, "send.approve", SendValue(now))
			if d := as[Decided](t, w.presses(ben, "send.approve", SendValue(now))); d.Send.State != store.SendApproved {
				t.Errorf("got %+v", d.Send)
			}
		})
	}
	w, s := newWaiting(t, func(c *Config) { c.Limits.Company = []Ceiling{{Amount: 7000, Per: store.Day}} })
	w.read("9856000", func(s *store.Stock) { s.Amount = 1200 })
	if r := w.isRefusedPressing(cat, "send.approve", SendValue(s)); r.Code != OverLimit || w.send(1).Revision != 1 {
		t.Errorf("a limit has no room for it: %+v", r)
	}
	w.read("9856000", func(s *store.Stock) { s.Amount = 0 })
	if r := w.isRefusedPressing(cat, "send.approve", SendValue(s)); r.Code != StockUnread {
		t.Errorf("a reading that says nothing: %+v", r)
	}
}

func TestARevisionDoesNotCountItselfTwice(t *testing.T) {
	for _, c := range []struct {
		name   string
		amount store.Fen
		want   []store.Seat
	}{
		{"480 are in the band of one approver, also beside the 60 that it was", 8000, oneApprover},
		{"540 are not", 9000, andFinance},
		{"what would be free asks whom it asked", 100, oneApprover},
	} {
		w := newWorld(t, bands)
		s := w.sent(ana, "send sorry-10 "+people(6))
		w.read("9856000", func(s *store.Stock) { s.Amount = c.amount })
		if r := w.isRefusedPressing(appy, "send.approve", SendValue(s)); r.Code != ContentsChanged {
			t.Errorf("%s: %+v", c.name, r)
		}
		if now := w.send(1); now.Revision != 2 || !slices.Equal(now.Seats, c.want) || !slices.Equal(now.Missing, c.want) {
			t.Errorf("%s: got %+v", c.name, now)
		}
	}
}
