package commands

import (
	"regexp"
	"strconv"
	"strings"

	"couponbot/store"
)

var yuan = regexp.MustCompile(`^([0-9]{1,9})(?:\.([0-9]{1,2}))?$`)

// parseMoney reads yuan with up to two decimals, more than nothing and less than a thousand million: "50", "50.1",
// "５０．１０", "¥50.10", "50元". No sign, no exponent, no thousands separators: what could be misread is no money.
func parseMoney(s string) (store.Fen, bool) {
	s = narrow(s)
	if rest, ok := strings.CutPrefix(s, "¥"); ok {
		s = rest
	} else if rest, ok := strings.CutPrefix(s, "￥"); ok {
		s = rest
	} else {
		s = strings.TrimSuffix(s, "元")
	}
	m := yuan.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	fen, err := strconv.ParseInt(m[1]+(m[2] + "00")[:2], 10, 64)
	return store.Fen(fen), err == nil && fen > 0
}
