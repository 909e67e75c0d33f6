package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// slMessage is a message as stored; To names the only person who sees it, if there is one.
type slMessage struct {
	TS        string                   `json:"ts"`
	Channel   string                   `json:"channel"`
	ThreadTS  string                   `json:"thread_ts,omitempty"`
	User      string                   `json:"user"`
	App       bool                     `json:"app,omitempty"` // written by the app, not by a person
	Text      string                   `json:"text"`
	Blocks    []any                    `json:"blocks,omitempty"`
	Metadata  any                      `json:"metadata,omitempty"`
	EditedTS  string                   `json:"edited_ts,omitempty"`
	Reactions []string                 `json:"reactions,omitempty"`
	Files     []string                 `json:"files,omitempty"`
	To        string                   `json:"to,omitempty"`
	Deleted   bool                     `json:"deleted,omitempty"`
	Version   int                      `json:"version"`
	Earlier   []slShown                `json:"earlier,omitempty"`
	Inputs    map[string]slStateValues `json:"inputs,omitempty"` // by person: what they chose in it
}

// slShown is what a message looked like before it was changed: a click may still be on its way from there.
type slShown struct {
	Version int    `json:"version"`
	Text    string `json:"text"`
	Blocks  []any  `json:"blocks"`
}

const (
	slKeepShown    = 20
	slKeepMessages = 20_000
	slTextShown    = 40_000 // longer texts are cut
	slTextUpdate   = 4_000
	slBlocksBytes  = 13_200 // seen with msg_blocks_too_long; Slack documents no figure
)

// wire is the message as the Web API and payloads show it.
func (m *slMessage) wire() slObj {
	o := slObj{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text, "team": SlackTeam}
	if m.App {
		o["bot_id"], o["app_id"] = slBotID, slAppID
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
	}
	if m.EditedTS != "" {
		o["edited"] = slObj{"user": m.User, "ts": m.EditedTS}
	}
	if m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return o
}

// add stores a new message. Callers hold mu.
func (s *Slack) add(ch *slChannel, m *slMessage) *slMessage {
	m.TS, m.Channel, m.Version = s.nextTS(), ch.ID, 1
	ch.Messages = append(ch.Messages, m)
	ch.byTS[m.TS] = m
	if len(ch.Messages) > slKeepMessages {
		delete(ch.byTS, ch.Messages[0].TS)
		ch.Messages = slices.Delete(ch.Messages, 0, 1)
	}
	s.stats.Messages++
	s.changed()
	return m
}

// redraw changes a message, remembering what it showed. Callers hold mu.
func (s *Slack) redraw(m *slMessage, text string, blocks []any) {
	m.Earlier = append(m.Earlier, slShown{Version: m.Version, Text: m.Text, Blocks: m.Blocks})
	m.Earlier = m.Earlier[max(0, len(m.Earlier)-slKeepShown):]
	m.Text, m.Blocks = text, blocks
	m.Version++
	s.changed()
}

func (s *Slack) archived(ch *slChannel) bool {
	return ch.Archived || s.fault("channel_archived", ch.ID) != nil
}

func (s *Slack) botIn(ch *slChannel) bool {
	return ch.has(SlackBotUser) && s.fault("bot_removed", ch.ID) == nil
}

// writable finds a channel the bot may write to now, by id or name.
func (s *Slack) writable(id string) (*slChannel, error) {
	ch := s.d.Channels[id]
	if name := strings.TrimPrefix(id, "#"); ch == nil && name != "" {
		for _, c := range s.d.Channels {
			if c.Name == name {
				ch = c
			}
		}
	}
	switch {
	case ch == nil || ch.Peer != "" && s.d.People[ch.Peer].Deleted:
		return nil, slFail("channel_not_found")
	case s.archived(ch):
		return nil, slFail("is_archived")
	case !s.botIn(ch) && !slices.Contains(s.scopes(false), "chat:write.public"):
		return nil, slFail("not_in_channel")
	}
	return ch, nil
}

// slContent is the part of a call that is drawn.
type slContent struct {
	text               string
	blocks             []any
	hasText, hasBlocks bool
}

// content reads and checks text and blocks as chat.* takes them.
func (s *Slack) content(c *slCall) (slContent, error) {
	out := slContent{text: c.str("text"), hasText: c.has("text"), hasBlocks: c.has("blocks")}
	raw, err := c.value("blocks")
	if err != nil {
		return out, slFail("invalid_blocks_format")
	}
	if c.has("attachments") {
		list, err := c.value("attachments")
		if l, ok := list.([]any); err != nil || !ok || len(l) > 0 {
			return out, &slError{code: "invalid_attachments", messages: []string{"[ERROR] this workspace draws blocks only [json-pointer:/attachments]"}}
		}
	}
	if md := c.str("markdown_text"); md != "" {
		if out.text != "" || out.hasBlocks {
			return out, slFail("markdown_text_conflict")
		}
		raw, out.hasBlocks = []any{slObj{"type": "markdown", "text": md}}, true
	}
	if raw == nil {
		out.hasBlocks = false
		return out, nil
	}
	out.blocks, err = slCheckBlocks(raw, slSurfaceMessage)
	if err != nil {
		return out, err
	}
	if b, _ := json.Marshal(out.blocks); utf8.RuneCount(b) > slBlocksBytes {
		return out, slFail("msg_blocks_too_long")
	}
	if out.text == "" && len(out.blocks) > 0 {
		c.warning = "missing_text_in_message"
	}
	return out, nil
}

