package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

// ids are the names of what a card lists, in its order.
func ids(all []store.Sight) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Grant.ID.String())
	}
	return strings.Join(out, " ")
}

func sendIDs(all []store.Send) string {
	var out []string
	for _, s := range all {
		out = append(out, store.SendName(s.ID))
	}
	return strings.Join(out, " ")
}

// viewed are the full views that the audit tells of: who saw which coupons.
func (w *world) viewed() []string {
	w.t.Helper()
	events, err := w.ledger.Trail(w.t.Context(), store.GrantID{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		if e.Action == "view.full" {
			out = append(out, fmt.Sprint(e.Actor, " ", e.Detail["did"], " ", e.Detail["coupons"]))
		}
	}
	return out
}

// customers makes three sends by ana and one by abe: oABC gets from all four, oDEF from one.
func (w *world) customers() {
	w.t.Helper()
	w.sent(ana, "send sorry-10 oABC oDEF --ticket T-1 --reason late")
	w.sent(ana, "send partner-5 oABC --ticket T-2")
	w.settles(issuesAll)
	w.sent(ana, "send any-amount oABC --ticket T-1 --value 5 --minimum 6")
	w.settles(refusesAll)
	w.sent(abe, "send sorry-10 oABC --ticket T-1")
}

func TestWhoShowsEveryCouponOfACustomerNewestFirst(t *testing.T) {
	w := newWorld(t)
	w.customers()
	got := as[Customer](t, w.says(fin, "who `oABC`"))
	if ids(got.Coupons) != "S4-1 S3-1 S2-1 S1-1" || got.More != 0 || got.OpenID != "oABC" {
		t.Errorf("got %s and %d more of %s", ids(got.Coupons), got.More, got.OpenID)
	}
	if want := (store.Received{Coupons: 2, Fen: 2000}); got.Received != want {
		t.Errorf("received %+v, want %+v", got.Received, want)
	}
	if s := got.Coupons[3]; s.Send.RequestedBy != ana || s.Send.Ticket != "T-1" || s.Send.Reason != "late" || s.Grant.State != store.GrantIssued {
		t.Errorf("the first coupon is told as %+v", s)
	}
	if none := as[Customer](t, w.says(ana, "who oNOBODY")); len(none.Coupons)+none.More+len(none.Wallets) > 0 {
		t.Errorf("a customer who had nothing: %+v", none)
	}
}

func TestWhoIsBounded(t *testing.T) {
	w := newWorld(t)
	for i := range lookShown + 3 {
		w.sent(ana, fmt.Sprintf("send sorry-10 oABC --ticket T-%d", i))
	}
	got := as[Customer](t, w.says(ana, "who oABC"))
	if len(got.Coupons) != lookShown || got.More != 3 || got.Coupons[0].Grant.ID.Send != lookShown+3 {
		t.Errorf("got %s and %d more", ids(got.Coupons), got.More)
	}
}

func TestWhoTellsOfTheCustomersLimits(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Limits = Limits{Customer: []Ceiling{{Amount: 20000, Coupons: 5, Per: store.Month}}, Agent: []Ceiling{{Amount: 90000, Per: store.Day}}, WeChatCustomerMonth: 500000}
	})
	w.sent(ana, "send sorry-10 oABC")
	w.sent(ana, "send partner-5 oABC")
	var lines []string
	for _, l := range as[Customer](t, w.says(ana, "who oABC")).Limits {
		lines = append(lines, fmt.Sprint(l.Limit.Kind, " ", l.Limit.Key, " ", l.Used.Fen(), " of ", l.Limit.MaxFen))
	}
	want := []string{"customer oABC 20.00 of 200.00", "wechat 1900000001|oABC 10.00 of 5000.00", "wechat 1900000002|oABC 10.00 of 5000.00"}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
}

