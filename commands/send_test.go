package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

func TestACardShowsWhatWouldMoveAndNothingMoves(t *testing.T) {
	w := newWorld(t, repeats, func(c *Config) {
		c.Limits = Limits{Agent: []Ceiling{{Amount: 100000, Per: store.Day}}, Customer: []Ceiling{{Amount: 20000, Per: store.Month}}}
	})
	w.sent(abe, "send partner-5 oABC")
	card := as[Confirm](t, w.says(ana, "send Sorry-10 oABC oABC --reason late —ticket T-1 --note “太晚了”"))
	c := card.Draft.Contents
	if c.StockID != "9856000" || c.CreatorMchID != "1900000001" || c.Amount != 1000 || !slices.Equal(c.OpenIDs, []string{"oABC"}) || c.Reason != "late" || c.Ticket != "T-1" || c.Note != "太晚了" {
		t.Errorf("contents: %+v", c)
	}
	if card.Duplicates != 1 || card.Existed || card.Stock.Name != "道歉券" || card.Stock.Left() != 990 {
		t.Errorf("card: %+v", card)
	}
	if len(card.Had) != 1 || card.HadFen != 1000 || card.Had[0].StockName != "partner-5" {
		t.Errorf("had: %+v", card.Had)
	}
	if len(card.Limits) != 2 || card.Limits[1].Used.Fen() != 1000 {
		t.Errorf("limits: %+v", card.Limits)
	}
	if _, err := w.ledger.Send(t.Context(), 2); err == nil {
		t.Error("a card alone made a send")
	}
	if many := as[Confirm](t, w.says(ana, "send sorry-10 oA oB")); len(many.Limits) != 1 || many.Had != nil {
		t.Errorf("a card for two shows one customer's figures: %+v", many)
	}
}

func TestANoteWithoutQuotesNamesNobody(t *testing.T) {
	w := newWorld(t)
	if r := w.isRefused(ana, "send sorry-10 --note sorry about that oABC"); r.Code != TooMany || r.Word != "about" {
		t.Errorf("a note without quotes before the customers: %+v", r)
	}
	w.draft(ana, `send sorry-10 --note "sorry about that" oABC`)
	if r := w.isRefused(ana, "send sorry-10 oABC --note far too late"); r.Code != TooMany || r.Word != "too" {
		t.Errorf("got %+v", r)
	}
	for _, text := range []string{"send sorry-10 --reason late oABC", "send --reason late sorry-10 oABC", "send sorry-10 oABC --reason late --ticket T-1"} {
		if c := as[Confirm](t, w.says(ana, text)).Draft.Contents; !slices.Equal(c.OpenIDs, []string{"oABC"}) {
			t.Errorf("%s: got %q", text, c.OpenIDs)
		}
	}
}

func TestAStockMayBeNamedByItsID(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AnyStock = true })
	if c := as[Confirm](t, w.says(ana, "send 9856001 oABC")).Draft.Contents; c.StockName != "partner-5" || c.CreatorMchID != "1900000002" {
		t.Errorf("a listed one: %+v", c)
	}
	w.read("777", func(*store.Stock) {})
	if c := as[Confirm](t, w.says(ana, "send 777 oABC")).Draft.Contents; c.StockName != "777" || c.CreatorMchID != "1900000001" {
		t.Errorf("an unlisted one: %+v", c)
	}
	if r := w.isRefused(ana, "send no-such oABC"); r.Code != UnlistedStock {
		t.Errorf("got %+v", r)
	}
}

func TestAChosenValueIsTheMoney(t *testing.T) {
	w := newWorld(t)
	c := as[Confirm](t, w.says(ana, "send any-amount oABC --value ５．５０ --minimum 10")).Draft.Contents
	if c.Value != 550 || c.Minimum != 1000 || c.Amount != 550 {
		t.Errorf("got %+v", c)
	}
}

