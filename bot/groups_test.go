package bot

import (
	"context"
	"strings"
	"testing"

	"couponbot/bot/sandbox"
	"couponbot/commands"
	"couponbot/store"
)

func TestAChangeOfAUserGroupIsToldAndItsPeopleAreLookedAtAgain(t *testing.T) {
	f := at(t)
	f.background(f.bot.Groups)
	s := f.awaits("oOPENID1")
	if _, err := f.ledger.SendOfDraft(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	f.until("the group was seen", func() bool { return f.calls("usergroups.users.list") == 1 })
	f.control("groups/S03OTHERS", map[string]any{"handle": "others", "users": []string{ana}})
	f.control("groups/S02LEADS", map[string]any{"add": []string{"U06MIA"}, "remove": []string{lena}})
	f.until("it is told", func() bool { return len(f.in("C04ALERT")) == 1 })
	if alert := f.in("C04ALERT")[0].String(); !strings.Contains(alert, "U06MIA") || !strings.Contains(alert, lena) {
		t.Errorf("alert: %s", alert)
	}
	people, err := f.desk.DecidersOf(t.Context(), s)
	if err != nil || strings.Join(people, " ") != "U03BEN U06MIA" {
		t.Errorf("deciders: %v, %v", people, err)
	}
	f.settled()
	if n := len(f.in("C04ALERT")); n != 1 {
		t.Errorf("%d alerts: a group that is nobody's here is not watched", n)
	}
	f.clean()
}

func TestAGroupThatCannotBeReadIsNotTakenForAnEmptyOne(t *testing.T) {
	f := at(t)
	f.background(f.bot.Groups)
	f.until("the group was seen", func() bool { return f.calls("usergroups.users.list") == 1 })
	f.control("groups/S02LEADS", map[string]any{"disabled": true})
	f.until("Slack says so", func() bool { return strings.Contains(f.log.String(), "could not see who is in a user group") })
	if there := f.in("C04ALERT"); len(there) != 0 {
		t.Errorf("an empty group was told of: %v", there)
	}
}

func TestAPersonWhoLeavesSlackIsLookedAtAgain(t *testing.T) {
	f := at(t)
	s := f.awaits("oOPENID1")
	f.until("deciders are asked", func() bool { return f.card(s, store.CardApproval).TS != "" })
	if _, err := f.people.Person(t.Context(), ana, localeAge); err != nil {
		t.Fatal(err)
	}
	f.control("people/"+ana, map[string]any{"deleted": true})
	f.until("what they asked for is withdrawn", func() bool {
		now, err := f.ledger.Send(t.Context(), s.ID)
		return err == nil && now.State == store.SendWithdrawn
	})
	if p, err := f.people.Person(t.Context(), ana, localeAge); err != nil || !p.Deactivated {
		t.Errorf("what was known of them is believed: %+v, %v", p, err)
	}
}

func TestGroupsAreReadAtAPaceThatLeavesRoomForDecisions(t *testing.T) {
	f := open(t, sandbox.SlackOptions{})
	members := []string{"S11", "S12", "S13", "S14", "S15", "S16", "S17", "U01ANA", "S11"}
	f.bot.o.Groups = []commands.Group{{Name: "many", Members: members}}
	if got := f.bot.userGroups(); len(got) != 7 {
		t.Errorf("groups %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.bot.Groups(ctx) }()
	f.until("the first few were read", func() bool { return f.calls("usergroups.users.list") == groupsBurst })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := f.calls("usergroups.users.list"); n != groupsBurst {
		t.Errorf("%d were read at once", n)
	}
}
