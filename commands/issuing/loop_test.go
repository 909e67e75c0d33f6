package issuing_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

func said(kind wechatpay.Kind, scope wechatpay.Scope, reason wechatpay.Reason) wechatpay.Outcome {
	return wechatpay.Outcome{Kind: kind, Scope: scope, Reason: reason, Status: 400, Code: "CODE", Message: "said", RequestID: "rid-1", Sent: true, Err: errors.New(string(reason))}
}

var (
	lost      = said(wechatpay.Unknown, wechatpay.ScopeCustomer, wechatpay.ReasonConnectionLost)
	limit     = said(wechatpay.Refused, wechatpay.ScopeCustomer, wechatpay.ReasonUserLimit)
	abnormal  = said(wechatpay.Refused, wechatpay.ScopeCustomer, wechatpay.ReasonUserAbnormal)
	budget    = said(wechatpay.NotNow, wechatpay.ScopeStock, wechatpay.ReasonBudgetGone)
	badKey    = said(wechatpay.Configuration, wechatpay.ScopeMerchant, wechatpay.ReasonNotAuthenticated)
	tooFast   = said(wechatpay.Slower, wechatpay.ScopeMerchant, wechatpay.ReasonTooFast)
	dialError = wechatpay.Outcome{Kind: wechatpay.Unknown, Scope: wechatpay.ScopeMerchant, Reason: wechatpay.ReasonNotSent, Err: errors.New("dial")}
	answered  = wechatpay.Outcome{Kind: wechatpay.Answered, Sent: true}
)

// first answers the first n calls in one way, and well after that.
func first(n int, a answer) func(int, wechatpay.Order) answer {
	return func(call int, _ wechatpay.Order) answer {
		if call <= n {
			return a
		}
		return answer{}
	}
}

func TestASendIsIssuedWithinASecond(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run()
		w.pass(time.Minute)
		s := w.send(stock, "oAAA", "oBBB")
		w.pass(time.Second)
		if s = w.again(s); s.State != store.SendDone || s.Issued != 2 {
			t.Fatalf("%s with %d issued, want done with 2", s.State, s.Issued)
		}
	})
}

func TestAPersonsSendDoesNotWaitBehindACampaign(t *testing.T) {
	inBubble(t, func(w *world) {
		w.config.Rate, w.config.Workers = 100, 16
		w.send(stock, people(1000)...)
		w.run()
		w.pass(2 * time.Second)
		s := w.send("9856001", "oAAA")
		w.pass(time.Second)
		w.expect(s, store.GrantIssued)
	})
}

func TestLostAnswersAreAskedAgainWithTheSameNumber(t *testing.T) {
	for _, commits := range []bool{false, true} {
		t.Run(fmt.Sprintf("coupon made: %v", commits), func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.wechat.script = first(4, answer{Outcome: lost, commits: commits})
				s := w.send(stock, "oAAA")
				w.run()
				w.pass(10 * time.Second)
				w.expect(s, store.GrantUnknown)
				w.pass(60 * time.Second)
				g := w.expect(s, store.GrantIssued)
				if n := w.wechat.numbers()[s.Number(1)]; n != 5 || g.Attempts != 5 {
					t.Errorf("%d calls, %d attempts, want 5", n, g.Attempts)
				}
				for i, want := range []time.Duration{1, 3, 10, 30} {
					gap := w.wechat.calls[i+1].at.Sub(w.wechat.calls[i].at)
					if gap < want*time.Second || gap > want*time.Second+500*time.Millisecond {
						t.Errorf("call %d came after %s, want %ds", i+2, gap, want)
					}
				}
			})
		})
	}
}

func TestARefusalAfterALostAnswerIsCheckedAgainstTheCustomersCoupons(t *testing.T) {
	refuse := func(call int, _ wechatpay.Order) answer {
		if call == 1 {
			return answer{Outcome: lost, commits: true}
		}
		return answer{Outcome: abnormal}
	}
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("lists without numbers: %v", unnamed), func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.wechat.script, w.wechat.unnamed = refuse, unnamed
				s := w.send(stock, "oAAA")
				w.run()
				w.pass(5 * time.Second)
				if g := w.expect(s, store.GrantIssued); g.CouponID != w.wechat.coupons[s.Number(1)].ID {
					t.Errorf("coupon %s", g.CouponID)
				}
			})
		})
	}
}

