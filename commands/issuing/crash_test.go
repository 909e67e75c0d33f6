package issuing_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// TestACrashAtAnyStepIssuesOnce kills the process at each step of a send's life, and again and again at the same one.
func TestACrashAtAnyStepIssuesOnce(t *testing.T) {
	for name, arm := range map[string]func(w *world, kill func() bool){
		"after the claim was written": func(w *world, kill func() bool) {
			w.observe = func(op string) {
				if op == "claim" {
					if s, _ := w.ledger.Send(w.Context(), 1); s.Issuing > 0 {
						kill()
					}
				}
			}
		},
		"when the call was about to be made": func(w *world, kill func() bool) {
			w.wechat.script = func(int, wechatpay.Order) answer {
				if !kill() {
					return answer{}
				}
				return answer{Outcome: lost, hangs: true}
			}
		},
		"when the coupon was made": func(w *world, kill func() bool) {
			w.wechat.script = func(int, wechatpay.Order) answer {
				if !kill() {
					return answer{}
				}
				return answer{Outcome: lost, commits: true, hangs: true}
			}
		},
		"when the answer had come": func(w *world, kill func() bool) {
			w.options.Called = func(wechatpay.Kind, time.Duration) { kill() }
		},
		"after the result was written": func(w *world, kill func() bool) {
			w.observe = func(op string) {
				if op == "record" {
					kill()
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				deaths := 0
				killed := make(chan struct{}, 1)
				alive := sync.Mutex{} // locked while dead
				arm(w, func() bool {
					if !alive.TryLock() {
						return true
					}
					if deaths == 3 {
						alive.Unlock()
						return false
					}
					deaths++
					w.kill()
					killed <- struct{}{}
					return true
				})
				s := w.send(stock, people(20)...)
				w.run()
				for range 3 {
					select {
					case <-killed:
						w.revive()
						alive.Unlock()
					case <-time.After(time.Minute):
					}
				}
				w.pass(time.Minute)
				if s = w.again(s); s.State != store.SendDone || s.Issued != 20 {
					t.Fatalf("%s after %d deaths: %+v", s.State, deaths, s.Counts)
				}
				if deaths != 3 {
					t.Errorf("died %d times, want 3: the step was not met", deaths)
				}
				if n := len(w.wechat.coupons); n != 20 {
					t.Errorf("%d coupons", n)
				}
			})
		})
	}
}

// walk is a random history: what goes wrong, and when the process dies.
type walk struct {
	*world
	*rand.Rand            // of what people do
	fate       *rand.Rand // of what answers come: used under WeChat Pay's lock
	sends      []store.Send
	rough      bool
	harsh      bool // at the end WeChat Pay refuses every number, also those of coupons that it made
}

// script answers at random, in every way that WeChat Pay has, also about numbers that it knows.
func (k *walk) script(_ int, _ wechatpay.Order) answer {
	switch {
	case !k.rough && k.harsh:
		return answer{Outcome: abnormal}
	case !k.rough:
		return answer{}
	}
	a := answer{takes: time.Duration(1+k.fate.IntN(400)) * time.Millisecond}
	switch k.fate.IntN(14) {
	case 0, 1, 2:
		a.Outcome, a.commits = lost, k.fate.IntN(2) == 0
	case 3:
		a.hangs, a.commits, a.Outcome = true, k.fate.IntN(2) == 0, lost
	case 4:
		a.Outcome = limit
	case 5:
		a.Outcome = abnormal
	case 6:
		if k.fate.IntN(5) == 0 {
			a.Outcome = budget
		}
	case 7:
		a.Outcome = tooFast
	case 8:
		if k.fate.IntN(5) == 0 {
			a.Outcome = badKey
		}
	case 9:
		a.Outcome = dialError
	}
	return a
}

// step is one thing that people or fate do.
func (k *walk) step(i int) {
	id := k.sends[k.IntN(len(k.sends))].ID
	key := fmt.Sprintf("step-%d", i)
	switch k.IntN(10) {
	case 0, 1:
		k.kill()
		k.revive()
	case 2:
		k.halt()
		k.run()
	case 3:
		_ = k.ledger.PauseSend(k.Context(), id, "U01ANA", key)
	case 4:
		_ = k.ledger.ResumeSend(k.Context(), id, "U01ANA", key)
	case 5:
		_, _, err := k.ledger.Stop(k.Context(), "U07ADA", "why", key)
		k.must(err)
		k.pass(time.Second)
		k.start(key)
	case 6:
		_, err := k.ledger.Recheck(k.Context(), store.GrantID{Send: id}, "U01ANA", key)
		k.must(err)
	case 7:
		k.jump(time.Duration(k.IntN(300)) * time.Minute)
	case 8:
		if k.IntN(4) == 0 {
			_ = k.ledger.CancelSend(k.Context(), id, "U01ANA", key)
		}
	}
	k.pass(time.Duration(k.IntN(5000)) * time.Millisecond)
}

