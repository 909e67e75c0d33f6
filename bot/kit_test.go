package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"couponbot/bot/sandbox"
	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/store"
	"couponbot/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ana   = "U01ANA"
	liwei = "U02LIWEI"
)

// An office is a bot at work: a strict stand-in of Slack, a ledger in a file, and a clock that only tests move.
type office struct {
	*testing.T
	slack  *sandbox.Slack
	url    string
	clock  *storetest.Clock
	dsn    string
	ledger *store.Ledger
	people *People
	bot    *Bot
	desk   *counter
	log    *logbook
	lead   *store.Lead
}

// A counter is a desk that only knows "send" and its button: it keeps drafts and sends in the real ledger. All else is the real
// desk's.
type counter struct {
	*commands.Desk
	ledger *store.Ledger
	mu     sync.Mutex
	do     doing // takes the place of "send"
	press  pressing
	submit submitting // takes the place of all forms
}

type (
	doing      func(context.Context, commands.Ask, string) (commands.Reply, error)
	pressing   func(context.Context, commands.Ask, string, string) (commands.Reply, error)
	submitting func(context.Context, commands.Ask, commands.Form) (commands.Reply, error)
)

// onDo and onPress change what the desk does, also while the bot is at work.
func (c *counter) onDo(do doing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.do = do
}

func (c *counter) onPress(press pressing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.press = press
}

func (c *counter) onSubmit(submit submitting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submit = submit
}

func (c *counter) set() (doing, pressing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.do, c.press
}

func (c *counter) Submit(ctx context.Context, ask commands.Ask, form commands.Form) (commands.Reply, error) {
	c.mu.Lock()
	submit := c.submit
	c.mu.Unlock()
	if submit != nil {
		return submit(ctx, ask, form)
	}
	return c.Desk.Submit(ctx, ask, form)
}

func (c *counter) Do(ctx context.Context, ask commands.Ask, text string) (commands.Reply, error) {
	if do, _ := c.set(); do != nil {
		return do(ctx, ask, text)
	}
	d, existed, err := c.ledger.OpenDraft(ctx, ask.Input, ask.Person, ask.Channel, contents(strings.Fields(text)...))
	if err != nil {
		return nil, &commands.Refusal{Code: commands.LedgerFailed, Err: err}
	}
	return commands.Confirm{Draft: d, Existed: existed, Stock: store.Stock{ID: "9856000", Name: "Sorry"}}, nil
}

func (c *counter) Press(ctx context.Context, ask commands.Ask, action, value string) (commands.Reply, error) {
	if _, press := c.set(); press != nil {
		return press(ctx, ask, action, value)
	}
	var id int64
	fmt.Sscanf(value, "D%d", &id)
	s, err := c.ledger.CreateSend(ctx, store.SendAsk{Input: ask.Input, Draft: id, By: ask.Person, ResponseURL: ask.ResponseURL})
	if again, ok := errors.AsType[*store.AlreadySent](err); ok {
		s, err = c.ledger.Send(ctx, again.Send)
		return commands.Sent{Send: s, Again: true}, err
	}
	if err != nil {
		return nil, &commands.Refusal{Code: commands.LedgerFailed, Err: err}
	}
	return commands.Sent{Send: s}, nil
}

// house is who may do what in these tests.
func house() commands.Config {
	return commands.Config{Command: "/coupon", Zone: storetest.Shanghai,
		Groups: []commands.Group{{Name: "agents", Members: []string{ana, liwei}}, {Name: "leads", Members: []string{"U03BEN", "S02LEADS"}}},
		Rights: map[commands.Right][]string{commands.RightSend: {"agents"}},
		Stocks: []commands.Stock{{Name: "sorry-10", ID: "9856000", CreatorMchID: "1900000001"}}}
}

func contents(openids ...string) store.Contents {
	return store.Contents{StockName: "sorry-10", StockID: "9856000", CreatorMchID: "1900000001", Amount: 1000, OpenIDs: openids}
}

