package bot_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/cashcoupons"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"couponbot/store"
	"couponbot/store/storetest"
)

// BenchmarkSpine is the whole product at full speed: the real binary against the stand-ins in another process, which
// answer after 20 ms and refuse more than 510 calls in any sliding second, with a campaign of 100,000 customers at rate 500,
// from its start on: it is prepared, claimed under customers' limits and announced. Meanwhile agents type a command every
// 200 ms, and every 5 seconds one presses Send. It reports, in one run: coupons a second, calls refused for being too fast,
// processor time for each coupon, also as a multiple of a bare send with the SDK and in the last tenth as a multiple of the
// second, acknowledgements, and how long a pressed Send takes to be a coupon.
//
//	go test ./bot -run '^$' -bench Spine/sqlite -benchtime 1x -timeout 60m
//
// COUPONBOT_BENCH_COUPONS asks for another number of coupons: a million take 34 minutes, after ten in which their answers are
// signed, and 12 GB of memory. COUPONBOT_BENCH_BEFORE says how many customers of the campaign had theirs before: with 900000,
// these coupons are the last of a million.
func BenchmarkSpine(b *testing.B) {
	coupons, earlier := 100_000, 0
	if n, err := strconv.Atoi(os.Getenv("COUPONBOT_BENCH_COUPONS")); err == nil {
		coupons = n
	}
	if n, err := strconv.Atoi(os.Getenv("COUPONBOT_BENCH_BEFORE")); err == nil {
		earlier = n
	}
	binary := buildProgram(b)
	storetest.EachB(b, func(b *testing.B, db storetest.Database) {
		for range b.N {
			g := newGallop(b, binary)
			if db.Name != "sqlite" {
				g.ledger = db.Place(b)
			}
			g.post("wechatpay/settings", http.MethodPatch, map[string]any{"latency_ms": 20})
			g.configure("rate: 500")
			g.init()
			g.startsCampaign(earlier+coupons, earlier)
			g.post("wechatpay/prepare", http.MethodPost, map[string]any{"answers": coupons + coupons/50 + 4000, "rate": 500})
			bare := g.bareSends(3000)
			before := g.stats().issued
			bot := g.start()
			cpu := cpuOf(b, bot)
			took := g.untilIssued(bot, before, coupons)
			cpu = cpuOf(b, bot) - cpu
			s := g.stats()
			each := cpu.Seconds() / float64(s.issued-before) * 1000
			slices.Sort(g.presses)
			b.ReportMetric(g.rate, "coupons/s")
			b.ReportMetric(took.Seconds(), "s")
			b.ReportMetric(float64(s.tooFast), "429s")
			b.ReportMetric(each, "cpu-ms/coupon")
			b.ReportMetric(bare.Seconds()*1000, "cpu-ms/bare")
			b.ReportMetric(each/(bare.Seconds()*1000), "cpu-x-bare")
			if n := len(g.tenths); n > 8 {
				b.ReportMetric(float64(g.tenths[n-1])/float64(g.tenths[0]), "cpu-last/second-tenth")
			}
			b.ReportMetric(float64(s.inASecond), "max-sends/s")
			b.ReportMetric(s.ackP99, "ack-p99-ms")
			b.ReportMetric(g.presses[len(g.presses)/2].Seconds()*1000, "press-to-coupon-p50-ms")
			b.ReportMetric(slices.Max(g.presses).Seconds()*1000, "press-to-coupon-max-ms")
			b.ReportMetric(float64(memoryOf(b, bot, "VmHWM"))/1e6, "peak-MB")
			b.ReportMetric(0, "ns/op")
			for line := range strings.Lines(bot.output()) { // when it was told to be slower
				if strings.Contains(line, "level=WARN") {
					b.Log(line)
				}
			}
			g.stop(bot)
		}
	})
}

