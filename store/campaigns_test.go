package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"couponbot/store"
	"couponbot/store/storetest"
)

var (
	needsOne  = []store.Seat{{Group: "approvers", Count: 1}}
	approvers = []string{"approvers"}
)

// campaign is spring-sale of 10.00 for these customers; change adds to it.
func (d *desk) campaign(openids []string, change func(*store.Campaign)) store.Campaign {
	d.Helper()
	return d.campaignNamed("spring-sale", openids, change)
}

func (d *desk) campaignNamed(name string, openids []string, change func(*store.Campaign)) store.Campaign {
	d.Helper()
	c := store.Campaign{Name: name, StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000, Audience: "vips",
		VersionID: storetest.List(d, d.dsn, "vips", openids...), Channel: "C0MARKETING", Reason: "goodwill"}
	if change != nil {
		change(&c)
	}
	c, err := d.SaveCampaign(d.Context(), c, "U0MAYA", "")
	d.ok(err)
	return c
}

// long is a campaign over so many customers.
func (d *desk) long(name string, customers int, change func(*store.Campaign)) store.Campaign {
	d.Helper()
	return d.campaignNamed(name, nil, func(c *store.Campaign) {
		c.Audience = "long"
		c.VersionID = storetest.LongList(d, d.dsn, "long", customers)
		if change != nil {
			change(c)
		}
	})
}

// counted is a dry run of a campaign with its figures.
func (d *desk) counted(c store.Campaign, rules store.RunRules) store.DryRun {
	d.Helper()
	_, err := d.AskDryRun(d.Context(), c.ID, "U0MAYA", "")
	d.ok(err)
	if some, err := d.CountDryRun(d.Context(), func(store.Campaign) store.RunRules { return rules }, 400); err != nil || !some {
		d.Fatalf("counted %v, %v", some, err)
	}
	run, err := d.NewestDryRun(d.Context(), c.ID)
	d.ok(err)
	return run
}

// started is a run that nobody has to agree to, not prepared yet.
func (d *desk) started(c store.Campaign, rules store.RunRules) store.Send {
	d.Helper()
	s, err := d.StartRun(d.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(c, rules).ID, Rules: rules})
	d.ok(err)
	return s
}

func (d *desk) prepareAll() {
	d.Helper()
	for {
		more, err := d.Prepare(d.Context())
		d.ok(err)
		if !more {
			return
		}
	}
}

// running is a prepared run.
func (d *desk) running(c store.Campaign, rules store.RunRules) store.Send {
	d.Helper()
	s := d.started(c, rules)
	d.prepareAll()
	return d.sendNow(s.ID)
}

func (d *desk) runNow(send int64) store.Run {
	d.Helper()
	r, err := d.Ledger.Run(d.Context(), send)
	d.ok(err)
	return r
}

func TestACampaignHasRevisionsAndParties(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		if c.Revision != 1 || c.MadeBy != "U0MAYA" || c.ChangedBy != "U0MAYA" {
			t.Fatalf("%+v", c)
		}
		again := c
		again.ID = 0
		_, err := d.SaveCampaign(t.Context(), again, "U0EDDA", "")
		d.moved(err, "exists")
		c.Reason = "late"
		next, err := d.SaveCampaign(t.Context(), c, "U0EDDA", "form 1")
		d.ok(err)
		if next.Revision != 2 || next.Reason != "late" || next.MadeBy != "U0MAYA" || next.ChangedBy != "U0EDDA" {
			t.Fatalf("%+v", next)
		}
		if twice, err := d.SaveCampaign(t.Context(), c, "U0EDDA", "form 1"); err != nil || twice != next {
			t.Fatalf("a second delivery: %+v, %v", twice, err)
		}
		_, err = d.SaveCampaign(t.Context(), c, "U0MAYA", "")
		d.moved(err, "revised")
		if m, ok := errors.AsType[*store.Moved](err); !ok || m.By != "U0EDDA" {
			t.Errorf("%v: want who was quicker", err)
		}
		parties, err := d.CampaignParties(t.Context(), c.ID)
		d.ok(err)
		var parts []string
		for _, p := range parties {
			parts = append(parts, p.Person+" "+p.Part)
		}
		slices.Sort(parts)
		if fmt.Sprint(parts) != "[U0EDDA editor U0MAYA maker U0UPLOAD uploader]" {
			t.Fatal(parts)
		}
		next.VersionID = 99
		_, err = d.SaveCampaign(t.Context(), next, "U0EDDA", "")
		d.moved(err, "gone")
		if _, err := d.Campaign(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		if all, err := d.Campaigns(t.Context(), 10); err != nil || len(all) != 1 || all[0].Revision != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		if byID, err := d.CampaignByID(t.Context(), c.ID); err != nil || byID.Name != "spring-sale" {
			t.Fatalf("%+v, %v", byID, err)
		}
	})
}