func TestWhoAsksForAReadingOnceAndShowsTheLast(t *testing.T) {
	w := newWorld(t)
	w.customers()
	first := as[Customer](t, w.says(ana, "who oABC")).Wallets
	if len(first) != 2 || !first[0].Asked || !first[0].ReadAt.IsZero() || first[0].CreatorMchID != "1900000002" || first[1].CreatorMchID != "1900000001" {
		t.Fatalf("the first look: %+v", first)
	}
	w.says(abe, "who oABC")
	wanted, err := w.ledger.WalletsWanted(t.Context(), 10)
	if err != nil || len(wanted) != 2 {
		t.Fatalf("%d readings are wanted: %v", len(wanted), err)
	}
	for _, x := range wanted {
		x.Coupons = map[string]string{"10001": "USED"}
		if err := w.ledger.SaveWallet(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	w.clock = w.clock.Add(walletAge)
	if fresh := as[Customer](t, w.says(ana, "who oABC")).Wallets[1]; fresh.Asked || fresh.Coupons["10001"] != "USED" || !fresh.ReadAt.Equal(noon) {
		t.Errorf("a fresh reading: %+v", fresh)
	}
	w.clock = w.clock.Add(time.Second)
	if old := as[Customer](t, w.says(ana, "who oABC")).Wallets[1]; !old.Asked || old.Coupons["10001"] != "USED" {
		t.Errorf("an old reading: %+v", old)
	}
}

func TestFullViewsAreAudited(t *testing.T) {
	w := newWorld(t)
	w.customers()
	for _, look := range []struct{ person, text, want string }{
		{fin, "who oABC", fin + " who [S4-1 S3-1 S2-1 S1-1]"},
		{ana, "who oABC", ana + " who [S4-1]"},
		{ana, "who oDEF", ""},
		{fin, "find oDEF", fin + " find [S1-2]"},
		{fin, "find S2-1", fin + " find [S2-1]"},
		{fin, "find T-1", ""},
		{ana, "find oABC", ""},
		{fin, "find oNOBODY", ""},
	} {
		before := len(w.viewed())
		w.says(look.person, look.text)
		got := w.viewed()[before:]
		if look.want == "" && len(got) > 0 || look.want != "" && !slices.Equal(got, []string{look.want}) {
			t.Errorf("%s types %q: the audit says %q, want %q", look.person, look.text, got, look.want)
		}
	}
}

// finds says what a search found: "ticket: S1 S4".
func finds(f Found) string {
	var out []string
	for _, x := range f.Finds {
		line := x.As + ":"
		for _, h := range x.Hits {
			if h.Grant != nil {
				line += " " + h.Grant.ID.String()
			} else {
				line += " " + store.SendName(h.Send.ID)
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

func TestFind(t *testing.T) {
	w := newWorld(t)
	w.customers()
	first, err := w.ledger.Send(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, person, text, want string }{
		{"a ticket, newest first", fin, "T-1", "ticket: S4 S3 S1"},
		{"a ticket among one's own", ana, "T-1", "ticket: S3 S1"},
		{"a ticket in code marks", fin, "`T-2`", "ticket: S2"},
		{"a ticket that nobody has", fin, "T-9", ""},
		{"a customer", fin, "oABC", "openid: S4-1 S3-1 S2-1 S1-1"},
		{"a customer among one's own", abe, "oABC", "openid: S4-1"},
		{"a customer whom only others gave something", abe, "oDEF", ""},
		{"a person as Slack writes them", fin, "<@" + ana + "|ana>", "person: S3 S2 S1"},
		{"a person by their id", fin, abe, "person: S4"},
		{"oneself", abe, "<@" + abe + ">", "person: S4"},
		{"somebody else, without the right to audit", abe, "<@" + ana + ">", ""},
		{"a stock by name", fin, "SORRY-10", "stock: S4 S1"},
		{"a stock by id", fin, "9856001", "stock: S2"},
		{"a stock among one's own", abe, "sorry-10", "stock: S4"},
		{"a coupon id", fin, "10002", "coupon: S1-2"},
		{"a coupon id of somebody else", abe, "10002", ""},
		{"an out_request_no", fin, first.Number(2), "number: S1-2"},
		{"an out_request_no past the end", fin, first.Number(3), ""},
		{"an out_request_no of somebody else", abe, first.Number(2), ""},
		{"a send", ana, "s3", "send: S3"},
		{"a coupon of a send", ana, "Ｓ１-2", "send: S1-2"},
		{"a send of somebody else", ana, "S4", ""},
		{"a send that there is not", fin, "S99", ""},
		{"a coupon that there is not", fin, "S1-9", ""},
		{"several words are one text", fin, "T-1 T-2", ""},
		{"what looks like a flag is a text", fin, "--T-1", ""},
		{"the end of a ticket is not the ticket", fin, "-1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := as[Found](t, w.says(c.person, "find "+c.text))
			if finds(got) != c.want {
				t.Errorf("found %q, want %q", finds(got), c.want)
			}
			if got.Own != (c.person != fin) || !slices.Contains(got.Tried, FindTicket) {
				t.Errorf("it tells %+v", got)
			}
		})
	}
}

func TestFindCountsWhatItDoesNotShow(t *testing.T) {
	w := newWorld(t)
	for i := range lookShown + 2 {
		w.sent(ana, fmt.Sprintf("send sorry-10 oABC%d --ticket T-1", i))
	}
	got := as[Found](t, w.says(fin, "find T-1")).Finds[0]
	if len(got.Hits) != lookShown || got.More != 2 || got.Hits[0].Send.ID != lookShown+2 {
		t.Errorf("got %d and %d more", len(got.Hits), got.More)
	}
}

func TestLookingUpIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, person, text string
		want               Code
	}{
		{"a customer, to who may neither send nor audit", ada, "who oABC", NoRight},
		{"a search, to who may neither send nor audit", guy, "find T-1", NoRight},
		{"stocks, to nobody in particular", guy, "stocks", NoRight},
		{"a stock, to nobody in particular", ada, "stock sorry-10", NoRight},
		{"a masked openid", ana, "who oUpF…eS6o", BadOpenID},
		{"two customers", ana, "who oABC,oDEF", TooMany},
		{"two words", ana, "who oABC oDEF", TooMany},
		{"nothing", ana, "who", TooFew},
		{"nothing but marks", ana, "find ``", TooFew},
		{"a text that is too long to be anything", ana, "find " + strings.Repeat("x", 129), TextTooLong},
		{"a stock that nobody knows", ana, "stock sory-10", UnlistedStock},
		{"words after mine", ana, "mine all", TooMany},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if r := w.isRefused(c.person, c.text); r.Code != c.want {
				t.Errorf("got %+v", r)
			}
		})
	}
	w := newWorld(t)
	w.people.faults = map[string]bool{"S03AUDITORS": true}
	w.config.Groups[2].Members = append(w.config.Groups[2].Members, "S03AUDITORS")
	if r := w.isRefused(ana, "find T-1"); r.Code != CouldNotCheck {
		t.Errorf("a search by somebody who may or may not audit: %+v", r)
	}
}

func TestMineShowsWhatIAskedForAndWhatIsLeft(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Agent = []Ceiling{{Amount: 50000, Per: store.Day}} })
	w.customers()
	got := as[Mine](t, w.says(ana, "mine"))
	if sendIDs(got.Sends) != "S3 S2 S1" || len(got.Open) != 0 || got.More+got.OpenMore != 0 {
		t.Errorf("ana's: %s, open %s", sendIDs(got.Sends), sendIDs(got.Open))
	}
	if len(got.Limits) != 1 || got.Limits[0].Used.SpentFen != 3000 || got.Limits[0].Limit.Key != ana {
		t.Errorf("her limits: %+v", got.Limits)
	}
	if got := as[Mine](t, w.says(abe, "mine")); sendIDs(got.Sends) != "S4" || sendIDs(got.Open) != "S4" {
		t.Errorf("abe's: %s, open %s", sendIDs(got.Sends), sendIDs(got.Open))
	}
	if got := as[Mine](t, w.says(guy, "mine")); len(got.Sends)+len(got.Open) != 0 {
		t.Errorf("guy has asked for %+v", got)
	}
}

