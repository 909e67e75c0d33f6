package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// A roster is who belongs to some groups of the configuration, read at one moment: each user group once, however many
// people are looked for in it.
type roster struct {
	names   []string            // the groups, in the configuration's order
	members map[string][]string // of each, as far as it could be read
	faults  map[string]error    // of the groups that could not be read wholly
}

// roster reads groups, no older than age; 0 asks Slack now.
func (d *Desk) roster(ctx context.Context, age time.Duration, groups []string) roster {
	r := roster{members: map[string][]string{}, faults: map[string]error{}}
	var live []string
	for _, g := range d.config.Groups {
		if slices.Contains(groups, g.Name) {
			r.names = append(r.names, g.Name)
			live = append(live, slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return !isUserGroup(m) })...)
		}
	}
	people, faults := d.membersOf(ctx, age, live)
	for _, g := range d.config.Groups {
		if !slices.Contains(r.names, g.Name) {
			continue
		}
		for _, m := range g.Members {
			if !isUserGroup(m) {
				r.members[g.Name] = append(r.members[g.Name], m)
				continue
			}
			r.members[g.Name] = append(r.members[g.Name], people[m]...)
			r.faults[g.Name] = cmp.Or(r.faults[g.Name], faults[m])
		}
	}
	return r
}

// membersOf reads user groups, all at once.
func (d *Desk) membersOf(ctx context.Context, age time.Duration, groups []string) (people map[string][]string, faults map[string]error) {
	slices.Sort(groups)
	groups = slices.Compact(groups)
	read, failed := make([][]string, len(groups)), make([]error, len(groups))
	var all sync.WaitGroup
	for i, group := range groups {
		all.Go(func() { read[i], failed[i] = d.directory.Members(ctx, group, age) })
	}
	all.Wait()
	people, faults = map[string][]string{}, map[string]error{}
	for i, group := range groups {
		if faults[group] = failed[i]; failed[i] == nil {
			people[group] = read[i]
		}
	}
	return people, faults
}

// isUserGroup tells a user group's id (S…) from a person's.
func isUserGroup(member string) bool { return strings.HasPrefix(member, "S") }

// groups are those that a person was found in.
func (r roster) groups(person string) []string {
	return slices.DeleteFunc(slices.Clone(r.names), func(g string) bool { return person == "" || !slices.Contains(r.members[g], person) })
}

// people are all that were found, each once, in the order of the groups and of their members.
func (r roster) people() []string {
	var out []string
	for _, g := range r.names {
		for _, p := range r.members[g] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// fault is why some of these groups, or of all when none is named, could not be read wholly: then who was not found in
// them may still belong.
func (r roster) fault(groups ...string) error {
	var all []error
	for _, g := range r.names {
		if len(groups) == 0 || slices.Contains(groups, g) {
			all = append(all, r.faults[g])
		}
	}
	return errors.Join(all...)
}

// unsure is why it cannot be told whether somebody who belonged to groups before still does, when they are found in now
// alone; nil when it can.
func (r roster) unsure(before, now []string) error {
	if gone := lost(before, now); len(gone) > 0 {
		return r.fault(gone...)
	}
	return nil
}

// lost are the groups of before that are not among those of now.
func lost(before, now []string) []string {
	return slices.DeleteFunc(slices.Clone(before), func(g string) bool { return slices.Contains(now, g) })
}
