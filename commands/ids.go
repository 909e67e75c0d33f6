package commands

import (
	"strings"

	"couponbot/store"
)

// parseID reads "S12" or "S12-1" as people write or paste them; the position is 0 for a whole send.
func parseID(word string) (store.GrantID, *Refusal) {
	id, ok := store.ParseID(strings.Trim(narrow(word), "`*"))
	if !ok {
		return id, &Refusal{Code: BadID, Word: word}
	}
	return id, nil
}

// parseSendID reads the id of a whole send.
func parseSendID(word string) (int64, *Refusal) {
	id, refusal := parseID(word)
	if refusal == nil && id.Position > 0 {
		refusal = &Refusal{Code: BadID, Word: word}
	}
	return id.Send, refusal
}

// name is how people call what id names.
func name(id store.GrantID) string {
	if id.Position == 0 {
		return store.SendName(id.Send)
	}
	return id.String()
}
