package issuing

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// most counts the calls of the fullest sliding second.
func most(times []time.Time) int {
	most, from := 0, 0
	for i, t := range times {
		for t.Sub(times[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestNoSlidingSecondHoldsMoreThanTheRate(t *testing.T) {
	for _, row := range []struct {
		name  string
		rate  float64
		stall func(call int) time.Duration // how late the caller comes for its next permit
	}{
		{"a caller that is always there", 500, func(int) time.Duration { return 0 }},
		{"one that is a little late each time", 500, func(int) time.Duration { return rand.N(3 * time.Millisecond) }},
		{"one that stands still now and then", 500, func(call int) time.Duration {
			if call%1000 == 0 {
				return rand.N(700 * time.Millisecond)
			}
			return 0
		}},
		{"one that was away", 500, func(call int) time.Duration {
			if call%1000 == 0 {
				return time.Minute
			}
			return 0
		}},
		{"a slow rate", 3, func(int) time.Duration { return rand.N(300 * time.Millisecond) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(row.rate)
				var times []time.Time
				for call := range int(8 * row.rate) {
					time.Sleep(row.stall(call))
					if !p.wait(t.Context(), 1) {
						t.Fatal("not let through")
					}
					times = append(times, time.Now())
				}
				if n := most(times); n > int(row.rate) {
					t.Errorf("%d calls in a second, want at most %v", n, row.rate)
				}
			})
		})
	}
}

func TestLatenessIsCaughtUpWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(500)
		began := time.Now()
		for call := range 50_000 {
			if call%97 == 0 {
				time.Sleep(25 * time.Millisecond)
			}
			p.wait(t.Context(), 1)
		}
		if rate := 50_000 / time.Since(began).Seconds(); rate < 495 || rate > 500 {
			t.Errorf("%.1f calls a second, want 495 to 500", rate)
		}
	})
}

// What a pause of the ledger cost comes back within minutes, and no second holds more for it.
func TestAPauseIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(500)
		var times []time.Time
		began := time.Now()
		for call := range 100_000 {
			if call == 1000 {
				time.Sleep(600 * time.Millisecond)
			}
			p.wait(t.Context(), 1)
			times = append(times, time.Now())
		}
		if took, evenly := time.Since(began), 100_000/(500*evenly); took.Seconds() > evenly+0.1 {
			t.Errorf("took %v, without the pause it would be %.1f s", took, evenly)
		}
		if n := most(times); n > 498 {
			t.Errorf("%d calls in a second, want at most 498", n)
		}
	})
}

// On a machine that is busy calls are written later than they began, some of them much later: what is written in a second
// must not be more than the rate either.
func TestWhatIsWrittenLateCountsWhenItIsWritten(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprintf("told=%t", told), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(500)
				var times []time.Time
				var held []func()
				for call := range 20_000 {
					wrote, _, ok := p.begin(t.Context())
					if !ok {
						t.Fatal("not let through")
					}
					held = append(held, wrote)
					if call%1500 < 40 && call%1500 != 39 { // 80 ms of calls are written at once
						continue
					}
					for _, wrote := range held {
						times = append(times, time.Now())
						if told {
							wrote()
						}
					}
					held = held[:0]
				}
				if n := most(times); (n <= 500) != told {
					t.Errorf("%d calls were written in a second", n)
				}
			})
		})
	}
}

// What is held up on the way to WeChat Pay, all at once, comes together; the answers tell. What is merely answered at
// different speeds slows nothing down.
func TestWhatIsHeldUpOnTheWayCountsWhenItArrives(t *testing.T) {
	for _, row := range []struct {
		name    string
		way     func(at time.Duration) time.Duration // to WeChat Pay
		answer  func() time.Duration                 // until its answer is there
		told    bool
		most    int
		atLeast float64
	}{
		{"a line that stands still for 80 ms every three seconds", standstill, func() time.Duration { return 20 * time.Millisecond }, true, 514, 490},
		{"the same, and nobody hears of answers", standstill, func() time.Duration { return 20 * time.Millisecond }, false, 1000, 490},
		{"answers that take 20 to 400 ms", func(time.Duration) time.Duration { return 5 * time.Millisecond },
			func() time.Duration { return 20*time.Millisecond + rand.N(380*time.Millisecond) }, true, 499, 492},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const calls = 30_000
				p := newPacer(500)
				began := time.Now()
				var arrived []time.Time
				for range calls {
					wrote, answered, ok := p.begin(t.Context())
					if !ok {
						t.Fatal("not let through")
					}
					wrote()
					way := row.way(time.Since(began))
					arrived = append(arrived, time.Now().Add(way))
					if row.told {
						time.AfterFunc(way+row.answer(), answered)
					}
				}
				if rate := calls / time.Since(began).Seconds(); rate < row.atLeast {
					t.Errorf("%.1f calls a second, want at least %v", rate, row.atLeast)
				}
				slices.SortFunc(arrived, time.Time.Compare)
				if n := most(arrived); n > row.most || !row.told && n < 530 {
					t.Errorf("%d calls arrived in a second, want at most %d", n, row.most)
				}
			})
		})
	}
}

// standstill is a way of 5 ms that is barred for 80 ms every three seconds.
func standstill(at time.Duration) time.Duration {
	const every, bar, way = 3 * time.Second, 80 * time.Millisecond, 5 * time.Millisecond
	return way + max(0, bar-at%every)
}

func TestSlowerHalvesOnceForAllCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(400)
		began := time.Now()
		time.Sleep(100 * time.Millisecond)
		if rate := p.slower(began); rate != 200 {
			t.Errorf("halved to %v", rate)
		}
		time.Sleep(2 * time.Second)
		if rate := p.slower(began); rate != 0 {
			t.Errorf("a call from before halved it again, to %v", rate)
		}
		if rate := p.slower(time.Now()); rate != 108 {
			t.Errorf("two seconds later it is halved to %v, want 108", rate)
		}
		if rate := p.slower(time.Now()); rate != 0 {
			t.Errorf("halved twice in a second, to %v", rate)
		}
		time.Sleep(time.Minute)
		if rate := p.speed(); rate != 400 {
			t.Errorf("after a minute it is %v", rate)
		}
		for range 20 {
			time.Sleep(time.Second)
			p.slower(time.Now())
		}
		if rate := p.speed(); rate < 1 || rate > 20 {
			t.Errorf("refused each second it is %v", rate)
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0.1)
		p.wait(t.Context(), 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if p.wait(ctx, 1) {
			t.Error("let through ten seconds early")
		}
	})
}

func TestTheFirstCallWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(500)
		began := time.Now()
		soon, turn := p.soon(t.Context()), p.wait(t.Context(), 1)
		p.passed()
		if !soon || !turn || time.Since(began) > 0 {
			t.Errorf("waited for %s", time.Since(began))
		}
	})
}
