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

	"github.com/google/go-cmp/cmp"

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
	TooFew:           {nil, types(ana, "send sorry-10"), func(r *Refusal) bool { return r.Verb == "send" && strings.HasPrefix(r.Usage, "[<stock>") }},
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
	NobodyCanApprove: {[]func(*Config){bands, func(c *Config) { c.Groups[1].Members = []string{ana} }}, func(w *world) *Refusal { return w.isRefused(ana, "send sorry-10 "+people(6)) },
		func(r *Refusal) bool { return r.Money == 6000 && cmp.Equal(r.Seats, oneApprover) }},
	OwnSend:    {waits, pressesOn("send.approve", ana), func(r *Refusal) bool { return r.Word == "S1" }},
	NotDecider: {waits, pressesOn("send.reject", fin), func(r *Refusal) bool { return r.Word == "S1" && cmp.Equal(r.Seats, oneApprover) }},
	SeatedAlready: {[]func(*Config){twoApprovers}, func(w *world) *Refusal {
		s := w.sent(ana, "send sorry-10 "+people(6))
		w.presses(appy, "send.approve", SendValue(s))
		w.clock = w.clock.Add(time.Minute)
		return w.isRefused(appy, "approve S1")
	}, func(r *Refusal) bool { return r.Word == "S1" && len(r.Seats) == 1 && r.Seats[0].Count == 1 }},
	RequesterLeft: {waits, func(w *world) *Refusal {
		s := w.sent(ana, "send sorry-10 "+people(6))
		w.people.people[ana] = Person{Deactivated: true}
		return w.isRefusedPressing(appy, "send.approve", SendValue(s))
	}, func(r *Refusal) bool { return r.Word == "S1" && r.By == ana }},
	NotWaiting: {waits, func(w *world) *Refusal {
		w.presses(appy, "send.approve", SendValue(w.sent(ana, "send sorry-10 "+people(6))))
		return w.isRefused(ana, "withdraw S1")
	}, func(r *Refusal) bool {
		return r.Text == "approved" && r.At.Equal(noon) && slices.Equal(r.Names, []string{appy})
	}},
	ContentsChanged: {waits, func(w *world) *Refusal {
		s := w.sent(ana, "send sorry-10 "+people(6))
		w.read("9856000", func(s *store.Stock) { s.Amount = 900 })
		return w.isRefusedPressing(appy, "send.approve", SendValue(s))
	}, func(r *Refusal) bool { return r.Word == "S1" }},
	CustomerBlocked: {nil, listed(store.AudienceBlocked), func(r *Refusal) bool { return slices.Equal(r.Names, []string{"oDEF"}) }},
	CustomerStaff:   {nil, listed(store.AudienceStaff), func(r *Refusal) bool { return slices.Equal(r.Names, []string{"oDEF"}) }},
	MissingField: {nil, func(w *world) *Refusal {
		_, err := w.Submit(w.t.Context(), w.ask(ana), Form{ID: FormSend, Values: map[string]string{FieldOpenIDs: "oABC"}})
		faults, _ := errors.AsType[FieldFaults](err)
		return faults[FieldStock]
	}, func(r *Refusal) bool { return r.Word == FieldStock }},
	NoSuchAudience: {[]func(*Config){marketing}, types(appy, "audience show vip"), func(r *Refusal) bool { return r.Word == "vip" }},
	BadName:        {[]func(*Config){marketing}, givesFiles("v.i.p", 1, FieldName), func(r *Refusal) bool { return r.Word == "v.i.p" }},
	TooManyFiles:   {[]func(*Config){marketing}, givesFiles("vip", 11, FieldFiles), func(r *Refusal) bool { return r.Number == 10 && r.Count == 11 }},
	NoSuchCampaign: {market, atMarket(types(mia, "campaign show spring-sal")), func(r *Refusal) bool { return r.Word == "spring-sal" && r.Nearest == "spring-sale" }},
	CampaignExists: {market, atMarket(submitsWrong(FieldName, nil)), func(r *Refusal) bool { return r.Word == "spring-sale" }},
	CampaignRevised: {market, atMarket(func(w *world) *Refusal {
		w.edits(moe, nil)
		_, _, err := w.submits(mia, "spring-sale.r1", springSale(nil))
		return w.refusal(nil, err)
	}), func(r *Refusal) bool { return r.Word == "spring-sale" && r.At.Equal(noon) }},
	CampaignStale: {market, atMarket(func(w *world) *Refusal {
		value := w.dryRuns(store.Campaign{ID: 1, Name: "spring-sale"})
		w.read("9856000", func(s *store.Stock) { s.Amount = 900 })
		return w.isRefusedPressing(mia, "campaign.start", value)
	}), func(r *Refusal) bool { return r.Word == "spring-sale" }},
	NoRun: {market, atMarket(types(mia, "campaign retry spring-sale")), func(r *Refusal) bool { return r.Word == "spring-sale" && r.Verb == "retry" }},
	RunNotOver: {market, atMarket(func(w *world) *Refusal {
		c := store.Campaign{ID: 1, Name: "spring-sale"}
		w.starts(mia, c)
		return w.isRefusedPressing(moe, "campaign.start", w.dryRuns(c))
	}), func(r *Refusal) bool { return r.Word == "spring-sale" && r.Text == "S1" }},
	NobodyLeft: {market, atMarket(func(w *world) *Refusal {
		w.lists("blocked", "oA", "oB", "oC")
		return w.isRefusedPressing(mia, "campaign.start", w.dryRuns(store.Campaign{ID: 1, Name: "spring-sale"}))
	}), func(r *Refusal) bool { return r.Word == "spring-sale" }},
	NoAudience:      {market, types(mia, "campaign new"), nil},
	AudienceInUse:   {market, atMarket(types(mia, "audience delete vip")), func(r *Refusal) bool { return r.Word == "vip" && slices.Equal(r.Names, []string{"spring-sale"}) }},
	BadNumber:       {market, atMarket(plansWrong("--rows many")), func(r *Refusal) bool { return r.Word == "many" && r.Text == "rows" }},
	NoSchedule:      {market, atMarket(types(mia, "schedule off spring-sale")), func(r *Refusal) bool { return r.Word == "spring-sale" }},
	BadDate:         {market, atMarket(plansWrong("--until tomorrow")), func(r *Refusal) bool { return r.Word == "tomorrow" }},
	BadMissed:       {market, atMarket(plansWrong("--missed skipp")), func(r *Refusal) bool { return r.Word == "skipp" && r.Nearest == "skip" && len(r.Names) == 3 }},
	BadCron:         {market, atMarket(types(mia, "schedule spring-sale daily")), func(r *Refusal) bool { return r.Word == "daily" }},
	EveryNotAllowed: {market, atMarket(types(mia, `schedule spring-sale "@every 5h"`)), func(r *Refusal) bool { return r.Word == "@every 5h" }},
	NeverFires:      {market, atMarket(plansWrong("--until 2026-03-10")), func(r *Refusal) bool { return r.Word == "0 9 * * *" }},
	TooOften:        {market, atMarket(types(mia, `schedule spring-sale "* * * * *"`)), func(r *Refusal) bool { return r.Number == 15 }},
	UnknownZone:     {market, atMarket(plansWrong("--zone Asia/Nowhere")), func(r *Refusal) bool { return r.Word == "Asia/Nowhere" }},
	TwoZones:        {market, atMarket(types(mia, `schedule spring-sale "CRON_TZ=UTC 0 9 * * *" --zone Asia/Tokyo`)), func(r *Refusal) bool { return r.Text == "Asia/Tokyo" }},
	BadHours:        {market, atMarket(submitsWrong(FieldHours, map[string]string{FieldName: "other", FieldHours: "noon"})), func(r *Refusal) bool { return r.Word == "noon" }},
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

