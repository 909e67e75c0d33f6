package commands

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"couponbot/store"
)

// maxFind is how long a text may be that is looked for: an openid is the longest thing that can be found.
const maxFind = 128

// mention is what Slack makes of a person; the same id typed by hand is understood too.
var mention = regexp.MustCompile(`^(?:<@([UW][A-Z0-9]{2,})(?:\|[^>]*)?>|@?([UW][A-Z0-9]{4,}))$`)

// findableCoupon is the shape of WeChat Pay's coupon ids (docs, 发放代金券: string of 1 to 20 characters).
var findableCoupon = regexp.MustCompile(`^[A-Za-z0-9]{1,20}$`)

// find looks for a text as everything that it may be: each is one look at a key, so none is guessed and none is left out.
// Who may audit finds all sends, others their own.
func (d *Desk) find(ctx context.Context, q asked) (Reply, error) {
	text := findText(q.args)
	switch n := utf8.RuneCountInString(text); {
	case n > maxFind:
		return nil, &Refusal{Code: TextTooLong, Word: "text", Number: maxFind, Count: int64(n)}
	case text == "":
		return nil, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	}
	all, err := d.has(ctx, q.Person, groupAge, RightAudit)
	if err != nil {
		return nil, &Refusal{Code: CouldNotCheck, Err: err}
	}
	search := search{Desk: d, ctx: ctx, found: Found{Text: text, Own: !all}}
	if !all {
		search.by = q.Person
	}
	if err := search.everything(text); err != nil {
		return nil, err
	}
	return search.found, d.seen(ctx, q.Ask, "find", search.shown())
}

// findText is what was typed, without the marks that a copy brings along.
func findText(args []token) string {
	var words []string
	for _, a := range args {
		words = append(words, a.text)
	}
	return unwrap(strings.Join(words, " "))
}

type search struct {
	*Desk
	ctx   context.Context
	by    string // whose sends; "" for everybody's
	found Found
}

// everything looks for the text as each thing that it may be, the most exact first.
func (s *search) everything(text string) error {
	word := narrow(text)
	if id, ok := store.ParseID(word); ok {
		if err := s.one(FindSend, name(id), func() (store.Sight, error) { return s.sight(id) }); err != nil {
			return err
		}
	}
	if m := mention.FindStringSubmatch(text); m != nil {
		person := cmp.Or(m[1], m[2])
		if err := s.sends(FindPerson, person, store.SendFilter{By: person}); err != nil {
			return err
		}
	}
	if stock, err := s.stock(word); err == nil {
		if err := s.sends(FindStock, stock.Name, store.SendFilter{StockID: stock.ID}); err != nil {
			return err
		}
	} else if stockID.MatchString(word) { // one that may not be sent any more was sent once
		if err := s.sends(FindStock, word, store.SendFilter{StockID: word}); err != nil {
			return err
		}
	}
	if strings.Contains(text, "-") {
		if err := s.one(FindNumber, text, func() (store.Sight, error) { return s.ledger.SightOfNumber(s.ctx, text) }); err != nil {
			return err
		}
	}
	if findableCoupon.MatchString(text) {
		if err := s.one(FindCoupon, text, func() (store.Sight, error) { return s.ledger.SightOfCoupon(s.ctx, text) }); err != nil {
			return err
		}
	}
	if openID.MatchString(text) {
		if err := s.customer(text); err != nil {
			return err
		}
	}
	return s.sends(FindTicket, text, store.SendFilter{Ticket: text})
}

// sends looks for sends. Own sends of another person are none, and that is no secret.
func (s *search) sends(as, word string, f store.SendFilter) error {
	s.found.Tried = append(s.found.Tried, as)
	if s.by != "" {
		if f.By != "" && f.By != s.by {
			return nil
		}
		f.By = s.by
	}
	all, more, err := s.ledger.FindSends(s.ctx, f, lookShown)
	var hits []Hit
	for _, send := range all {
		hits = append(hits, Hit{Send: send})
	}
	s.add(Find{As: as, Word: word, Hits: hits, More: more})
	return err
}

// customer looks for the coupons of one.
func (s *search) customer(openid string) error {
	s.found.Tried = append(s.found.Tried, FindOpenID)
	all, more, err := s.ledger.CouponsOf(s.ctx, openid, s.by, lookShown)
	var hits []Hit
	for i := range all {
		hits = append(hits, Hit{Send: all[i].Send, Grant: &all[i].Grant})
	}
	s.add(Find{As: FindOpenID, Word: openid, Hits: hits, More: more})
	return err
}

// one looks for one coupon or send. Somebody else's is as good as none.
func (s *search) one(as, word string, look func() (store.Sight, error)) error {
	s.found.Tried = append(s.found.Tried, as)
	sight, err := look()
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.by != "" && sight.Send.RequestedBy != s.by {
		return nil
	}
	hit := Hit{Send: sight.Send}
	if sight.Grant.ID.Position > 0 {
		hit.Grant = &sight.Grant
	}
	s.add(Find{As: as, Word: word, Hits: []Hit{hit}})
	return nil
}

// sight is a send, and the coupon of it when id names one.
func (s *search) sight(id store.GrantID) (store.Sight, error) {
	send, err := s.ledger.Send(s.ctx, id.Send)
	if err != nil || id.Position == 0 {
		return store.Sight{Send: send}, err
	}
	g, err := s.ledger.Grant(s.ctx, id)
	return store.Sight{Grant: g, Send: send}, err
}

func (s *search) add(f Find) {
	if len(f.Hits) > 0 {
		s.found.Finds = append(s.found.Finds, f)
	}
}

// shown are the coupons whose customers the answer names.
func (s *search) shown() []store.Sight {
	var out []store.Sight
	for _, f := range s.found.Finds {
		for _, h := range f.Hits {
			if h.Grant != nil {
				out = append(out, store.Sight{Grant: *h.Grant, Send: h.Send})
			}
		}
	}
	return out
}
