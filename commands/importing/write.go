package importing

import (
	"context"
	"iter"

	"couponbot/commands/lists"
	"couponbot/store"
)

// write makes the version of what was sorted.
func (i *importing) write(ctx context.Context) error {
	v, err := i.ledger.NewVersion(ctx, i.begun)
	if err != nil {
		return err
	}
	t := &i.report.Tally
	t.Usable, err = i.ledger.AddMembers(ctx, v.ID, i.usable(ctx))
	if err == nil && t.Usable == 0 {
		err = &Problem{Code: NothingUsable, About: i.begun.Source}
	}
	if err == nil {
		i.report.Version, err = i.ledger.FinishVersion(ctx, v.ID, *t)
	}
	if err != nil {
		i.fail(ctx, v.ID, err)
	}
	return err
}

// fail ends a version that will not be ready, also when it was told to stop. Where that does not succeed it is swept once
// it is taken for dead.
func (i *importing) fail(ctx context.Context, version int64, why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), failWithin)
	defer cancel()
	i.ledger.FailVersion(ctx, version, why.Error())
}

// usable are the customers who are left, in order, counting those who are not.
func (i *importing) usable(ctx context.Context) iter.Seq2[store.Member, error] {
	t := &i.report.Tally
	return func(yield func(store.Member, error) bool) {
		written := int64(0)
		for c, err := range i.customers(ctx) {
			out := false
			if err == nil {
				t.Duplicates += c.Times - 1
				out, err = i.leftOut(ctx, c.OpenID)
			}
			if out {
				continue
			}
			if written++; written%tellEvery == 0 {
				i.Progress(t.Rows, written)
			}
			if !yield(store.Member{OpenID: c.OpenID, Note: c.Note}, err) || err != nil {
				return
			}
		}
	}
}

// leftOut asks all sieves until one holds the customer back, and counts them there.
func (i *importing) leftOut(ctx context.Context, openid string) (bool, error) {
	for _, s := range i.sieves {
		if in, err := s.holds(ctx, openid); err != nil {
			return false, err
		} else if in {
			*s.count++
			return true, nil
		}
	}
	return false, nil
}

// customers are those of the files, or of the version that is imported in their place.
func (i *importing) customers(ctx context.Context) iter.Seq2[lists.Customer, error] {
	return func(yield func(lists.Customer, error) bool) {
		if i.base == 0 {
			for c, err := range i.sorter.Sorted() {
				if err != nil {
					err = &Problem{Code: NotSorted, About: i.begun.Source, Err: err}
				}
				if !yield(c, err) {
					return
				}
			}
			return
		}
		page := &sieve{ledger: i.ledger, version: i.base}
		for {
			m, ok, err := page.next(ctx)
			if err != nil {
				yield(lists.Customer{}, err)
				return
			}
			if !ok {
				return
			}
			i.report.Tally.Rows++
			if !yield(lists.Customer{OpenID: m.OpenID, Note: m.Note, Times: 1}, nil) {
				return
			}
		}
	}
}

// A sieve reads a version in order, a page at a time, beside a list that is in the same order.
type sieve struct {
	ledger  *store.Ledger
	version int64
	count   *int64 // those whom it held back
	page    []store.Member
	after   string
	over    bool
}

const sievePage = 5000

// next takes the next member.
func (s *sieve) next(ctx context.Context) (m store.Member, ok bool, err error) {
	if err := s.fill(ctx); err != nil || len(s.page) == 0 {
		return m, false, err
	}
	m, s.page = s.page[0], s.page[1:]
	return m, true, nil
}

// fill reads the next page when this one is used up.
func (s *sieve) fill(ctx context.Context) (err error) {
	if len(s.page) > 0 || s.over {
		return nil
	}
	if s.page, err = s.ledger.Members(ctx, s.version, s.after, sievePage); err != nil {
		return err
	}
	if s.over = len(s.page) < sievePage; len(s.page) > 0 {
		s.after = s.page[len(s.page)-1].OpenID
	}
	return nil
}

// holds tells whether somebody is in it. It is asked in order. Where all of a page comes before who is asked about, the
// next one is read from there: everything up to their id without its last character comes before them too.
func (s *sieve) holds(ctx context.Context, openid string) (bool, error) {
	for {
		if n := len(s.page); n > 0 && s.page[n-1].OpenID < openid {
			s.page, s.after = nil, max(s.after, openid[:len(openid)-1])
		}
		if err := s.fill(ctx); err != nil || len(s.page) == 0 {
			return false, err
		}
		if s.page[len(s.page)-1].OpenID >= openid {
			break
		}
	}
	for s.page[0].OpenID < openid {
		s.page = s.page[1:]
	}
	return s.page[0].OpenID == openid, nil
}
