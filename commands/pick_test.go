package commands

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

const otherOpenID = "oUpF8uN95-Ptaags6E_roPHg7AG0"

func TestWhatAMessageIsAbout(t *testing.T) {
	for _, c := range []struct {
		name, pattern, text string
		ids, ticket         string
	}{
		{"nothing", `^[A-Z]+-[0-9]+$`, "the customer is angry", "", ""},
		{"an openid and a ticket", `^[A-Z]+-[0-9]+$`, "T-4821: " + anOpenID + " got nothing", anOpenID, "T-4821"},
		{"in Chinese, without a space", `^[A-Z]+-[0-9]+$`, "工单T-4821客户" + anOpenID + "的券没到。", anOpenID, "T-4821"},
		{"full-width punctuation", `^[A-Z]+-[0-9]+$`, "（T-4821）：" + anOpenID + "，" + otherOpenID + "。", anOpenID + " " + otherOpenID, "T-4821"},
		{"each once", "", anOpenID + "\n" + otherOpenID + "\n" + anOpenID, anOpenID + " " + otherOpenID, ""},
		{"in code marks and stars", `^[A-Z]+-[0-9]+$`, "*T-4821* `" + anOpenID + "`", anOpenID, "T-4821"},
		{"in italics", `^[A-Z]+-[0-9]+$`, "_T-4821_ _" + anOpenID + "_", anOpenID, "T-4821"},
		{"in JSON", "", `{"openid":"` + anOpenID + `"}`, anOpenID, ""},
		{"in a link", `^[A-Z]+-[0-9]+$`, "<https://crm.example/c/" + anOpenID + "?t=1|the customer> <https://tickets.example/browse/T-4821>", anOpenID, "T-4821"},
		{"in a link's label", `^[A-Z]+-[0-9]+$`, "<https://tickets.example/77|T-4821>", "", "T-4821"},
		{"a masked openid is none", "", "oUpF…jWeS6o oUpF****NjWeS6o", "", ""},
		{"one character more is none beside certain ones", "", anOpenID + "x " + otherOpenID + " " + strings.Repeat("o", 29), otherOpenID, ""},
		{"one of another length, where nothing else is there", "", "customer oAbC123def456GHI789jkl", "oAbC123def456GHI789jkl", ""},
		{"the certain ones leave it out", "", "oAbC123def456GHI789jkl " + anOpenID, anOpenID, ""},
		{"a hash and a long word are none", "", "8d1f0a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f Donaudampfschifffahrtsgesellschaft", "", ""},
		{"what stands in a link alone is not guessed", "", "<https://files.example/AbC123def456GHI789jkl|file>", "", ""},
		{"a mention is no customer", "", "<@U01ANA> <#C0APPROVE|approvals> <!here>", "", ""},
		{"a pattern that is not anchored matches whole words", `[A-Z]+-[0-9]+`, "xxT-1yy T-2x see T-3", "", "T-3"},
		{"a pattern of any text takes no word of a sentence", `.+`, "hello about 4821 please", "", "4821"},
		{"an openid is no ticket", `.+`, "hello " + anOpenID, anOpenID, ""},
		{"a ticket in Chinese", `^工单-[0-9]+$`, "请看 工单-77 谢谢", "", "工单-77"},
		{"a ticket with a hash", `^#[0-9]+$`, "see #4821.", "", "#4821"},
		{"no pattern, no ticket", "", "T-4821", "", ""},
		{"an ampersand that Slack escaped", `^[A-Z]&[0-9]+$`, "R&amp;7", "", "R&7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &Desk{}
			if c.pattern != "" {
				d.config.Ticket = regexp.MustCompile(c.pattern)
			}
			got := d.pick(c.text)
			if ids := strings.ReplaceAll(got[FieldOpenIDs], "\n", " "); ids != c.ids || got[FieldTicket] != c.ticket {
				t.Errorf("got %q and %q", ids, got[FieldTicket])
			}
		})
	}
	if got := pickOpenIDs(manyOpenIDs(150)); len(got) != maxPeople {
		t.Errorf("%d are picked, more than a send may have", len(got))
	}
}

func manyOpenIDs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(anOpenID[:25] + string([]byte{'a' + byte(i/26), 'a' + byte(i%26), 'x'}) + "\n")
	}
	return b.String()
}

func FuzzPick(f *testing.F) {
	for _, text := range []string{"", "T-4821 " + anOpenID, "<https://x/" + anOpenID + "|T-1>", "_" + otherOpenID + "_，工单T-1", "oAbC123def456GHI789jkl", "&lt;T-1&gt;", "<<|>>", "\xff\xfeT-1", manyOpenIDs(3)} {
		f.Add(text)
	}
	d := &Desk{config: Config{Ticket: regexp.MustCompile(`^[A-Z]+-[0-9]+$`)}}
	f.Fuzz(func(t *testing.T, text string) {
		got := d.pick(text)
		ids := strings.Fields(got[FieldOpenIDs])
		for i, id := range ids {
			if !strings.Contains(text, id) || !openID.MatchString(id) || len(id) < openIDLike || slices.Contains(ids[:i], id) {
				t.Errorf("%q of %q", id, text)
			}
		}
		if len(ids) > maxPeople {
			t.Errorf("%d of %q", len(ids), text)
		}
		if again := pickOpenIDs(strings.Join(ids, "\n")); !slices.Equal(again, ids) {
			t.Errorf("%q is read as %q", ids, again)
		}
		if read, _, refusal := pasted(got[FieldOpenIDs]); len(ids) > 0 && (refusal != nil || !slices.Equal(read, ids)) {
			t.Errorf("the form reads %q as %q, %v", ids, read, refusal)
		}
		if ticket := got[FieldTicket]; ticket != "" && (!strings.Contains(unescape(text), ticket) || !d.config.Ticket.MatchString(ticket)) {
			t.Errorf("%q of %q", ticket, text)
		}
	})
}
