package store_test

import (
	"slices"
	"testing"

	"couponbot/store"
)

func TestTheQueueOfAPerson(t *testing.T) {
	each(t, func(d *desk) {
		one := d.waits(contents("oA"), []string{"approvers"})
		both := d.waits(contents("oB"), []string{"approvers", "finance"})
		money := d.waits(contents("oC"), []string{"finance"})
		d.send(contents("oD"))
		gone := d.waits(contents("oE"), []string{"approvers"})
		d.ok(d.WithdrawSend(d.Context(), gone.ID, "U0ANA", "", ""))
		d.ok(second(d.approve(both.ID, "U0APPY", "approvers")))
		for _, tt := range []struct {
			sentence string
			person   string
			groups   []string
			want     []int64
		}{
			{"of an approver", "U0AMY", []string{"approvers"}, []int64{one.ID}},
			{"of finance", "U0FINN", []string{"finance"}, []int64{both.ID, money.ID}},
			{"of both, each send once, oldest first", "U0BOTH", []string{"approvers", "finance"}, []int64{one.ID, both.ID, money.ID}},
			{"of who has decided, although another seat of theirs is free", "U0APPY", []string{"approvers", "finance"}, []int64{one.ID, money.ID}},
			{"of the requester", "U0ANA", []string{"approvers", "finance"}, nil},
			{"of another group", "U0BOB", []string{"marketing"}, nil},
			{"of no group", "U0BOB", nil, nil},
		} {
			waiting, more, err := d.Queue(d.Context(), store.QueueAsk{Person: tt.person, Groups: tt.groups, Limit: 10})
			d.ok(err)
			var got []int64
			for _, s := range waiting {
				got = append(got, s.ID)
			}
			if !slices.Equal(got, tt.want) || more != 0 {
				d.Errorf("the queue %s: %v and %d more, want %v", tt.sentence, got, more, tt.want)
			}
		}
		waiting, more, err := d.Queue(d.Context(), store.QueueAsk{Person: "U0BOTH", Groups: []string{"approvers", "finance"}, Limit: 1})
		d.ok(err)
		if len(waiting) != 1 || waiting[0].ID != one.ID || more != 2 {
			d.Errorf("%v and %d more", waiting, more)
		}
	})
}

func TestAGroupThatChangesIsTold(t *testing.T) {
	each(t, func(d *desk) {
		look := func(members []string, added, removed []string) {
			d.Helper()
			in, out, err := d.SeeGroup(d.Context(), "S01LEADS", members)
			d.ok(err)
			if !slices.Equal(in, added) || !slices.Equal(out, removed) {
				d.Errorf("%v: added %v, removed %v; want %v, %v", members, in, out, added, removed)
			}
		}
		look([]string{"U2", "U1"}, nil, nil)
		look([]string{"U1", "U2", "U2"}, nil, nil)
		if alerts := d.alerts(store.AlertGroup); len(alerts) != 0 {
			d.Errorf("nothing changed: %+v", alerts)
		}
		look([]string{"U2", "U3", "U4"}, []string{"U3", "U4"}, []string{"U1"})
		look(nil, nil, []string{"U2", "U3", "U4"})
		alerts := d.alerts(store.AlertGroup)
		if len(alerts) == 0 || alerts[0].Detail["group"] != "S01LEADS" || alerts[0].Detail["added"] != "U3 U4" || alerts[0].Detail["removed"] != "U1" {
			d.Errorf("%+v", alerts)
		}
	})
}