func (k *walk) start(key string) {
	s, err := k.ledger.AskStart(k.Context(), "U01ONE", key+"-ask")
	k.must(err)
	_, err = k.ledger.ConfirmStart(k.Context(), s.ID, "U02TWO", key+"-confirm")
	k.must(err)
}

// settleAll lets every call be answered from now on, until nothing moves any more.
func (k *walk) settleAll() {
	k.wechat.change(func() { k.rough, k.wechat.reads = false, nil })
	for range 6 {
		for _, s := range k.sends {
			_ = k.ledger.ResumeSend(k.Context(), s.ID, "U01ANA", fmt.Sprint("end-", s.ID, time.Now().UnixNano()))
			_, err := k.ledger.Recheck(k.Context(), store.GrantID{Send: s.ID}, "U01ANA", fmt.Sprint("ask-", s.ID, time.Now().UnixNano()))
			k.must(err)
		}
		k.pass(65 * time.Second)
		k.jump(11 * time.Minute)
		k.pass(5 * time.Second)
	}
}

// truth compares what the ledger says with what WeChat Pay did.
func (k *walk) truth() {
	ends := map[string]int{"calls": k.wechat.count(), "readings": k.wechat.readings}
	behind, unknown := map[string]store.Grant{}, map[string]bool{}
	for _, s := range k.sends {
		s = k.again(s)
		grants, err := k.ledger.Grants(k.Context(), s.ID, 0, 1000)
		k.must(err)
		for _, g := range grants {
			ends[string(g.State)]++
			coupon, made := k.wechat.coupons[s.Number(g.ID.Position)]
			switch g.State {
			case store.GrantIssued:
				if !made || coupon.ID != g.CouponID {
					k.Errorf("%s is issued as %s, and WeChat Pay made %q", g.ID, g.CouponID, coupon.ID)
				}
			case store.GrantRefused, store.GrantCancelled:
				if made {
					k.Errorf("%s is %s (%s), and WeChat Pay made %s", g.ID, g.State, g.Outcome, coupon.ID)
				}
			case store.GrantUnknown:
				unknown[g.OpenID+g.StockID] = true
				if g.AskAt.IsZero() && !g.NeedsPerson {
					k.Errorf("%s is unknown, and neither the loop nor a person will look", g.ID)
				}
				if !k.wechat.unlisted && !k.wechat.unnamed && !g.NeedsPerson {
					k.Errorf("%s is still unknown: %s, definite %v, %d readings", g.ID, g.Outcome, g.Definite, g.EmptyReadings)
				}
			case store.GrantWaiting: // rightly only behind one that is before a person
				behind[g.OpenID+g.StockID] = g
			default:
				k.Errorf("%s is still %s (%s, send %s)", g.ID, g.State, g.Outcome, s.State)
			}
		}
	}
	for pair, g := range behind {
		if !unknown[pair] {
			k.Errorf("%s is still waiting (%s), and not behind an unknown one", g.ID, g.Outcome)
		}
	}
	k.Log(ends)
}

func TestWhateverHappensEveryCouponIsIssuedOnceOrNotAtAll(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(w *world) {
				k := &walk{world: w, Rand: rand.New(rand.NewPCG(uint64(seed), 7)), fate: rand.New(rand.NewPCG(uint64(seed), 8)), rough: true, harsh: seed%2 == 1}
				w.config.Rate, w.config.Workers, w.config.Timeout = 12, 6, 3*time.Second
				w.wechat.script, w.wechat.unnamed, w.wechat.unlisted = k.script, seed%5 == 1, seed%5 == 2
				w.wechat.reads = func(string) error {
					if k.fate.IntN(3) == 0 {
						return &wechatpay.Error{Outcome: lost}
					}
					return nil
				}
				for i := range 4 {
					k.sends = append(k.sends, w.send([]string{stock, "9856001"}[i%2], people(20+k.IntN(20))...))
				}
				w.run()
				for i := range 40 {
					k.step(i)
				}
				k.settleAll()
				k.truth()
			})
		})
	}
}
