package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
)

// slRefused is a thing this person cannot do in their client; nothing was sent to the app.
type slRefused struct{ code, why string }

func (r *slRefused) Error() string { return r.why }

// actor is a person who can act now. Callers hold mu.
func (s *Slack) actor(id string) (*slPerson, error) {
	p := s.d.People[id]
	switch {
	case p == nil || p.Bot:
		return nil, &slRefused{"no_such_person", "there is no such person: " + id}
	case p.Deleted:
		return nil, &slRefused{"deactivated", p.Name + " is deactivated and cannot act"}
	}
	return p, nil
}

// place is a person in a conversation they are part of. Callers hold mu.
func (s *Slack) place(user, channel string) (*slPerson, *slChannel, error) {
	p, err := s.actor(user)
	if err != nil {
		return nil, nil, err
	}
	if channel == "D"+user[1:] {
		return p, s.dm(user), nil
	}
	ch := s.d.Channels[channel]
	if ch == nil || !ch.has(user) {
		return nil, nil, &slRefused{"not_in_channel", p.Name + " is not in " + channel}
	}
	return p, ch, nil
}

// Command is a person typing a slash command. The delivery says what became of it; the error is a
// thing the person's client would not let them do.
func (s *Slack) Command(as, channel, text string) (slDelivery, error) {
	s.mu.Lock()
	p, ch, err := s.place(as, channel)
	command, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch {
	case err != nil:
	case s.archived(ch):
		err = &slRefused{"is_archived", "#" + ch.Name + " is archived"}
	case command != s.o.Command:
		err = &slRefused{"unknown_command", command + " is not a command of this workspace"}
	}
	if err != nil {
		s.mu.Unlock()
		return slDelivery{}, err
	}
	payload := slObj{
		"token": "sandbox", "team_id": p.Team, "team_domain": slTeamDomain, "channel_id": ch.ID, "channel_name": ch.wireName(),
		"user_id": p.ID, "user_name": p.Handle, "command": command, "text": s.typed(strings.TrimSpace(rest)), "api_app_id": slAppID,
		"is_enterprise_install": "false", "response_url": s.newHook("commands", p.ID, ch, nil), "trigger_id": s.newTrigger(p.ID),
	}
	s.mu.Unlock()
	d := s.deliver("slash_commands", true, payload, nil, func(ack json.RawMessage) string { return s.commandAnswer(p, ch, ack) })
	if d.Error != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.add(ch, &slMessage{User: slSlackbot, To: p.ID, Text: fmt.Sprintf("%s failed with the error %q", command, d.Error)})
	}
	return d, nil
}

// commandAnswer shows what came with the ack of a command. Callers hold mu.
func (s *Slack) commandAnswer(p *slPerson, ch *slChannel, ack json.RawMessage) string {
	if string(ack) == "null" {
		return ""
	}
	v, err := slDecode(bytes.NewReader(ack))
	args, ok := v.(slObj)
	if err != nil || !ok {
		s.violationLocked("invalid_command_response", slCut(string(ack), 80))
		return "invalid_command_response"
	}
	body, err := s.content(&slCall{args: args})
	if err != nil || body.empty() {
		s.violationLocked("invalid_command_response", slWhy(err))
		return "invalid_command_response"
	}
	s.respond(p.ID, ch, args["response_type"] == "in_channel", body)
	return ""
}

// slWhy spells a refusal out, with its details.
func slWhy(err error) string {
	if e, ok := err.(*slError); ok {
		return e.code + ": " + strings.Join(e.messages, "; ")
	}
	if err != nil {
		return err.Error()
	}
	return "no_text"
}

// respond writes for the app in answer to a person, also where the bot is not a member. Callers hold mu.
func (s *Slack) respond(user string, ch *slChannel, inChannel bool, body slContent) *slMessage {
	m := &slMessage{User: SlackBotUser, App: true, Text: body.text, Blocks: body.blocks, To: user}
	if inChannel {
		m.To = ""
	}
	return s.add(ch, m)
}

const (
	slTriggerLives = 3 * time.Second
	slHookLives    = 30 * time.Minute
	slHookUses     = 5
)

type slTrigger struct {
	user string
	at   time.Time
	used bool
}

// newTrigger lets the app open one form for this person, soon. Callers hold mu.
func (s *Slack) newTrigger(user string) string {
	now := s.now()
	s.sweep(now)
	id := fmt.Sprintf("%d.%d.%s", now.UnixMicro(), len(s.triggers)+1, slSecret())
	s.triggers[id] = &slTrigger{user: user, at: now}
	return id
}

// sweep forgets triggers and response URLs that have been over for a while, now and then. Callers hold mu.
func (s *Slack) sweep(now time.Time) {
	if now.Sub(s.swept) < 10*time.Second {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.triggers, func(_ string, t *slTrigger) bool { return now.Sub(t.at) > time.Minute })
	maps.DeleteFunc(s.d.Hooks, func(_ string, h *slHook) bool { return now.Sub(h.At) > 2*slHookLives })
}
