package sandbox

// slShortcuts are those of the app's manifest: where they are offered, by callback_id.
var slShortcuts = map[string]string{"coupon_send": "global", "coupon_from_message": "message"}

// Shortcut is a person choosing one of the app's shortcuts, for a message when it is about one.
func (s *Slack) Shortcut(as, callback, channel, ts string) (slDelivery, error) {
	s.mu.Lock()
	p, err := s.actor(as)
	kind := slShortcuts[callback]
	if err == nil && (kind == "" || (kind == "message") != (ts != "")) {
		err = &slRefused{"no_such_shortcut", "there is no such shortcut here: " + callback}
	}
	if err != nil {
		s.mu.Unlock()
		return slDelivery{}, err
	}
	payload := s.interaction("shortcut", p)
	payload["callback_id"], payload["action_ts"] = callback, s.nextTS()
	if kind == "message" {
		err = s.messageShortcut(p, channel, ts, payload)
	}
	s.mu.Unlock()
	if err != nil {
		return slDelivery{}, err
	}
	return s.deliver("interactive", false, payload, nil, nil), nil
}

func (s *Slack) messageShortcut(p *slPerson, channel, ts string, payload slObj) error {
	_, ch, err := s.place(p.ID, channel)
	if err != nil {
		return err
	}
	m := ch.byTS[ts]
	if m == nil || m.Deleted || m.To != "" {
		return &slRefused{"no_such_message", "there is no such message for " + p.Name}
	}
	payload["type"], payload["message_ts"], payload["message"] = "message_action", ts, m.wire()
	payload["channel"] = slObj{"id": ch.ID, "name": ch.wireName()}
	payload["response_url"] = s.newHook("app", p.ID, ch, nil)
	return nil
}

// Say is a person writing a message.
func (s *Slack) Say(as, channel, text string) (ts string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ch, err := s.place(as, channel)
	if err != nil {
		return "", err
	}
	if s.archived(ch) {
		return "", &slRefused{"is_archived", "#" + ch.Name + " is archived"}
	}
	if text == "" {
		return "", &slRefused{"no_text", "there is nothing to say"}
	}
	return s.add(ch, &slMessage{User: as, Text: s.typed(text)}).TS, nil
}

// OpenHome is a person opening the app's page; the app hears app_home_opened each time.
func (s *Slack) OpenHome(as, tab string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.actor(as)
	if err != nil {
		return err
	}
	if tab == "" {
		tab = "home"
	}
	event := slObj{"type": "app_home_opened", "user": p.ID, "channel": s.dm(p.ID).ID, "tab": tab}
	if v := s.d.Homes[as]; v != nil && tab == "home" {
		event["view"] = v.wire()
	}
	s.event(event)
	s.changed()
	return nil
}
