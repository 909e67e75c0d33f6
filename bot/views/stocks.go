package views

import (
	"strings"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// stocksMost is how many stocks one card lists; each takes a few lines.
const stocksMost = 12

// stocks lists all stocks.
func (v *Views) stocks(r Reader, q commands.Stocks) Message {
	c := v.card(r)
	c.head("stocks.head", nil)
	if len(q.Stocks) == 0 {
		c.say("stocks.none", nil)
	}
	shown := q.Stocks[:min(len(q.Stocks), stocksMost)]
	for _, s := range shown {
		c.sayPhrases(c.stockLines(s)...)
	}
	if more := len(q.Stocks) - len(shown); more > 0 {
		c.small("stocks.more", args{"Count": more})
	}
	return c.message("stocks.summary", args{"Count": len(q.Stocks)})
}

// stockView is one stock in full.
func (v *Views) stockView(r Reader, q commands.StockView) Message {
	c := v.card(r)
	line, s := q.Stock, q.Stock.Reading
	c.head("stocks.head_one", args{"Stock": line.Stock.Name})
	c.sayPhrases(c.stockLines(line)...)
	var each, budget any
	if s.Amount > 0 {
		each = worth(s.Amount, s.Minimum)
	}
	if s.MaxFen > 0 {
		budget = phrase{"stocks.budget", args{"Budget": s.MaxFen}}
	}
	c.fields(field{"label.stock_id", code(line.Stock.ID)}, field{"label.merchant", code(line.Stock.CreatorMchID)}, field{"label.worth", each},
		field{"label.budget", budget}, field{"label.per_user", perUser(s)})
	if line.Asked {
		c.small("stocks.asked", nil)
	}
	_, state := c.stockState(s)
	return c.message("stocks.summary_one", args{"Stock": line.Stock.Name, "State": state})
}

func perUser(s store.Stock) any {
	if s.MaxPerUser == 0 {
		return nil
	}
	return s.MaxPerUser
}

// stockLines are state, what is left in all and today, window and age of one stock.
func (c *card) stockLines(q commands.StockLine) []phrase {
	s := q.Reading
	mark, state := c.stockState(s)
	title := s.Name
	if title == q.Stock.Name {
		title = ""
	}
	lines := []phrase{{"stocks.line", args{"Mark": phrase{"stocks.mark." + mark, nil}, "Stock": q.Stock.Name, "Title": title, "State": state}}}
	if !s.ReadAt.IsZero() {
		lines = append(lines, c.leftLines(s)...)
	}
	for _, l := range q.Limits {
		for _, x := range ceilings(l, store.Usage{HeldFen: 1, HeldCoupons: 1}) { // one that is full has room for nothing more
			lines = append(lines, x.line())
		}
	}
	if window := validity(termsOf(store.Terms{}, s)); window != nil {
		lines = append(lines, phrase{"stocks.window", args{"Window": window}})
	}
	if !s.ReadAt.IsZero() {
		lines = append(lines, phrase{"stocks.read", args{"Age": c.age(s.ReadAt), "At": s.ReadAt}})
	}
	if s.Fault != "" {
		lines = append(lines, phrase{"stocks.fault", args{"Text": s.Fault}})
	}
	return lines
}

// leftLines are what is left in all, with a bar, and what WeChat Pay's daily cap leaves today.
func (c *card) leftLines(s store.Stock) []phrase {
	var lines []phrase
	if left := s.Left(); left >= 0 {
		lines = append(lines, phrase{"stocks.bar", args{"Bar": bar(left, s.MaxCoupons), "Percent": percent(left, s.MaxCoupons), "Left": left, "Total": s.MaxCoupons}})
	}
	if s.MaxDayFen == 0 {
		return lines
	}
	left, since, ok := s.LeftToday(c.now(s))
	if !ok {
		return append(lines, phrase{"stocks.cap", args{"Most": s.MaxDayFen}})
	}
	a := args{"Left": left, "Most": s.MaxDayFen}
	if since.Sub(s.DayAt) > lateBegin {
		a["Since"] = since
	}
	return append(lines, phrase{"stocks.today", a})
}

// lateBegin is how long after a day's beginning its first reading may be to count for the whole day.
const lateBegin = 5 * time.Minute

// stockState is the word for how a stock stands, and its sign.
func (c *card) stockState(s store.Stock) (mark string, state any) {
	now := c.now(s)
	word := any(phrase{"stocks.state.word", args{"Word": s.Status}})
	if known(s.Status, stockStates()...) != "" {
		word = phrase{"stock_state." + s.Status, nil}
	}
	switch {
	case s.ReadAt.IsZero():
		return "unread", phrase{"stocks.state.unread", nil}
	case !s.Ends.IsZero() && !now.Before(s.Ends):
		return "ended", phrase{"stocks.state.ended", nil}
	case now.Before(s.Begins):
		return "waits", phrase{"stocks.state.waits", nil}
	case s.Off(now):
		return "off", word
	case s.Low():
		return "low", word
	case s.EndsSoon(now):
		return "soon", word
	}
	return "running", word
}

// now is the reader's time, or that of the reading where there is none.
func (c *card) now(s store.Stock) time.Time {
	if c.reader.Now.IsZero() {
		return s.ReadAt
	}
	return c.reader.Now
}

// cells is how long a bar is.
const cells = 10

// bar draws a share in text. What is left is never drawn as nothing, and what is gone never as all.
func bar(part, whole int64) string {
	full := int((part*cells + whole/2) / whole)
	if part > 0 {
		full = max(full, 1)
	}
	if part < whole {
		full = min(full, cells-1)
	}
	full = min(max(full, 0), cells)
	return strings.Repeat("▓", full) + strings.Repeat("░", cells-full)
}

// percent is a share in whole percent, rounded towards less.
func percent(part, whole int64) int64 { return part * 100 / whole }
