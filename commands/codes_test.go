package commands

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

// everyCode says for each code how a person, or the world, comes to it.
var everyCode = map[Code]struct {
	rules  []func(*Config)
	happen func(w *world) *Refusal
	check  func(r *Refusal) bool
}{
	UnknownVerb:      {nil, types(ana, "snd sorry-10 oABC"), func(r *Refusal) bool { return r.Word == "snd" && r.Nearest == "send" }},
	UnknownFlag:      {nil, types(ana, "send sorry-10 oABC --raeson late"), func(r *Refusal) bool { return r.Word == "--raeson" && r.Nearest == "--reason" }},
	FlagWithoutValue: {nil, types(ana, "send sorry-10 oABC --reason --ticket T-1"), func(r *Refusal) bool { return r.Word == "--reason" }},
	FlagTwice:        {nil, types(ana, "send sorry-10 oABC --reason a —reason b"), func(r *Refusal) bool { return r.Word == "--reason" }},
	OpenQuote:        {nil, types(ana, `send sorry-10 oABC --note "too late`), func(r *Refusal) bool { return r.Word == `"too late` }},
	TooFew:           {nil, types(ana, "send sorry-10"), func(r *Refusal) bool { return r.Verb == "send" && strings.HasPrefix(r.Usage, "<stock>") }},
	TooMany:          {nil, types(ana, "status S1 S2"), func(r *Refusal) bool { return r.Verb == "status" && r.Word == "S2" }},
	TextTooLong:      {nil, types(ana, "send sorry-10 oABC --note "+strings.Repeat("晚", 301)), func(r *Refusal) bool { return r.Word == "note" && r.Number == 300 && r.Count == 301 }},
	NoRight:          {nil, types(fin, "send sorry-10 oABC"), func(r *Refusal) bool { return r.Right == RightSend && slices.Equal(r.Names, []string{"agents"}) }},
	CouldNotCheck: {nil, func(w *world) *Refusal {
		w.people.faults = map[string]bool{"S01AGENTS": true}
		return w.isRefused(abe, "send sorry-10 oABC")
	}, func(r *Refusal) bool { return r.Err != nil }},
	Guest:           {nil, being(Person{Guest: true}), nil},
	Deactivated:     {nil, being(Person{Deactivated: true}), nil},
	Stranger:        {nil, being(Person{Team: "T2"}), nil},
	UnlistedStock:   {nil, types(ana, "send sory-10 oABC"), func(r *Refusal) bool { return r.Word == "sory-10" && r.Nearest == "sorry-10" && len(r.Names) == 3 }},
	StockUnread:     {[]func(*Config){func(c *Config) { c.AnyStock = true }}, types(ana, "send 777 oABC"), func(r *Refusal) bool { return r.Word == "777" }},
	StockNotRunning: {nil, stockIs(func(s *store.Stock) { s.Status = "paused" }), func(r *Refusal) bool { return r.Word == "sorry-10" && r.Text == "paused" }},
	StockNotBegun:   {nil, stockIs(func(s *store.Stock) { s.Begins = noon.Add(time.Hour) }), func(r *Refusal) bool { return r.At.Equal(noon.Add(time.Hour)) }},
	StockEnded:      {nil, stockIs(func(s *store.Stock) { s.Ends = noon }), func(r *Refusal) bool { return r.At.Equal(noon) }},
	StockEmpty:      {nil, stockIs(func(s *store.Stock) { s.Distributed = 999 }), func(r *Refusal) bool { return r.Number == 1 && r.Count == 2 }},
	StockKind:       {nil, stockIs(func(s *store.Stock) { s.Type = "DISCOUNT_CUT" }), func(r *Refusal) bool { return r.Text == "DISCOUNT_CUT" }},
	BadOpenID:       {nil, types(ana, "send sorry-10 oAB\u200bC"), func(r *Refusal) bool { return r.Word == "oABC" && r.Text == "U+200B" }},
	TooManyPeople:   {nil, func(w *world) *Refusal { return w.isRefused(ana, "send sorry-10 "+people(101)) }, func(r *Refusal) bool { return r.Number == 100 && r.Count == 101 }},
	BadMoney:        {nil, types(ana, "send any-amount oABC --value 1e3 --minimum 20"), func(r *Refusal) bool { return r.Word == "1e3" && r.Text == "--value" }},
	ValueNotAllowed: {nil, types(ana, "send sorry-10 oABC --value 5"), func(r *Refusal) bool { return r.Word == "sorry-10" }},
	ValueNeeded:     {nil, types(ana, "send any-amount oABC --value 5"), func(r *Refusal) bool { return r.Range == Range{100, 2000} }},
	ValueOutOfRange: {nil, types(ana, "send any-amount oABC --value 20.01 --minimum 30"), func(r *Refusal) bool { return r.Word == "20.01" && r.Range == Range{100, 2000} }},
	MinimumTooLow:   {nil, types(ana, "send any-amount oABC --value 5 --minimum 5"), func(r *Refusal) bool { return r.Word == "5.00" && r.Text == "5.00" }},
	MissingReason:   {[]func(*Config){late}, types(ana, "send sorry-10 oABC"), func(r *Refusal) bool { return len(r.Names) == 2 }},
	UnknownReason:   {[]func(*Config){late}, types(ana, "send sorry-10 oABC --reason lat"), func(r *Refusal) bool { return r.Nearest == "late" }},
	MissingTicket:   {[]func(*Config){tickets}, types(ana, "send sorry-10 oABC"), func(r *Refusal) bool { return strings.HasPrefix(r.Text, "^[A-Z]") }},
	BadTicket:       {[]func(*Config){tickets}, types(ana, "send sorry-10 oABC --ticket t-1"), func(r *Refusal) bool { return r.Word == "t-1" && r.Text != "" }},
	BadID:           {nil, types(ana, "status 12"), func(r *Refusal) bool { return r.Word == "12" }},
	NoSuchSend:      {nil, types(ana, "status S99"), func(r *Refusal) bool { return r.Word == "S99" }},
	NotYours: {nil, func(w *world) *Refusal {
		s := w.sent(ana, "send sorry-10 oABC")
		return w.isRefused(abe, "pause "+store.SendName(s.ID))
	}, func(r *Refusal) bool { return r.Word == "S1" }},
	NeedsNote: {[]func(*Config){repeats}, func(w *world) *Refusal {
		w.sent(ana, "send sorry-10 oABC")
		return w.isRefusedPressing(ana, "send.confirm", w.draft(ana, "send sorry-10 oABC"))
	}, func(r *Refusal) bool { return len(r.Likely) == 1 && r.Likely[0].Grant.Send == 1 }},
	OverLimit: {[]func(*Config){func(c *Config) { c.Limits.Agent = []Ceiling{{Amount: 1500, Per: store.Day}} }}, types(ana, "send sorry-10 oABC oDEF"),
		func(r *Refusal) bool {
			return r.Limit != nil && r.Limit.Limit.Kind == store.LimitAgent && r.Limit.Asked.HeldFen == 2000
		}},
	NeedsApproval: {[]func(*Config){bands}, func(w *world) *Refusal { return w.isRefused(ana, "send sorry-10 "+people(6)) },
		func(r *Refusal) bool { return r.Money == 6000 && len(r.Seats) == 1 && r.Seats[0].Group == "approvers" }},
	AllStopped: {nil, func(w *world) *Refusal { w.stopped(ada, "wrong stock"); return w.isRefused(ana, "send sorry-10 oABC") },
		func(r *Refusal) bool { return r.Stop != nil && r.Stop.StoppedBy == ada && r.Stop.Why == "wrong stock" }},
	DraftClosed: {nil, func(w *world) *Refusal {
		d := w.draft(ana, "send sorry-10 oABC")
		w.presses(ana, "send.discard", d)
		return w.isRefusedPressing(ana, "send.confirm", d)
	}, func(r *Refusal) bool { return r.Text == "discarded" && r.At.Equal(noon) }},
	WrongState: {nil, func(w *world) *Refusal { w.sent(ana, "send sorry-10 oABC"); return w.isRefused(ana, "resume S1") },
		func(r *Refusal) bool { return r.Word == "S1" && r.Text == "approved" }},
	RetryTooOld: {nil, func(w *world) *Refusal {
		w.sent(ana, "send sorry-10 oABC")
		w.settles(refusesAll)
		w.clock = w.clock.Add(8 * 24 * time.Hour)
		return w.isRefused(ana, "retry S1")
	}, func(r *Refusal) bool { return r.Word == "S1" && r.At.Equal(noon) }},
	NothingToRetry: {nil, func(w *world) *Refusal {
		w.sent(ana, "send sorry-10 oABC")
		w.settles(func(store.Claim) store.Result {
			return store.Result{Verdict: store.GrantRefused, Reason: "no_such_openid"}
		})
		return w.isRefused(ana, "retry S1")
	}, func(r *Refusal) bool { return r.Count == 1 && r.Number == 0 }},
	NothingUnknown: {nil, func(w *world) *Refusal { w.sent(ana, "send sorry-10 oABC"); return w.isRefused(ana, "recheck S1") },
		func(r *Refusal) bool { return r.Word == "S1" }},
	NotUnknown: {nil, func(w *world) *Refusal { w.sent(ana, "send sorry-10 oABC"); return w.isRefused(ana, "recheck S1-1") },
		func(r *Refusal) bool { return r.Word == "S1-1" && r.Text == "waiting" }},
	BadVerdict:  {nil, types(fin, "settle S1-1 gone x"), func(r *Refusal) bool { return r.Word == "gone" }},
	BadCouponID: {nil, types(fin, "settle S1-1 issued 12x"), func(r *Refusal) bool { return r.Word == "12x" }},
	CouponTaken: {nil, func(w *world) *Refusal {
		w.sent(ana, "send sorry-10 oABC")
		w.settles(issuesAll)
		w.sent(ana, "send sorry-10 oDEF")
		w.settles(losesAll)
		return w.isRefused(fin, "settle S2-1 issued 10001")
	}, func(r *Refusal) bool { return r.Word == "10001" && r.Text == "S1-1" }},
	OwnSettlement: {nil, func(w *world) *Refusal {
		p := w.proposal()
		return w.isRefusedPressing(fin, "settle.confirm", SettleValue(p.ID))
	}, nil},
	OwnStart: {nil, func(w *world) *Refusal {
		s := w.stopped(ada, "x")
		w.says(adi, "start")
		return w.isRefusedPressing(ada, "start.confirm", StartValue(s.ID))
	}, nil},
	NotStopped: {nil, types(ada, "start"), nil},
	StartNotAsked: {nil, func(w *world) *Refusal {
		return w.isRefusedPressing(adi, "start.confirm", StartValue(w.stopped(ada, "x").ID))
	}, nil},
	StopCardOld: {nil, func(w *world) *Refusal {
		card := as[StopAsk](w.t, w.says(ada, "stop x"))
		w.clock = w.clock.Add(11 * time.Minute)
		return w.isRefusedPressing(ada, "stop.confirm", card.Value)
	}, func(r *Refusal) bool { return r.At.Equal(noon) }},
	LedgerFull: {nil, func(*world) *Refusal { return failed(fmt.Errorf("draft.open: %w", store.ErrFull)) },
		func(r *Refusal) bool { return errors.Is(r, store.ErrFull) }},
	LedgerFailed: {nil, func(w *world) *Refusal {
		if err := w.ledger.Close(); err != nil {
			w.t.Fatal(err)
		}
		return w.isRefused(ana, "send sorry-10 oABC")
	}, func(r *Refusal) bool { return r.Err != nil }},
	NotAccepted: {nil, func(w *world) *Refusal {
		ctx, stop := context.WithCancel(w.t.Context())
		stop()
		return w.refusal(w.Do(ctx, w.ask(ana), "send sorry-10 oABC"))
	}, func(r *Refusal) bool { return errors.Is(r, context.Canceled) }},
}

