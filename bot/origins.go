package bot

import (
	"sync"
	"time"

	"couponbot/commands"
	"couponbot/store"
)

// An origin is where a form was asked for. It is a memory of this process: without it what follows the form is told in
// direct messages.
type origin struct {
	url     string // a response URL: a secret
	channel string
	press   *pressed // the button that opened it, if one did
	private bool     // it stands on a message that only its reader sees
	until   time.Time
	closed  bool // the form has been accepted
}

// forms are those that this process opened, while their response URLs live.
type forms struct {
	now func() time.Time

	mu  sync.Mutex
	all map[string]origin // by the form's external_id: our name for it, there before it can be filled in
}

func newForms(now func() time.Time) *forms { return &forms{now: now, all: map[string]origin{}} }

func (f *forms) opens(form string, from origin) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if len(f.all) >= keysKept {
		for id, other := range f.all {
			if now.After(other.until) || len(f.all) >= keysKept {
				delete(f.all, id)
			}
		}
	}
	from.until = now.Add(store.ResponseLife)
	f.all[form] = from
}

// of is where a form came from; of one that another process opened, only the channel that the form itself names.
func (f *forms) of(v view) origin {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, ok := f.all[v.Name]
	switch {
	case !ok && v.Callback == commands.FormSend:
		return origin{channel: v.Meta}
	case f.now().After(from.until):
		from.url = ""
	}
	return from
}

// close notes that a form was accepted; false when it had been before.
func (f *forms) close(form string) (first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, ok := f.all[form]
	first = !ok || !from.closed
	if ok {
		from.closed = true
		f.all[form] = from
	}
	return first
}
