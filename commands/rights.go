package commands

import (
	"context"
	"slices"
	"time"
)

// known refuses whoever is nobody here: guests, deactivated people, people of other workspaces, bots. A person whom
// Slack could not be asked about is refused too, with another sentence.
func (d *Desk) known(ctx context.Context, ask Ask, age time.Duration) error {
	p, err := d.directory.Person(ctx, ask.Person, age)
	if err != nil {
		return &Refusal{Code: CouldNotCheck, Err: err}
	}
	if code := p.nobody(ask.Team); code != "" {
		return &Refusal{Code: code}
	}
	return nil
}

// nobody says why somebody is nobody in the workplace of this team; "" when they are somebody.
func (p Person) nobody(team string) Code {
	switch {
	case p.Deactivated:
		return Deactivated
	case p.Stranger, p.Bot, p.Team != "" && team != "" && p.Team != team:
		return Stranger
	case p.Guest:
		return Guest
	}
	return ""
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
	all := d.roster(ctx, age, groups)
	if len(all.groups(person)) > 0 {
		return true, nil
	}
	return false, all.fault()
}

// named tells whether the configuration itself puts a person into one of these groups.
func (d *Desk) named(person string, groups []string) bool {
	return person != "" && slices.ContainsFunc(d.config.Groups, func(g Group) bool {
		return slices.Contains(groups, g.Name) && slices.Contains(g.Members, person)
	})
}
