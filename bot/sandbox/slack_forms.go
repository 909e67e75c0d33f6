package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"unicode/utf8"
)

const slTrouble = "We had some trouble connecting. Try again?"

// topView is the form this person looks at, if it is the one meant. Callers hold mu.
func (s *Slack) topView(user, id string) (*slPerson, *slView, error) {
	p, err := s.actor(user)
	if err != nil {
		return nil, nil, err
	}
	stack := s.stacks[user]
	if len(stack) == 0 || id != "" && stack[len(stack)-1].ID != id {
		return nil, nil, &slRefused{"no_such_view", p.Name + " has no such form on top"}
	}
	return p, stack[len(stack)-1], nil
}

// clickInView fills in what block_actions of a form or Home page carries. Callers hold mu.
func (s *Slack) clickInView(c slClick, payload slObj) (slDrawn, error) {
	v := s.d.Homes[c.As]
	if v == nil || v.ID != c.ViewID {
		var err error
		if _, v, err = s.topView(c.As, c.ViewID); err != nil {
			return slDrawn{}, err
		}
	}
	drawn, ok := c.in(v.Blocks)
	if !ok {
		return slDrawn{}, slNotDrawn(c)
	}
	if slInputOf(drawn.el["type"].(string)).value != "" {
		chosen, err := s.choose(drawn.el, c.Selected)
		if err != nil {
			return slDrawn{}, &slRefused{"cannot_choose", err.Error()}
		}
		inputs := map[string]slStateValues{c.As: v.State}
		slRemember(&inputs, c.As, drawn, chosen)
		v.State = inputs[c.As]
		s.changed()
	}
	payload["container"] = slObj{"type": "view", "view_id": v.ID}
	payload["view"] = v.wire()
	payload["state"] = slObj{"values": slState(v.Blocks, v.State)}
	return drawn, nil
}

// Submit is a person pressing the button of a form, after putting values into it: by block_id,
// then action_id, each as Click takes it in selected. Required fields must be filled, as the
// client insists; then view_submission is delivered.
func (s *Slack) Submit(as, id string, values map[string]map[string]any) (slDelivery, error) {
	s.mu.Lock()
	p, v, err := s.topView(as, id)
	if err == nil {
		err = s.fill(v, values)
	}
	if err != nil {
		s.mu.Unlock()
		return slDelivery{}, err
	}
	payload := s.interaction("view_submission", p)
	payload["view"], payload["response_urls"] = v.wire(), []any{}
	s.mu.Unlock()
	d := s.deliver("interactive", true, payload, nil, func(ack json.RawMessage) string { return s.formAnswer(v, ack) })
	if d.Error != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		v.Errors = map[string]string{"": slTrouble}
		s.changed()
	}
	return d, nil
}

func (s *Slack) fill(v *slView, values map[string]map[string]any) error {
	inputs := map[string]slStateValues{v.User: v.State}
	wrong := map[string]string{}
	known := map[string]bool{}
	for _, d := range slElements(v.Blocks) {
		action := d.el["action_id"].(string)
		known[d.blockID+"\x00"+action] = true
		if given, ok := values[d.blockID][action]; ok {
			chosen, err := s.choose(d.el, given)
			if err != nil {
				return &slRefused{"cannot_choose", d.blockID + ": " + err.Error()}
			}
			slRemember(&inputs, v.User, d, chosen)
		}
		if now := slState(v.Blocks, inputs[v.User])[d.blockID][action]; d.input {
			slInsist(d, now, wrong)
		}
	}
	for block, actions := range values {
		for action := range actions {
			if !known[block+"\x00"+action] {
				return &slRefused{"no_such_field", "the form has no field " + block + " " + action}
			}
		}
	}
	v.State, v.Errors = inputs[v.User], wrong
	s.changed()
	if len(wrong) > 0 {
		return &slRefused{"field_required", "the form does not let this go: " + strings.Join(slSortedKeys(wrong), ", ")}
	}
	return nil
}

// slInsist is what the client checks before it sends anything.
func slInsist(d slDrawn, now slObj, wrong map[string]string) {
	value := now[slInputOf(d.el["type"].(string)).value]
	list, isList := value.([]any)
	if value == nil || isList && len(list) == 0 {
		if d.block["optional"] != true {
			wrong[d.blockID] = "Please complete this required field."
		}
		return
	}
	text, isText := value.(string)
	if most, ok := d.el["max_length"].(json.Number); ok && isText {
		if n, _ := most.Int64(); int64(utf8.RuneCountInString(text)) > n {
			wrong[d.blockID] = "Please shorten this."
		}
	}
	if least, ok := d.el["min_length"].(json.Number); ok && isText {
		if n, _ := least.Int64(); int64(utf8.RuneCountInString(text)) < n {
			wrong[d.blockID] = "Please enter more."
		}
	}
}

