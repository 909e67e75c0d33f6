package commands

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"couponbot/store"
)

// mia and moe work on campaigns, and uma uploads lists for them.
const mia, moe, uma = "U11MIA", "U12MOE", "U13UMA"

// A planner understands expressions that come once a day, "M H * * *", and hours from nine to nine.
type planner struct{ zone *time.Location }

const nineToNine = "09:00-21:00"

func (p planner) Timetable(cron, zone string, now time.Time) (t Timetable, err error) {
	cron, named := strings.TrimSpace(cron), ""
	if rest, ok := strings.CutPrefix(cron, "CRON_TZ="); ok {
		named, cron, _ = strings.Cut(rest, " ")
	}
	place := p.zone
	if zone != "" {
		if place, err = time.LoadLocation(zone); err != nil {
			return t, &Refusal{Code: UnknownZone, Word: zone}
		}
	}
	var minute, hour int
	switch n, _ := fmt.Sscanf(cron, "%d %d * * *", &minute, &hour); {
	case named != "" && zone != "":
		return t, &Refusal{Code: TwoZones, Word: named, Text: zone}
	case strings.HasPrefix(cron, "@every"):
		return t, &Refusal{Code: EveryNotAllowed, Word: cron}
	case cron == "0 0 30 2 *":
		return t, &Refusal{Code: NeverFires, Word: cron}
	case cron == "* * * * *":
		return t, &Refusal{Code: TooOften, Word: cron, Number: 15}
	case n != 2 || len(strings.Fields(cron)) != 5:
		return t, &Refusal{Code: BadCron, Word: cron}
	}
	t = Timetable{Cron: cron, Zone: place.String(), Rhythm: Rhythm{Kind: "daily"}}
	day := now.In(place)
	for at := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, place); len(t.Next) < 5; at = at.AddDate(0, 0, 1) {
		if at.After(now) {
			t.Next = append(t.Next, Slot{Name: at.Format("2006-01-02T15:04"), At: at.UTC()})
		}
	}
	return t, nil
}

func (p planner) Hours(text string) (string, error) {
	if text != "" && text != nineToNine {
		return "", &Refusal{Code: BadHours, Word: text}
	}
	return text, nil
}

func (p planner) Opens(hours string, at time.Time) (time.Time, error) {
	local := at.In(p.zone)
	nine := time.Date(local.Year(), local.Month(), local.Day(), 9, 0, 0, 0, p.zone)
	switch {
	case hours == "" || local.Hour() >= 9 && local.Hour() < 21:
		return at, nil
	case local.Hour() >= 21:
		nine = nine.AddDate(0, 0, 1)
	}
	return nine, nil
}

// shanghai is where the days of these tests are.
var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

// campaigns lets mia and moe run campaigns. Up to ¥50.00 need nobody; more needs an approver, of whom there are three.
func campaigns(c *Config) {
	bands(c)
	c.Zone, c.Planner = shanghai, planner{shanghai}
	c.Groups[1].Members = []string{appy, cat, "S03APPROVERS"}
	c.Groups = append(c.Groups, Group{Name: "marketing", Members: []string{mia, moe}})
	c.Rights[RightCampaign] = []string{"marketing"}
}

// newMarket is a world with two audiences: vip of three customers, and many of eight.
func newMarket(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	w := newWorld(t, append([]func(*Config){campaigns}, change...)...)
	w.people.members["S03APPROVERS"] = []string{ben}
	w.uploads(uma, "vip", "oA", "oB", "oC")
	w.uploads(uma, "many", strings.Split(people(8), ", ")...)
	return w
}

// springSale is a form that is filled in well.
func springSale(change map[string]string) map[string]string {
	values := map[string]string{FieldName: "spring-sale", FieldStock: "9856000", FieldAudience: "vip", FieldChannel: "C9MARKETING", FieldReason: "goodwill"}
	for field, v := range change {
		values[field] = v
	}
	return values
}

// submits a campaign form; what is wrong comes back by field.
func (w *world) submits(person, meta string, values map[string]string) (Reply, map[string]*Refusal, error) {
	w.t.Helper()
	reply, err := w.Submit(w.t.Context(), w.ask(person), Form{ID: FormCampaign, Meta: meta, Values: values})
	if faults, ok := errors.AsType[FieldFaults](err); ok {
		return reply, faults, nil
	}
	return reply, nil, err
}

// makes a campaign as mia.
func (w *world) makes(change map[string]string) store.Campaign {
	w.t.Helper()
	reply, faults, err := w.submits(mia, "", springSale(change))
	if err != nil || len(faults) > 0 {
		w.t.Fatalf("%v, %v", faults, err)
	}
	return as[CampaignChanged](w.t, reply).Campaign
}

// edits a campaign as it is now.
func (w *world) edits(person string, change map[string]string) store.Campaign {
	w.t.Helper()
	form := as[CampaignForm](w.t, w.says(person, "campaign edit spring-sale"))
	values := form.Values
	values[FieldStock] = form.Stock.Value
	for field, v := range change {
		values[field] = v
	}
	reply, faults, err := w.submits(person, form.Meta, values)
	if err != nil || len(faults) > 0 {
		w.t.Fatalf("%v, %v", faults, err)
	}
	return as[CampaignChanged](w.t, reply).Campaign
}

// counts what was asked to be counted.
func (w *world) counts(c store.Campaign) store.DryRun {
	w.t.Helper()
	for {
		more, err := w.ledger.CountDryRun(w.t.Context(), w.RunRules, 400)
		if err != nil {
			w.t.Fatal(err)
		}
		if !more {
			break
		}
	}
	run, err := w.ledger.NewestDryRun(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// dryRuns is the value of Start after a dry run by mia.
func (w *world) dryRuns(c store.Campaign) string {
	w.t.Helper()
	w.says(mia, "campaign dryrun "+c.Name)
	return DryRunValue(c, w.counts(c))
}

// starts a campaign from a new dry run.
func (w *world) starts(person string, c store.Campaign) store.Send {
	w.t.Helper()
	done := as[CampaignChanged](w.t, w.presses(person, "campaign.start", w.dryRuns(c)))
	if done.Verb != "start" {
		w.t.Fatalf("got %+v", done)
	}
	return done.Send
}

// prepares the coupons of all runs.
func (w *world) prepares() {
	w.t.Helper()
	for {
		more, err := w.ledger.Prepare(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// ran is a run of spring-sale that has its coupons, each with the verdict given.
func (w *world) ran(c store.Campaign, verdict func(store.Claim) store.Result) store.Send {
	w.t.Helper()
	s := w.starts(mia, c)
	w.prepares()
	w.settles(verdict)
	return w.send(s.ID)
}
