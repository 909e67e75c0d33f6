package commands

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
)

var (
	oneApprover = []store.Seat{{Group: "approvers", Count: 1}}
	andFinance  = []store.Seat{{Group: "approvers", Count: 1}, {Group: "finance", Count: 1}}
	retired     = []store.Seat{{Group: "retired", Count: 2}}
)

func TestSeats(t *testing.T) {
	threeBands := Approvals{Bands: []Band{{UpTo: 5000}, {UpTo: 50000, Need: oneApprover}, {Need: andFinance}}, RecipientsOver: 20, RunningTotal: store.Day}
	for _, c := range []struct {
		name   string
		money  store.Fen
		people int
		before []store.Total
		want   []store.Seat
	}{
		{"the free limit itself is free", 5000, 1, nil, nil},
		{"one fen past it asks one approver", 5001, 1, nil, oneApprover},
		{"the second limit itself asks one approver", 50000, 1, nil, oneApprover},
		{"past the second both are asked", 50001, 1, nil, andFinance},
		{"free sends of the day count", 2000, 1, []store.Total{{Fen: 3000}}, nil},
		{"splitting does not help", 2000, 1, []store.Total{{Fen: 3001}}, oneApprover},
		{"an approved large send does not make a small one need approval", 5000, 1, []store.Total{{Seats: oneApprover, Fen: 40000}, {Seats: andFinance, Fen: 90000}}, nil},
		{"approved sends count in their own band", 10001, 1, []store.Total{{Seats: oneApprover, Fen: 40000}}, andFinance},
		{"free and approved sends count together in the higher band", 6000, 1, []store.Total{{Fen: 5000}, {Seats: oneApprover, Fen: 39001}}, andFinance},
		{"money under seats that nobody asks for any more counts everywhere", 4000, 1, []store.Total{{Seats: retired, Fen: 2000}}, oneApprover},
		{"twenty people are few", 2000, 20, nil, nil},
		{"more ask at least one approver", 2100, 21, nil, oneApprover},
		{"many people and much money ask both", 50001, 21, nil, andFinance},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, threeBands.seats(c.money, c.people, c.before)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSeatsUnderOtherRules(t *testing.T) {
	if got := (Approvals{RecipientsOver: 1}).seats(1<<40, 1000, nil); got != nil {
		t.Errorf("without bands nothing needs approval, got %v", got)
	}
	off := Approvals{Bands: []Band{{UpTo: 5000}, {Need: oneApprover}}}
	if got := off.seats(5000, 1, []store.Total{{Fen: 5000}}); got != nil {
		t.Errorf("with the running total off each send stands alone, got %v", got)
	}
	bounded := Approvals{Bands: []Band{{UpTo: 5000}, {UpTo: 6000, Need: oneApprover}}}
	if got := bounded.seats(7000, 1, nil); !cmp.Equal(got, oneApprover) {
		t.Errorf("past every band the last one is asked, got %v", got)
	}
	free := Approvals{Bands: []Band{{}}, RecipientsOver: 5}
	if got := free.seats(7000, 9, nil); got != nil {
		t.Errorf("many people need nobody when no band does, got %v", got)
	}
}

func TestHolds(t *testing.T) {
	limits := Limits{
		Company: []Ceiling{{Amount: 100, Per: store.Day}}, Stock: []Ceiling{{Coupons: 9, Per: store.Ever}},
		Agent:    []Ceiling{{Amount: 50, Per: store.Day}, {Amount: 200, Per: store.Week}, {Coupons: 3, Amount: 60, Per: store.Day}},
		Customer: []Ceiling{{Amount: 20, Coupons: 5, Per: store.Month}}, WeChatCustomerMonth: 500,
	}
	got := limits.holds("U1", store.Contents{StockID: "77", CreatorMchID: "1900", OpenIDs: []string{"oA", "oB"}})
	want := []store.Limit{
		{Kind: store.LimitCompany, Period: store.Day, MaxFen: 100},
		{Kind: store.LimitStock, Key: "77", Period: store.Ever, MaxCoupons: 9},
		{Kind: store.LimitAgent, Key: "U1", Period: store.Day, MaxFen: 50, MaxCoupons: 3},
		{Kind: store.LimitAgent, Key: "U1", Period: store.Week, MaxFen: 200},
		{Kind: store.LimitCustomer, Key: "oA", OpenID: "oA", Period: store.Month, MaxFen: 20, MaxCoupons: 5},
		{Kind: store.LimitWeChat, Key: "1900|oA", OpenID: "oA", Period: store.Month, MaxFen: 500},
		{Kind: store.LimitCustomer, Key: "oB", OpenID: "oB", Period: store.Month, MaxFen: 20, MaxCoupons: 5},
		{Kind: store.LimitWeChat, Key: "1900|oB", OpenID: "oB", Period: store.Month, MaxFen: 500},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := (Limits{}).holds("U1", store.Contents{OpenIDs: []string{"oA"}}); len(got) != 0 {
		t.Errorf("no rules hold nothing, got %v", got)
	}
}

func TestOver(t *testing.T) {
	all := store.Limit{Kind: store.LimitAgent, MaxFen: 100, MaxCoupons: 4}
	one := store.Limit{Kind: store.LimitCustomer, OpenID: "oA", MaxFen: 100}
	for _, c := range []struct {
		name  string
		limit store.Limit
		used  store.Usage
		n     int
		over  bool
	}{
		{"up to the ceiling there is room", all, store.Usage{HeldFen: 30, SpentFen: 30}, 2, false},
		{"a fen past it there is none", all, store.Usage{HeldFen: 31, SpentFen: 30}, 2, true},
		{"coupons have a ceiling of their own", all, store.Usage{HeldCoupons: 2, SpentCoupons: 1}, 2, true},
		{"a customer's limit counts one coupon of many", one, store.Usage{HeldFen: 80}, 9, false},
		{"and that one too", one, store.Usage{HeldFen: 81}, 9, true},
		{"no ceiling is never passed", store.Limit{}, store.Usage{HeldFen: 1 << 50, HeldCoupons: 1 << 50}, 9, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := over(c.limit, c.used, 20, c.n)
			if (got != nil) != c.over {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"snd": "send", "sned": "send", "stat": "status", "staus": "status", "recheek": "recheck", "xyz": "", "": "", "sta": "",
		"paus": "pause", "cancle": "cancel", "发放": "", "retyr": "retry"} {
		if got := nearest(word, verbs()); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestValuesSayWhatWasShown(t *testing.T) {
	if id, ok := parseDraft(DraftValue(5)); !ok || id != 5 {
		t.Errorf("draft: %d %v", id, ok)
	}
	if id, r, ok := parseSend(SendValue(store.Send{ID: 12, Revision: 3})); !ok || id != 12 || r != 3 {
		t.Errorf("send: %d %d %v", id, r, ok)
	}
	if id, ok := parseSettle(SettleValue(7)); !ok || id != 7 {
		t.Errorf("settlement: %d %v", id, ok)
	}
	if id, ok := parseStart(StartValue(3)); !ok || id != 3 {
		t.Errorf("start: %d %v", id, ok)
	}
	if p, at, why, ok := parseStop(stopValue("U1", noon, "a.b: c")); !ok || p != "U1" || !at.Equal(noon) || why != "a.b: c" {
		t.Errorf("stop: %q %v %q %v", p, at, why, ok)
	}
	for _, value := range []string{"", "D", "D0", "D-1", "D05", "D+5", "D5 ", "d5", "D99999999999999999999", "S12", "S12.r", "S12.r0", "S12.r1.r1", ".r1", "S12.r9999999999",
		"settle:", "settle:x", "stop:", "1.U1", "x.U1.why", "1..why", "1.U1.", "null"} {
		_, draft := parseDraft(value)
		_, _, send := parseSend(value)
		_, _, _, stop := parseStop(value)
		if draft || send || stop || isSubject(value) {
			t.Errorf("%q was read as a value", value)
		}
	}
}
