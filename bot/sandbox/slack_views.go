package sandbox

import (
	"encoding/json"
	"slices"
)

// slView is an open form or a Home page.
type slView struct {
	ID              string            `json:"id"`
	Hash            string            `json:"hash"`
	Type            string            `json:"type"`
	User            string            `json:"user"`
	CallbackID      string            `json:"callback_id"`
	PrivateMetadata string            `json:"private_metadata"`
	ExternalID      string            `json:"external_id"`
	Title           any               `json:"title,omitempty"`
	Submit          any               `json:"submit,omitempty"`
	Close           any               `json:"close,omitempty"`
	Blocks          []any             `json:"blocks"`
	ClearOnClose    bool              `json:"clear_on_close"`
	NotifyOnClose   bool              `json:"notify_on_close"`
	Root            string            `json:"root_view_id"`
	Previous        string            `json:"previous_view_id"`
	State           slStateValues     `json:"state"`
	Errors          map[string]string `json:"errors,omitempty"` // by block_id; "" is about the whole form
}

const (
	slMaxViewBytes = 250_000
	slMaxStack     = 3
)

// wire is the view as payloads and answers show it.
func (v *slView) wire() slObj {
	o := slObj{
		"id": v.ID, "team_id": SlackTeam, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": v.ExternalID, "hash": v.Hash, "clear_on_close": v.ClearOnClose,
		"notify_on_close": v.NotifyOnClose, "root_view_id": v.Root, "previous_view_id": nil, "app_id": slAppID,
		"app_installed_team_id": SlackTeam, "bot_id": slBotID, "title": v.Title, "submit": v.Submit, "close": v.Close,
		"state": slObj{"values": slState(v.Blocks, v.State)},
	}
	if v.Previous != "" {
		o["previous_view_id"] = v.Previous
	}
	return o
}

// slCheckView reads the view argument of views.* or an ack and checks it against Slack's limits.
func slCheckView(raw any, surface slSurface) (*slView, error) {
	o, ok := raw.(slObj)
	if !ok {
		return nil, &slError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: view [json-pointer:/]"}}
	}
	if b, _ := json.Marshal(o); len(b) > slMaxViewBytes {
		return nil, slFail("view_too_large")
	}
	c := &slChecker{surface: surface}
	view := &slView{Type: string(surface)}
	shape := slShape{
		"type": slMust(slEnum(string(surface))), "callback_id": slMay(slString(0, 255)), "external_id": slMay(slString(0, 255)),
		"private_metadata": slMay(slString(0, 3000)),
		"blocks":           slMust(func(c *slChecker, at string, v any) { view.Blocks = c.blocks(at, v) }),
	}
	if surface == slSurfaceModal {
		shape["title"] = slMust(slText(24, true))
		shape["submit"], shape["close"] = slMay(slText(24, true)), slMay(slText(24, true))
		shape["clear_on_close"], shape["notify_on_close"], shape["submit_disabled"] = slMay(slBool), slMay(slBool), slMay(slBool)
	}
	if surface == slSurfaceHome { // slack-go always sends the switches that only forms have
		shape["clear_on_close"], shape["notify_on_close"] = slMay(slBool), slMay(slBool)
	}
	c.object("/view", o, shape)
	if c.inputs && surface == slSurfaceModal && o["submit"] == nil {
		c.fail("/view", "`submit` is required when an `input` block is within blocks")
	}
	if c.faults != nil {
		return nil, &slError{code: "invalid_arguments", messages: c.faults}
	}
	text := func(k string) string { v, _ := o[k].(string); return v }
	view.CallbackID, view.ExternalID, view.PrivateMetadata = text("callback_id"), text("external_id"), text("private_metadata")
	view.Title, view.Submit, view.Close = o["title"], o["submit"], o["close"]
	view.ClearOnClose, view.NotifyOnClose = o["clear_on_close"] == true, o["notify_on_close"] == true
	return view, nil
}

func (s *Slack) viewArgument(c *slCall, surface slSurface) (*slView, error) {
	raw, err := c.value("view")
	if err != nil {
		return nil, slFail("invalid_arguments")
	}
	return slCheckView(raw, surface)
}

