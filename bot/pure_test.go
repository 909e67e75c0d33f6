package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
	"couponbot/store/storetest"
)

func TestWhatAFailedCallMeans(t *testing.T) {
	dial := &url.Error{Op: "Post", URL: "https://slack.example/secret", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	lost := &url.Error{Op: "Post", URL: "https://slack.example/secret", Err: &net.OpError{Op: "read", Err: errors.New("reset")}}
	_, number := strconv.ParseInt("soon", 10, 64)
	for _, c := range []struct {
		name string
		err  error
		want fault
	}{
		{"429 with seconds waits for them", &slack.RateLimitedError{RetryAfter: 7 * time.Second}, fault{Kind: faultLimited, Code: "ratelimited", After: 7 * time.Second}},
		{"429 without seconds waits half a minute", slack.StatusCodeError{Code: 429}, fault{Kind: faultLimited, Code: "ratelimited", After: limitPause}},
		{"429 with something else than seconds does too", number, fault{Kind: faultLimited, Code: "ratelimited", After: limitPause}},
		{"a 200 that says ratelimited does too", slack.SlackErrorResponse{Err: "ratelimited"}, fault{Kind: faultLimited, Code: "ratelimited", After: limitPause}},
		{"and so does one that says rate_limited", slack.SlackErrorResponse{Err: "rate_limited"}, fault{Kind: faultLimited, Code: "rate_limited", After: limitPause}},
		{"a 500 may have done it", slack.StatusCodeError{Code: 500}, fault{Kind: faultUnknown, Code: "http_500"}},
		{"internal_error may have done it", slack.SlackErrorResponse{Err: "internal_error"}, fault{Kind: faultUnknown, Code: "internal_error"}},
		{"a lost connection may have done it", lost, fault{Kind: faultUnknown, Code: "connection_lost"}},
		{"a timeout may have done it", fmt.Errorf("post: %w", context.DeadlineExceeded), fault{Kind: faultUnknown, Code: "timeout"}},
		{"an unreachable Slack did nothing", dial, fault{Kind: faultUnsent, Code: "unreachable"}},
		{"a word of Slack's is a refusal", slack.SlackErrorResponse{Err: "is_archived"}, fault{Kind: faultRefused, Code: "is_archived"}},
		{"a 404 is a refusal", slack.StatusCodeError{Code: 404}, fault{Kind: faultRefused, Code: "http_404"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := classify(c.err)
			if got == nil || got.Kind != c.want.Kind || got.Code != c.want.Code || got.After != c.want.After {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	if f := classify(nil); f != nil {
		t.Errorf("no error is %v", f)
	}
}

// The opener of a connection that never lasts.
type opener struct {
	now func() time.Time
	at  []time.Time
}

func (o *opener) Do(*http.Request) (*http.Response, error) {
	o.at = append(o.at, o.now())
	return nil, errors.New("closed at once")
}

func TestConnectionsThatDoNotLastAreOpenedMoreAndMoreSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &opener{now: time.Now}
		p := &pacer{client: o, now: time.Now, first: paceFirst, most: paceMost}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://slack.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 11 {
			p.Do(r)
		}
		want := []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60, 60}
		for i, least := range want {
			least *= time.Second
			if gap := o.at[i+1].Sub(o.at[i]); gap < least || gap > least*3/2 {
				t.Errorf("pause %d was %v, want %v to %v", i+1, gap, least, least*3/2)
			}
		}
		time.Sleep(5 * time.Hour) // the connection stood
		before := time.Now()
		p.Do(r)
		if took := time.Since(before); took != 0 {
			t.Errorf("after a connection that lasted the next waited %v", took)
		}
		p.Do(r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := p.Do(r.WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for a turn did not end with its context: %v", err)
		}
	})
}

func TestTheBudgetOfDrawings(t *testing.T) {
	clock := storetest.NewClock()
	spend := func(b *budget, progress bool, minutes int) (n int) {
		for range minutes * 600 {
			clock.Advance(100 * time.Millisecond)
			if b.update(int64(n), progress) {
				n++
			}
		}
		return n
	}
	t.Run("a minute never sees more than fifty updates, bursts included", func(t *testing.T) {
		if n := spend(newBudget(clock.Now), false, 1); n < 40 || n > 50 {
			t.Errorf("%d updates in a minute", n)
		}
	})
	t.Run("progress gets at most half", func(t *testing.T) {
		if n := spend(newBudget(clock.Now), true, 1); n < 15 || n > 25 {
			t.Errorf("%d updates of progress in a minute", n)
		}
	})
	t.Run("progress leaves a turn for an end that comes next", func(t *testing.T) {
		b := newBudget(clock.Now)
		for card := range int64(100) {
			b.update(card, true)
		}
		if !b.update(1, false) {
			t.Error("no turn was left")
		}
	})
	t.Run("one card's progress is drawn every three seconds", func(t *testing.T) {
		b := newBudget(clock.Now)
		first, second := b.update(7, true), b.update(7, true)
		clock.Advance(progressEvery)
		if third := b.update(7, true); !first || second || !third {
			t.Errorf("got turns %v %v %v", first, second, third)
		}
	})
	t.Run("a channel gets a message a second after a short burst, another has its own", func(t *testing.T) {
		b := newBudget(clock.Now)
		n := 0
		for range 20 {
			if b.post("C1") {
				n++
			}
		}
		if n != channelBurst || !b.post("C2") {
			t.Errorf("a burst of %d", n)
		}
		clock.Advance(time.Second)
		if !b.post("C1") || b.post("C1") {
			t.Error("not one message a second")
		}
	})
}

func TestCardsAreKnownByTheirButtons(t *testing.T) {
	planned := commands.SlotValue(store.Schedule{ID: 7, Revision: 2}, "2026-03-12T09:00")
	for _, c := range []struct{ action, value, subject, kind string }{
		{"schedule.off", commands.ScheduleValue(store.Schedule{ID: 7, Revision: 2}), "schedule:7", store.CardSchedule},
		{"schedule.run", planned, "schedule:7", store.CardSchedule},
		{"slot/schedule.run", planned, "slot:7.2026-03-12T09:00", store.CardSlot},
		{"preflight/schedule.skip", planned, "preflight:7.2026-03-12T09:00", store.CardPreflight},
		{"preflight/schedule.off", commands.ScheduleValue(store.Schedule{ID: 7, Revision: 2}), "", ""},
		{"schedule.run", "no schedule", "", ""},
		{"send.pause", commands.SendValue(store.Send{ID: 12, Revision: 3}), "S12", store.CardDM},
		{"send.retry", "S12", "S12", store.CardDM},
		{"send.approve", commands.SendValue(store.Send{ID: 12, Revision: 3}), "S12", store.CardApproval},
		{"send.reject", "no send", "", ""},
		{"send.withdraw", commands.SendValue(store.Send{ID: 12, Revision: 1}), "S12", store.CardDM},
		{"send.confirm", commands.DraftValue(5), "D5", store.CardConfirm},
		{"settle.confirm", commands.SettleValue(7), "settle:7", store.CardSettle},
		{"start.confirm", commands.StartValue(3), "stop:3", store.CardStart},
		{"stop.confirm", "1.U.why", "", ""},
		{"campaign.pause", "S12.r3", "S12", store.CardRun},
		{"direct/campaign.pause", "S12.r3", "S12", store.CardDM},
		{"campaign.start", "spring-sale.d7", "campaign:spring-sale", store.CardCampaign},
		{"something.else", "S1", "", ""},
	} {
		act := pressed{ID: c.action, Block: "actions", Value: c.value}
		if block, action, named := strings.Cut(c.action, "/"); named {
			act.Block, act.ID = block, action
		}
		if subject, kind := cardOf(act, act.Block == "direct"); subject != c.subject || kind != c.kind {
			t.Errorf("%s %s is %q %q", c.action, c.value, subject, kind)
		}
	}
}

func TestPressesHaveOneKeyHoweverOftenTheyCome(t *testing.T) {
	var p interaction
	p.User.ID, p.Channel.ID, p.Container.TS = ana, "D01ANA", "1.2"
	p.Actions = append(p.Actions, pressed{ID: "send.pause", Value: "S1.r1", At: "3.4"})
	first, again := p.ask(&envelope{id: "a"}), p.ask(&envelope{id: "b"})
	if first.Input != again.Input || first.Input == "" {
		t.Errorf("%q and %q", first.Input, again.Input)
	}
	p.Trigger = "9.9.x"
	if got := p.ask(&envelope{id: "c"}).Input; got != "press:9.9.x" {
		t.Errorf("with a trigger: %q", got)
	}
}

func TestAPressIsOfTheWorkspaceOfItsMessage(t *testing.T) {
	var p interaction
	if err := json.Unmarshal([]byte(`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U11STAN","team_id":"T2"},"actions":[{"action_id":"start.confirm"}]}`), &p); err != nil {
		t.Fatal(err)
	}
	if ask := p.ask(&envelope{id: "a"}); ask.Team != "T1" || ask.Person != "U11STAN" {
		t.Errorf("%+v", ask)
	}
}

func TestPeopleReadTheirOwnLanguage(t *testing.T) {
	for _, c := range []struct{ name, people, locale, want string }{
		{"Chinese of any region is Chinese", "auto", "zh-CN", "zh"},
		{"Traditional Chinese too", "auto", "zh-TW", "zh"},
		{"everybody else reads English", "auto", "de-DE", "en"},
		{"who is not known yet reads what channels read", "auto", "", "zh"},
		{"the configuration can say it for all", "en", "zh-CN", "en"},
	} {
		b := &Bot{config: Config{PeopleLanguage: c.people, ChannelLanguage: "zh"}}
		if got := b.language(commands.Person{Locale: c.locale}); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