func TestAStockThatIsReadMeanwhileIsWaitedFor(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AnyStock, c.WaitForStock = true, 10*time.Second })
	done := make(chan error, 1)
	go func() {
		for {
			changed := w.ledger.Changed()
			due, err := w.ledger.StocksDue(t.Context(), 10)
			i := slices.IndexFunc(due, func(s store.Stock) bool { return s.ID == "777" })
			if err != nil || i >= 0 {
				if err == nil {
					s := due[i]
					s.Status, s.Type, s.Amount = "running", "NORMAL", 700
					err = w.ledger.SaveStock(t.Context(), s, noon.Add(time.Hour))
				}
				done <- err
				return
			}
			<-changed
		}
	}()
	card := as[Confirm](t, w.says(ana, "send 777 oABC"))
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if card.Draft.Contents.Amount != 700 {
		t.Errorf("got %+v", card.Draft.Contents)
	}
}

func TestAStockThatCannotBeReadSaysWhy(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AnyStock, c.WaitForStock = true, 10*time.Second })
	ask := w.ask(ana)
	done := make(chan *Refusal, 1)
	go func() { done <- w.refusal(w.Do(t.Context(), ask, "send 777 oABC")) }()
	for {
		changed := w.ledger.Changed()
		if _, err := w.ledger.Stock(t.Context(), "777"); err == nil {
			break
		}
		<-changed
	}
	if err := w.ledger.SaveStock(t.Context(), store.Stock{ID: "777", Fault: "no such stock"}, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.Code != StockUnread || r.Text != "no such stock" {
		t.Errorf("got %+v", r)
	}
}

