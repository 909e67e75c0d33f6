package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/store"
)

func TestABotIsReadyWhileASocketIsOpen(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	if f.bot.Ready() {
		t.Fatal("ready before it runs")
	}
	stop := f.listens()
	if !f.bot.Ready() || f.bot.Sockets() != 2 {
		t.Fatalf("ready %v with %d sockets", f.bot.Ready(), f.bot.Sockets())
	}
	f.fault("refuse_dial", nil)
	f.fault("drop", nil)
	f.until("it is not ready without sockets", func() bool { return !f.bot.Ready() })
	f.calm()
	f.until("it finds back", func() bool { return f.bot.Sockets() == 2 })
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if f.bot.Ready() {
		t.Error("ready after it stopped")
	}
}

func TestSlackRecyclingItsSocketsIsNotNoticedByPeople(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.listens()
	for round := range 3 {
		f.fault("disconnect", map[string]any{"reason": "refresh_requested"})
		f.until("both sockets are open again", func() bool { return strings.Count(f.log.String(), "socket open") == 2*(round+2) })
		if got := f.types(ana, "oOPENID1"); got["ok"] != true {
			t.Fatalf("a command after the refresh: %v", got)
		}
	}
}

func TestASlackThatHangsUpAtOnceIsNotStormed(t *testing.T) {
	w := wired(t)
	w.hangUp = true
	w.bot.pace = 20 * time.Millisecond
	w.background(w.bot.Run)
	w.until("five sockets were tried", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.opens) >= 5 })
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, least := range []time.Duration{0, 20, 40, 80} {
		if gap := w.opens[i+1].Sub(w.opens[i]); gap < least*time.Millisecond {
			t.Errorf("pause %d was %v, want at least %vms", i+1, gap, least)
		}
	}
}

func TestTokensThatSlackRefusesEndTheBot(t *testing.T) {
	t.Run("the bot token, at the start", func(t *testing.T) {
		f := open(t, sandbox.SlackOptions{}, func(c *Config) { c.BotToken = "xoxb-wrong" })
		if err := f.bot.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "slack.bot_token (invalid_auth)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the app token, at the start", func(t *testing.T) {
		f := open(t, sandbox.SlackOptions{}, func(c *Config) { c.AppToken = "xapp-wrong" })
		if err := f.bot.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "slack.app_token (invalid_auth)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("both, later", func(t *testing.T) {
		f := open(t, sandbox.SlackOptions{})
		done := make(chan error, 1)
		go func() { done <- f.bot.Run(t.Context()) }()
		f.until("the sockets are open", func() bool { return f.bot.Sockets() == 2 })
		f.fault("tokens_revoked", nil)
		if err := <-done; err == nil || !strings.Contains(err.Error(), "slack.app_token") {
			t.Errorf("got %v", err)
		}
	})
}

func TestARefusalThatAPersonCanCureIsAlertedAndTriedAgain(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.fault("refuse_open", map[string]any{"error": "missing_scope", "count": 2})
	f.listens()
	a, err := f.ledger.Alert(t.Context(), 1)
	if err != nil || a.Kind != store.AlertSlack || !strings.Contains(a.Detail["why"], "missing_scope") {
		t.Errorf("alert %+v, %v", a, err)
	}
	if _, err := f.ledger.Alert(t.Context(), 2); err == nil {
		t.Error("the same thing was alerted twice")
	}
}

func TestASlackThatIsAwayAtTheStartIsWaitedFor(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.method("auth.test", "http_503_html", 1)
	f.listens()
	if n := f.calls("auth.test"); n < 2 {
		t.Errorf("auth.test was called %d times", n)
	}
}

func TestABotThatIsStoppedWhileSlackIsAwayStops(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.method("auth.test", "hang", 0)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.bot.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
	f.calm()
}

func TestOtherProcessesWithTheSameTokenAreNoticedOnce(t *testing.T) {
	w := wired(t)
	w.listens()
	w.mu.Lock()
	w.conns[0].Close()
	w.mu.Unlock()
	w.until("there is a second socket", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.conns) == 2 })
	w.until("it said hello", w.bot.Ready)
	if n := strings.Count(w.log.String(), "other processes hold sockets"); n != 1 {
		t.Errorf("told %d times", n)
	}
}
