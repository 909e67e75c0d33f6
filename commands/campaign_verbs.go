package commands

import (
	"context"
	"errors"
	"slices"
	"strings"

	"couponbot/store"
)

// campaignActions are what the verb does, and to campaigns by name those from the third on.
var campaignActions = []string{"new", "list", "show", "edit", "dryrun", "start", "pause", "resume", "cancel", "retry"}

// campaign is the verb: its first word says what to do with the campaign that its second names.
func (d *Desk) campaign(ctx context.Context, q asked) (Reply, error) {
	what, name := q.what()
	switch {
	case !slices.Contains(campaignActions, what):
		return nil, q.unknown(campaignActions)
	case what == "new":
		return d.campaignForm(ctx, name)
	case what == "list" && name != "":
		return nil, &Refusal{Code: TooMany, Verb: q.row.verb, Usage: q.row.usage, Word: q.args[1].text}
	case what == "list":
		return d.campaigns(ctx)
	case name == "":
		return nil, &Refusal{Code: TooFew, Verb: q.row.verb, Usage: q.row.usage}
	}
	c, err := d.campaignOf(ctx, q.args[1].text)
	if err != nil {
		return nil, err
	}
	switch what {
	case "show":
		return d.CampaignFacts(ctx, c.Name)
	case "edit":
		return d.changeCampaign(ctx, c)
	case "dryrun":
		return d.dryRun(ctx, q.Ask, c)
	case "start":
		return d.startTyped(ctx, q.Ask, c)
	}
	return d.steerRun(ctx, q.Ask, c, what)
}

// what are the first two words of a verb that does several things: which one, and to what.
func (q asked) what() (what, name string) {
	what = strings.ToLower(narrow(q.args[0].text))
	if len(q.args) > 1 {
		name = strings.ToLower(narrow(q.args[1].text))
	}
	return what, name
}

// unknown is the refusal for a first word that says nothing of what the verb does.
func (q asked) unknown(actions []string) *Refusal {
	what, _ := q.what()
	r := &Refusal{Code: UnknownVerb, Word: q.row.verb + " " + q.args[0].text}
	if near := nearest(what, actions); near != "" {
		r.Nearest = q.row.verb + " " + near
	}
	return r
}

// campaignOf reads a campaign that somebody named.
func (d *Desk) campaignOf(ctx context.Context, word string) (store.Campaign, error) {
	name := strings.ToLower(strings.Trim(narrow(word), "`*"))
	c, err := d.ledger.Campaign(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return c, err
	}
	all, err := d.ledger.Campaigns(ctx, campaignsAll)
	if err != nil {
		return c, err
	}
	var names []string
	for _, other := range all {
		names = append(names, other.Name)
	}
	return c, &Refusal{Code: NoSuchCampaign, Word: word, Nearest: nearest(name, names)}
}

// campaignsMost is how many campaigns a list brings.
const campaignsMost = 20

func (d *Desk) campaigns(ctx context.Context) (Reply, error) {
	all, err := d.ledger.Campaigns(ctx, campaignsMost)
	if err != nil {
		return nil, err
	}
	var answer CampaignList
	for _, c := range all {
		view, err := d.CampaignFacts(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		answer.Campaigns = append(answer.Campaigns, view)
	}
	return answer, nil
}

// dryRun asks for figures; the card that shows them is posted to who asked, and has the Start button when they are there.
func (d *Desk) dryRun(ctx context.Context, ask Ask, c store.Campaign) (Reply, error) {
	if _, err := d.ledger.AskDryRun(ctx, c.ID, ask.Person, ask.Input); err != nil {
		return nil, err
	}
	return CampaignChanged{Campaign: c, Verb: "dryrun"}, nil
}

// startTyped shows the campaign with its Start button when a dry run fits it, and asks for one otherwise: a run starts
// from what somebody has seen.
func (d *Desk) startTyped(ctx context.Context, ask Ask, c store.Campaign) (Reply, error) {
	view, err := d.CampaignFacts(ctx, c.Name)
	if err != nil || view.Fresh {
		return view, err
	}
	return d.dryRun(ctx, ask, c)
}

// startAgain is Ask again pressed on a run that came to nothing: it starts from a dry run of now. On the approval of a
// series it shows the schedule once more, to be saved anew.
func (d *Desk) startAgain(ctx context.Context, ask Ask, s store.Send) (Reply, error) {
	if err := d.need(ctx, ask.Person, groupAge, RightCampaign); err != nil {
		return nil, err
	}
	c, err := d.campaignOf(ctx, s.Campaign)
	if err != nil {
		return nil, err
	}
	run, err := d.ledger.Run(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if !run.Series {
		return d.startTyped(ctx, ask, c)
	}
	again, err := d.ledger.ScheduleByID(ctx, run.Schedule)
	if err != nil {
		return nil, err
	}
	again.CampaignRevision, again.MadeBy = c.Revision, ask.Person
	return d.shown(ctx, again, ask.Input)
}

// steerRun does to a campaign's run what the verbs for sends do to one.
func (d *Desk) steerRun(ctx context.Context, ask Ask, c store.Campaign, verb string) (Reply, error) {
	s, err := d.runOf(ctx, c, verb)
	if err != nil {
		return nil, err
	}
	return d.steerSend(ctx, ask, c, s, verb)
}

// runOf is the run that a verb is about: the newest.
func (d *Desk) runOf(ctx context.Context, c store.Campaign, verb string) (store.Send, error) {
	runs, err := d.ledger.RunsOf(ctx, c.ID, 1)
	if err != nil {
		return store.Send{}, err
	}
	if len(runs) == 0 {
		return store.Send{}, &Refusal{Code: NoRun, Word: c.Name, Verb: verb}
	}
	return runs[0], nil
}

// steerSend carries a verb out on a run. Who may run campaigns may steer any of them: the next shift ends what the last
// one began. Pausing is for admins too.
func (d *Desk) steerSend(ctx context.Context, ask Ask, c store.Campaign, s store.Send, verb string) (Reply, error) {
	if verb == "retry" {
		return d.retryRun(ctx, ask, c, s)
	}
	do := map[string]func(context.Context, int64, string, string) error{
		"pause": d.ledger.PauseSend, "resume": d.ledger.ResumeSend, "cancel": d.ledger.CancelSend,
	}[verb]
	if s.State == store.SendAwaiting && verb == "cancel" {
		if s.RequestedBy != ask.Person {
			return nil, &Refusal{Code: NotYours, Word: store.SendName(s.ID)}
		}
		do = func(ctx context.Context, id int64, by, input string) error {
			return d.ledger.WithdrawSend(ctx, id, by, "", input)
		}
	}
	if err := steered(s, do(ctx, s.ID, ask.Person, ask.Input)); err != nil {
		return nil, err
	}
	return CampaignChanged{Campaign: c, Send: d.newest(ctx, s), Verb: verb}, nil
}

func (d *Desk) retryRun(ctx context.Context, ask Ask, c store.Campaign, s store.Send) (Reply, error) {
	if again, err := d.again(ctx, ask); err != nil {
		return nil, err
	} else if again {
		return d.CampaignFacts(ctx, c.Name)
	}
	reply, err := d.retryNow(ctx, ask, s, nil)
	if done, ok := reply.(Retried); ok && err == nil {
		return CampaignChanged{Campaign: c, Send: done.Send, Verb: "retry", Retried: done.Retried}, nil
	}
	return reply, err
}