func TestAnOldReadingIsUsedAndANewOneAskedFor(t *testing.T) {
	w := newWorld(t)
	w.clock = w.clock.Add(time.Hour)
	w.read("9856001", func(*store.Stock) {})
	w.read("9856002", func(*store.Stock) {})
	for id, wanted := range map[string]bool{"9856000": true, "9856001": false} {
		w.says(ana, "send "+id+" oABC --note "+id)
		due, err := w.ledger.StocksDue(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(due, func(s store.Stock) bool { return s.ID == id }); got != wanted {
			t.Errorf("%s: wanted is %v", id, got)
		}
	}
}

func TestAFaceValueOfNothingIsNoReading(t *testing.T) {
	w := newWorld(t)
	w.read("9856000", func(s *store.Stock) { s.Amount = 0 })
	if r := w.isRefused(ana, "send sorry-10 oABC"); r.Code != StockUnread {
		t.Errorf("got %+v", r)
	}
}

func TestEnterTwiceIsOneCardAndSendTwiceIsOneSend(t *testing.T) {
	w := newWorld(t)
	first := as[Confirm](t, w.says(ana, "send sorry-10 oABC"))
	second := as[Confirm](t, w.says(ana, "send sorry-10 oABC"))
	if second.Draft.ID != first.Draft.ID || !second.Existed || first.Existed {
		t.Errorf("two cards: %+v and %+v", first, second)
	}
	sent := as[Sent](t, w.presses(ana, "send.confirm", DraftValue(first.Draft.ID)))
	again := as[Sent](t, w.presses(ana, "send.confirm", DraftValue(first.Draft.ID)))
	if again.Send.ID != sent.Send.ID || !again.Again || sent.Again {
		t.Errorf("two sends: %+v and %+v", sent, again)
	}
	w.stopped(ada, "x")
	if reply := as[Sent](t, w.presses(ana, "send.confirm", DraftValue(first.Draft.ID))); !reply.Again {
		t.Errorf("while stopped: %+v", reply)
	}
}

func TestManyPressesAtOnceAreOneSend(t *testing.T) {
	w := newWorld(t, bands)
	value := w.draft(ana, "send sorry-10 oA oB oC")
	var all sync.WaitGroup
	replies := make([]Reply, 8)
	for i := range replies {
		ask := w.ask(ana)
		all.Go(func() {
			reply, err := w.Press(t.Context(), ask, "send.confirm", value)
			if err != nil {
				t.Error(err)
			}
			replies[i] = reply
		})
	}
	all.Wait()
	first := 0
	for _, r := range replies {
		sent := as[Sent](t, r)
		if sent.Send.ID != 1 {
			t.Errorf("got %+v", sent)
		}
		if !sent.Again {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d presses say that they were the first", first)
	}
}

// pressedAtOnce presses cards of ana's of ¥20.00 each at two replicas; what became of each.
func (w *world) pressedAtOnce(cards int) (replies []Reply, refusals []Code) {
	w.t.Helper()
	values := make([]string, cards)
	for i := range values {
		values[i] = w.draft(ana, fmt.Sprintf("send sorry-10 oA%d oB%d", i, i))
	}
	replicas := []*Desk{w.Desk, New(w.config, w.ledger, w.people, w.log, w.now)}
	var all sync.WaitGroup
	var mu sync.Mutex
	for i, value := range values {
		ask := w.ask(ana)
		all.Go(func() {
			reply, err := replicas[i%2].Press(w.t.Context(), ask, "send.confirm", value)
			mu.Lock()
			defer mu.Unlock()
			if r, ok := refused(err); ok {
				refusals = append(refusals, r.Code)
			} else {
				replies = append(replies, reply)
			}
		})
	}
	all.Wait()
	return replies, refusals
}

func TestCardsPressedAtOnceCannotSplitABandAlsoAtTwoReplicas(t *testing.T) {
	w := newWorld(t, bands)
	replies, refusals := w.pressedAtOnce(12)
	free := 0
	for _, r := range replies {
		if s := as[Sent](t, r).Send; s.State == store.SendApproved {
			free++
		} else if s.State != store.SendAwaiting || !cmp.Equal(s.Missing, oneApprover) {
			t.Errorf("got %+v", s)
		}
	}
	if free != 2 || len(refusals) > 0 {
		t.Errorf("%d are free, refused are %v", free, refusals)
	}
	w = newWorld(t, bands, func(c *Config) { c.Groups[1].Members = nil })
	replies, refusals = w.pressedAtOnce(12)
	if len(replies) != 2 || len(refusals) != 10 || slices.ContainsFunc(refusals, func(c Code) bool { return c != NobodyCanApprove }) {
		t.Errorf("with nobody to ask %d are sent, refused are %v", len(replies), refusals)
	}
}

func TestASendWaitsForThePeopleOfItsBand(t *testing.T) {
	w := newWorld(t, bands, func(c *Config) {
		c.Approvals.RemindAfter, c.Approvals.FallbackAfter, c.Approvals.FallbackGroup, c.Approvals.ExpireAfter = time.Minute, time.Hour, "admins", 72*time.Hour
	})
	for n, want := range map[int][]store.Seat{5: nil, 6: oneApprover, 51: andFinance} {
		card := as[Confirm](t, w.says(ana, "send sorry-10 "+people(n)))
		if !cmp.Equal(card.Seats, want) {
			t.Errorf("%d coupons: the card shows %+v", n, card.Seats)
		}
	}
	s := w.sent(ana, "send sorry-10 "+people(51))
	if s.State != store.SendAwaiting || !cmp.Equal(s.Seats, andFinance) || !cmp.Equal(s.Missing, andFinance) {
		t.Errorf("got %+v", s)
	}
	if !s.RemindAt.Equal(noon.Add(time.Minute)) || !s.FallbackAt.Equal(noon.Add(time.Hour)) || !s.ExpireAt.Equal(noon.Add(72*time.Hour)) || s.FallbackGroup != "admins" {
		t.Errorf("its patience: %+v", s)
	}
	if s.Terms.Minimum != 1001 || !s.Terms.Ends.Equal(noon.AddDate(0, 3, 0)) {
		t.Errorf("its terms: %+v", s.Terms)
	}
}

func TestADeliveryThatCameTwiceSaysTheSame(t *testing.T) {
	w := newWorld(t)
	ask := w.ask(ana)
	card := func() Reply {
		reply, err := w.Do(t.Context(), ask, "send sorry-10 oABC oABC")
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	first, second := as[Confirm](t, card()), as[Confirm](t, card())
	if first.Draft.ID != second.Draft.ID || second.Duplicates != 1 {
		t.Errorf("got %+v and %+v", first, second)
	}
	w.presses(ana, "send.confirm", DraftValue(first.Draft.ID))
	if sent := as[Sent](t, card()); !sent.Again || sent.Send.DraftID != first.Draft.ID {
		t.Errorf("after Send: %+v", sent)
	}
	w.presses(ana, "send.discard", w.draft(ana, "send sorry-10 oDEF"))
}

func TestWhatChangedBetweenCardAndSendIsSeen(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		want   Code
	}{
		{"everything was stopped", func(w *world) { w.stopped(ada, "x") }, AllStopped},
		{"the agent left the group", func(w *world) { w.people.members["S01AGENTS"] = nil }, NoRight},
		{"the group cannot be read", func(w *world) { w.people.faults = map[string]bool{"S01AGENTS": true} }, CouldNotCheck},
		{"the agent was deactivated", func(w *world) { w.people.people[abe] = Person{Deactivated: true} }, Deactivated},
		{"the stock was paused", func(w *world) { w.read("9856000", func(s *store.Stock) { s.Status = "paused" }) }, StockNotRunning},
		{"the stock is empty", func(w *world) { w.read("9856000", func(s *store.Stock) { s.Distributed = 1000 }) }, StockEmpty},
		{"the stock ended", func(w *world) { w.clock = noon.AddDate(0, 4, 0) }, StockEnded},
		{"the stock is worth something else", func(w *world) { w.read("9856000", func(s *store.Stock) { s.Amount = 999 }) }, DraftClosed},
		{"the stock is no longer listed", func(w *world) { w.config.Stocks = w.config.Stocks[1:] }, UnlistedStock},
		{"a ticket is wanted now", func(w *world) { tickets(&w.config) }, MissingTicket},
		{"the limit has been used up", func(w *world) {
			w.config.Limits.Company = []Ceiling{{Coupons: 1, Per: store.Day}}
			w.sent(ana, "send sorry-10 oOTHER")
		}, OverLimit},
		{"a customer must spend more", func(w *world) { w.read("9856000", func(s *store.Stock) { s.Minimum = 5000 }) }, DraftClosed},
		{"the stock ends sooner", func(w *world) { w.read("9856000", func(s *store.Stock) { s.Ends = s.Ends.Add(-time.Hour) }) }, DraftClosed},
		{"the day's free money has been used up, and nobody can approve", func(w *world) {
			bands(&w.config)
			w.sent(abe, "send sorry-10 oA oB oC oD oE")
			w.people.people[appy] = Person{Guest: true}
		}, NobodyCanApprove},
		{"who would have to approve cannot be checked", func(w *world) {
			bands(&w.config)
			w.sent(abe, "send sorry-10 oA oB oC oD oE")
			w.people.faults = map[string]bool{appy: true}
		}, CouldNotCheck},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			card := w.draft(abe, "send sorry-10 oABC")
			c.change(w)
			if r := w.isRefusedPressing(abe, "send.confirm", card); r.Code != c.want {
				t.Errorf("got %+v", r)
			}
			id, _ := parseDraft(card)
			if _, err := w.ledger.SendOfDraft(t.Context(), id); err == nil {
				t.Error("it was sent all the same")
			}
		})
	}
}

