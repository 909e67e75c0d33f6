package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// help lists what this person may do; words narrow it to the verbs that they are about.
func (d *Desk) help(ctx context.Context, q asked) (Reply, error) {
	var words []string
	for _, a := range q.args {
		words = append(words, strings.ToLower(narrow(a.text)))
	}
	answer := Help{Command: d.config.Command, Word: strings.Join(words, " ")}
	shown, err := d.shownTo(ctx, q.Person)
	if err != nil {
		return nil, err
	}
	var near []Topic
	likely := ""
	if len(words) > 0 {
		likely = nearest(words[0], verbs())
	}
	for _, c := range table() {
		if !shown(c) {
			continue
		}
		topic := Topic{Verb: c.verb, Usage: c.usage, Examples: d.examples(c.verb)}
		if c.about(words) {
			answer.Topics = append(answer.Topics, topic)
		}
		if c.verb == likely {
			near = append(near, topic)
		}
	}
	if len(answer.Topics) == 0 {
		answer.Topics = near
	}
	return answer, nil
}

// shownTo tells which rows are a person's.
func (d *Desk) shownTo(ctx context.Context, person string) (func(command) bool, error) {
	var mine []Right
	for _, r := range Rights() {
		has, err := d.has(ctx, person, groupAge, r)
		if err != nil {
			return nil, &Refusal{Code: CouldNotCheck, Err: err}
		}
		if has {
			mine = append(mine, r)
		}
	}
	decides, err := d.in(ctx, person, groupAge, d.approvers())
	if err != nil {
		return nil, &Refusal{Code: CouldNotCheck, Err: err}
	}
	return func(c command) bool {
		readers := slices.Concat(c.needs, c.shown)
		return (decides || !c.asks) && (len(readers) == 0 || slices.ContainsFunc(readers, func(r Right) bool { return slices.Contains(mine, r) }))
	}, nil
}

// about tells whether each of these words is found in what the row says; the verb itself is enough.
func (c command) about(words []string) bool {
	if len(words) == 1 && slices.Contains(verbs(), words[0]) {
		return words[0] == c.verb
	}
	text := strings.ToLower(strings.Join([]string{c.verb, c.usage, c.found}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// anOpenID is one that looks like those of WeChat's own documents.
const anOpenID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

// examples are whole lines that this configuration would understand.
func (d *Desk) examples(verb string) []string {
	var lines []string
	switch verb {
	case "send":
		lines = d.sendExamples()
	case "status":
		lines = []string{"status S123", "status S123-1"}
	case "who":
		lines = []string{"who " + anOpenID}
	case "find":
		lines = []string{"find " + cmp.Or(d.ticketExample(), "T-4821"), "find " + anOpenID, "find S123-1"}
	case "stock":
		lines = []string{"stock " + d.stockExample()}
	case "recheck":
		lines = []string{"recheck S123", "recheck S123-1"}
	case "limits":
		lines = []string{"limits", "limits <@U01AGENT>"}
	case "approve", "reject", "withdraw", "pause", "resume", "cancel", "retry":
		lines = []string{verb + " S123"}
	case "settle":
		lines = []string{"settle S123-1 issued 98674556", `settle S123-1 refused "not in the customer's list"`}
	case "audience":
		lines = []string{"audience new", "audience list", "audience show vip"}
	case "campaign":
		lines = []string{"campaign new", "campaign list", "campaign dryrun spring-sale", "campaign start spring-sale"}
	case "schedule":
		lines = []string{`schedule spring-sale "0 9 * * 1-5" --until ` + d.now().AddDate(0, 3, 0).Format(time.DateOnly) + " --total 5000.00", "schedule list", "schedule skip spring-sale"}
	case "stop":
		lines = []string{"stop wrong coupons are going out"}
	case "help":
		lines = []string{"help", "help send"}
	default:
		lines = []string{verb}
	}
	for i := range lines {
		lines[i] = d.config.Command + " " + lines[i]
	}
	return lines
}

// sendExamples name the stocks, the reasons and a ticket of the configuration: one for an ordinary stock, and one for a
// stock whose value is chosen.
func (d *Desk) sendExamples() []string {
	more := ""
	if len(d.config.Reasons) > 0 {
		more += " --reason " + quote(d.config.Reasons[0])
	}
	if t := d.ticketExample(); t != "" {
		more += " --ticket " + t
	}
	var plain, chosen string
	for _, s := range d.config.Stocks {
		line := "send " + s.Name + " " + anOpenID + more
		if s.Custom != nil && chosen == "" {
			chosen = line + " --value " + s.Custom.From.String() + " --minimum " + (s.Custom.From * 2).String()
		} else if s.Custom == nil && plain == "" {
			plain = line
		}
	}
	if plain == "" && chosen == "" {
		plain = "send 9856000 " + anOpenID + more
	}
	return slices.DeleteFunc([]string{"send", plain, chosen}, func(s string) bool { return s == "" })
}

// stockExample is how the first stock is called.
func (d *Desk) stockExample() string {
	for _, s := range d.config.Stocks {
		return s.Name
	}
	return "9856000"
}

// ticketExample is a ticket that the pattern allows; "" when no usual one fits, and when tickets are free.
func (d *Desk) ticketExample() string {
	if d.config.Ticket == nil {
		return ""
	}
	for _, t := range []string{"T-4821", "TICKET-4821", "t-4821", "4821", "48210", "482100", "4821000", "48210000", "#4821", "T4821", "INC0004821", "2026-4821"} {
		if d.config.Ticket.MatchString(t) {
			return t
		}
	}
	return ""
}
