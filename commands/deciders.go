package commands

import (
	"context"
	"slices"

	"couponbot/store"
)

// speakers names the groups whose people may decide a send now: those of its seats, and the fallback group once it has
// its turn.
func speakers(s store.Send) []string {
	names := groupsOfSeats(s.Seats)
	if s.FellBack && !slices.Contains(names, s.FallbackGroup) {
		names = append(names, s.FallbackGroup)
	}
	return names
}

// seatsOf are the seats that somebody of these groups may take: people of the fallback group take any once it has its
// turn.
func seatsOf(s store.Send, groups []string) []string {
	if s.FellBack && slices.Contains(groups, s.FallbackGroup) {
		return groupsOfSeats(s.Seats)
	}
	return groups
}

// seated are the people whose approval of a send's present revision counts, with the groups that they spoke for.
func seated(s store.Send, all []store.Decision) map[string][]string {
	out := map[string][]string{}
	for _, d := range all {
		if d.Revision == s.Revision && d.Verdict == store.Approved && d.VoidAt.IsZero() {
			out[d.Person] = d.Groups
		}
	}
	return out
}

// fills tells whether somebody of these groups would fill an empty seat of a send beside those who are seated.
func fills(s store.Send, seated map[string][]string, groups []string) bool {
	taken := map[string][]string{}
	for person, theirs := range seated {
		taken[person] = seatsOf(s, theirs)
	}
	return helps(s.Seats, taken, seatsOf(s, groups))
}

// A chair is what somebody decides from: the groups they speak for, and who sits there already.
type chair struct {
	groups   []string
	standing map[string][]string
}

// decider lets through whoever may decide a send that waits. Everything is read live, here and in the transaction: a
// party never decides, and who was added or removed a second ago was.
func (d *Desk) decider(ctx context.Context, ask Ask, s store.Send) (chair, error) {
	subject := store.SendName(s.ID)
	parties, err := d.partiesOf(ctx, s.ID)
	if err != nil {
		return chair{}, err
	}
	if slices.Contains(parties, ask.Person) {
		return chair{}, &Refusal{Code: OwnSend, Word: subject}
	}
	decisions, err := d.ledger.Decisions(ctx, s.ID)
	if err != nil {
		return chair{}, err
	}
	all := d.roster(ctx, 0, speakers(s))
	groups := all.groups(ask.Person)
	if err := all.fault(); len(groups) == 0 && err != nil {
		return chair{}, &Refusal{Code: CouldNotCheck, Word: subject, Err: err}
	}
	sitting := seated(s, decisions)
	if _, twice := sitting[ask.Person]; twice && len(groups) > 0 {
		return chair{}, &Refusal{Code: SeatedAlready, Word: subject, Seats: s.Missing, At: decisionOf(decisions, ask.Person).At}
	}
	standing, err := d.standingOf(ctx, ask.Team, all, sitting)
	if err != nil {
		return chair{}, &Refusal{Code: CouldNotCheck, Word: subject, Err: err}
	}
	if len(groups) == 0 || !fills(s, standing, groups) {
		if err := all.fault(); err != nil {
			return chair{}, &Refusal{Code: CouldNotCheck, Word: subject, Err: err}
		}
		return chair{}, &Refusal{Code: NotDecider, Word: subject, Seats: s.Missing}
	}
	return chair{groups: groups, standing: standing}, nil
}

// couldDecide lets through whoever is in a group that a send asked, and had no hand in it, although it is decided by now.
func (d *Desk) couldDecide(ctx context.Context, ask Ask, s store.Send) error {
	subject := store.SendName(s.ID)
	parties, err := d.partiesOf(ctx, s.ID)
	if err != nil {
		return err
	}
	if slices.Contains(parties, ask.Person) {
		return &Refusal{Code: OwnSend, Word: subject}
	}
	all := d.roster(ctx, 0, speakers(s))
	if len(all.groups(ask.Person)) > 0 {
		return nil
	}
	if err := all.fault(); err != nil {
		return &Refusal{Code: CouldNotCheck, Word: subject, Err: err}
	}
	return &Refusal{Code: NotDecider, Word: subject, Seats: s.Missing}
}

// standingOf is which of these groups everybody who is seated belongs to now: none for who left them all, or is nobody here
// any more. An error says that it could not be checked.
func (d *Desk) standingOf(ctx context.Context, team string, all roster, seated map[string][]string) (map[string][]string, error) {
	standing := map[string][]string{}
	for person, spoke := range seated {
		p, err := d.directory.Person(ctx, person, 0)
		if err != nil {
			return nil, err
		}
		if standing[person] = nil; p.nobody(team) != "" {
			continue
		}
		groups := all.groups(person)
		if err := all.unsure(spoke, groups); err != nil {
			return nil, err
		}
		standing[person] = groups
	}
	return standing, nil
}

// decisionOf is a person's newest decision of these.
func decisionOf(all []store.Decision, person string) store.Decision {
	for _, d := range slices.Backward(all) {
		if d.Person == person {
			return d
		}
	}
	return store.Decision{}
}

// partiesOf are the people who had a hand in a send.
func (d *Desk) partiesOf(ctx context.Context, send int64) ([]string, error) {
	all, err := d.ledger.Parties(ctx, send)
	var people []string
	for _, p := range all {
		people = append(people, p.Person)
	}
	return people, err
}

// DecidersOf are the people who may fill a missing seat of a send now, as far as Slack's groups can be read, each once.
func (d *Desk) DecidersOf(ctx context.Context, s store.Send) ([]string, error) {
	parties, err := d.partiesOf(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	decisions, err := d.ledger.Decisions(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	all, sitting := d.roster(ctx, groupAge, speakers(s)), seated(s, decisions)
	var out []string
	for _, person := range all.people() {
		_, sits := sitting[person]
		if sits || slices.Contains(parties, person) || !fills(s, sitting, all.groups(person)) {
			continue
		}
		p, err := d.directory.Person(ctx, person, groupAge)
		if err == nil && p.nobody("") != "" {
			continue
		}
		out = append(out, person)
	}
	if len(out) == 0 {
		return nil, all.fault()
	}
	return out, nil
}
