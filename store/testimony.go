package store

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strings"
)

// The audit and the rows tell the same story twice: what was asked for and by whom, for which customers, who decided about
// it, and which coupon each of them got. What an event makes untrue that was told before, it takes back. Both sides are turned into the same short sentences. The sums of their hashes are compared,
// in buckets of sends, so that ten million coupons need no memory; where a bucket differs, because somebody changed a
// row or because the bot went on in between, its sends are looked at one by one, each as it is at one moment.

// buckets is how many sums there are.
const buckets = 1 << 16

type sums struct {
	seed maphash.Seed
	of   [buckets]uint64
}

func (s *sums) add(send int64, sentence string, sign uint64) {
	s.of[uint64(send)%buckets] += sign * maphash.String(s.seed, sentence)
}

// Of one send the sums are by sentence.
func (s *sums) bucket(sentence string) uint64 {
	return maphash.String(s.seed, "in "+sentence) % buckets
}
func (s *sums) up(sentence, _ string)   { s.of[s.bucket(sentence)] += maphash.String(s.seed, sentence) }
func (s *sums) down(sentence, _ string) { s.of[s.bucket(sentence)] -= maphash.String(s.seed, sentence) }

func (v *verifying) testimony() error {
	s, spans := &sums{seed: maphash.MakeSeed()}, spans{}
	err := v.EachEvent(v.ctx, Choice{}, func(e Line) error {
		v.found.Events++
		if err := spans.note(e); err != nil {
			v.broken("%v", err)
		}
		if err := e.fits(); err != nil {
			v.broken("%v", err)
		}
		if err := e.tell(func(sentence, _ string) { s.add(e.Send, sentence, 1) }, func(sentence, _ string) { s.add(e.Send, sentence, ^uint64(0)) }); err != nil {
			v.broken("%v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = v.EachSend(v.ctx, Choice{}, func(send Send) error {
		v.found.Sends++
		send.tell(func(sentence, _ string) { s.add(send.ID, sentence, ^uint64(0)) })
		return nil
	})
	if err != nil {
		return err
	}
	if err := v.eachRun(v.ctx, func(r Run) { r.tell(func(sentence, _ string) { s.add(r.Send, sentence, ^uint64(0)) }) }); err != nil {
		return err
	}
	err = v.EachGrant(v.ctx, Choice{}, func(g Grant, send Send) error {
		v.found.Coupons++
		g.tell(send, spans, func(sentence, _ string) { s.add(send.ID, sentence, ^uint64(0)) })
		return nil
	})
	if err != nil {
		return err
	}
	return v.suspects(s)
}

// suspects looks at the sends of buckets that differ.
func (v *verifying) suspects(s *sums) error {
	var last, told int64
	if err := v.queryRow(v.ctx, `SELECT max(n) FROM (SELECT coalesce(max(id), 0) AS n FROM sends UNION ALL SELECT coalesce(max(send_id), 0) FROM audit) x`).Scan(&last); err != nil {
		return err
	}
	for bucket, sum := range s.of {
		for id := int64(bucket); sum != 0 && id <= last; id += buckets {
			wrong, err := v.compare(id)
			if err != nil {
				return err
			}
			for _, w := range wrong {
				if told++; told > mostBroken {
					v.broken("and more that is not as the audit tells it")
					return nil
				}
				v.broken("%s", w)
			}
		}
	}
	return nil
}

// fits says whether an event's columns are what its sealed text says.
func (e Line) fits() error {
	var says struct{ At, Actor, Action, Subject string }
	if err := json.Unmarshal(e.body, &says); err != nil {
		return fmt.Errorf("audit event %d: %w", e.ID, err)
	}
	if says.At != e.at() || says.Actor != e.Actor || says.Action != e.Action || says.Subject != e.Subject() {
		return fmt.Errorf("audit event %d: its columns are not what was sealed", e.ID)
	}
	return nil
}

// A teller hears sentences: each in full, and as it may be shown, with a customer's openid masked.
type teller func(sentence, shown string)

func (say teller) made(id int64, by string, c Contents) {
	sentence := fmt.Sprintf("%s: %s asked for stock %s (value %d, minimum %d), reason %q, ticket %q, note %q", SendName(id), by, c.StockID,
		c.Value, c.Minimum, c.Reason, c.Ticket, c.Note)
	say(sentence, sentence)
}

func (say teller) worth(id int64, revision int, amount Fen) {
	sentence := fmt.Sprintf("%s in revision %d: %d fen each", SendName(id), revision, amount)
	say(sentence, sentence)
}

func (say teller) decided(id int64, how SendState, by string) {
	sentence := fmt.Sprintf("%s was %s by %s", SendName(id), how, by)
	say(sentence, sentence)
}

func (say teller) meant(id GrantID, openid string) {
	shown := "…"
	if len(openid) > 12 {
		shown = openid[:4] + "…" + openid[len(openid)-4:]
	}
	say(id.String()+" is for "+openid, id.String()+" is for "+shown)
}

// ran tells what a run took, whatever the campaign and its list became since.
func (say teller) ran(r Run) {
	sentence := fmt.Sprintf("%s is of revision %d of its campaign, on version %d of its audience (checksum %s), after dry run %d, for schedule %d at %q, with %d coupons at most",
		SendName(r.Send), r.Revision, r.VersionID, r.Checksum, r.DryRun, r.Schedule, r.Slot, r.Expected)
	say(sentence, sentence)
}

// meantMany is for a stretch of a run's coupons what meant is for one.
func (say teller) meantMany(send int64, first, last int, hash string) {
	sentence := fmt.Sprintf("%s to %s are for the customers whose list has the hash %s", GrantID{send, first}, GrantID{send, last}, hash)
	say(sentence, sentence)
}

func (say teller) got(id GrantID, coupon string) {
	sentence := fmt.Sprintf("%s was issued as coupon %s", id, coupon)
	say(sentence, sentence)
}

// asked tells whether a send came from a person's draft or from a campaign: these are what "send.create" events tell of.
func (s Send) asked() bool { return s.DraftID > 0 || s.Campaign != "" }

func (s Send) tell(say teller) {
	if !s.asked() {
		return
	}
	say.made(s.ID, s.RequestedBy, Contents{StockID: s.StockID, Value: s.Value, Minimum: s.Minimum, Reason: s.Reason, Ticket: s.Ticket, Note: s.Note})
	say.worth(s.ID, s.Revision, s.Amount)
	switch {
	case s.State == SendRejected || s.State == SendWithdrawn || s.State == SendExpired:
		say.decided(s.ID, s.State, s.ClosedBy)
	case len(s.Seats) > 0 && s.State != SendAwaiting:
		say.decided(s.ID, SendApproved, strings.Join(s.ApprovedBy, " "))
	}
}

func (r Run) tell(say teller) { say.ran(r) }

func (g Grant) tell(s Send, spans spans, say teller) {
	if !s.asked() {
		return
	}
	if s.Kind == kindCampaign {
		spans.fold(g, say)
	} else {
		say.meant(g.ID, g.OpenID)
	}
	if g.State == GrantIssued {
		say.got(g.ID, g.CouponID)
	}
}

// said is what events tell of that are told about here.
type said struct {
	Draft      int64    `json:"draft"`
	Stock      string   `json:"stock"`
	OpenIDs    []string `json:"openids"`
	Amount     Fen      `json:"amount_fen"`
	Was        Fen      `json:"was_fen"`
	Value      Fen      `json:"value_fen"`
	Minimum    Fen      `json:"minimum_fen"`
	Reason     string   `json:"reason"`
	Ticket     string   `json:"ticket"`
	Note       string   `json:"note"`
	CouponID   string   `json:"coupon_id"`
	Revision   int      `json:"revision"`
	ApprovedBy []string `json:"approved_by"`

	Campaign    string `json:"campaign"`
	RequestedBy string `json:"requested_by"`
	VersionID   int64  `json:"version"`
	Checksum    string `json:"checksum"`
	DryRun      int64  `json:"dryrun"`
	Schedule    int64  `json:"schedule"`
	Slot        string `json:"slot"`
	Expected    int64  `json:"expected"`
	First       int    `json:"first"`
	Last        int    `json:"last"`
	SHA256      string `json:"sha256"`
}

func (e Line) tell(say, takeBack teller) error {
	switch e.Action {
	case "send.create", "send.revise", "send.approve", "send.reject", "send.withdraw", "send.expired", "grant.issued", "grants.prepare":
	default:
		return nil
	}
	var d said
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return fmt.Errorf("audit event %d: %w", e.ID, err)
	}
	switch e.Action {
	case "send.create":
		e.tellMade(d, say)
	case "send.revise":
		takeBack.worth(e.Send, d.Revision-1, d.Was)
		say.worth(e.Send, d.Revision, d.Amount)
	case "send.approve":
		if len(d.ApprovedBy) > 0 {
			say.decided(e.Send, SendApproved, strings.Join(d.ApprovedBy, " "))
		}
	case "send.reject":
		say.decided(e.Send, SendRejected, e.Actor)
	case "send.withdraw":
		say.decided(e.Send, SendWithdrawn, e.Actor)
	case "send.expired":
		say.decided(e.Send, SendExpired, "")
	case "grant.issued":
		say.got(GrantID{e.Send, e.Position}, d.CouponID)
	case "grants.prepare":
		say.meantMany(e.Send, d.First, d.Last, d.SHA256)
	}
	return nil
}

func (e Line) tellMade(d said, say teller) {
	by := e.Actor
	switch {
	case d.Campaign != "":
		by = d.RequestedBy
		say.ran(Run{Send: e.Send, Revision: d.Revision, VersionID: d.VersionID, Checksum: d.Checksum, DryRun: d.DryRun, Schedule: d.Schedule, Slot: d.Slot, Expected: d.Expected})
	case d.Draft == 0:
		return
	}
	say.made(e.Send, by, Contents{StockID: d.Stock, Value: d.Value, Minimum: d.Minimum, Reason: d.Reason, Ticket: d.Ticket, Note: d.Note})
	say.worth(e.Send, 1, d.Amount)
	for i, openid := range d.OpenIDs {
		say.meant(GrantID{e.Send, i + 1}, openid)
	}
}