func TestALikelyRepeatIsShownAndNeedsANote(t *testing.T) {
	w := newWorld(t, repeats)
	w.sent(ana, "send sorry-10 oABC --ticket T-1")
	card := as[Confirm](t, w.says(ana, "send sorry-10 oABC"))
	if len(card.Likely) != 1 || card.Likely[0].By != ana {
		t.Errorf("the same customer and stock: %+v", card.Likely)
	}
	if other := as[Confirm](t, w.says(ana, "send sorry-10 oDEF --ticket T-1")); len(other.Likely) != 1 {
		t.Errorf("the same ticket: %+v", other.Likely)
	}
	if r := w.isRefusedPressing(ana, "send.confirm", DraftValue(card.Draft.ID)); r.Code != NeedsNote {
		t.Errorf("without a note: %+v", r)
	}
	w.clock = w.clock.Add(time.Minute)
	if again := as[Confirm](t, w.says(ana, `send sorry-10 oABC --note "late twice"`)); len(again.Likely) != 1 {
		t.Errorf("with a note the card still warns: %+v", again.Likely)
	}
	w.sent(ana, `send sorry-10 oABC --note "again, it was late twice"`)
	w.clock = w.clock.Add(8 * 24 * time.Hour)
	if later := as[Confirm](t, w.says(ana, "send sorry-10 oABC --reason later")); len(later.Likely) != 0 {
		t.Errorf("after the window: %+v", later.Likely)
	}
}

