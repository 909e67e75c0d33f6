package views

import "couponbot/store"

// standing is the word for where a send is, as people see it: finer than its state.
func standing(s store.Send) string {
	switch {
	case s.State == store.SendApproved:
		return "accepted"
	case s.State == store.SendIssuing && s.Unknown > 0 && s.Unknown == s.Open():
		return "asking"
	case s.State == store.SendIssuing:
		return "sending"
	case s.State == store.SendCancelled && s.Open() > 0:
		return "cancelling"
	case s.State == store.SendDone && s.Kind == kindCampaign && s.Total == 0: // nobody was left, or it approved a series
		return "empty"
	case s.State == store.SendDone && s.Issued == s.Total:
		return "sent"
	case s.State == store.SendDone && s.Issued > 0:
		return "partly"
	case s.State == store.SendDone:
		return "refused"
	}
	return string(s.State)
}

func standingOf(s store.Send) phrase { return phrase{"standing." + standing(s), nil} }

// couponOf is a stock under the name that people use, with WeChat Pay's name for it where that says more.
func couponOf(name string, stock store.Stock) any {
	if stock.Name == "" || stock.Name == name {
		return name
	}
	return phrase{"coupon.named", args{"Name": name, "Title": stock.Name}}
}

// worth is what one coupon takes off, and from what purchase on.
func worth(amount, minimum store.Fen) phrase {
	if minimum <= 0 {
		return phrase{"coupon.worth", args{"Amount": amount}}
	}
	return phrase{"coupon.worth_from", args{"Amount": amount, "Minimum": minimum}}
}

func countsOf(s store.Send) list {
	var all list
	for _, n := range []struct {
		key   string
		count int
	}{{"waiting", s.Waiting}, {"issuing", s.Issuing}, {"unknown", s.Unknown}, {"refused", s.Refused}, {"cancelled", s.Cancelled}} {
		if n.count > 0 && !neverBegan(s) {
			all = append(all, phrase{"counts." + n.key, args{"Count": n.count}})
		}
	}
	return append(list{phrase{"counts.issued", args{"Count": s.Issued, "Total": s.Total}}}, all...)
}

// kindCampaign is the kind of a run's send, and of one that asks for the approval of a series.
const kindCampaign = "campaign"

// sizeOf is how many customers a send has; of a run how many are written so far, and of a series nothing.
func sizeOf(s store.Send) any {
	switch {
	case s.Preparing:
		return phrase{"people.preparing", args{"Count": s.Total}}
	case s.Kind == kindCampaign && s.Total == 0:
		return nil
	}
	return s.Total
}

// moneyOf is what a send comes to, once all its coupons are written.
func moneyOf(s store.Send) any {
	if s.Preparing || s.Kind == kindCampaign && s.Total == 0 {
		return nil
	}
	return s.Amount * store.Fen(s.Total)
}

// neverBegan tells that a send ended before any of its coupons was asked for; its counters still say "waiting".
func neverBegan(s store.Send) bool {
	return s.State == store.SendRejected || s.State == store.SendExpired || s.State == store.SendWithdrawn
}

// concerned is how many coupons the sentence about a standing is about.
func concerned(standing string, s store.Send) int {
	switch standing {
	case "sent":
		return s.Issued
	case "partly", "refused":
		return s.Refused
	case "asking":
		return s.Unknown
	case "cancelling":
		return s.Open()
	case "cancelled":
		return s.Cancelled
	}
	return s.Total
}