func types(person, text string) func(*world) *Refusal {
	return func(w *world) *Refusal { return w.isRefused(person, text) }
}

func being(p Person) func(*world) *Refusal {
	return func(w *world) *Refusal {
		w.people.people[ana] = p
		return w.isRefused(ana, "send sorry-10 oABC")
	}
}

func stockIs(change func(*store.Stock)) func(*world) *Refusal {
	return func(w *world) *Refusal {
		w.read("9856000", change)
		return w.isRefused(ana, "send sorry-10 oABC oDEF")
	}
}

func people(n int) string {
	var all []string
	for i := range n {
		all = append(all, "oUpF8u"+strconv.Itoa(i))
	}
	return strings.Join(all, ", ")
}

// proposal makes an unknown coupon and proposes to settle it.
func (w *world) proposal() store.Settlement {
	w.t.Helper()
	w.sent(ana, "send sorry-10 oABC")
	w.settles(losesAll)
	return as[SettleAsked](w.t, w.says(fin, "settle S1-1 issued 98674556")).Settlement
}

// declaredCodes are the codes that replies.go declares.
func declaredCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "replies.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if kind, named := ast.Expr(nil), false; ok {
			if kind = spec.Type; kind != nil {
				var id *ast.Ident
				id, named = kind.(*ast.Ident)
				named = named && id.Name == "Code"
			}
			if named {
				word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, Code(word))
			}
		}
		return true
	})
	return codes
}

func TestEveryCodeIsReachedAndWrittenDown(t *testing.T) {
	codes := declaredCodes(t)
	if len(codes) < 50 {
		t.Fatalf("found only %d codes in replies.go", len(codes))
	}
	for _, code := range codes {
		if _, ok := everyCode[code]; !ok {
			t.Errorf("no test reaches %s", code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(everyCode)) {
		c := everyCode[code]
		t.Run(string(code), func(t *testing.T) {
			w := newWorld(t, c.rules...)
			r := c.happen(w)
			if r.Code != code {
				t.Fatalf("got %s: %+v", r.Code, r)
			}
			if c.check != nil && !c.check(r) {
				t.Errorf("its facts are wrong: %+v", r)
			}
			switch code {
			case LedgerFull, LedgerFailed, NotAccepted:
				return
			}
			written := slices.ContainsFunc(slices.Concat(w.trail(0), w.trail(1), w.trail(2)), func(line string) bool {
				return strings.Contains(line, " refused ") && strings.Contains(line, " "+string(code)+" ")
			})
			if !written {
				t.Errorf("the audit does not have it: %q", w.trail(0))
			}
		})
	}
}
