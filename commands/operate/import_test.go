package operate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"couponbot/commands/importing"
	"couponbot/commands/lists"
	"couponbot/store"
	"couponbot/store/storetest"
)

// imports runs the command on a file of this text, beside a bot that works.
func imports(t *testing.T, dsn string, o store.Options, name, text string, ask ImportAsk) (said, folder string, err error) {
	t.Helper()
	folder = t.TempDir()
	ask.File = filepath.Join(folder, name)
	ok(t, os.WriteFile(ask.File, []byte(text), 0o600))
	var out bytes.Buffer
	err = Import(t.Context(), dsn, o, ask, &out, &bytes.Buffer{})
	return strings.ReplaceAll(out.String(), folder+string(filepath.Separator), ""), folder, err
}

func TestImportPrintsWhatWasInTheFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		dsn, o, l := history(t, db)
		_, _, err := imports(t, dsn, o, "blocked.txt", "openid\noBLOCKED\n", ImportAsk{Name: "blocked"})
		ok(t, err)
		said, folder, err := imports(t, dsn, o, "三月.csv", "openid;备注\noA;老客户\noB;\noA;\no C;\n;nobody\noBLOCKED;\n", ImportAsk{Name: "vip"})
		ok(t, err)
		golden(t, "import.txt", said)
		bad, err := os.ReadFile(filepath.Join(folder, "三月.csv.bad.csv"))
		ok(t, err)
		golden(t, "import.bad.csv", string(bad))
		said, folder, err = imports(t, dsn, o, "april.csv", "oA\noD\n", ImportAsk{Name: "vip", Minus: "vip"})
		ok(t, err)
		if !strings.Contains(said, "excluded   1, who are in vip v1") || !strings.Contains(said, "imported   vip v2") {
			t.Errorf("said %s", said)
		}
		if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
			t.Errorf("no row is bad, and there is a file of them: %v %v", files, err)
		}
		a, err := l.Audience(t.Context(), "vip")
		if err != nil || a.Version.Number != 2 || a.Version.By != Who() {
			t.Errorf("the bot sees %+v, %v", a, err)
		}
	})
}

func TestImportsThatMakeNothing(t *testing.T) {
	dsn, o, l := history(t, storetest.SQLite())
	tests := []struct {
		sentence string
		text     string
		ask      ImportAsk
		says     string
		usage    bool
	}{
		{"nobody is left", "openid\no A\n", ImportAsk{Name: "vip"}, "list.csv: nobody is left", false},
		{"no list", "Hello\n", ImportAsk{Name: "vip"}, "list.csv: in no column are openids", false},
		{"two columns", "openid,openid\noA,oB\n", ImportAsk{Name: "vip"}, "list.csv: openid, openid: two columns could be meant", false},
		{"without whom?", "oA\n", ImportAsk{Name: "vip", Minus: "bought"}, "bought: there is no such audience", false},
		{"a name that none can have", "oA\n", ImportAsk{Name: "VIP"}, "small letters", true},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			_, _, err := imports(t, dsn, o, "list.csv", tt.text, tt.ask)
			if err == nil || !strings.Contains(err.Error(), tt.says) || errors.Is(err, ErrUsage) != tt.usage {
				t.Errorf("said %v, want %q", err, tt.says)
			}
		})
	}
	if err := Import(t.Context(), dsn, o, ImportAsk{Name: "vip", File: "nowhere.csv"}, &bytes.Buffer{}, &bytes.Buffer{}); !errors.Is(err, ErrUsage) {
		t.Errorf("no file: %v", err)
	}
	if all, err := l.Audiences(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("made %+v, %v", all, err)
	}
	var refused int
	ok(t, l.EachEvent(t.Context(), store.Choice{}, func(e store.Line) error {
		if e.Action == "refused" && e.Actor == Who() {
			refused++
		}
		return nil
	}))
	if refused != 4 {
		t.Errorf("%d refused attempts are in the audit, want 4", refused)
	}
}

func TestEveryUnfitFileHasASentence(t *testing.T) {
	for _, why := range []lists.Unfit{lists.NothingInIt, lists.NotText, lists.Protected, lists.OldExcel, lists.Damaged, lists.TooLarge, lists.NoColumn, lists.TwoColumns, lists.TwoSheets} {
		p := &importing.Problem{Code: importing.Code(why), About: "f"}
		if sentence(p) == p.Error() {
			t.Errorf("no sentence for %s", why)
		}
	}
}
