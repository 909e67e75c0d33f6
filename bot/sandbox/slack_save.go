package sandbox

import (
	"encoding/json"
	"fmt"
)

// Save is the whole workspace as JSON: people, channels, messages, files; not open sockets, forms or faults.
func (s *Slack) Save() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.d)
}

// Load puts back what Save gave.
func (s *Slack) Load(b []byte) error {
	d := slNewData()
	clear(d.Channels)
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("read the saved workspace: %w", err)
	}
	for _, ch := range d.Channels {
		ch.byTS = map[string]*slMessage{}
		for _, m := range ch.Messages {
			ch.byTS[m.TS] = m
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d = d
	s.changed()
	return nil
}

// Version rises with every visible change.
func (s *Slack) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}
