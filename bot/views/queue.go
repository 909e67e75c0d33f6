package views

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// How many things one drawing of a queue shows. Each has a text and buttons with dialogs, so a message may hold fewer.
const (
	queueMost     = 10
	proposalsMost = 2
)

// A space is how much of what Slack takes there is for a queue.
type space struct{ characters, bytes int }

var (
	inMessage = space{messageMost - 1000, bytesMost - 2000} // the rest is for what stands around it
	inHome    = space{60_000, 120_000}
)

func (s space) holds(blocks ...[]slack.Block) bool {
	body, err := json.Marshal(slices.Concat(blocks...))
	return err == nil && len(body) <= s.bytes && utf8.RuneCount(body) <= s.characters
}

// queue is everything that waits for one person, oldest first.
func (v *Views) queue(r Reader, q commands.Queue) Message {
	r.Private = false // deciders see openids masked
	c := v.card(r)
	n := len(q.Sends) + q.More + len(q.Starts) + len(q.Settlements)
	if n == 0 {
		c.say("queue.none", nil)
		return c.message("queue.none", nil)
	}
	c.head("queue.head", nil)
	c.queued(q, inMessage)
	if q.More >= store.CountMost {
		return c.message("queue.summary_capped", args{"Count": n})
	}
	return c.message("queue.summary", args{"Count": n})
}

// queued lists what waits, each thing with its buttons: sends as far as there is room beside the proposals that follow them.
func (c *card) queued(q commands.Queue, room space) {
	after := &card{tongue: c.tongue}
	hidden := after.proposals(q) + len(q.Sends)
	before := len(c.blocks)
	for i, a := range q.Sends[:min(len(q.Sends), queueMost)] {
		a.Send = sized(a)
		end := len(c.blocks)
		c.queuedSend(a)
		if i > 0 && !room.holds(c.blocks[before:], after.blocks) {
			c.blocks = c.blocks[:end]
			break
		}
		hidden--
	}
	c.blocks = append(c.blocks, after.blocks...)
	if len(q.Sends) > 0 {
		c.small("queue.foot", nil)
	}
	switch {
	case q.More >= store.CountMost:
		c.small("queue.more_capped", args{"Most": q.More + hidden})
	case q.More+hidden > 0:
		c.small("queue.more", args{"Count": q.More + hidden})
	}
}

// proposals are the starts and settlements that wait for a second person; hidden is how many are not shown.
func (c *card) proposals(q commands.Queue) (hidden int) {
	for _, s := range q.Starts {
		c.say("queue.start", stopArgs(s))
		c.row(commands.StartValue(s.ID), button{action: "start.confirm", value: commands.StartValue(s.ID), dialog: &dialog{"start", nil}})
	}
	shown := q.Settlements[:min(len(q.Settlements), proposalsMost)]
	for _, p := range shown {
		a := settleArgs(p)
		a["Why"] = p.Why
		c.say("queue.settle", a)
		c.row(commands.SettleValue(p.ID), button{action: "settle.confirm", value: commands.SettleValue(p.ID), dialog: &dialog{"settle_queue", a}})
	}
	return len(q.Settlements) - len(shown)
}

// queuedSend is one waiting send in a few lines: what money, for whom and why, what speaks against it, and what is missing.
func (c *card) queuedSend(a commands.Approval) {
	s, t := a.Send, termsOf(a.Send.Terms, a.Stock)
	x := approvalArgs(a)
	x["At"], x["Worth"] = s.CreatedAt, worth(s.Amount, minimumOf(s.Value, s.Minimum, t))
	if s.Total == 1 && len(a.OpenIDs) == 1 {
		x["OpenID"] = openid(a.OpenIDs[0])
	}
	lines := []phrase{{"queue.send", x}, {worded("queue.what", a), x}}
	if s.Reason+s.Ticket+s.Note != "" {
		lines = append(lines, phrase{"queue.why", args{"Why": list{s.Reason, s.Ticket, cut(clean(s.Note), noteMost)}}})
	}
	if s.Total == 1 && len(a.Had) > 0 {
		lines = append(lines, phrase{"queue.had", args{"Count": len(a.Had), "Money": a.HadFen}})
	}
	lines = append(append(lines, warnings(a)...), missingLine(s))
	c.sayPhrases(lines...)
	c.row(commands.SendValue(s), decideButtons(a)...)
}

// warnings are what speaks against a send: likely repeats, and the fullest of its limits.
func warnings(a commands.Approval) []phrase {
	const most = 3
	var out []phrase
	if len(a.Likely) > 0 {
		var grants list
		for _, h := range a.Likely[:min(len(a.Likely), most)] {
			grants = append(grants, h.Grant)
		}
		if len(a.Likely) > most {
			grants = append(grants, "…")
		}
		out = append(out, phrase{"queue.repeat", args{"Grants": grants}})
	}
	for _, l := range a.Limits {
		for _, x := range ceilings(l, store.Usage{}) {
			if x.level >= near && len(out) < most {
				out = append(out, phrase{"queue.tight", x.args})
			}
		}
	}
	return out
}

// runsAtHome are campaigns' runs that are not over, with how far each is.
func (c *card) runsAtHome(all []commands.RunView) {
	if len(all) == 0 {
		return
	}
	c.head("home.running", nil)
	for _, q := range all {
		c.sayPhrases(append([]phrase{{"home.run", with(runArgs(q), args{"Channel": channel(q.Campaign.Channel)})}}, progress(q)...)...)
		c.preparing(q)
	}
}

// Home is a person's App Home page.
func (v *Views) Home(r Reader, h commands.Home) []slack.Block {
	r.Private = false
	c := v.card(r)
	c.head("home.head", nil)
	if h.First {
		c.say("home.first", nil)
	}
	if h.MaySend {
		c.row("home", button{action: "home.send", value: "home", style: slack.StylePrimary})
	} else if h.First {
		c.say("home.no_right", nil)
	}
	if len(h.Queue.Sends)+len(h.Queue.Starts)+len(h.Queue.Settlements) > 0 {
		c.head("home.queue", nil)
		c.queued(h.Queue, inHome)
	} else {
		c.small("queue.none", nil)
	}
	c.runsAtHome(h.Running)
	if len(h.Mine.Sends) > 0 {
		c.ownSends("home.sends", h.Mine.Sends, h.Mine.More)
	}
	if h.MaySend {
		c.standingLimits("mine.limits", h.Mine.Limits)
	}
	c.small("home.foot", args{"At": h.At})
	return c.blocks
}
