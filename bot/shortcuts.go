package bot

import (
	"context"
	"encoding/json"
	"time"

	"couponbot/commands"
)

// shortcut opens the form that a shortcut is for.
func (b *Bot) shortcut(e *envelope, p interaction) {
	ctx, cancel := context.WithDeadline(b.handling, e.came.Add(storeWithin))
	defer cancel()
	o := b.asked(p.User.ID, func() (commands.Reply, error) {
		return b.desk.Open(ctx, p.ask(e), p.Callback, written(p.Message))
	})
	if !b.opens(e, &o, p.User.ID, p.Trigger, origin{url: p.ResponseURL, channel: p.channel()}) {
		b.say(p.ResponseURL, p.channel(), p.User.ID, o.message, false)
	}
}

// written is everything that a message says: what people write stands in its text, what other apps post often only in
// attachments or blocks.
func written(message json.RawMessage) string {
	var m struct {
		Text        string          `json:"text"`
		Blocks      json.RawMessage `json:"blocks"`
		Attachments json.RawMessage `json:"attachments"`
	}
	if json.Unmarshal(message, &m) != nil {
		return ""
	}
	all := m.Text
	for _, part := range []json.RawMessage{m.Attachments, m.Blocks} {
		var v any
		if json.Unmarshal(part, &v) == nil {
			all += texts(v)
		}
	}
	return all
}

// texts are the strings of what Slack draws, a line each.
func texts(v any) (out string) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			out += texts(one)
		}
	case map[string]any:
		for _, key := range []string{"pretext", "title", "text", "value", "fields", "elements", "blocks"} {
			if s, ok := v[key].(string); ok {
				out += "\n" + s
			} else {
				out += texts(v[key])
			}
		}
	}
	return out
}

// noOptions is a picker's answer when there is nothing to offer; slack-go's own would be read as no answer.
var noOptions = map[string]any{"options": []any{}}

// suggestWithin is how long after a keystroke a picker may be answered: Slack waits three seconds and asks only once.
const suggestWithin = 2200 * time.Millisecond

// suggest answers a picker while somebody types.
func (b *Bot) suggest(e *envelope, p interaction) {
	ctx, cancel := context.WithDeadline(b.handling, e.came.Add(suggestWithin))
	defer cancel()
	all, err := b.desk.Suggest(ctx, p.keyed(""), p.Field, p.Typed)
	if err != nil {
		b.log.Warn("nothing to offer in a picker", "person", p.User.ID, "field", p.Field, "err", err)
	}
	options := b.views.Options(b.reader(b.people.remembered(p.User.ID)), all)
	for ; len(options) > 0; options = options[:len(options)/2] {
		if body, err := json.Marshal(options); err == nil && len(body) < maxAck-100 {
			e.ack(map[string]any{"options": options})
			return
		}
	}
	e.ack(noOptions)
}