// exchange spends a trigger_id: valid for 3 seconds and once. Callers hold mu.
func (s *Slack) exchange(id string) (*slTrigger, error) {
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, slFail("invalid_trigger_id")
	case t.used:
		return nil, slFail("exchanged_trigger_id")
	case s.now().Sub(t.at) > slTriggerLives:
		return nil, slFail("expired_trigger_id")
	}
	return t, nil
}

func (s *Slack) viewsOpen(c *slCall) (slObj, error) { return s.showView(c, false) }
func (s *Slack) viewsPush(c *slCall) (slObj, error) { return s.showView(c, true) }

func (s *Slack) showView(c *slCall, push bool) (slObj, error) {
	t, err := s.exchange(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	view, err := s.viewArgument(c, slSurfaceModal)
	if err != nil {
		return nil, err
	}
	if view.ExternalID != "" && s.openView("", view.ExternalID) != nil {
		return nil, slFail("duplicate_external_id")
	}
	stack := s.stacks[t.user]
	switch {
	case push && len(stack) == 0:
		return nil, slFail("not_found")
	case push && len(stack) >= slMaxStack:
		return nil, slFail("push_limit_reached")
	case !push:
		s.stacks[t.user] = nil
	}
	t.used = true
	s.pushView(t.user, view)
	return slObj{"view": view.wire()}, nil
}

// pushView puts a form on top of a person's. Callers hold mu.
func (s *Slack) pushView(user string, v *slView) {
	stack := s.stacks[user]
	v.ID, v.User, v.Hash = s.nextID("V"), user, s.nextTS()+"."+slSecret()[:8]
	v.Root = v.ID
	if len(stack) > 0 {
		v.Root, v.Previous = stack[0].ID, stack[len(stack)-1].ID
	}
	s.stacks[user] = append(stack, v)
	s.changed()
}

// openView finds an open form by either of its names. Callers hold mu.
func (s *Slack) openView(id, external string) *slView {
	for _, stack := range s.stacks {
		for _, v := range stack {
			if id != "" && v.ID == id || external != "" && v.ExternalID == external {
				return v
			}
		}
	}
	return nil
}

// replaceView draws new contents; what was typed stays where block_id and action_id stay. Callers hold mu.
func (s *Slack) replaceView(old, next *slView) *slView {
	next.ID, next.User, next.Root, next.Previous, next.State = old.ID, old.User, old.Root, old.Previous, old.State
	next.Hash = s.nextTS() + "." + slSecret()[:8]
	stack := s.stacks[old.User]
	if i := slices.Index(stack, old); i >= 0 {
		stack[i] = next
	}
	s.changed()
	return next
}

func (s *Slack) viewsUpdate(c *slCall) (slObj, error) {
	old := s.openView(c.str("view_id"), c.str("external_id"))
	if old == nil {
		return nil, slFail("not_found")
	}
	next, err := s.viewArgument(c, slSurfaceModal)
	if err != nil {
		return nil, err
	}
	if h := c.str("hash"); h != "" && h != old.Hash {
		return nil, slFail("hash_conflict")
	}
	return slObj{"view": s.replaceView(old, next).wire()}, nil
}

func (s *Slack) viewsPublish(c *slCall) (slObj, error) {
	p := s.d.People[c.str("user_id")]
	if p == nil || p.Bot {
		return nil, slFail("user_not_found")
	}
	view, err := s.viewArgument(c, slSurfaceHome)
	if err != nil {
		return nil, err
	}
	old := s.d.Homes[p.ID]
	if h := c.str("hash"); h != "" && (old == nil || h != old.Hash) {
		return nil, slFail("hash_conflict")
	}
	if old != nil {
		view.ID, view.State = old.ID, old.State
	} else {
		view.ID = s.nextID("V")
	}
	view.User, view.Root, view.Hash = p.ID, view.ID, s.nextTS()+"."+slSecret()[:8]
	s.d.Homes[p.ID] = view
	s.changed()
	return slObj{"view": view.wire()}, nil
}
