package bot_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// BenchmarkDecide is an approver at work on a full desk: the real binary on a ledger where a million coupons were issued and
// 5,000 sends wait for approvers. Ben types queue and presses Approve on what it lists, again and again. It reports how long
// queue takes to answer, how long a press takes to be acknowledged, and how long until the list shows the decision.
//
//	go test ./bot -run '^$' -bench Decide -benchtime 1x -timeout 30m
//
// COUPONBOT_BENCH_COUPONS asks for another number of coupons.
func BenchmarkDecide(b *testing.B) {
	coupons := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("COUPONBOT_BENCH_COUPONS")); err == nil {
		coupons = n
	}
	const waiting, presses = 5000, 100
	binary := buildProgram(b)
	for range b.N {
		g := newGallop(b, binary)
		g.post("slack/settings", http.MethodPost, map[string]any{"limits": false}) // who may decide is read live for each press
		g.configure("rate: 500")
		g.init()
		g.readsStocks()
		storetest.Fill(b, g.ledger, storetest.Filling{Sends: coupons / 10, PerSend: 10, State: "issued", CreatedAt: time.Now().AddDate(0, -2, 0)})
		storetest.Fill(b, g.ledger, storetest.Filling{Sends: waiting, PerSend: 1, State: "awaiting"})
		raw := storetest.Raw(b, g.ledger)
		if _, err := raw.Exec(`UPDATE sends SET requested_by = 'U02LIWEI', terms = ? WHERE state = 'awaiting'`, terms(b, raw, "9856000")); err != nil {
			b.Fatal(err)
		}
		bot := g.start()
		var queues, acks, shown []time.Duration
		for len(acks) < presses {
			queues = append(queues, g.asks("queue"))
			list := g.newest()
			began := time.Now()
			acks = append(acks, g.approves(list))
			for now := list; now.Version == list.Version; now = g.newest() {
				if time.Since(began) > time.Minute {
					b.Fatalf("the list never showed the decision: %+v", now)
				}
				time.Sleep(2 * time.Millisecond)
			}
			shown = append(shown, time.Since(began))
		}
		for name, all := range map[string][]time.Duration{"queue": queues, "press-ack": acks, "press-shown": shown} {
			slices.Sort(all)
			b.ReportMetric(all[len(all)/2].Seconds()*1000, name+"-p50-ms")
			b.ReportMetric(all[len(all)*99/100].Seconds()*1000, name+"-p99-ms")
		}
		b.ReportMetric(0, "ns/op")
		var approved int
		if err := raw.QueryRow(`SELECT count(*) FROM sends WHERE state <> 'awaiting' AND requested_by = 'U02LIWEI'`).Scan(&approved); err != nil || approved != presses {
			b.Errorf("%d presses decided %d sends, %v", presses, approved, err)
		}
		g.stop(bot)
	}
}

// readsStocks runs the bot until it has read every stock.
func (g *gallop) readsStocks() {
	bot := g.start()
	defer g.stop(bot)
	for range 500 {
		var pay payStats
		if g.get("wechatpay/stats", &pay); pay.Endpoints["query_stock"] >= len(stocks) {
			time.Sleep(100 * time.Millisecond) // the last answer is on its way to the ledger
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	g.Fatal("the stocks were not read")
}

// terms are what a stock promises, as a send keeps them.
func terms(b *testing.B, raw *sql.DB, stock string) string {
	var minimum store.Fen
	var begins, ends int64
	if err := raw.QueryRow(`SELECT minimum_fen, begins_at, ends_at FROM stocks WHERE stock_id = ? AND read_at > 0`, stock).Scan(&minimum, &begins, &ends); err != nil {
		b.Fatal(err)
	}
	text, err := json.Marshal(store.Terms{Minimum: minimum, Begins: time.UnixMilli(begins).UTC(), Ends: time.UnixMilli(ends).UTC()})
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// A listed message is the newest that only Ben sees.
type listed struct {
	TS      string
	Version int
	Blocks  []struct {
		Elements []struct {
			Action string `json:"action_id"`
			Value  string
		}
	}
}

func (g *gallop) newest() (m listed) {
	var state struct {
		Channels []struct {
			ID       string
			Messages []json.RawMessage
		}
	}
	g.get("slack/state?as=U03BEN&limit=1", &state)
	for _, c := range state.Channels {
		if c.ID == "C01SUPPORT" && len(c.Messages) > 0 {
			json.Unmarshal(c.Messages[0], &m) // other kinds of blocks have no actions
		}
	}
	return m
}

// asks types a command and says how long its answer took.
func (g *gallop) asks(text string) time.Duration {
	return g.acknowledged("slack/command", map[string]any{"as": "U03BEN", "channel": "C01SUPPORT", "text": "/coupon " + text})
}

// approves presses the first Approve of a list and says how long the acknowledgement took.
func (g *gallop) approves(m listed) time.Duration {
	for _, block := range m.Blocks {
		for _, e := range block.Elements {
			if e.Action == "send.approve" {
				return g.acknowledged("slack/click", map[string]any{"as": "U03BEN", "channel": "C01SUPPORT", "ts": m.TS, "action_id": e.Action, "value": e.Value})
			}
		}
	}
	g.Fatalf("nothing to approve in %+v", m)
	return 0
}

func (g *gallop) acknowledged(path string, body map[string]any) time.Duration {
	var answer struct {
		OK    bool
		AckMS float64 `json:"ack_ms"`
		Error string
	}
	g.post(path, http.MethodPost, body, &answer)
	if !answer.OK {
		g.Errorf("%s: %s", path, answer.Error)
	}
	return time.Duration(answer.AckMS * float64(time.Millisecond))
}
