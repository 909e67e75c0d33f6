package schedules

import "time"

// Policy is what becomes of planned times that nobody was there for.
type Policy string

const (
	MissedSkip Policy = "skip" // nothing
	MissedOnce Policy = "once" // the newest runs, within the grace
	MissedAsk  Policy = "ask"  // people are asked about the newest, however late
)

const (
	// dueNow is how late a planned time may be and still be kept rather than missed: a loop looks every few seconds,
	// and another replica takes over within one minute.
	dueNow = time.Minute
	// mostSkipped is how many missed times are told one by one.
	mostSkipped = 1000
)

// A Verdict is what becomes of the planned times that have come.
type Verdict struct {
	Run     *Slot  // start it
	Ask     *Slot  // ask people about it; older than Run when there are both
	Skipped []Slot // nothing runs for these any more; rising
	Older   int    // how many were skipped before those
}

// Missed judges the planned times after the last one handled, up to now. For a plan that has handled none, last.At is
// when it was saved; at the zero time nothing was missed before now.
//
// One that is due now runs whatever the policy; times missed before it then run no more, since `once` means one run.
// Times that follow it are left for the next call, with Run as the last one handled.
func (p Plan) Missed(policy Policy, last Slot, now time.Time, grace time.Duration) (v Verdict) {
	from := last.At
	if from.IsZero() {
		from = now.Add(-dueNow - 1)
	}
	come, older := p.between(from, now, mostSkipped+2)
	v.Older = older
	take := func(late time.Duration) *Slot {
		n := len(come) - 1
		if n < 0 || now.Sub(come[n].At) > late {
			return nil
		}
		newest := come[n]
		come = come[:n]
		return &newest
	}
	come = untilDue(come, now)
	v.Run = take(dueNow)
	switch {
	case policy == MissedOnce && v.Run == nil:
		v.Run = take(grace)
	case policy == MissedAsk:
		v.Ask = take(now.Sub(from))
	}
	v.Skipped = come
	return v
}

// untilDue ends planned times with the first one that is due now.
func untilDue(come []Slot, now time.Time) []Slot {
	for i, s := range come {
		if now.Sub(s.At) <= dueNow {
			return come[:i+1]
		}
	}
	return come
}