func (c slContent) empty() bool { return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 }

func slCut(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes])
}

func (s *Slack) postMessage(c *slCall) (slObj, error) {
	target := c.str("channel")
	if p := s.d.People[target]; p != nil {
		if p.Deleted || p.Bot {
			return nil, slFail("channel_not_found")
		}
		target = s.dm(p.ID).ID
	}
	ch, err := s.writable(target)
	if err != nil {
		return nil, err
	}
	body, err := s.content(c)
	if err != nil {
		return nil, err
	}
	if body.empty() {
		return nil, slFail("no_text")
	}
	m := &slMessage{User: SlackBotUser, App: true, Text: slCut(body.text, slTextShown), Blocks: body.blocks, ThreadTS: c.str("thread_ts")}
	if m.ThreadTS != "" {
		if root := ch.byTS[m.ThreadTS]; root == nil || root.Deleted || root.To != "" {
			return nil, slFail("thread_not_found")
		}
	}
	if m.Metadata, err = slMetadata(c); err != nil {
		return nil, err
	}
	s.add(ch, m)
	return slObj{"channel": ch.ID, "ts": m.TS, "message": m.wire()}, nil
}

func slMetadata(c *slCall) (any, error) {
	v, err := c.value("metadata")
	if err != nil {
		return nil, slFail("invalid_metadata_format")
	}
	if m, ok := v.(slObj); v != nil && (!ok || m["event_type"] == nil || m["event_payload"] == nil) {
		return nil, slFail("invalid_metadata_schema")
	}
	return v, nil
}

// updateMessage follows Slack's rules for what stays: neither text nor blocks, the blocks stay;
// text alone takes the blocks away; blocks are drawn and text is then only the fallback.
func (s *Slack) updateMessage(c *slCall) (slObj, error) {
	ch := s.d.Channels[c.str("channel")]
	if ch == nil {
		return nil, slFail("channel_not_found")
	}
	m := ch.byTS[c.str("ts")]
	switch {
	case s.archived(ch):
		return nil, slFail("is_inactive")
	case !s.botIn(ch):
		return nil, slFail("not_in_channel")
	case m == nil || m.Deleted || m.To != "":
		return nil, slFail("message_not_found")
	case m.User != SlackBotUser:
		return nil, slFail("cant_update_message")
	}
	body, err := s.content(c)
	if err != nil {
		return nil, err
	}
	switch {
	case utf8.RuneCountInString(body.text) > slTextUpdate:
		return nil, slFail("msg_too_long")
	case !body.hasText && !body.hasBlocks && !c.has("metadata"):
		return nil, slFail("no_text")
	case !body.hasBlocks && !body.hasText:
		body.text, body.blocks = m.Text, m.Blocks
	case body.empty():
		return nil, slFail("no_text")
	}
	if c.has("metadata") {
		if m.Metadata, err = slMetadata(c); err != nil {
			return nil, err
		}
	}
	s.redraw(m, body.text, body.blocks)
	if !body.hasBlocks {
		m.EditedTS = s.nextTS()
	}
	return slObj{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": m.wire()}, nil
}

func (s *Slack) postEphemeral(c *slCall) (slObj, error) {
	ch, err := s.writable(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if !ch.has(c.str("user")) || s.d.People[c.str("user")].Deleted {
		return nil, slFail("user_not_in_channel")
	}
	body, err := s.content(c)
	if err != nil {
		return nil, err
	}
	if body.empty() {
		return nil, slFail("no_text")
	}
	m := s.add(ch, &slMessage{User: SlackBotUser, App: true, Text: body.text, Blocks: body.blocks, To: c.str("user")})
	return slObj{"message_ts": m.TS}, nil
}

func (s *Slack) deleteMessage(c *slCall) (slObj, error) {
	ch := s.d.Channels[c.str("channel")]
	if ch == nil {
		return nil, slFail("channel_not_found")
	}
	m := ch.byTS[c.str("ts")]
	if m == nil || m.Deleted || m.To != "" {
		return nil, slFail("message_not_found")
	}
	if m.User != SlackBotUser {
		return nil, slFail("cant_delete_message")
	}
	s.redraw(m, "", nil)
	m.Deleted = true
	return slObj{"channel": ch.ID, "ts": m.TS}, nil
}

func (s *Slack) permalink(c *slCall) (slObj, error) {
	ch := s.d.Channels[c.str("channel")]
	if ch == nil {
		return nil, slFail("channel_not_found")
	}
	m := ch.byTS[c.str("message_ts")]
	if m == nil || m.Deleted || m.To != "" {
		return nil, slFail("message_not_found")
	}
	return slObj{"channel": ch.ID, "permalink": c.base + "/#" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")}, nil
}
