package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
	"couponbot/store"
)

// StopCard says that everything is stopped, or that it was.
func (v *Views) StopCard(r Reader, s store.Stop) Message {
	c := v.card(r)
	a := stopArgs(s)
	if !s.StartedAt.IsZero() {
		c.head("stop.head_over", a)
		c.say("stop.over", a)
		c.quote("label.why", s.Why)
		return c.message("stop.summary_over", a)
	}
	c.head("stop.head", a)
	c.say("stop.stands", a)
	c.quote("label.why", s.Why)
	if s.StartAskedBy != "" {
		c.say("stop.start_asked", a)
	}
	return c.message("stop.summary", a)
}

// StartCard asks another admin to start again, or says that it was done.
func (v *Views) StartCard(r Reader, s store.Stop) Message {
	c := v.card(r)
	a := stopArgs(s)
	if !s.StartedAt.IsZero() {
		c.head("start.head_done", a)
		c.say("start.done", a)
		return c.message("start.summary_done", a)
	}
	c.head("start.head", a)
	c.say("start.ask", a)
	c.quote("label.why", s.Why)
	c.buttons(button{action: "start.confirm", value: commands.StartValue(s.ID), style: slack.StylePrimary, dialog: &dialog{"start", nil}})
	return c.message("start.summary", a)
}

func stopArgs(s store.Stop) args {
	return args{"By": person(s.StoppedBy), "At": s.StoppedAt, "Why": s.Why, "AskedBy": person(s.StartAskedBy), "AskedAt": s.StartAskedAt,
		"StartedBy": person(s.StartedBy), "StartedAt": s.StartedAt}
}

// stopAsk is the card of the red button.
func (v *Views) stopAsk(r Reader, q commands.StopAsk) Message {
	c := v.card(r)
	c.head("stop.head_ask", nil)
	c.say("stop.ask", nil)
	c.quote("label.why", q.Why)
	c.buttons(button{action: "stop.confirm", value: q.Value, style: slack.StyleDanger, dialog: &dialog{"stop", args{"Why": q.Why}}})
	return c.message("stop.summary_ask", nil)
}
