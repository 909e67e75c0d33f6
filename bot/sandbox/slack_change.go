package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// slSettings change how the workspace behaves from now on; what is left out stays.
type slSettings struct {
	Limits       *bool    `json:"limits"`
	AckTimeoutMS *int     `json:"ack_timeout_ms"`
	RetriesMS    []int    `json:"event_retries_ms"`
	Scopes       []string `json:"scopes"`
}

func (s *Slack) controlSettings(q slSettings) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Limits != nil {
		s.o.NoLimits = !*q.Limits
	}
	if q.AckTimeoutMS != nil {
		s.o.AckTimeout = time.Duration(*q.AckTimeoutMS) * time.Millisecond
	}
	if q.RetriesMS != nil {
		waits := []time.Duration{}
		for _, ms := range q.RetriesMS {
			waits = append(waits, time.Duration(ms)*time.Millisecond)
		}
		s.o.EventRetries = waits
	}
	if q.Scopes != nil {
		s.o.Scopes = q.Scopes
	}
	return slObj{"ok": true}, nil
}

// controlPerson changes a person, or makes one when the id is new and a name is given; the app hears user_change.
func (s *Slack) controlPerson(w http.ResponseWriter, r *http.Request) {
	slPost(func(q struct {
		Name       *string  `json:"name"`
		Handle     *string  `json:"handle"`
		Locale     *string  `json:"locale"`
		TZ         *string  `json:"tz"`
		Team       *string  `json:"team_id"`
		Deleted    *bool    `json:"deleted"`
		Restricted *bool    `json:"is_restricted"`
		Stranger   *bool    `json:"is_stranger"`
		Join       []string `json:"join"`
		Leave      []string `json:"leave"`
	}) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := r.PathValue("id")
		p := s.d.People[id]
		if p == nil && (q.Name == nil || len(id) < 2 || id[0] != 'U') {
			return nil, &slRefused{"no_such_person", "there is no such person: " + id + " (a new one needs an id U… and a name)"}
		}
		for _, c := range append(slices.Clone(q.Join), q.Leave...) {
			if s.d.Channels[c] == nil {
				return nil, &slRefused{"no_such_channel", "there is no such channel: " + c}
			}
		}
		if p == nil {
			p = &slPerson{ID: id, Team: SlackTeam, Locale: "en-US", TZ: "UTC", Handle: id}
			s.d.People[id] = p
		}
		slSet(&p.Name, q.Name)
		slSet(&p.Handle, q.Handle)
		slSet(&p.Locale, q.Locale)
		slSet(&p.TZ, q.TZ)
		slSet(&p.Team, q.Team)
		slSet(&p.Deleted, q.Deleted)
		slSet(&p.Restricted, q.Restricted)
		slSet(&p.Stranger, q.Stranger)
		for _, c := range q.Join {
			s.d.Channels[c].Members = slWith(s.d.Channels[c].Members, []string{id})
		}
		for _, c := range q.Leave {
			s.d.Channels[c].Members = slWithout(s.d.Channels[c].Members, []string{id})
		}
		s.event(slObj{"type": "user_change", "user": p.wire(s.now(), true)})
		s.changed()
		return slObj{"ok": true, "person": *p}, nil
	})(w, r)
}

func slSet[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func slWith(list, more []string) []string {
	out := slices.Clone(list)
	for _, one := range more {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func slWithout(list, less []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(less, one) })
}

// controlGroup changes who is in a user group, or makes one when a handle is given; the app hears
// subteam_members_changed, and subteam_updated when the group is switched on or off.
func (s *Slack) controlGroup(w http.ResponseWriter, r *http.Request) {
	slPost(func(q struct {
		Handle   *string  `json:"handle"`
		Users    []string `json:"users"`
		Add      []string `json:"add"`
		Remove   []string `json:"remove"`
		Disabled *bool    `json:"disabled"`
	}) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := r.PathValue("id")
		g := s.d.Groups[id]
		if g == nil && (q.Handle == nil || len(id) < 2 || id[0] != 'S') {
			return nil, &slRefused{"no_such_group", "there is no such group: " + id + " (a new one needs an id S… and a handle)"}
		}
		if g == nil {
			g = &slGroup{ID: id, Name: *q.Handle}
			s.d.Groups[id] = g
		}
		slSet(&g.Handle, q.Handle)
		switched := q.Disabled != nil && *q.Disabled != g.Disabled
		slSet(&g.Disabled, q.Disabled)
		next := g.Users
		if q.Users != nil {
			next = slices.Clone(q.Users)
		}
		s.setGroup(g, slWithout(slWith(next, q.Add), q.Remove))
		if switched {
			s.event(slObj{"type": "subteam_updated", "subteam": g.wire(true)})
		}
		return slObj{"ok": true, "group": *g}, nil
	})(w, r)
}

func (s *Slack) setGroup(g *slGroup, users []string) {
	added, removed := slWithout(users, g.Users), slWithout(g.Users, users)
	before := g.Updated
	g.Users, g.Updated = users, s.now().Unix()
	if len(added)+len(removed) > 0 {
		s.event(slObj{"type": "subteam_members_changed", "subteam_id": g.ID, "team_id": SlackTeam,
			"date_previous_update": before, "date_update": g.Updated,
			"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed)})
	}
	s.changed()
}

// controlChannel archives a channel or moves the bot in and out.
func (s *Slack) controlChannel(w http.ResponseWriter, r *http.Request) {
	slPost(func(q struct {
		Archived *bool `json:"archived"`
		Bot      *bool `json:"bot"`
	}) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		ch := s.d.Channels[r.PathValue("id")]
		if ch == nil {
			return nil, &slRefused{"no_such_channel", "there is no such channel: " + r.PathValue("id")}
		}
		slSet(&ch.Archived, q.Archived)
		if q.Bot != nil {
			ch.Members = slWithout(ch.Members, []string{SlackBotUser})
			if *q.Bot {
				ch.Members = append(ch.Members, SlackBotUser)
			}
		}
		s.changed()
		return slObj{"ok": true}, nil
	})(w, r)
}