// A logbook keeps what was logged, for tests that ask what an operator could read.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logbook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// open makes an office; nothing runs yet.
func open(t *testing.T, o sandbox.SlackOptions, change ...func(*Config)) *office {
	t.Helper()
	f := &office{T: t, clock: storetest.NewClock(), log: &logbook{}}
	o.Now = f.clock.Now
	f.slack = sandbox.NewSlack(o)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/slack/", f.slack.Control())
	mux.Handle("/", f.slack)
	server := httptest.NewServer(mux)
	t.Cleanup(func() { f.slack.Close(); server.Close() })
	f.url = server.URL
	f.wire(server.URL+"/api/", change...)
	return f
}

// wire makes the bot of an office whose Slack is at an address.
func (f *office) wire(api string, change ...func(*Config)) {
	f.Helper()
	c := Config{BotToken: sandbox.SlackBotToken, AppToken: sandbox.SlackAppToken, APIURL: api, Command: "/coupon", Connections: 2,
		ApprovalsChannel: "C02APPROVE", LogChannel: "C03LOG", AlertsChannel: "C04ALERT", PeopleLanguage: "auto", ChannelLanguage: "en"}
	for _, set := range change {
		set(&c)
	}
	o := Options{Log: slog.New(slog.NewTextHandler(f.log, nil)), Now: f.clock.Now, Zone: storetest.Shanghai}
	f.dsn = storetest.SQLite().Init(f.T)
	f.ledger = storetest.Open(f.T, f.dsn, store.Options{Now: f.clock.Now})
	f.people = NewPeople(c, o)
	f.Cleanup(f.people.Close)
	words, err := views.New("/coupon")
	if err != nil {
		f.Fatal(err)
	}
	desk := commands.New(house(), f.ledger, f.people, o.Log, f.clock.Now)
	f.desk = &counter{Desk: desk, ledger: f.ledger}
	o.Groups = house().Groups
	if f.bot, err = New(c, f.people, f.desk, f.ledger, words, o); err != nil {
		f.Fatal(err)
	}
	f.bot.pace, f.bot.idle = 10*time.Millisecond, 10*time.Millisecond
}

// listens runs the bot's sockets until the test ends, or until stop is called, which gives what Run returned.
func (f *office) listens() (stop func() error) {
	f.Helper()
	stop = f.background(f.bot.Run)
	f.until("the sockets are open", func() bool { return f.bot.Sockets() == f.bot.config.Connections })
	return stop
}

// draws runs the cards' loop until the test ends, or until stop is called.
func (f *office) draws() (stop func() error) {
	f.Helper()
	return f.background(f.bot.Cards)
}

func (f *office) background(run func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	f.Cleanup(func() { stop() })
	return stop
}

// until waits for something that real sockets and goroutines bring about.
func (f *office) until(what string, is func() bool) {
	f.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			f.Fatalf("never: %s\nlog:\n%s", what, f.log)
		}
	}
}

// control posts to the stand-in's control API.
func (f *office) control(path string, body map[string]any) map[string]any {
	f.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		f.Fatal(err)
	}
	r, err := http.Post(f.url+"/sandbox/slack/"+path, "application/json", bytes.NewReader(b))
	if err != nil {
		f.Fatal(err)
	}
	defer r.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil || r.StatusCode != http.StatusOK {
		f.Fatalf("control %s %s: %d %v %v", path, b, r.StatusCode, err, out)
	}
	return out
}

func (f *office) fault(kind string, more map[string]any) {
	f.Helper()
	body := map[string]any{"kind": kind}
	for k, v := range more {
		body[k] = v
	}
	f.control("fault", body)
}

func (f *office) method(method, effect string, count int) {
	f.Helper()
	f.fault("method", map[string]any{"method": method, "effect": effect, "count": count})
}

func (f *office) calm() {
	f.Helper()
	r, err := http.NewRequest(http.MethodDelete, f.url+"/sandbox/slack/faults", nil)
	if err != nil {
		f.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		f.Fatal(err)
	}
	got.Body.Close()
}

// A shown message is one as the stand-in keeps it.
type shown struct {
	TS      string           `json:"ts"`
	Text    string           `json:"text"`
	To      string           `json:"to"`
	User    string           `json:"user"`
	Blocks  []map[string]any `json:"blocks"`
	Deleted bool             `json:"deleted"`
	Version int              `json:"version"`
}

