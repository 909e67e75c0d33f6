package bot

import (
	"context"
	"slices"
	"time"
)

// How often user groups are looked at although Slack says nothing, and the pace of that after the first few:
// usergroups.users.list may be called about twenty times a minute, and decisions come first.
const (
	groupsEvery = 10 * time.Minute
	groupsPace  = 6 * time.Second
	groupsBurst = 5
)

// recheckAge is how old other groups may be when one has changed.
const recheckAge = time.Minute

// userGroups are those of the configuration, each once.
func (b *Bot) userGroups() (ids []string) {
	for _, g := range b.o.Groups {
		for _, member := range g.Members {
			if isUserGroup(member) && !slices.Contains(ids, member) {
				ids = append(ids, member)
			}
		}
	}
	return ids
}

// Groups sees every user group of the configuration now and then until ctx ends, so that a change that Slack did not tell is
// noticed; the process that leads runs it.
func (b *Bot) Groups(ctx context.Context) error {
	for ctx.Err() == nil {
		for i, group := range b.userGroups() {
			if i >= groupsBurst {
				pause(ctx, groupsPace, nil, nil)
			}
			if ctx.Err() == nil {
				b.seeGroup(ctx, group)
			}
		}
		pause(ctx, groupsEvery, nil, nil)
	}
	return nil
}

// seeGroup tells the ledger who is in a group now, and has everybody looked at when that has changed.
func (b *Bot) seeGroup(ctx context.Context, group string) {
	members, err := b.people.Members(ctx, group, 0)
	if err != nil {
		if ctx.Err() == nil {
			b.log.Warn("could not see who is in a user group", "group", group, "err", err)
		}
		return
	}
	added, removed, err := b.ledger.SeeGroup(ctx, group, members)
	if err != nil {
		b.log.Error("note who is in a user group", "group", group, "err", err)
	}
	if len(added)+len(removed) > 0 {
		b.log.Info("a user group has changed", "group", group, "added", added, "removed", removed)
		b.recheck(ctx)
	}
}

func (b *Bot) recheck(ctx context.Context) {
	if err := b.desk.Recheck(ctx, recheckAge); err != nil && ctx.Err() == nil {
		b.log.Error("see whether everybody still may", "err", err)
	}
}

// groupChanged is Slack saying that a group has other members, or was switched on or off.
func (b *Bot) groupChanged(group string) {
	b.people.changed(group)
	if !slices.Contains(b.userGroups(), group) {
		return
	}
	ctx, cancel := context.WithTimeout(b.handling, recheckWithin)
	defer cancel()
	b.seeGroup(ctx, group)
}

// personChanged is Slack saying that somebody is another now; who may do what is looked at when they left.
func (b *Bot) personChanged(person string, left bool) {
	b.people.forget(person)
	if !left {
		return
	}
	ctx, cancel := context.WithTimeout(b.handling, recheckWithin)
	defer cancel()
	b.recheck(ctx)
}

// recheckWithin bounds what follows an event; what it leaves is found by looking, minutes later.
const recheckWithin = 30 * time.Second
