package views

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"couponbot/store"
)

// peopleArgs are what the sentences about people and their limits may name.
func peopleArgs(a store.Alert) args {
	d := a.Detail
	out := args{"Group": code(d["group"]), "Person": person(d["person"]), "Waiting": digits(d["waiting"]), "Paused": digits(d["paused"])}
	switch a.Kind {
	case store.AlertLimit:
		usedArgs(out, d)
	case store.AlertKeptOut:
		out["List"], out["Customers"], out["Before"] = code(d["list"]), digits(d["customers"]), digits(d["before"])
	case store.AlertStaff:
		n, _ := strconv.Atoi(d["openids"])
		out["Count"] = max(1, n)
	}
	return out
}

// usedArgs are a limit that is nearly used up, in fen or in coupons.
func usedArgs(out args, d map[string]string) {
	used, _ := strconv.ParseInt(d["used"], 10, 64)
	most, _ := strconv.ParseInt(d["most"], 10, 64)
	period := cmp.Or(known(d["period"], string(store.Day), string(store.Week), string(store.Month)), string(store.Ever))
	kind := cmp.Or(known(d["kind"], store.LimitCampaign, store.LimitStock, store.LimitAgent, store.LimitCustomer, store.LimitWeChat), store.LimitCompany)
	out["Limit"] = limitName(store.Limit{Kind: kind, Key: d["key"], OpenID: d["openid"], Period: store.Period(period)})
	out["Percent"] = percent(used, max(1, most))
	out["Used"], out["Most"], out["Left"] = store.Fen(used), store.Fen(most), store.Fen(max(0, most-used))
	if d["unit"] == "coupons" {
		out["Used"], out["Most"], out["Left"] = used, most, max(0, most-used)
	}
	if until, err := time.Parse(time.RFC3339, d["until"]); err == nil {
		out["Until"] = until
	}
}

// alertPeople is about who may do what, and how much.
func (c *card) alertPeople(alert store.Alert, a args) {
	switch alert.Kind {
	case store.AlertLimit:
		key := "alert.limit_money"
		if alert.Detail["unit"] == "coupons" {
			key = "alert.limit_coupons"
		}
		c.sayPhrases(phrase{key, a}, phrase{"alert.limit", nil})
	case store.AlertGroup:
		c.say("alert.group", a)
		for _, change := range []string{"added", "removed"} {
			if all := strings.Fields(alert.Detail[change]); len(all) > 0 {
				c.say("alert.group_"+change, args{"People": persons(all[:min(len(all), mentionsMost)])})
			}
		}
	case store.AlertLeft:
		c.sayPhrases(phrase{"alert.left", a}, phrase{"alert.left_act", nil})
	default:
		c.say("alert."+alert.Kind, a)
	}
}
