package issuing_test

import (
	"database/sql"
	"sync/atomic"
	"testing"
	"time"

	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// raw changes the ledger behind the loop's back, as a fault of the disk or of another replica would.
func (w *world) raw(statement string) {
	w.Helper()
	db, err := sql.Open("sqlite", "file:"+w.dsn+"?_pragma=busy_timeout(5000)")
	w.must(err)
	_, err = db.ExecContext(w.Context(), statement)
	w.must(err)
	w.must(db.Close())
}

func TestAResultThatCouldNotBeWrittenForAMomentIsWrittenAlsoWhenNothingElseHappens(t *testing.T) {
	inBubble(t, func(w *world) {
		w.raw(`CREATE TRIGGER moment BEFORE UPDATE ON grants WHEN NEW.state = 'issued' BEGIN SELECT RAISE(ABORT, 'not now'); END`)
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(2 * time.Second)
		w.expect(s, store.GrantIssuing)
		w.raw(`DROP TRIGGER moment`)
		w.pass(3 * time.Second)
		if g := w.expect(s, store.GrantIssued); g.Attempts != 1 || w.wechat.count() != 1 {
			t.Errorf("claimed %d times, called %d times", g.Attempts, w.wechat.count())
		}
	})
}

func TestAHoldWhoseWritingLostItsAnswerIsReleased(t *testing.T) {
	inBubble(t, func(w *world) {
		broken := true
		w.wechat.probe = func() wechatpay.Outcome {
			if broken {
				return badKey
			}
			return answered
		}
		w.raw(`CREATE TRIGGER moment BEFORE INSERT ON held BEGIN SELECT RAISE(ABORT, 'the line was cut'); END`)
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(5 * time.Second)
		w.raw(`DROP TRIGGER moment`)
		w.raw(`INSERT INTO held (why, detail, since) VALUES ('configuration', 'wrong key', 1)`) // it was written after all
		w.wechat.change(func() { broken = false })
		w.pass(time.Minute)
		w.expect(s, store.GrantIssued)
	})
}

func TestTooManyCallsSayNothingAboutAHold(t *testing.T) {
	inBubble(t, func(w *world) {
		said := tooFast
		w.must(w.ledger.Hold(w.Context(), store.HeldConfiguration, "wrong key"))
		w.wechat.probe = func() wechatpay.Outcome { return said }
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(time.Minute)
		w.expect(s, store.GrantWaiting)
		if held, err := w.ledger.Held(w.Context()); err != nil || len(held) != 1 {
			t.Errorf("held: %v %v", held, err)
		}
		w.wechat.change(func() { said = answered })
		w.pass(time.Minute + 5*time.Second)
		w.expect(s, store.GrantIssued)
	})
}

func TestAClockThatJumpsMakesNoSecondCallBesideTheFirst(t *testing.T) {
	inBubble(t, func(w *world) {
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		w.must(w.ledger.Close())
		ledger, err := store.Open(w.Context(), w.dsn, store.Options{MchID: creator, Now: now})
		w.must(err)
		w.ledger, w.options.Now = ledger, now
		w.wechat.latency = 5 * time.Second
		s := w.send(stock, "oAAA")
		w.run()
		w.pass(time.Second)
		ahead.Store(int64(time.Minute))
		w.pass(3 * time.Second)
		w.expect(s, store.GrantUnknown)
		if n := w.wechat.count(); n != 1 {
			t.Errorf("%d calls at one time", n)
		}
		w.pass(10 * time.Second)
		w.expect(s, store.GrantIssued)
	})
}
