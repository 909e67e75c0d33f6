package views

import "couponbot/commands"

// limitsView is what a person's limits leave.
func (v *Views) limitsView(r Reader, q commands.LimitsView) Message {
	c := v.card(r)
	a := args{"Person": person(q.Person), "Count": len(q.Limits)}
	c.head("limits.head", nil)
	head := "limits.of"
	if q.Own {
		head = "limits.own"
	}
	if len(q.Limits) == 0 {
		c.say(head, a)
		c.say("limits.none", nil)
	} else {
		c.standingLimitsOf(phrase{head, a}, q.Limits)
	}
	if q.Free != nil {
		key := "limits.free"
		if *q.Free <= 0 {
			key = "limits.not_free"
		}
		c.say(key, args{"Free": *q.Free, "This": phrase{"this." + string(q.Per), nil}})
	}
	return c.message("limits.summary", a)
}
