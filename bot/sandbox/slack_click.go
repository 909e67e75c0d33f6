package sandbox

import (
	"fmt"
)

// slClick is a person using one element of a message, form or Home page.
type slClick struct {
	As       string  `json:"as"`
	Channel  string  `json:"channel"`
	TS       string  `json:"ts"`
	ViewID   string  `json:"view_id"`
	ActionID string  `json:"action_id"`
	BlockID  string  `json:"block_id"` // optional: which of several
	Value    *string `json:"value"`    // optional: the button with this value
	Selected any     `json:"selected"` // for anything that is chosen or typed
	Confirm  string  `json:"confirm"`  // "deny" presses the other button of its confirm dialog
	Stale    bool    `json:"stale"`    // the click set out before the message was redrawn
	Version  int     `json:"version"`  // with Stale: from this drawing; default the newest that had it
}

// Click delivers block_actions for something that is drawn for this person now.
func (s *Slack) Click(c slClick) (slDelivery, error) {
	s.mu.Lock()
	payload, confirm, err := s.clickPayload(c)
	s.mu.Unlock()
	if err != nil || confirm != nil && c.Confirm == "deny" {
		return slDelivery{}, err
	}
	return s.deliver("interactive", false, payload, nil, nil), nil
}

// clickPayload is the whole block_actions payload. Callers hold mu.
func (s *Slack) clickPayload(c slClick) (payload slObj, confirm any, err error) {
	p, err := s.actor(c.As)
	if err != nil {
		return nil, nil, err
	}
	payload = s.interaction("block_actions", p)
	var drawn slDrawn
	if c.ViewID != "" {
		drawn, err = s.clickInView(c, payload)
	} else {
		drawn, err = s.clickInMessage(c, payload)
	}
	if err != nil {
		return nil, nil, err
	}
	action, err := s.action(drawn, c)
	if err != nil {
		return nil, nil, err
	}
	payload["actions"] = []slObj{action}
	return payload, drawn.el["confirm"], nil
}

// interaction is what every interactive payload says about who acted. Callers hold mu.
func (s *Slack) interaction(kind string, p *slPerson) slObj {
	return slObj{
		"type": kind, "api_app_id": slAppID, "token": "sandbox", "trigger_id": s.newTrigger(p.ID),
		"team": slObj{"id": SlackTeam, "domain": slTeamDomain}, "enterprise": nil, "is_enterprise_install": false,
		"user": slObj{"id": p.ID, "username": p.Handle, "name": p.Handle, "team_id": p.Team},
	}
}

func (s *Slack) clickInMessage(c slClick, payload slObj) (slDrawn, error) {
	p, ch, err := s.place(c.As, c.Channel)
	if err != nil {
		return slDrawn{}, err
	}
	m := ch.byTS[c.TS]
	if m == nil || m.To != "" && m.To != p.ID || m.Deleted && !c.Stale {
		return slDrawn{}, &slRefused{"no_such_message", "there is no such message for " + p.Name}
	}
	if s.archived(ch) {
		return slDrawn{}, &slRefused{"is_archived", "#" + ch.Name + " is archived"}
	}
	shown, drawn, ok := m.find(c)
	if !ok {
		return slDrawn{}, slNotDrawn(c)
	}
	wire := m.wire()
	wire["text"], wire["blocks"] = shown.Text, shown.Blocks
	payload["channel"] = slObj{"id": ch.ID, "name": ch.wireName()}
	payload["response_url"] = s.newHook("actions", p.ID, ch, m)
	container := slObj{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": m.To != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"] = container
	if m.To == "" {
		payload["message"] = wire // a private message is not in the payload
	}
	if names := slInputOf(drawn.el["type"].(string)); names.value != "" {
		v, err := s.choose(drawn.el, c.Selected)
		if err != nil {
			return slDrawn{}, &slRefused{"cannot_choose", err.Error()}
		}
		slRemember(&m.Inputs, p.ID, drawn, v)
		s.changed()
	}
	payload["state"] = slObj{"values": slState(shown.Blocks, m.Inputs[p.ID])}
	return drawn, nil
}

// slRemember keeps what a person chose. The maps are replaced, not changed: payloads share them.
func slRemember(inputs *map[string]slStateValues, user string, d slDrawn, v slObj) {
	if *inputs == nil {
		*inputs = map[string]slStateValues{}
	}
	next := slStateValues{}
	for block, actions := range (*inputs)[user] {
		next[block] = actions
	}
	next[d.blockID] = map[string]slObj{d.el["action_id"].(string): v}
	for action, old := range (*inputs)[user][d.blockID] {
		if action != d.el["action_id"] {
			next[d.blockID][action] = old
		}
	}
	(*inputs)[user] = next
}

func slNotDrawn(c slClick) error {
	return &slRefused{"no_such_button", fmt.Sprintf("nothing with action_id %q is drawn there now", c.ActionID)}
}

// find looks for the element in what the message shows now or, for a stale click, showed before.
func (m *slMessage) find(c slClick) (slShown, slDrawn, bool) {
	drawings := []slShown{{Version: m.Version, Text: m.Text, Blocks: m.Blocks}}
	if c.Stale {
		drawings = nil
		for i := len(m.Earlier) - 1; i >= 0; i-- {
			drawings = append(drawings, m.Earlier[i])
		}
	}
	for _, shown := range drawings {
		if c.Version != 0 && c.Version != shown.Version {
			continue
		}
		if d, ok := c.in(shown.Blocks); ok {
			return shown, d, true
		}
	}
	return slShown{}, slDrawn{}, false
}

// in finds the element that is meant among drawn ones.
func (c slClick) in(blocks []any) (slDrawn, bool) {
	for _, d := range slElements(blocks) {
		if d.el["action_id"] != c.ActionID || c.BlockID != "" && d.blockID != c.BlockID {
			continue
		}
		if d.el["type"] == "button" && c.Value != nil && d.el["value"] != *c.Value && !(*c.Value == "" && d.el["value"] == nil) {
			continue
		}
		if d.input && d.block["dispatch_action"] != true {
			continue
		}
		return d, true
	}
	return slDrawn{}, false
}

// action is the entry of actions[] for a used element.
func (s *Slack) action(d slDrawn, c slClick) (slObj, error) {
	out := slObj{"type": d.el["type"], "action_id": d.el["action_id"], "block_id": d.blockID, "action_ts": s.nextTS()}
	if d.el["type"] == "button" {
		for _, k := range []string{"text", "value", "style", "url", "confirm"} {
			if d.el[k] != nil {
				out[k] = d.el[k]
			}
		}
		return out, nil
	}
	v, err := s.choose(d.el, c.Selected)
	if err != nil {
		return nil, &slRefused{"cannot_choose", err.Error()}
	}
	for k, x := range v {
		out[k] = x
	}
	return out, nil
}