func TestAbsenceIsBelievedOnTwoReadingsTenMinutesApart(t *testing.T) {
	inBubble(t, func(w *world) {
		other := w.send(stock, "oBBB") // shows that the stock's coupons are listed
		w.run()
		w.pass(time.Second)
		w.expect(other, store.GrantIssued)
		w.wechat.change(func() {
			w.wechat.script = func(call int, _ wechatpay.Order) answer {
				if call == 2 {
					return answer{Outcome: lost}
				}
				return answer{Outcome: abnormal}
			}
		})
		s := w.send(stock, "oAAA")
		w.pass(9 * time.Minute)
		if g := w.expect(s, store.GrantUnknown); !g.Definite || g.EmptyReadings != 1 || g.NeedsPerson {
			t.Fatalf("%+v", g)
		}
		w.pass(2 * time.Minute)
		if g := w.expect(s, store.GrantRefused); g.Outcome != string(wechatpay.ReasonUserAbnormal) || g.Code != "CODE" || g.RequestID != "rid-1" {
			t.Fatalf("%+v", g)
		}
		if n := w.wechat.numbers()[s.Number(1)]; n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

func TestAbsenceIsNotBelievedOfAStockThatIsNotListed(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.unlisted = true
		other := w.send(stock, "oBBB")
		w.run()
		w.pass(time.Second)
		w.expect(other, store.GrantIssued)
		w.wechat.change(func() {
			w.wechat.script = func(call int, _ wechatpay.Order) answer {
				if call == 2 {
					return answer{Outcome: lost, commits: true}
				}
				return answer{Outcome: abnormal}
			}
		})
		s := w.send(stock, "oAAA")
		w.pass(15 * time.Minute)
		if g := w.expect(s, store.GrantUnknown); !g.NeedsPerson {
			t.Fatalf("no person was told: %+v", g)
		}
	})
}

func TestAFalseLimitReachedIsRepeatedOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = first(1, answer{Outcome: limit})
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(29 * time.Second)
		w.expect(s, store.GrantWaiting)
		w.pass(2 * time.Second)
		w.expect(s, store.GrantIssued)
	})
	inBubble(t, func(w *world) {
		w.wechat.script = first(9, answer{Outcome: limit})
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(32 * time.Second)
		w.expect(s, store.GrantRefused)
		if n := w.wechat.count(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

func TestTwoSendsToOneCustomerNeverOverlap(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.latency = 800 * time.Millisecond
		w.wechat.script = first(1, answer{Outcome: lost, commits: true})
		var sends []store.Send
		for range 5 {
			sends = append(sends, w.send(stock, "oAAA"))
		}
		w.run()
		w.pass(20 * time.Second)
		for _, s := range sends {
			w.expect(s, store.GrantIssued)
		}
	})
}

func TestAStockWithoutBudgetPausesItsSendsAndGoesOn(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = func(_ int, o wechatpay.Order) answer {
			if o.StockID == stock && w.wechat.probe == nil {
				return answer{Outcome: budget}
			}
			return answer{}
		}
		s, other := w.send(stock, people(50)...), w.send("9856001", "oAAA")
		w.run()
		w.pass(2 * time.Second)
		w.expect(other, store.GrantIssued)
		s = w.again(s)
		if s.State != store.SendPaused || s.PauseReason != string(wechatpay.ReasonBudgetGone) || s.Waiting != 50 {
			t.Fatalf("%s (%s) with %d waiting", s.State, s.PauseReason, s.Waiting)
		}
		before := w.wechat.count()
		w.pass(time.Minute)
		if n := w.wechat.count(); n != before {
			t.Errorf("%d calls while paused", n-before)
		}
		w.wechat.change(func() {
			w.wechat.script = nil
		})
		w.must(w.ledger.ResumeSend(w.Context(), s.ID, "U01ANA", "resume"))
		w.pass(2 * time.Second)
		if s = w.again(s); s.Issued != 50 {
			t.Errorf("%d issued, want 50", s.Issued)
		}
	})
}

