package views

import (
	"strings"

	"couponbot/store"
)

// seats are places that people of groups must fill: "1 of approvers and 1 of finance".
func seats(all []store.Seat) ands { return seatPhrases("seat.of", all) }

// moreSeats are those that are left after some were filled: "one more from finance".
func moreSeats(all []store.Seat) ands { return seatPhrases("seat.more", all) }

func seatPhrases(key string, all []store.Seat) ands {
	out := make(ands, len(all))
	for i, s := range all {
		out[i] = phrase{key, args{"Count": s.Count, "Group": s.Group}}
	}
	return out
}

// missing are the places of a send that are not filled yet.
func missing(s store.Send) ands {
	if places(s.Missing) < places(s.Seats) {
		return moreSeats(s.Missing)
	}
	return seats(s.Missing)
}

func places(all []store.Seat) (n int) {
	for _, s := range all {
		n += s.Count
	}
	return n
}

// missingLine says how many places are filled and which are not.
func missingLine(s store.Send) phrase {
	total := places(s.Seats)
	return phrase{"waits.missing", args{"Filled": total - places(s.Missing), "Total": total, "Seats": missing(s)}}
}

// awaiting is what the requester reads while a send waits for people.
func (c *card) awaiting(s store.Send) {
	c.sayPhrases(phrase{"about.awaiting", nil}, missingLine(s))
	c.patience(s)
}

// patience is since when a send waits, and what comes when nobody decides.
func (c *card) patience(s store.Send) {
	var parts []string
	add := func(key string, a args) { parts = append(parts, c.write(mrkdwn, key, a)) }
	if !s.AskedAt.IsZero() {
		add("waits.since", args{"At": s.AskedAt})
	}
	if !s.RemindAt.IsZero() {
		add("waits.remind", args{"At": s.RemindAt})
	}
	switch {
	case s.FellBack:
		add("waits.fell_back", args{"Group": s.FallbackGroup})
	case !s.FallbackAt.IsZero():
		add("waits.fallback", args{"At": s.FallbackAt, "Group": s.FallbackGroup})
	}
	if !s.ExpireAt.IsZero() {
		add("waits.expire", args{"At": s.ExpireAt})
	}
	c.smallText(strings.Join(parts, c.space()))
}

// closed says by whom a send ended before any of its coupons was asked for, and why.
func (c *card) closed(s store.Send) {
	a := args{"By": person(s.ClosedBy), "At": s.FinishedAt, "Asker": person(s.RequestedBy)}
	key := "closed." + string(s.State)
	if s.State == store.SendExpired && s.ClosedWhy == store.AdoptedWhy {
		key = "closed.expired_adopted"
	}
	if withdrawnByBot(s) {
		key = "closed.withdrawn_left"
	}
	c.say(key, a)
	if s.State == store.SendRejected {
		c.quote("label.why", s.ClosedWhy)
	}
}

// withdrawnByBot tells that a send was taken back because its requester may send no more.
func withdrawnByBot(s store.Send) bool {
	return s.State == store.SendWithdrawn && s.ClosedBy == store.ActorBot
}
