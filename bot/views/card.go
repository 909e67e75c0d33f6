package views

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// What Slack takes (Slack docs, Block Kit reference). A whole message has no documented limit but is refused somewhere
// above 13,000 characters, and an answer on a socket is dropped from 20 KB on, so a message keeps well under both.
const (
	textMost    = 500 // Slack takes 4000; a notification shows far less
	sectionMost = 3000
	fieldMost   = 2000
	headerMost  = 150
	buttonMost  = 75
	fieldsMost  = 10
	blocksMost  = 50
	messageMost = 9_500
	bytesMost   = 16_000
)

// linesMost is how many coupons, customers or limits one card lists.
const linesMost = 10

// card builds one message.
type card struct {
	tongue
	blocks []slack.Block
}

func (v *Views) card(r Reader) *card { return &card{tongue: v.tongue(r)} }

func marked(s string, most int) *slack.TextBlockObject {
	// verbatim: or Slack would find links and @channel in text that is not ours.
	return slack.NewTextBlockObject(slack.MarkdownType, clip(s, most), false, true)
}

func unmarked(s string, most int, emoji bool) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, cut(s, most), emoji, false)
}

// head is the heading of a card.
func (c *card) head(key string, a args) {
	c.blocks = append(c.blocks, slack.NewHeaderBlock(unmarked(c.write(plain, key, a), headerMost, true)))
}

// say is a paragraph.
func (c *card) say(key string, a args) { c.section(c.write(mrkdwn, key, a)) }

// sayPhrases is a paragraph of sentences, one on each line.
func (c *card) sayPhrases(all ...phrase) {
	lines := make([]string, len(all))
	for i, p := range all {
		lines[i] = c.value(mrkdwn, p)
	}
	c.section(strings.Join(lines, "\n"))
}

func (c *card) section(mrkdwn string) {
	if mrkdwn != "" {
		c.blocks = append(c.blocks, slack.NewSectionBlock(marked(mrkdwn, sectionMost), nil, nil))
	}
}

// quote is a longer text of a person's, which can format nothing, not even by mistake.
func (c *card) quote(label, text string) {
	if text = clean(text); text != "" {
		c.copy(c.write(plain, label, nil) + "\n" + text)
	}
}

// copy is text that a person is to copy as it is.
func (c *card) copy(text string) {
	c.blocks = append(c.blocks, slack.NewSectionBlock(unmarked(text, sectionMost, false), nil, nil))
}

// field is a label and its value; one without a value is left out.
type field struct {
	label string
	value any
}

func (c *card) fields(all ...field) {
	var out []*slack.TextBlockObject
	for _, f := range all {
		if text := c.value(mrkdwn, f.value); text != "" {
			out = append(out, marked("*"+c.write(mrkdwn, f.label, nil)+"*\n"+text, fieldMost))
		}
	}
	for len(out) > 0 {
		n := min(len(out), fieldsMost)
		c.blocks = append(c.blocks, slack.NewSectionBlock(nil, out[:n:n], nil))
		out = out[n:]
	}
}

// small is a line of small text.
func (c *card) small(key string, a args) { c.smallText(c.write(mrkdwn, key, a)) }

func (c *card) smallText(mrkdwn string) {
	if mrkdwn != "" {
		c.blocks = append(c.blocks, slack.NewContextBlock("", marked(mrkdwn, sectionMost)))
	}
}

// dialog asks once more before what cannot be taken back. Its keys are the button's, with .title, .text and .go.
type dialog struct {
	key  string
	args args
}

type button struct {
	action string
	value  string
	style  slack.Style
	dialog *dialog
}

// buttons are the card's one row of actions.
func (c *card) buttons(all ...button) { c.row("actions", all...) }

// row is a row of actions on a card that may have several, each with an id of its own; their labels are found by their
// action.
func (c *card) row(id string, all ...button) {
	if len(all) == 0 {
		return
	}
	elements := make([]slack.BlockElement, len(all))
	for i, b := range all {
		label := unmarked(c.write(plain, "button."+strings.ReplaceAll(b.action, ".", "_"), nil), buttonMost, true)
		e := slack.NewButtonBlockElement(b.action, b.value, label).WithStyle(b.style)
		if b.dialog != nil {
			e.Confirm = c.dialog(*b.dialog, b.style)
		}
		elements[i] = e
	}
	c.blocks = append(c.blocks, slack.NewActionBlock(id, elements...))
}

func (c *card) dialog(d dialog, style slack.Style) *slack.ConfirmationBlockObject {
	text := func(part string, most int) *slack.TextBlockObject {
		return unmarked(c.write(plain, "dialog."+d.key+"."+part, d.args), most, false)
	}
	deny := unmarked(c.write(plain, "dialog.deny", nil), 30, false)
	return slack.NewConfirmationBlockObject(text("title", 100), text("text", 300), text("go", 30), deny).WithStyle(style)
}

// message ends the card; key is its summary.
func (c *card) message(key string, a args) Message {
	m := Message{Text: clip(c.write(summary, key, a), textMost), Blocks: c.blocks}
	return fit(m)
}

// fit keeps a message within what Slack takes: the longest text is halved until the whole is small enough. Blocks
// beyond Slack's number go too, but never the last one, where the buttons are.
func fit(m Message) Message {
	if n := len(m.Blocks); n > blocksMost {
		m.Blocks = append(m.Blocks[:blocksMost-1:blocksMost-1], m.Blocks[n-1])
	}
	for tooLarge(m) {
		longest := longestText(m.Blocks)
		if longest == nil {
			return m
		}
		half := utf8.RuneCountInString(longest.Text) / 2
		if longest.Type == slack.MarkdownType {
			longest.Text = clip(longest.Text, half)
		} else {
			longest.Text = cut(longest.Text, half)
		}
	}
	return m
}

func tooLarge(m Message) bool {
	body, err := json.Marshal(m) // as slack-go writes it
	return err == nil && (len(body) > bytesMost || utf8.RuneCount(body) > messageMost)
}

// longestText is the one worth shortening; nil when none is.
func longestText(blocks []slack.Block) *slack.TextBlockObject {
	var longest *slack.TextBlockObject
	most := 40
	for _, t := range shortenable(blocks) {
		if n := utf8.RuneCountInString(t.Text); n > most {
			longest, most = t, n
		}
	}
	return longest
}

// shortenable are the texts of a message apart from headings and buttons, which are short.
func shortenable(blocks []slack.Block) []*slack.TextBlockObject {
	var out []*slack.TextBlockObject
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.SectionBlock:
			if b.Text != nil {
				out = append(out, b.Text)
			}
			out = append(out, b.Fields...)
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slack.TextBlockObject); ok {
					out = append(out, t)
				}
			}
		}
	}
	return out
}