func TestACardBelongsToItsRequester(t *testing.T) {
	w := newWorld(t)
	card := w.draft(ana, "send sorry-10 oABC")
	for _, action := range []string{"send.confirm", "send.edit", "send.discard"} {
		for _, other := range []string{abe, ada} {
			if r := w.isRefusedPressing(other, action, card); r.Code != NotYours {
				t.Errorf("%s by %s: %+v", action, other, r)
			}
		}
	}
	w.audited(0, abe+" refused send.confirm not_yours "+card)
	w.presses(ana, "send.confirm", card)
}

func TestCancelAndChangeCloseTheCard(t *testing.T) {
	w := newWorld(t)
	card := w.draft(ana, "send sorry-10 oABC")
	if d := as[Discarded](t, w.presses(ana, "send.discard", card)).Draft; d.State != store.DraftDiscarded {
		t.Errorf("got %+v", d)
	}
	as[Discarded](t, w.presses(ana, "send.discard", card))
	line := `send any-amount oA -oB --reason late --ticket T-1 --note "said \"never again\" — twice" --value 5.50 --minimum 10`
	card = w.draft(ana, line)
	edit := as[Editing](t, w.presses(ana, "send.edit", card))
	typed, ok := strings.CutPrefix(edit.Line, "/coupon ")
	if !ok {
		t.Fatalf("got %q", edit.Line)
	}
	again := as[Confirm](t, w.says(ana, typed))
	if before, after := edit.Draft.Contents, again.Draft.Contents; before.Note != after.Note || !slices.Equal(before.OpenIDs, after.OpenIDs) || before.Value != after.Value ||
		before.Minimum != after.Minimum || before.Ticket != after.Ticket || before.Reason != after.Reason {
		t.Errorf("%q reads as %+v", edit.Line, after)
	}
	if again.Existed {
		t.Error("Change left its card open")
	}
	sent := w.draft(ana, "send sorry-10 oSENT")
	w.presses(ana, "send.confirm", sent)
	if reply := as[Sent](t, w.presses(ana, "send.discard", sent)); !reply.Again {
		t.Errorf("Cancel after Send: %+v", reply)
	}
}

func TestASendIsKnownAlthoughTheLedgersAnswerWasLost(t *testing.T) {
	w := newWorld(t)
	card := w.draft(ana, "send sorry-10 oABC")
	sent := as[Sent](t, w.presses(ana, "send.confirm", card))
	draft, err := w.ledger.Draft(t.Context(), sent.Send.DraftID)
	if err != nil {
		t.Fatal(err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	reply, err := w.afterAll(gone, draft, context.Canceled)
	if err != nil || as[Sent](t, reply).Send.ID != sent.Send.ID {
		t.Errorf("got %+v, %v", reply, err)
	}
	if _, err := w.afterAll(gone, store.Draft{ID: 99}, context.Canceled); err == nil {
		t.Error("nothing was sent, and it says something was")
	}
}

func TestACardThatStandsSomewhereIsReadAgain(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits = Limits{Agent: []Ceiling{{Amount: 1500, Per: store.Day}}} })
	first := as[Confirm](t, w.says(ana, "send sorry-10 oABC"))
	again, err := w.Card(t.Context(), first.Draft.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the card is another one:\n%s", diff)
	}
	w.sent(ana, "send sorry-10 oDEF")
	if _, err := w.Card(t.Context(), first.Draft.ID); w.refusal(nil, err).Code != OverLimit {
		t.Errorf("what has no room any more: %v", err)
	}
	w.presses(ana, "send.discard", DraftValue(first.Draft.ID))
	if closed, err := w.Card(t.Context(), first.Draft.ID); err != nil || closed.Draft.State != store.DraftDiscarded {
		t.Errorf("a closed card: %+v, %v", closed, err)
	}
	if _, err := w.Card(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no card: %v", err)
	}
}