var (
	waits  = []func(*Config){bands}
	market = []func(*Config){campaigns}
)

// atMarket has it happen where there is the campaign spring-sale.
func atMarket(happen func(*world) *Refusal) func(*world) *Refusal {
	return func(w *world) *Refusal {
		w.uploads(uma, "vip", "oA", "oB", "oC")
		w.makes(nil)
		return happen(w)
	}
}

// plansWrong is a schedule with flags that are wrong.
func plansWrong(flags string) func(*world) *Refusal {
	return types(mia, `schedule spring-sale "0 9 * * *" `+flags)
}

// submitsWrong is what a campaign form says about a field.
func submitsWrong(field string, change map[string]string) func(*world) *Refusal {
	return func(w *world) *Refusal {
		_, faults, err := w.submits(mia, "", springSale(change))
		if err != nil || faults[field] == nil {
			w.t.Fatalf("%v, %v", faults, err)
		}
		return faults[field]
	}
}

// pressesOn has somebody press a button of a send that waits.
func pressesOn(action, person string) func(*world) *Refusal {
	return func(w *world) *Refusal {
		return w.isRefusedPressing(person, action, SendValue(w.sent(ana, "send sorry-10 "+people(6))))
	}
}

// listed is what comes back when a customer turns out to be on a list.
func listed(list string) func(*world) *Refusal {
	return func(w *world) *Refusal {
		ask := w.ask(ana)
		return w.refusal(w.answer(w.t.Context(), ask, "send", "", nil, w.getsNothing(w.t.Context(), ask, list, []string{"oDEF"})))
	}
}

func givesFiles(name string, files int, field string) func(*world) *Refusal {
	return func(w *world) *Refusal {
		form := Form{ID: FormAudience, Values: map[string]string{FieldName: name}, Files: map[string][]store.UploadFile{FieldFiles: make([]store.UploadFile, files)}}
		_, err := w.Submit(w.t.Context(), w.ask(appy), form)
		faults, _ := errors.AsType[FieldFaults](err)
		return faults[field]
	}
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
			case LedgerFull, LedgerFailed, NotAccepted, MissingField, BadName, TooManyFiles, CampaignExists, BadHours:
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
