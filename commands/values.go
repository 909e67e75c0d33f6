package commands

import (
	"strconv"
	"strings"
	"time"

	"couponbot/store"
)

// The values of buttons name exactly what was shown: "D5", "S12.r1", "settle:7", "stop:3". They say what a press is
// about and never what the presser may do.

// DraftValue is the value of send.confirm, send.edit and send.discard.
func DraftValue(id int64) string { return store.DraftName(id) }

// SendValue is the value of every button of a send's cards, and of the form that rejects one.
func SendValue(s store.Send) string {
	return store.SendName(s.ID) + ".r" + strconv.Itoa(s.Revision)
}

// SettleValue is the value of settle.confirm.
func SettleValue(id int64) string { return store.SettlementName(id) }

// StartValue is the value of start.confirm; id is the stop's.
func StartValue(id int64) string { return store.StopName(id) }

// stopValue is the value of stop.confirm: who was shown the card, when, and the why on it.
func stopValue(person string, shown time.Time, why string) string {
	return strconv.FormatInt(shown.UnixMilli(), 10) + "." + person + "." + why
}

func parseDraft(value string) (id int64, ok bool) { return parseAfter("D", value) }

func parseSettle(value string) (id int64, ok bool) { return parseAfter("settle:", value) }

func parseStart(value string) (id int64, ok bool) { return parseAfter("stop:", value) }

func parseSend(value string) (id int64, revision int, ok bool) {
	name, rest, both := strings.Cut(value, ".r")
	id, ok = parseAfter("S", name)
	n, fine := parseAfter("", rest)
	return id, int(n), ok && both && fine && n <= 1<<31-1
}

func parseStop(value string) (person string, shown time.Time, why string, ok bool) {
	parts := strings.SplitN(value, ".", 3)
	if len(parts) != 3 {
		return "", time.Time{}, "", false
	}
	ms, ok := parseAfter("", parts[0])
	return parts[1], time.UnixMilli(ms).UTC(), parts[2], ok && parts[1] != "" && parts[2] != ""
}

// parseAfter reads a positive decimal as we write them: no sign, no leading zero, nothing behind it.
func parseAfter(prefix, value string) (int64, bool) {
	digits, ok := strings.CutPrefix(value, prefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil && n > 0 && strconv.FormatInt(n, 10) == digits
}

// isSubject tells whether a word is the value of a draft, a settlement, a stop or a schedule, or what a campaign's card is
// about: ours, not a person's.
func isSubject(word string) bool {
	_, draft := parseDraft(word)
	_, settle := parseSettle(word)
	_, stop := parseStart(word)
	name, _, _ := strings.Cut(word, ".")
	_, schedule := parseAfter("schedule:", name)
	campaign, ofCampaign := strings.CutPrefix(word, store.CampaignName(""))
	return draft || settle || stop || schedule || ofCampaign && store.IsAudienceName(campaign)
}
