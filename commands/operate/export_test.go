package operate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"couponbot/store"
	"couponbot/store/storetest"
)

// updateGolden is the environment variable that writes the golden files anew.
const updateGolden = "COUPONBOT_UPDATE_GOLDEN"

// golden compares what was printed with testdata, but for what no two runs share: the random part of numbers, this
// user's name, file names.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv(updateGolden) != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// history makes a ledger with one coupon of each end, and a note that a spreadsheet would run.
func history(t *testing.T, db storetest.Database) (dsn string, o store.Options, l *store.Ledger) {
	t.Helper()
	clock := storetest.NewClock()
	o = store.Options{Now: clock.Now, MchID: storetest.MchID, Zone: storetest.Shanghai}
	dsn = db.Init(t)
	l = storetest.Open(t, dsn, o)
	c := store.Contents{StockName: "sorry-10", StockID: "9856000", CreatorMchID: storetest.MchID, Amount: 1000, Reason: "late", Ticket: "T-1",
		OpenIDs: []string{"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oREFUSED", "oWAITING"}, Note: "=HYPERLINK(\"https://evil\")\nsecond line, 加急"}
	draft, _, err := l.OpenDraft(t.Context(), "k", "U0ANA", "C0SUPPORT", c)
	ok(t, err)
	_, err = l.CreateSend(t.Context(), store.SendAsk{Draft: draft.ID, By: "U0ANA"})
	ok(t, err)
	lead, err := l.WaitLead(t.Context())
	ok(t, err)
	t.Cleanup(func() { lead.Close() })
	clock.Advance(1500 * time.Millisecond)
	claims, err := l.Claim(t.Context(), store.ClaimAsk{Epoch: lead.Epoch, Limit: 2, Lease: time.Minute})
	ok(t, err)
	clock.Advance(24 * time.Hour)
	_, err = l.Record(t.Context(), []store.Result{
		{ID: claims[0].ID, Attempt: 1, Verdict: store.GrantIssued, CouponID: "98670001", RequestID: "08E2-0"},
		{ID: claims[1].ID, Attempt: 1, Verdict: store.GrantRefused, Reason: "user_limit", Code: "RULE_LIMIT", Message: "@超过上限", RequestID: "08E3-268"},
	})
	ok(t, err)
	return dsn, o, l
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestExports(t *testing.T) {
	tests := []struct {
		file string
		ask  ExportAsk
	}{
		{"grants.csv", ExportAsk{What: "grants", Format: "csv"}},
		{"grants.jsonl", ExportAsk{What: "grants", Format: "jsonl"}},
		{"grants_finished.csv", ExportAsk{What: "grants", Format: "csv", From: "2026-03-12", To: "2026-03-12", By: "finished", Send: "S1"}},
		{"grants_none.csv", ExportAsk{What: "grants", Format: "csv", From: "2026-03-12", By: "created"}},
		{"sends.csv", ExportAsk{What: "sends", Format: "csv"}},
		{"sends.jsonl", ExportAsk{What: "sends", Format: "jsonl"}},
		{"audit.csv", ExportAsk{What: "audit", Format: "csv", To: "2026-03-11"}},
		{"audit.jsonl", ExportAsk{What: "audit", Format: "jsonl"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db storetest.Database) {
				dsn, o, l := history(t, db)
				s, err := l.Send(t.Context(), 1)
				ok(t, err)
				var out bytes.Buffer
				ok(t, Export(t.Context(), dsn, o, tt.ask, &out))
				golden(t, tt.file, strings.NewReplacer(s.NumberPrefix, "NUMBER", Who(), "os:user").Replace(out.String()))
			})
		})
	}
}

func TestAnExportIsAudited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn, o, l := history(t, db)
		ok(t, Export(t.Context(), dsn, o, ExportAsk{What: "sends", Format: "csv", From: "2026-03-01"}, &bytes.Buffer{}))
		var last store.Line
		ok(t, l.EachEvent(t.Context(), store.Choice{}, func(e store.Line) error { last = e; return nil }))
		if last.Action != "export" || last.Actor != Who() || string(last.Detail) != `{"format":"csv","from":"2026-03-01","what":"sends"}` {
			t.Errorf("the audit's last event is %+v %s", last.Event, last.Detail)
		}
	})
}

func TestExportsThatAreAskedForWrongly(t *testing.T) {
	tests := []struct {
		sentence string
		ask      ExportAsk
		says     string
	}{
		{"a day that does not exist", ExportAsk{From: "2026-02-30"}, "--from 2026-02-30: give a day"},
		{"an end before the beginning", ExportAsk{From: "2026-02-02", To: "2026-02-01"}, "--to 2026-02-01 is before --from 2026-02-02"},
		{"a coupon instead of a send", ExportAsk{Send: "S1-2"}, "--send S1-2: give a send"},
		{"two times of an audit event", ExportAsk{What: "audit", By: "created"}, "one time only"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			err := Export(t.Context(), "nowhere.db", store.Options{Zone: storetest.Shanghai}, tt.ask, &bytes.Buffer{})
			if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("said %v, want %q", err, tt.says)
			}
		})
	}
}

func TestDaysAreWholeAndOfTheZone(t *testing.T) {
	c, err := ExportAsk{From: "2026-03-12", To: "2026-03-12"}.choice(storetest.Shanghai)
	ok(t, err)
	if c.From.UTC().String() != "2026-03-11 16:00:00 +0000 UTC" || c.To.UTC().String() != "2026-03-12 16:00:00 +0000 UTC" {
		t.Errorf("from %s to %s", c.From.UTC(), c.To.UTC())
	}
}

// A full pipe, a disk without room: an export that was cut says so.
func TestAnExportThatCannotBeWrittenSaysSo(t *testing.T) {
	dsn, o, _ := history(t, storetest.SQLite())
	if err := Export(t.Context(), dsn, o, ExportAsk{What: "grants", Format: "csv"}, full{}); err == nil || !strings.Contains(err.Error(), "not complete") {
		t.Errorf("said %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }
