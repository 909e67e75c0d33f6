package sandbox

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// slSeen is a message as one person sees it.
type slSeen struct {
	TS        string   `json:"ts"`
	ThreadTS  string   `json:"thread_ts,omitempty"`
	Author    string   `json:"author"` // user id
	Name      string   `json:"name"`
	App       bool     `json:"app"`
	Text      string   `json:"text"`
	Blocks    []any    `json:"blocks"`
	Edited    bool     `json:"edited"`
	Ephemeral bool     `json:"ephemeral"` // only visible to you
	Version   int      `json:"version"`   // rises with each change
	Reactions []string `json:"reactions,omitempty"`
	Files     []slObj  `json:"files,omitempty"`
	Chosen    any      `json:"chosen,omitempty"` // what this person chose in it: block_id, action_id
}

type slSeenChannel struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Direct   bool     `json:"direct"` // with the bot
	Archived bool     `json:"archived"`
	Bot      bool     `json:"bot"` // the bot is a member
	Messages []slSeen `json:"messages"`
}

// state is everything one person has on their screen. limit is for messages of one channel;
// 0 is all. Callers hold mu.
func (s *Slack) state(as string, limit int) (slObj, error) {
	p, ok := s.d.People[as]
	if !ok || p.Bot {
		return nil, &slRefused{"no_such_person", "there is no such person: " + as}
	}
	if !p.Deleted {
		s.dm(as)
	}
	channels := []slSeenChannel{}
	for _, id := range slSortedKeys(s.d.Channels) {
		ch := s.d.Channels[id]
		if !ch.has(as) {
			continue
		}
		seen := slSeenChannel{ID: ch.ID, Name: ch.Name, Direct: ch.Peer != "", Archived: s.archived(ch), Bot: s.botIn(ch), Messages: s.seen(ch, as, limit)}
		if seen.Direct {
			seen.Name = slBotName
		}
		channels = append(channels, seen)
	}
	forms := []slObj{}
	for _, v := range s.stacks[as] {
		o := v.wire()
		o["errors"] = v.Errors
		forms = append(forms, o)
	}
	out := slObj{
		"version": s.version, "me": *p, "team": slTeamName, "people": s.peopleList(), "groups": s.groupList(), "command": s.o.Command,
		"shortcuts": slShortcuts, "channels": channels, "modals": forms, "home": nil, "sockets": len(s.sockets),
	}
	if v := s.d.Homes[as]; v != nil {
		out["home"] = v.wire()
	}
	return out, nil
}

func (s *Slack) seen(ch *slChannel, as string, limit int) []slSeen {
	out := []slSeen{}
	for _, m := range slices.Backward(ch.Messages) {
		if limit > 0 && len(out) == limit {
			break
		}
		if m.Deleted || m.To != "" && m.To != as {
			continue
		}
		one := slSeen{TS: m.TS, ThreadTS: m.ThreadTS, Author: m.User, Name: "Slackbot", App: m.App, Text: m.Text, Blocks: m.Blocks,
			Edited: m.EditedTS != "" && m.Blocks == nil, Ephemeral: m.To != "", Version: m.Version, Reactions: slices.Clone(m.Reactions)}
		if p := s.d.People[m.User]; p != nil {
			one.Name = p.Name
		}
		for _, id := range m.Files {
			if f := s.d.Files[id]; f != nil {
				one.Files = append(one.Files, slObj{"id": f.ID, "name": f.Name, "title": f.Title, "size": len(f.Body)})
			}
		}
		if chosen := m.Inputs[as]; chosen != nil {
			one.Chosen = chosen
		}
		out = append(out, one)
	}
	slices.Reverse(out)
	return out
}

func (s *Slack) peopleList() []slPerson {
	var list []slPerson
	for _, p := range s.d.People {
		if !p.Bot {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b slPerson) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (s *Slack) groupList() []slGroup {
	var list []slGroup
	for _, g := range slices.SortedFunc(maps.Values(s.d.Groups), func(a, b *slGroup) int { return cmp.Compare(a.ID, b.ID) }) {
		one := *g
		one.Users = slices.Clone(g.Users)
		list = append(list, one)
	}
	return list
}

// Connected waits until an app holds a socket open, and tells whether one does: false when ctx ended first.
func (s *Slack) Connected(ctx context.Context) bool {
	for {
		s.mu.Lock()
		open, woken := len(s.sockets), s.woken
		s.mu.Unlock()
		if open > 0 {
			return true
		}
		select {
		case <-woken:
		case <-ctx.Done():
			return false
		case <-s.ctx.Done():
			return false
		}
	}
}