func TestStocksAreThoseOfTheConfiguration(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Limits.Stock = []Ceiling{{Amount: 1000000, Per: store.Day}}
		c.Rights[RightCampaign] = []string{"approvers"}
	})
	w.sent(ana, "send sorry-10 oABC")
	for _, person := range []string{ana, fin, appy} {
		got := as[Stocks](t, w.says(person, "stocks")).Stocks
		if len(got) != 3 || got[0].Stock.Name != "sorry-10" || got[0].Reading.Left() != 990 || got[2].Stock.Name != "any-amount" {
			t.Fatalf("%s sees %+v", person, got)
		}
		if l := got[0].Limits; len(l) != 1 || l[0].Used.HeldFen != 1000 || got[1].Limits[0].Used.HeldFen != 0 {
			t.Errorf("its limits are %+v", l)
		}
	}
	if got := as[StockView](t, w.says(ana, "stock 9856001")).Stock; got.Stock.Name != "partner-5" || got.Stock.CreatorMchID != "1900000002" || got.Asked {
		t.Errorf("got %+v", got)
	}
}

func TestAStockThatWasNotReadLatelyIsAskedForAndNotWaitedFor(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AnyStock, c.WaitForStock = true, time.Hour })
	w.clock = w.clock.Add(snapshotAge + time.Second)
	if got := as[StockView](t, w.says(ana, "stock sorry-10")).Stock; !got.Asked || got.Reading.Left() != 990 {
		t.Errorf("an old reading: %+v", got)
	}
	if got := as[StockView](t, w.says(ana, "stock 777")).Stock; !got.Asked || !got.Reading.ReadAt.IsZero() || got.Stock.Name != "777" {
		t.Errorf("one that was never read: %+v", got)
	}
	if _, err := w.ledger.Stock(t.Context(), "777"); errors.Is(err, store.ErrNotFound) {
		t.Error("nobody asked for it")
	}
}