// formAnswer does what the ack of a view_submission asks for. Callers hold mu.
func (s *Slack) formAnswer(v *slView, ack json.RawMessage) string {
	v.Errors = nil
	if string(ack) == "null" {
		s.popView(v.User, 1)
		return ""
	}
	answer, _ := slDecode(bytes.NewReader(ack))
	o, _ := answer.(slObj)
	var err error
	switch o["response_action"] {
	case "clear":
		s.popView(v.User, slMaxStack)
	case "errors":
		err = s.formErrors(v, o["errors"])
	case "update", "push":
		var next *slView
		if next, err = slCheckView(o["view"], slSurfaceModal); err != nil {
			break
		}
		if o["response_action"] == "update" {
			s.replaceView(v, next)
		} else if len(s.stacks[v.User]) >= slMaxStack {
			err = slFail("push_limit_reached")
		} else {
			s.pushView(v.User, next)
		}
	default:
		err = slFail("unknown response_action")
	}
	if err != nil {
		s.violationLocked("invalid_form_response", slWhy(err))
		return "trouble_connecting"
	}
	return ""
}

// formErrors shows messages under fields; every key must be the block_id of an input block.
func (s *Slack) formErrors(v *slView, raw any) error {
	messages, _ := raw.(slObj)
	inputs := map[string]bool{}
	for _, d := range slElements(v.Blocks) {
		inputs[d.blockID] = inputs[d.blockID] || d.input
	}
	errors := map[string]string{}
	for block, m := range messages {
		text, ok := m.(string)
		if !inputs[block] || !ok || text == "" {
			return &slError{code: "invalid_errors", messages: []string{"no input block " + block}}
		}
		errors[block] = text
	}
	if len(errors) == 0 {
		return slFail("invalid_errors")
	}
	v.Errors = errors
	s.changed()
	return nil
}

func (s *Slack) popView(user string, n int) {
	stack := s.stacks[user]
	s.stacks[user] = stack[:max(0, len(stack)-n)]
	s.changed()
}

// CloseView is a person leaving a form, or with all the whole stack; view_closed goes out for
// those that asked for it.
func (s *Slack) CloseView(as, id string, all bool) (slDelivery, error) {
	s.mu.Lock()
	p, v, err := s.topView(as, id)
	if err != nil {
		s.mu.Unlock()
		return slDelivery{}, err
	}
	n := 1
	if all = all || v.ClearOnClose; all {
		n = slMaxStack
	}
	s.popView(as, n)
	payload := s.interaction("view_closed", p)
	delete(payload, "trigger_id")
	payload["view"], payload["is_cleared"] = v.wire(), all
	s.mu.Unlock()
	if !v.NotifyOnClose {
		return slDelivery{}, nil
	}
	return s.deliver("interactive", false, payload, nil, nil), nil
}

// Suggest is a person typing into a select that asks the app for options.
func (s *Slack) Suggest(c slClick) (slDelivery, error) {
	s.mu.Lock()
	p, err := s.actor(c.As)
	if err != nil {
		s.mu.Unlock()
		return slDelivery{}, err
	}
	payload := s.interaction("block_suggestion", p)
	delete(payload, "trigger_id")
	err = s.suggestIn(c, payload)
	s.mu.Unlock()
	if err != nil {
		return slDelivery{}, err
	}
	d := s.deliver("interactive", true, payload, nil, nil)
	if d.Error == "" && !slGoodOptions(d.Ack) {
		s.violation("invalid_options", slCut(string(d.Ack), 80))
		d.Error = "invalid_options"
	}
	return d, nil
}

func (s *Slack) suggestIn(c slClick, payload slObj) error {
	var blocks []any
	if c.ViewID != "" {
		_, v, err := s.topView(c.As, c.ViewID)
		if err != nil {
			return err
		}
		blocks = v.Blocks
		payload["view"], payload["container"] = v.wire(), slObj{"type": "view", "view_id": v.ID}
	} else {
		_, ch, err := s.place(c.As, c.Channel)
		if err != nil {
			return err
		}
		m := ch.byTS[c.TS]
		if m == nil || m.Deleted || m.To != "" && m.To != c.As {
			return &slRefused{"no_such_message", "there is no such message"}
		}
		blocks = m.Blocks
		payload["message"], payload["channel"] = m.wire(), slObj{"id": ch.ID, "name": ch.wireName()}
		payload["container"] = slObj{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": m.To != ""}
	}
	for _, d := range slElements(blocks) {
		kind, _ := d.el["type"].(string)
		if d.el["action_id"] != c.ActionID || c.BlockID != "" && c.BlockID != d.blockID || !strings.Contains(kind, "external") {
			continue
		}
		text := ""
		if c.Value != nil {
			text = *c.Value
		}
		payload["action_id"], payload["block_id"], payload["value"] = c.ActionID, d.blockID, text
		return nil
	}
	return slNotDrawn(c)
}

func slGoodOptions(ack json.RawMessage) bool {
	v, err := slDecode(bytes.NewReader(ack))
	o, ok := v.(slObj)
	if err != nil || !ok {
		return false
	}
	c := &slChecker{}
	shape := slOptions(slShape{})
	shape["options"] = slMay(slList(0, 100, slOption)) // nothing found is a fair answer
	c.object("", maps.Clone(o), shape)
	return c.faults == nil && (o["options"] != nil) != (o["option_groups"] != nil)
}