func (m shown) String() string {
	b, _ := json.Marshal(m.Blocks)
	return m.Text + " " + string(b)
}

// in lists the messages of a channel that were not deleted; dm is a person's with the bot.
func (f *office) in(channel string) []shown {
	f.Helper()
	var out struct{ Messages []shown }
	f.get("messages?channel="+channel, &out)
	var there []shown
	for _, m := range out.Messages {
		if !m.Deleted {
			there = append(there, m)
		}
	}
	return there
}

func dm(person string) string { return "D" + person[1:] }

func (f *office) get(path string, into any) {
	f.Helper()
	r, err := http.Get(f.url + "/sandbox/slack/" + path)
	if err != nil {
		f.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		f.Fatalf("%s: %v: %s", path, err, b)
	}
}

func (f *office) calls(method string) int {
	f.Helper()
	var out struct{ Calls map[string]int }
	f.get("stats", &out)
	return out.Calls[method]
}

// types is a person typing after the command; the answer is what the stand-in says of the delivery.
func (f *office) types(person, text string) map[string]any {
	f.Helper()
	return f.control("command", map[string]any{"as": person, "channel": "C01SUPPORT", "text": "/coupon " + text})
}

func (f *office) clicks(person, channel, ts, action string) map[string]any {
	f.Helper()
	return f.control("click", map[string]any{"as": person, "channel": channel, "ts": ts, "action_id": action})
}

// sends is a person typing a send and pressing Send: the private card and the send.
func (f *office) sends(person string, openids ...string) (card shown, s store.Send) {
	f.Helper()
	f.types(person, strings.Join(openids, " "))
	private := f.in("C01SUPPORT")
	card = private[len(private)-1]
	f.clicks(person, "C01SUPPORT", card.TS, "send.confirm")
	f.until("the send is in the ledger", func() bool {
		for id := int64(1); ; id++ {
			found, err := f.ledger.Send(f.Context(), id)
			if err != nil {
				return s.ID > 0 && s.RequestedBy == person
			}
			s = found
		}
	})
	return card, s
}

// private is what the private card shows now.
func (f *office) private(card shown) shown {
	f.Helper()
	for _, m := range f.in("C01SUPPORT") {
		if m.TS == card.TS {
			return m
		}
	}
	f.Fatal("the private card is gone")
	return shown{}
}

// ends settles every coupon of a send as WeChat Pay would have.
func (f *office) ends(s store.Send, verdict store.GrantState) {
	f.Helper()
	ctx := f.Context()
	if f.lead == nil {
		lead, err := f.ledger.WaitLead(ctx)
		if err != nil {
			f.Fatal(err)
		}
		f.lead = lead
	}
	claims, err := f.ledger.Claim(ctx, store.ClaimAsk{Epoch: f.lead.Epoch, Limit: 100, Lease: time.Minute})
	if err != nil {
		f.Fatal(err)
	}
	var results []store.Result
	for _, c := range claims {
		r := store.Result{ID: c.ID, Attempt: c.Attempts, Verdict: verdict, Reason: "issued", Retryable: verdict == store.GrantRefused}
		if verdict == store.GrantIssued {
			r.CouponID = fmt.Sprintf("90%d%03d", c.ID.Send, c.ID.Position)
		}
		results = append(results, r)
	}
	if _, err := f.ledger.Record(ctx, results); err != nil || len(results) == 0 {
		f.Fatalf("record %d results: %v", len(results), err)
	}
}

func (f *office) card(s store.Send, kind string) store.Card {
	f.Helper()
	cards, err := f.ledger.CardsOf(f.Context(), store.SendName(s.ID))
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cards {
		if c.Kind == kind {
			return c
		}
	}
	return store.Card{}
}

// settled waits until nothing that is due is behind.
func (f *office) settled() {
	f.Helper()
	f.until("every card is drawn", func() bool {
		cards, err := f.ledger.Behind(f.Context(), 100)
		return err == nil && len(cards) == 0
	})
}

// redraws is a desk's answer to a press on an old drawing of a send.
func redraws(s store.Send) pressing {
	return func(context.Context, commands.Ask, string, string) (commands.Reply, error) {
		return commands.Redrawn{Subject: store.SendName(s.ID)}, nil
	}
}