func TestWrongKeysHoldEverythingAndAProbeReleasesIt(t *testing.T) {
	inBubble(t, func(w *world) {
		broken := true
		w.wechat.script = func(int, wechatpay.Order) answer {
			if broken {
				return answer{Outcome: badKey}
			}
			return answer{}
		}
		w.wechat.probe = func() wechatpay.Outcome {
			if broken {
				return badKey
			}
			return answered
		}
		s := w.send(stock, people(200)...)
		w.run()
		w.pass(30 * time.Second)
		held, err := w.ledger.Held(w.Context())
		w.must(err)
		if len(held) != 1 || held[0].Why != store.HeldConfiguration {
			t.Fatalf("held: %v", held)
		}
		if n := w.wechat.count(); n > 5 {
			t.Errorf("%d calls with a wrong key", n)
		}
		w.wechat.change(func() {
			broken = false
		})
		w.pass(time.Minute + 5*time.Second)
		if s = w.again(s); s.Issued != 200 {
			t.Errorf("%d issued, want 200", s.Issued)
		}
		if held, _ := w.ledger.Held(w.Context()); len(held) != 0 {
			t.Errorf("still held: %v", held)
		}
	})
}

func TestAHoldOfAnEarlierRunStandsUntilAProbePasses(t *testing.T) {
	inBubble(t, func(w *world) {
		w.must(w.ledger.Hold(w.Context(), store.HeldConfiguration, "wrong key"))
		w.wechat.probe = func() wechatpay.Outcome { return badKey }
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(time.Minute)
		w.expect(s, store.GrantWaiting)
		w.wechat.change(func() {
			w.wechat.probe = nil
		})
		w.pass(time.Minute + 5*time.Second)
		w.expect(s, store.GrantIssued)
	})
}

// never is the skew of a service that does not say what time it is.
const never = time.Duration(1)

func TestAClockThatIsOffHoldsUnlessSlackDisagrees(t *testing.T) {
	for _, row := range []struct {
		name  string
		skew  time.Duration
		slack time.Duration
		known bool
		held  bool
	}{
		{"half a minute is nothing", 30 * time.Second, 0, false, false},
		{"two minutes are too much", 2 * time.Minute, 0, false, true},
		{"behind as well as ahead", -2 * time.Minute, 0, false, true},
		{"both say so", 2 * time.Minute, 2 * time.Minute, true, true},
		{"Slack says otherwise", 2 * time.Minute, time.Second, true, false},
		{"only Slack says so", 0, 2 * time.Minute, true, false},
		{"Slack says so and nobody else is heard", never, 2 * time.Minute, true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				off, slack := row.skew, row.slack
				w.options.SlackSkew = func() (skew time.Duration, known bool) {
					w.wechat.change(func() { skew, known = slack, row.known })
					return skew, known
				}
				w.wechat.probe = func() wechatpay.Outcome {
					o := answered
					if off != never {
						o.ServerDate = time.Now().Add(off).Truncate(time.Second)
					}
					return o
				}
				w.run()
				w.pass(6 * time.Second)
				s := w.send(stock, "oAAA")
				w.pass(time.Second)
				held, err := w.ledger.Held(w.Context())
				w.must(err)
				if got := len(held) == 1 && held[0].Why == store.HeldClock; got != row.held {
					t.Fatalf("held: %v", held)
				}
				w.wechat.change(func() {
					off, slack = 0, 0
				})
				w.pass(20 * time.Second)
				w.expect(s, store.GrantIssued)
			})
		})
	}
}

