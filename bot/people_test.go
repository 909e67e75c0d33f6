package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"couponbot/bot/sandbox"
	"couponbot/commands"
)

func TestPersonsAreWhoSlackSaysTheyAre(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	for _, c := range []struct {
		id   string
		want commands.Person
	}{
		{liwei, commands.Person{ID: liwei, Team: "T01ACME", Name: "liwei", Locale: "zh-CN", Zone: "Asia/Shanghai"}},
		{"U09GUS", commands.Person{ID: "U09GUS", Team: "T01ACME", Name: "gus", Guest: true}},
		{"U10DORA", commands.Person{ID: "U10DORA", Team: "T01ACME", Name: "dora", Deactivated: true}},
		{"U11STAN", commands.Person{ID: "U11STAN", Team: "T99OTHER", Name: "stan", Stranger: true}},
	} {
		got, err := f.people.Person(t.Context(), c.id, 0)
		if c.want.Locale == "" {
			got.Locale, got.Zone = "", ""
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.id, got, err)
		}
	}
	if _, err := f.people.Person(t.Context(), "U99NOBODY", 0); err == nil {
		t.Error("nobody was found")
	}
}

func TestGroupsAreAsOldAsTheAskerAllows(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	read := func(maxAge time.Duration, want int) {
		t.Helper()
		got, err := f.people.Members(t.Context(), "S01SUPPORT", maxAge)
		if err != nil || !slices.Contains(got, ana) {
			t.Fatalf("members %v, %v", got, err)
		}
		if n := f.calls("usergroups.users.list"); n != want {
			t.Fatalf("Slack was asked %d times, want %d", n, want)
		}
	}
	read(time.Minute, 1)
	f.clock.Advance(time.Minute)
	read(time.Minute, 1)
	read(0, 2)
	f.clock.Advance(time.Minute + time.Second)
	read(time.Minute, 3)
	f.people.changed("S01SUPPORT")
	read(time.Minute, 4)
	if got, _ := f.people.Members(t.Context(), "S01SUPPORT", time.Minute); len(got) > 0 {
		got[0] = "UEVIL"
	}
	read(time.Minute, 4)
}

func TestAChangedGroupIsForgottenWhenSlackSaysSo(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.listens()
	if got, err := f.people.Members(t.Context(), "S02LEADS", time.Minute); err != nil || !slices.Equal(got, []string{"U04LENA"}) {
		t.Fatalf("members %v, %v", got, err)
	}
	f.control("groups/S02LEADS", map[string]any{"users": []string{"U03BEN"}})
	f.until("the new member is known", func() bool {
		got, err := f.people.Members(t.Context(), "S02LEADS", time.Hour)
		return err == nil && slices.Equal(got, []string{"U03BEN"})
	})
}

func TestReadingsAtTheSameTimeAreOne(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.fault("method", map[string]any{"method": "usergroups.users.list", "effect": "slow", "delay_ms": 300, "count": 1})
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if got, err := f.people.Members(t.Context(), "S01SUPPORT", 0); err != nil || len(got) != 2 {
				t.Errorf("members %v, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := f.calls("usergroups.users.list"); n > 5 {
		t.Errorf("Slack was asked %d times", n)
	}
}

func TestWhatCannotBeReadIsAnErrorAndNeverAnEmptyGroup(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		more       map[string]any
	}{
		{"a free workspace has no groups", "plan_upgrade_required", nil},
		{"a scope is missing", "missing_scope", map[string]any{"scope": "usergroups:read"}},
		{"Slack is down", "method", map[string]any{"method": "*", "effect": "http_503_html"}},
		{"Slack is lost", "method", map[string]any{"method": "*", "effect": "reset"}},
		{"Slack asks for patience", "method", map[string]any{"method": "usergroups.users.list", "effect": "ratelimited", "retry_after": 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, sandbox.SlackOptions{})
			if _, err := f.people.Members(t.Context(), "S01SUPPORT", time.Minute); err != nil {
				t.Fatal(err)
			}
			f.fault(c.kind, c.more)
			f.clock.Advance(2 * time.Minute)
			if got, err := f.people.Members(t.Context(), "S01SUPPORT", time.Minute); err == nil || len(got) > 0 {
				t.Errorf("members %v, %v", got, err)
			}
		})
	}
	t.Run("a method that Slack closed is left alone as long as it said", func(t *testing.T) {
		f := open(t, sandbox.SlackOptions{})
		f.fault("method", map[string]any{"method": "usergroups.users.list", "effect": "ratelimited", "retry_after": 20, "count": 1})
		for range 3 {
			if _, err := f.people.Members(t.Context(), "S01SUPPORT", 0); err == nil {
				t.Fatal("no error")
			}
		}
		if n := f.calls("usergroups.users.list"); n != 1 {
			t.Errorf("Slack was asked %d times", n)
		}
		f.clock.Advance(20 * time.Second)
		if _, err := f.people.Members(t.Context(), "S01SUPPORT", 0); err != nil {
			t.Errorf("after it: %v", err)
		}
	})
}

func TestAnAskerWhoLeavesEndsNobodyElsesReading(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	f.fault("method", map[string]any{"method": "users.info", "effect": "slow", "delay_ms": 200, "count": 1})
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := f.people.Person(ctx, ana, 0)
		left <- err
	}()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	if got, err := f.people.Person(t.Context(), ana, time.Minute); err != nil || got.ID != ana {
		t.Errorf("who stayed got %+v, %v", got, err)
	}
	if n := f.calls("users.info"); n > 1 {
		t.Errorf("Slack was asked %d times", n)
	}
}

func TestSlacksClockIsReadFromItsAnswers(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	if _, known := f.people.Skew(); known {
		t.Error("known before any answer")
	}
	for _, off := range []time.Duration{0, 90 * time.Second, -2 * time.Minute} {
		f.calm()
		f.fault("clock", map[string]any{"offset_s": int(off / time.Second)})
		if _, err := f.people.Person(t.Context(), ana, 0); err != nil {
			t.Fatal(err)
		}
		if got, known := f.people.Skew(); !known || (got-off).Abs() > time.Second {
			t.Errorf("Slack is %v ahead, read as %v (%v)", off, got, known)
		}
	}
	f.clock.Advance(skewLife)
	if _, known := f.people.Skew(); known {
		t.Error("still known after ten minutes without an answer")
	}
}