// BenchmarkMillion starts on a ledger where a million coupons wait, and one where a million are issued: how long until
// ready, and how much memory while it works.
//
//	go test ./bot -run '^$' -bench Million -benchtime 1x -timeout 30m
func BenchmarkMillion(b *testing.B) {
	binary := buildProgram(b)
	for _, state := range []string{"waiting", "issued"} {
		b.Run(state, func(b *testing.B) {
			g := newGallop(b, binary)
			g.configure("rate: 500")
			g.init()
			storetest.Fill(b, g.ledger, storetest.Filling{Sends: 1, PerSend: 1_000_000, Campaign: true, State: state})
			for b.Loop() {
				began := time.Now()
				bot := g.start()
				b.ReportMetric(time.Since(began).Seconds()*1000, "ready-ms")
				time.Sleep(20 * time.Second) // at work: what is measured is a process in its stride
				b.ReportMetric(float64(memoryOf(b, bot, "VmHWM"))/1e6, "peak-MB")
				g.stop(bot)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A gallop is the product and its stand-ins, at full speed.
type gallop struct {
	*testing.B
	binary, dir, base, http, ledger string

	rate    float64         // coupons a second, once all are issued
	tenths  []time.Duration // the processor time of the second tenth of the coupons, and of each one after it
	mu      sync.Mutex
	presses []time.Duration // from a pressed Send to its coupon
}

func newGallop(b *testing.B, binary string) *gallop {
	b.Helper()
	g := &gallop{B: b, binary: binary}
	work := b.TempDir()
	// WeChat Pay does not collect its garbage on the client's processors. For a million coupons this wants 12 GB.
	world, err := start("env", work, "world.log", "GOGC=off", "GOMEMLIMIT=12GiB", binary, "sandbox", "--no-bot", "--listen", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { world.terminate(10 * time.Second) })
	said := regexp.MustCompile(`http://(\S+) .* files are in (\S+)\. `)
	err = world.until(30*time.Second, func() (bool, error) {
		m := said.FindStringSubmatch(world.output())
		if m != nil {
			g.base, g.dir = "http://"+m[1], m[2]
		}
		return m != nil, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	g.ledger = filepath.Join(g.dir, "couponbot.db")
	g.post("slack/settings", http.MethodPost, map[string]any{"limits": true})
	return g
}

// startsCampaign starts a campaign over a list of so many customers, under limits that stop none of them; the first ones
// of them have their coupons.
func (g *gallop) startsCampaign(customers, done int) {
	version := storetest.LongList(g, g.ledger, "everybody", customers)
	l, err := store.Open(g.Context(), g.ledger, store.Options{MchID: storetest.MchID, Zone: time.UTC})
	if err != nil {
		g.Fatal(err)
	}
	defer l.Close()
	const much = 1 << 50
	rules := store.RunRules{Campaign: []store.Limit{{Kind: store.LimitCampaign, Period: store.Month, MaxFen: much}},
		Stock: []store.Limit{{Kind: store.LimitStock, Key: "9856000", Period: store.Day, MaxFen: much}},
		Customer: []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxFen: much},
			{Kind: store.LimitWeChat, Key: storetest.MchID + "|", Period: store.Month, MaxFen: much}}, PauseRefused: 100, PauseShare: 0.2}
	c, err := l.SaveCampaign(g.Context(), store.Campaign{Name: "spring-sale", StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000,
		Audience: "everybody", VersionID: version, Channel: "C05CAMPAIGN", Reason: "goodwill", OnceKey: "spring", CapCoupons: 5}, "U06MIA", "")
	if err != nil {
		g.Fatal(err)
	}
	dry, err := l.AskDryRun(g.Context(), c.ID, "U06MIA", "")
	if err == nil {
		_, err = l.CountDryRun(g.Context(), func(store.Campaign) store.RunRules { return rules }, 500)
	}
	if err == nil {
		_, err = l.StartRun(g.Context(), store.StartAsk{By: "U06MIA", DryRun: dry.ID, Rules: rules})
	}
	for more := done > 0; more && err == nil; {
		more, err = l.Prepare(g.Context())
	}
	if err != nil {
		g.Fatal(err)
	}
	lead, err := l.WaitLead(g.Context())
	if err != nil {
		g.Fatal(err)
	}
	defer lead.Close()
	for had := 0; had < done; {
		claims, err := l.Claim(g.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: min(500, done-had), Lease: time.Minute})
		if err != nil || len(claims) == 0 {
			g.Fatalf("claimed %d: %v", len(claims), err)
		}
		results := make([]store.Result, len(claims))
		for i, c := range claims {
			results[i] = store.Result{ID: c.ID, Attempt: c.Attempts, Verdict: store.GrantIssued, CouponID: strconv.Itoa(7_000_000_000 + had + i)}
		}
		if _, err := l.Record(g.Context(), results); err != nil {
			g.Fatal(err)
		}
		had += len(claims)
	}
}

// configure changes the generated configuration: the rate, the ledger, an address for metrics, and room for agents' sends, which wait
// for nobody.
func (g *gallop) configure(rate string) {
	path := filepath.Join(g.dir, "couponbot.yaml")
	yaml, err := os.ReadFile(path)
	if err != nil {
		g.Fatal(err)
	}
	if g.http, err = freeAddress(); err != nil {
		g.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^  rate: .*$`).ReplaceAllString(string(yaml), "  "+rate)
	text = regexp.MustCompile(`(?m)^  (agent|stock|company): .*$`).ReplaceAllString(text, "  $1: []")
	text = strings.Replace(text, "ledger: couponbot.db", "ledger: '"+g.ledger+"'", 1)
	text = strings.Replace(text, "running_total: day", "running_total: off", 1) + "\nhttp: " + g.http + "\n"
	if !strings.Contains(text, rate) {
		g.Fatal("no rate in the configuration")
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		g.Fatal(err)
	}
}

func (g *gallop) init() {
	p, err := start(g.binary, g.dir, "init.log", "init", "--yes")
	if err != nil {
		g.Fatal(err)
	}
	if <-p.done; p.err != nil {
		g.Fatal(p.output())
	}
}

// start starts the bot and waits until it is ready.
func (g *gallop) start() *process {
	p, err := start(g.binary, g.dir, "bot.log", "run")
	if err != nil {
		g.Fatal(err)
	}
	err = p.until(time.Minute, func() (bool, error) {
		r, err := http.Get("http://" + g.http + "/readyz")
		if err != nil {
			return false, nil
		}
		return r.StatusCode == http.StatusOK, r.Body.Close()
	})
	if err != nil {
		g.Fatal(err)
	}
	return p
}

func (g *gallop) stop(p *process) {
	if _, err := p.terminate(10 * time.Second); err != nil {
		g.Error(err)
	}
}

// untilIssued waits until so many coupons are there, and says how long it took from the first to the last. Meanwhile
// agents are at work.
func (g *gallop) untilIssued(bot *process, before, coupons int) time.Duration {
	ctx, cancel := context.WithCancel(g.Context())
	defer cancel()
	var agents sync.WaitGroup
	defer agents.Wait()
	defer cancel()
	agents.Go(func() { g.typesAway(ctx) })
	agents.Go(func() { g.pressesSend(ctx) })
	first := 0
	for first < 50 { // until then it is prepared
		time.Sleep(50 * time.Millisecond)
		first = g.stats().issued - before - g.pressed()
	}
	began := time.Now()
	var cpu time.Duration
	for tenth := 1; ; {
		issued := g.stats().issued - before - g.pressed()
		if issued*10 >= coupons*tenth {
			now := cpuOf(g.B, bot)
			if tenth > 1 {
				g.tenths = append(g.tenths, now-cpu)
			}
			tenth, cpu = tenth+1, now
		}
		if issued >= coupons {
			g.rate = float64(issued-first) / time.Since(began).Seconds()
			return time.Since(began)
		}
		if coupons-issued > 1000 { // the stand-in counts all it has for every look, on the same processors
			time.Sleep(time.Second)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// typesAway asks for help and for confirm cards, five times a second.
func (g *gallop) typesAway(ctx context.Context) {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		text := "/coupon help"
		if n%2 == 0 {
			text = fmt.Sprintf("/coupon send partner-5 oTyped%08d --reason late --ticket T-%d", n, 1_000_000+n)
		}
		g.post("slack/command", http.MethodPost, map[string]any{"as": "U02LIWEI", "channel": "C01SUPPORT", "text": text})
	}
}

// pressesSend sends a coupon every five seconds, and measures how long each takes.
func (g *gallop) pressesSend(ctx context.Context) {
	for n := 0; ; n++ {
		openid := fmt.Sprintf("oPressed%08d", n)
		g.post("slack/command", http.MethodPost, map[string]any{"as": "U01ANA", "channel": "C01SUPPORT",
			"text": fmt.Sprintf("/coupon send partner-5 %s --reason late --ticket T-%d", openid, n)})
		ts := g.newestCard()
		for end := time.Now().Add(5 * time.Second); ts == "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			ts = g.newestCard()
		}
		if ts == "" {
			var state json.RawMessage
			g.get("slack/state?as=U01ANA&limit=3", &state)
			g.Errorf("no card to press; Ana sees %.2000s", state)
			return
		}
		began := time.Now()
		g.post("slack/click", http.MethodPost, map[string]any{"as": "U01ANA", "channel": "C01SUPPORT", "ts": ts, "action_id": "send.confirm"})
		for {
			var state struct{ Coupons struct{ Total int } }
			g.get("wechatpay/state?calls=0&numbers=0&coupons=1&openid="+openid, &state)
			if state.Coupons.Total > 0 || ctx.Err() != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		g.mu.Lock()
		g.presses = append(g.presses, time.Since(began))
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Second):
		}
	}
}

func (g *gallop) pressed() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.presses)
}

// newestCard is the message of the newest confirm card that Ana can press.
func (g *gallop) newestCard() string {
	var state struct {
		Channels []struct {
			ID       string
			Messages []struct {
				TS     string
				Blocks json.RawMessage
			}
		}
	}
	g.get("slack/state?as=U01ANA&limit=20", &state)
	ts := ""
	for _, c := range state.Channels {
		for _, m := range c.Messages {
			if bytes.Contains(m.Blocks, []byte(`send.confirm`)) {
				ts = cmp.Or(m.TS, ts)
			}
		}
	}
	return ts
}

type gallopStats struct {
	issued, tooFast, inASecond int
	ackP99                     float64
}

func (g *gallop) stats() (s gallopStats) {
	var pay struct {
		Coupons           int
		ByStatus          map[string]int `json:"by_status"`
		MaxSendsInASecond int            `json:"max_sends_in_a_second"`
	}
	g.get("wechatpay/stats", &pay)
	var slack struct {
		Acks map[string]struct {
			P99 float64 `json:"p99_ms"`
		}
	}
	g.get("slack/stats", &slack)
	return gallopStats{issued: pay.Coupons, tooFast: pay.ByStatus["429"], inASecond: pay.MaxSendsInASecond, ackP99: slack.Acks["slash_commands"].P99}
}

func (g *gallop) get(path string, into any) {
	r, err := http.Get(g.base + "/sandbox/" + path)
	if err != nil {
		g.Error(err)
		return
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		g.Error(path, err)
	}
}

func (g *gallop) post(path, method string, body any, into ...any) {
	text, err := json.Marshal(body)
	if err != nil {
		g.Fatal(err)
	}
	r, err := http.NewRequestWithContext(g.Context(), method, g.base+"/sandbox/"+path, bytes.NewReader(text))
	if err != nil {
		g.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			g.Error(err)
		}
		return
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(answer.Body)
	if answer.StatusCode >= 300 {
		g.Errorf("%s: %s", path, said)
	}
	for _, to := range into {
		if err := json.Unmarshal(said, to); err != nil {
			g.Error(path, err)
		}
	}
}

// bareSends is the processor time of one send with the SDK alone, in this process, at the same pace.
func (g *gallop) bareSends(n int) time.Duration {
	key, err := utils.LoadPrivateKeyWithPath(filepath.Join(g.dir, "merchant.key"))
	if err != nil {
		g.Fatal(err)
	}
	public, err := utils.LoadPublicKeyWithPath(filepath.Join(g.dir, "wechatpay.pub"))
	if err != nil {
		g.Fatal(err)
	}
	yaml, err := os.ReadFile(filepath.Join(g.dir, "couponbot.yaml"))
	if err != nil {
		g.Fatal(err)
	}
	value := func(name string) string {
		return strings.Trim(regexp.MustCompile(name + `: *(\S+)`).FindStringSubmatch(string(yaml))[1], `"`)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	defer transport.CloseIdleConnections()
	host := strings.TrimPrefix(g.base, "http://")
	client, err := core.NewClient(g.Context(), option.WithWechatPayPublicKeyAuthCipher(value("mchid"), value("serial_no"), key, value("public_key_id"), public),
		option.WithHTTPClient(&http.Client{Transport: elsewhere{transport, host}}))
	if err != nil {
		g.Fatal(err)
	}
	api := cashcoupons.CouponApiService{Client: client}
	pace := rate.NewLimiter(500, 1)
	group, ctx := errgroup.WithContext(g.Context())
	group.SetLimit(64)
	before := cpuOfSelf(g.B)
	for i := range n {
		if err := pace.Wait(ctx); err != nil {
			break
		}
		group.Go(func() error {
			_, _, err := api.SendCoupon(ctx, cashcoupons.SendCouponRequest{Openid: core.String(fmt.Sprintf("oBare%08d", i)), StockId: core.String("9856002"), CouponValue: core.Int64(100), CouponMinimum: core.Int64(200),
				OutRequestNo: core.String(fmt.Sprintf("bare-%d", i)), Appid: core.String(value("appid")), StockCreatorMchid: core.String(value("mchid"))})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		g.Fatal(err)
	}
	return (cpuOfSelf(g.B) - before) / time.Duration(n)
}

// elsewhere points the SDK at the stand-in.
type elsewhere struct {
	next http.RoundTripper
	host string
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", e.host
	return e.next.RoundTrip(r)
}

func cpuOfSelf(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuOf is the processor time that a process has used, in ticks of 10 ms (Linux, proc(5)).
func cpuOf(b *testing.B, p *process) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("needs Linux: ", err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		b.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memoryOf is a process's resident memory in bytes: VmRSS now, VmHWM at its peak.
func memoryOf(b *testing.B, p *process, which string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("needs Linux: ", err)
	}
	m := regexp.MustCompile(which + `:\s+(\d+) kB`).FindSubmatch(text)
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb << 10
}
