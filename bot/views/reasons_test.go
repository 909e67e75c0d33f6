package views_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"couponbot/bot/views"
	"couponbot/commands/wechatpay"
	"couponbot/store"
)

// Whatever WeChat Pay answers is told with what it means, who must act and whether it is tried again.
func TestEveryReasonOfWeChatPayHasWordsOfItsOwn(t *testing.T) {
	v, err := views.New("/coupon")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "zh"} {
		seen := map[string]wechatpay.Reason{}
		for _, reason := range wechatpay.Reasons() {
			said := explained(v, language, string(reason))
			if strings.Count(said, "\n") != 2 {
				t.Errorf("%s: %s is not told in three sentences: %q", language, reason, said)
			}
			means, _, _ := strings.Cut(said, "\n")
			if other, twice := seen[means]; twice {
				t.Errorf("%s: %s reads like %s: %q", language, reason, other, means)
			}
			seen[means] = reason
			if reason != wechatpay.ReasonUnlisted && means == firstLine(explained(v, language, "no such reason")) {
				t.Errorf("%s: %s has no words", language, reason)
			}
		}
	}
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

// explained is the paragraph of a card about a coupon that was refused for a reason.
func explained(v *views.Views, language, reason string) string {
	s := store.Send{ID: 12, State: store.SendDone, StockName: "sorry-10", Amount: 1000, Counts: store.Counts{Total: 1, Refused: 1}}
	g := store.Grant{ID: store.GrantID{Send: 12, Position: 1}, State: store.GrantRefused, OpenID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", Outcome: reason}
	for _, b := range v.SendCard(views.Reader{Language: language}, views.SendFacts{Send: s, Grants: []store.Grant{g}}).Blocks {
		if section, ok := b.(*slack.SectionBlock); ok && section.Text != nil && strings.HasPrefix(section.Text.Text, "*S12-1") {
			return section.Text.Text
		}
	}
	return ""
}
