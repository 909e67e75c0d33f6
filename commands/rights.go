package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// known refuses whoever is nobody here: guests, deactivated people, people of other workspaces, bots. A person whom
// Slack could not be asked about is refused too, with another sentence.
func (d *Desk) known(ctx context.Context, ask Ask, age time.Duration) error {
	p, err := d.directory.Person(ctx, ask.Person, age)
	switch {
	case err != nil:
		return &Refusal{Code: CouldNotCheck, Err: err}
	case p.Deactivated:
		return &Refusal{Code: Deactivated}
	case p.Stranger, p.Bot, p.Team != "" && ask.Team != "" && p.Team != ask.Team:
		return &Refusal{Code: Stranger}
	case p.Guest:
		return &Refusal{Code: Guest}
	}
	return nil
}

// need refuses whoever has none of these rights.
func (d *Desk) need(ctx context.Context, person string, age time.Duration, rights ...Right) error {
	if len(rights) == 0 {
		return nil
	}
	has, err := d.has(ctx, person, age, rights...)
	if err != nil {
		return &Refusal{Code: CouldNotCheck, Err: err}
	}
	if !has {
		return &Refusal{Code: NoRight, Right: rights[0], Names: d.groupsOf(rights...)}
	}
	return nil
}

// has tells whether a person has one of these rights. An error means that it could not be checked, which is not no.
func (d *Desk) has(ctx context.Context, person string, age time.Duration, rights ...Right) (bool, error) {
	return d.in(ctx, person, age, d.groupsOf(rights...))
}

// groupsOf names the groups that have one of these rights, each once.
func (d *Desk) groupsOf(rights ...Right) []string {
	var names []string
	for _, r := range rights {
		for _, g := range d.config.Rights[r] {
			if !slices.Contains(names, g) {
				names = append(names, g)
			}
		}
	}
	return names
}

// in tells whether a person belongs to one of these groups. People named in the configuration need no call; user
// groups are read at once, and one that shows the person is enough, whatever became of the others.
func (d *Desk) in(ctx context.Context, person string, age time.Duration, groups []string) (bool, error) {
	if d.named(person, groups) {
		return true, nil
	}
	var live []string
	for _, g := range d.config.Groups {
		if slices.Contains(groups, g.Name) {
			live = append(live, slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return !strings.HasPrefix(m, "S") })...)
		}
	}
	slices.Sort(live)
	live = slices.Compact(live)
	found, faults := make([]bool, len(live)), make([]error, len(live))
	var all sync.WaitGroup
	for i, group := range live {
		all.Go(func() {
			members, err := d.directory.Members(ctx, group, age)
			found[i], faults[i] = err == nil && slices.Contains(members, person), err
		})
	}
	all.Wait()
	if slices.Contains(found, true) {
		return true, nil
	}
	return false, errors.Join(faults...)
}

// named tells whether the configuration itself puts a person into one of these groups.
func (d *Desk) named(person string, groups []string) bool {
	return person != "" && slices.ContainsFunc(d.config.Groups, func(g Group) bool {
		return slices.Contains(groups, g.Name) && slices.Contains(g.Members, person)
	})
}