func TestADeadNetworkMakesNothingUnknown(t *testing.T) {
	inBubble(t, func(w *world) {
		dead := true
		w.wechat.script = func(int, wechatpay.Order) answer {
			if dead {
				return answer{Outcome: dialError}
			}
			return answer{}
		}
		w.wechat.probe = func() wechatpay.Outcome {
			if dead {
				return dialError
			}
			return answered
		}
		s := w.send(stock, people(200)...)
		w.run()
		w.pass(30 * time.Second)
		if s = w.again(s); s.Waiting != 200 {
			t.Fatalf("%+v", s.Counts)
		}
		if n := w.wechat.count(); n > 5 {
			t.Errorf("%d calls into a dead network", n)
		}
		if held, _ := w.ledger.Held(w.Context()); len(held) != 0 {
			t.Errorf("held after half a minute: %v", held)
		}
		w.pass(2 * time.Minute)
		if held, _ := w.ledger.Held(w.Context()); len(held) != 1 {
			t.Errorf("nobody was told: %v", held)
		}
		w.wechat.change(func() {
			dead = false
		})
		w.pass(2 * time.Minute)
		if s = w.again(s); s.Issued != 200 {
			t.Errorf("%+v", s.Counts)
		}
	})
}

func TestTooManyCallsHalveTheRateAndItCreepsBack(t *testing.T) {
	inBubble(t, func(w *world) {
		var rates []float64
		w.options.Slowed = func(rate float64) { rates = append(rates, rate) }
		w.wechat.script = first(30, answer{Outcome: tooFast})
		s := w.send(stock, people(2500)...)
		w.run()
		w.pass(time.Minute)
		if s = w.again(s); s.Issued != 2500 || len(rates) == 0 || len(rates) > 3 || rates[0] != 50 {
			t.Errorf("%+v, rates %v", s.Counts, rates)
		}
		if most := w.wechat.mostInASecond(); most > 100 {
			t.Errorf("%d calls in a second", most)
		}
	})
}

func TestStopPauseAndCancelReachWhatIsClaimed(t *testing.T) {
	for name, act := range map[string]func(w *world, s store.Send) error{
		"stop": func(w *world, _ store.Send) error {
			_, _, err := w.ledger.Stop(w.Context(), "U07ADA", "why", "k")
			return err
		},
		"pause":  func(w *world, s store.Send) error { return w.ledger.PauseSend(w.Context(), s.ID, "U01ANA", "k") },
		"cancel": func(w *world, s store.Send) error { return w.ledger.CancelSend(w.Context(), s.ID, "U01ANA", "k") },
		"hold":   func(w *world, _ store.Send) error { return w.ledger.Hold(w.Context(), store.HeldClock, "why") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				s := w.send(stock, people(1000)...)
				w.run()
				w.pass(1003 * time.Millisecond) // in the middle of a claim
				w.must(act(w, s))
				before := w.wechat.count()
				w.pass(time.Minute)
				if n := w.wechat.count() - before; n > 1 {
					t.Errorf("%d calls after it", n)
				}
				s = w.again(s)
				if s.Issued != w.wechat.count() || s.Issuing != 0 || s.Unknown != 0 {
					t.Errorf("%+v after %d calls", s.Counts, w.wechat.count())
				}
				if name == "cancel" && s.Cancelled != 1000-s.Issued {
					t.Errorf("%+v", s.Counts)
				}
			})
		})
	}
}