func TestADryRunSaysWhoGetsNothingAndWhy(t *testing.T) {
	each(t, func(d *desk) {
		storetest.List(t, d.dsn, store.AudienceBlocked, "oBLOCKED")
		storetest.List(t, d.dsn, store.AudienceStaff, "oSTAFF")
		before := d.campaignNamed("before", []string{"oHAD", "oCAPPED"}, func(c *store.Campaign) { c.OnceKey = "hello" })
		d.running(before, store.RunRules{})
		d.issue(10)
		month := store.Limit{Kind: store.LimitCustomer, Key: "oOVER", OpenID: "oOVER", Period: store.Month, MaxCoupons: 1}
		d.send(contents("oOVER"), month)
		c := d.campaign([]string{"oA", "oB", "oBLOCKED", "oCAPPED", "oHAD", "oOVER", "oSTAFF"}, func(c *store.Campaign) { c.OnceKey, c.CapCoupons, c.TestOpenID = "hello", 1, "oPHONE" })
		rules := store.RunRules{Customer: []store.Limit{{Kind: store.LimitCustomer, Period: store.Month, MaxCoupons: 1}}}
		f := d.counted(c, rules).Figures
		want := store.Figures{Rows: 7, Test: 1, Recipients: 3, Blocked: 1, Staff: 1, Had: 2, OverLimit: map[string]int64{"customer": 1}, Money: 4000, StockLeft: store.StockUnknown,
			EndsAfter: 3 * time.Second / 400}
		if fmt.Sprint(f) != fmt.Sprint(want) {
			t.Fatalf("\n%+v, want\n%+v", f, want)
		}
		c.OnceKey = ""
		c, err := d.SaveCampaign(t.Context(), c, "U0MAYA", "")
		d.ok(err)
		if f := d.counted(c, rules).Figures; f.Had != 0 || f.OverCap != 2 {
			t.Fatalf("%+v, want two over the cap", f)
		}
	})
}

func TestADryRunIsAskedForOnceAndStartsOnce(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		first, err := d.AskDryRun(t.Context(), c.ID, "U0MAYA", "")
		d.ok(err)
		second, err := d.AskDryRun(t.Context(), c.ID, "U0OTTO", "")
		d.ok(err)
		if first.ID != second.ID || second.State != store.DryCounting {
			t.Fatalf("%+v, %+v: want the one that counts", first, second)
		}
		_, err = d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: first.ID})
		d.moved(err, "uncounted")
		run := d.counted(c, store.RunRules{})
		if run.ID != first.ID {
			t.Fatalf("counted %d, want %d", run.ID, first.ID)
		}
		s, err := d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: run.ID})
		d.ok(err)
		_, err = d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: run.ID})
		var again *store.AlreadySent
		if !errors.As(err, &again) || again.Send != s.ID {
			t.Fatalf("%v, want already sent as %d", err, s.ID)
		}
		_, err = d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: d.counted(c, store.RunRules{}).ID})
		d.moved(err, "running")
		old := d.counted(c, store.RunRules{})
		c.Note = "n"
		_, err = d.SaveCampaign(t.Context(), c, "U0MAYA", "")
		d.ok(err)
		_, err = d.StartRun(t.Context(), store.StartAsk{By: "U0STAR", DryRun: old.ID})
		d.moved(err, "revised")
		if _, err := d.DryRun(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		if some, err := d.CountDryRun(t.Context(), nil, 400); some || err != nil {
			t.Fatalf("counted %v, %v although nothing waits", some, err)
		}
	})
}

func TestADryRunOfWhatChangedFails(t *testing.T) {
	each(t, func(d *desk) {
		c := d.campaign(openids(3), nil)
		run, err := d.AskDryRun(t.Context(), c.ID, "U0MAYA", "")
		d.ok(err)
		_, err = storetest.Raw(t, d.dsn).Exec(`UPDATE audience_versions SET state = 'deleted'`)
		d.ok(err)
		_, err = d.CountDryRun(t.Context(), func(store.Campaign) store.RunRules { return store.RunRules{} }, 400)
		d.ok(err)
		if run, err = d.DryRun(t.Context(), run.ID); err != nil || run.State != store.DryFailed || run.Fault != "gone" {
			t.Fatalf("%+v, %v", run, err)
		}
	})
}
