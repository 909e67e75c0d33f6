package commands

import (
	"strings"

	"couponbot/store"
)

// lineOf is the whole line that asks for these contents, to be copied, changed and typed again.
func (d *Desk) lineOf(c store.Contents) string {
	words := []string{d.config.Command, "send", quote(c.StockName)}
	for _, id := range c.OpenIDs {
		words = append(words, quote(id))
	}
	flag := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name, quote(value))
		}
	}
	flag("reason", c.Reason)
	flag("ticket", c.Ticket)
	flag("note", c.Note)
	if c.Value > 0 {
		flag("value", c.Value.String())
		flag("minimum", c.Minimum.String())
	}
	return strings.Join(words, " ")
}