func TestWhileStoppedUnknownCouponsAreOnlyRead(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = first(99, answer{Outcome: lost, commits: true})
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(500 * time.Millisecond)
		_, _, err := w.ledger.Stop(w.Context(), "U07ADA", "why", "k")
		w.must(err)
		w.pass(2 * time.Second)
		w.expect(s, store.GrantIssued)
		if n := w.wechat.count(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestANumberIsNotPostedAfterADay(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = func(int, wechatpay.Order) answer { return answer{Outcome: lost} }
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(time.Minute)
		w.jump(25 * time.Hour)
		before := w.wechat.count()
		w.pass(10 * time.Second)
		if g := w.expect(s, store.GrantUnknown); !g.NeedsPerson || time.Until(g.AskAt) < 5*time.Hour {
			t.Fatalf("%+v", g)
		}
		w.jump(7 * time.Hour)
		w.pass(10 * time.Second)
		if n := w.wechat.count(); n != before || w.wechat.readings < 2 {
			t.Errorf("%d calls after a day, %d readings", n-before, w.wechat.readings)
		}
		w.jump(9 * 24 * time.Hour)
		w.pass(10 * time.Second)
		if g := w.expect(s, store.GrantUnknown); !g.AskAt.IsZero() {
			t.Errorf("asked again at %s", g.AskAt)
		}
		w.wechat.change(func() {
			w.wechat.commit(w.wechat.orders[s.Number(1)])
			w.wechat.coupons[s.Number(1)] = wechatpay.Coupon{ID: "123", StockID: stock, OutRequestNo: s.Number(1)}
		})
		_, err := w.ledger.Recheck(w.Context(), store.GrantID{Send: s.ID}, "U01ANA", "again")
		w.must(err)
		w.pass(2 * time.Second)
		w.expect(s, store.GrantIssued)
	})
}

func TestLeavingLetsCallsFinishAndRecordsTheRest(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.script = func(call int, _ wechatpay.Order) answer {
			return answer{takes: 4 * time.Second, hangs: call%2 == 0, commits: true}
		}
		s := w.send(stock, people(100)...)
		w.run()
		w.pass(time.Second)
		began := time.Now()
		w.halt()
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("left after %s", took)
		}
		s = w.again(s)
		if s.Issued != 8 || s.Unknown != 8 || s.Waiting != 84 {
			t.Errorf("%+v", s.Counts)
		}
		cut, err := w.ledger.Grants(w.Context(), s.ID, 0, 100, store.GrantUnknown)
		w.must(err)
		for _, g := range cut {
			if !g.OpenAttempt {
				t.Errorf("%s was cut, and is not known to be open", g.ID)
			}
		}
	})
}

func TestAnotherLeadEndsTheLoop(t *testing.T) {
	inBubble(t, func(w *world) {
		w.send(stock, people(500)...)
		w.run()
		w.pass(time.Second)
		_, err := w.ledger.WaitLead(w.Context())
		w.must(err)
		before := w.wechat.count()
		w.pass(10 * time.Second)
		if n := w.wechat.count() - before; n > 1 {
			t.Errorf("%d calls under a lead that is over", n)
		}
		if err := w.stop(); !errors.Is(err, store.ErrNoLead) {
			t.Errorf("ended with %v", err)
		}
		w.stop = nil
	})
}

func TestAStockThatCannotBeReadStopsNothing(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.stocks = func(string) (wechatpay.Stock, error) { return wechatpay.Stock{}, &wechatpay.Error{Outcome: budget} }
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(2 * time.Second)
		w.expect(s, store.GrantIssued)
		got, err := w.ledger.Stock(w.Context(), stock)
		w.must(err)
		if got.Fault != "budget_gone: CODE: said" || !got.ReadAt.IsZero() {
			t.Errorf("%+v", got)
		}
		w.wechat.change(func() {
			w.wechat.stocks = nil
		})
		w.must(w.ledger.WantStock(w.Context(), stock, creator))
		w.pass(2 * time.Second)
		if got, _ = w.ledger.Stock(w.Context(), stock); got.Fault != "" || got.Status != "running" || got.Amount != 1000 {
			t.Errorf("%+v", got)
		}
	})
}

func TestALedgerThatIsGoneDoesNotKeepTheLoop(t *testing.T) {
	inBubble(t, func(w *world) {
		w.wechat.latency = 100 * time.Millisecond
		w.config.Workers = 4
		w.send(stock, people(100)...)
		w.run()
		w.pass(500 * time.Millisecond)
		w.ledger.Close()
		w.pass(5 * time.Second)
		began := time.Now()
		w.halt()
		if took := time.Since(began); took > 8500*time.Millisecond {
			t.Errorf("left after %s", took)
		}
		w.open()
		w.run()
		w.pass(30 * time.Second)
		if s, _ := w.ledger.Send(w.Context(), 1); s.Issued != 100 {
			t.Errorf("%+v", s.Counts)
		}
	})
}
