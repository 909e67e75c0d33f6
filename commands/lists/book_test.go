package lists_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"couponbot/commands/lists"
)

// book makes a workbook of these sheets, each a list of rows.
func book(t testing.TB, change func(*excelize.File), sheets ...[][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, rows := range sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for n, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if change != nil {
		change(f)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWorkbooks(t *testing.T) {
	list := [][]any{{"三月名单"}, {}, {"姓名", "用户OpenID", "备注"}, {"李", one, "老客户"}, {"王", 1.23e27, nil}, {}, {"张", nil, nil}, {"赵", " '" + two, nil}}
	want := []lists.Row{
		{Line: 4, OpenID: one, Note: "老客户"},
		{Line: 5, OpenID: "1230000000000000000000000000", Why: lists.Scientific},
		{Line: 7, Why: lists.Empty},
		{Line: 8, OpenID: two},
	}
	other := [][]any{{"day", "budget"}, {"Monday", 500}}
	tests := []struct {
		sentence string
		file     []byte
		want     []lists.Row
		why      lists.Unfit
	}{
		{"one sheet", book(t, nil, list), want, ""},
		{"the list is on the second sheet", book(t, nil, other, list), want, ""},
		{"a second list is hidden", book(t, func(f *excelize.File) { f.SetSheetVisible("Sheet2", false) }, list, list), want, ""},
		{"two lists", book(t, nil, list, list), nil, lists.TwoSheets},
		{"no list", book(t, nil, other), nil, lists.NoColumn},
		{"no rows", book(t, nil, nil), nil, lists.NothingInIt},
		{"a file that was cut", book(t, nil, list)[:900], nil, lists.Damaged},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			rows, err := read(tt.file)
			if tt.why == "" {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, rows); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
			if no, ok := errors.AsType[*lists.NoList](err); !ok || no.Why != tt.why {
				t.Errorf("got %v and %v, want %s", rows, err, tt.why)
			}
		})
	}
}

func TestAWorkbookWithAPasswordIsRefused(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	f.SetCellValue("Sheet1", "A1", one)
	var out bytes.Buffer
	if err := f.Write(&out, excelize.Options{Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	_, err := read(out.Bytes())
	if no, ok := errors.AsType[*lists.NoList](err); !ok || no.Why != lists.Protected {
		t.Errorf("got %v", err)
	}
}
