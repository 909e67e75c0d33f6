package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

// Who decides in a walk, what they belong to, and what sends need; U0ANA asks for all of them.
var (
	deciders = map[string][]string{"U0APPY": {"approvers"}, "U0AMY": {"approvers"}, "U0FINN": {"finance"}, "U0BOTH": {"approvers", "finance"}, "U0ANA": {"approvers", "finance"}, "U0NEW": nil}
	needs    = [][]string{nil, nil, {"approvers"}, {"approvers", "finance"}, {"finance", "finance", "approvers"}}
	patience = store.Patience{RemindAfter: 10 * time.Minute, FallbackAfter: time.Hour, FallbackGroup: "finance", ExpireAfter: 48 * time.Hour}
)

// decider is somebody, and what they may say about a send of which they saw a revision.
func (w *walk) decider() (ask store.ApproveAsk) {
	ask = store.ApproveAsk{Send: w.waiting(), Revision: 1, Input: w.key(), Standing: map[string][]string{}}
	if s, err := w.l.Send(context.Background(), ask.Send); err == nil && w.IntN(10) > 0 {
		ask.Revision = s.Revision
	}
	ask.By = slices.Sorted(maps.Keys(deciders))[w.IntN(len(deciders))]
	ask.Groups = deciders[ask.By]
	all, err := w.l.Decisions(context.Background(), ask.Send)
	w.must(err)
	for _, d := range all {
		if w.IntN(8) > 0 {
			ask.Standing[d.Person] = deciders[d.Person]
		}
	}
	return ask
}

func (w *walk) approve(ctx context.Context) error {
	_, err := w.l.Approve(ctx, w.decider())
	return err
}

func (w *walk) reject(ctx context.Context) error {
	a := w.decider()
	_, err := w.l.Reject(ctx, store.RejectAsk{Send: a.Send, Revision: a.Revision, By: a.By, Input: a.Input, Groups: a.Groups, Why: "no"})
	return err
}

func (w *walk) revise(ctx context.Context) error {
	id := w.waiting()
	s, err := w.l.Send(context.Background(), id)
	if err != nil {
		return err
	}
	_, err = w.l.ReviseSend(ctx, store.ReviseAsk{Send: id, Revision: s.Revision, Amount: store.Fen(500 + 500*w.IntN(3)), Limits: limitsFor(w.people(id)), Patience: patience})
	return err
}

// people are the customers of a send.
func (w *walk) people(send int64) (openids []string) {
	all, err := w.l.Grants(context.Background(), send, 0, 100)
	w.must(err)
	for _, g := range all {
		openids = append(openids, g.OpenID)
	}
	return openids
}

func (w *walk) unseat(ctx context.Context) error {
	a := w.decider()
	return w.l.Unseat(ctx, a.Send, a.By, [][]string{nil, {"finance"}, a.Groups}[w.IntN(3)])
}

// reading is a look at a stock, which mostly runs.
func (w *walk) reading(ctx context.Context) error {
	s := store.Stock{ID: []string{"9856000", "9856001"}[w.IntN(2)], CreatorMchID: storetest.MchID, Status: []string{"running", "running", "paused"}[w.IntN(3)], Amount: 1000}
	if err := w.l.WantStock(ctx, s.ID, s.CreatorMchID); err != nil {
		return err
	}
	return w.l.SaveStock(ctx, s, w.clock.Now().Add(time.Minute))
}

// checkSeats holds a send that was just approved against the people who did.
func (w *walk) checkSeats(id int64) {
	s, err := w.l.Send(context.Background(), id)
	w.must(err)
	if wrong := notSeated(w.T, w.l, s); wrong != "" {
		w.Fatalf("%s: %s", w.op, wrong)
	}
}

// notSeated is what is wrong with who approved a send: each must have decided so, in this revision, and together they fill its seats.
func notSeated(t *testing.T, l *store.Ledger, s store.Send) string {
	t.Helper()
	all, err := l.Decisions(context.Background(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	people := map[string][]string{}
	for _, d := range all {
		if d.Revision == s.Revision && d.VoidAt.IsZero() && slices.Contains(s.ApprovedBy, d.Person) {
			people[d.Person] = d.Groups
			if s.FellBack && slices.Contains(d.Groups, s.FallbackGroup) {
				people[d.Person] = []string{"approvers", "finance"}
			}
		}
	}
	if missing := store.FillSeats(s.Seats, people); len(missing) > 0 || len(people) != len(s.ApprovedBy) || slices.Contains(s.ApprovedBy, s.RequestedBy) {
		return fmt.Sprintf("%s is approved by %v, and %v is missing", store.SendName(s.ID), s.ApprovedBy, missing)
	}
	return ""
}

// waiting is mostly a send that waits for people.
func (w *walk) waiting() int64 {
	var all []int64
	for id, state := range w.sends {
		if state == store.SendAwaiting {
			all = append(all, id)
		}
	}
	if len(all) == 0 || w.IntN(8) == 0 {
		return w.some()
	}
	slices.Sort(all)
	return all[w.IntN(len(all))]
}
