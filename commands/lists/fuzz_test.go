package lists_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"couponbot/commands/lists"
)

// Whatever a file is, reading it ends, and what is called a customer has the shape of an openid.
func FuzzRead(f *testing.F) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("openid;备注\n" + one + ";老客户\n")
	wide, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("openid\t备注\n" + one + "\t\n")
	for _, seed := range []string{
		"", one, one + "\r\n" + two, "openid,note\noABC,\"a\nb\"\n\"oDEF", "sep=;\nopenid\r;\r\n", "\ufeff" + one, gbk, wide, "PK\x03\x04", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		strings.Repeat("x", 1<<16), "openid\n" + strings.Repeat("\"", 1<<16), string(book(f, nil, [][]any{{"openid", "note"}, {one, "x"}})),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		l, err := lists.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if _, ok := errors.AsType[*lists.NoList](err); !ok {
				t.Fatalf("an error without a reason: %v", err)
			}
			return
		}
		defer l.Close()
		last := int64(0)
		for r, err := range l.Rows() {
			if err != nil {
				return
			}
			if r.Line <= last {
				t.Fatalf("line %d after line %d", r.Line, last)
			}
			last = r.Line
			if !utf8.ValidString(r.OpenID) || !utf8.ValidString(r.Note) {
				t.Fatalf("row %d is no text: %q %q", r.Line, r.OpenID, r.Note)
			}
			if r.Why == "" && (r.OpenID == "" || len(r.OpenID) > 128 || strings.Trim(r.OpenID, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "") {
				t.Fatalf("row %d is called a customer: %q", r.Line, r.OpenID)
			}
			if r.Why != "" && r.English() == "" {
				t.Fatalf("row %d: no words for %q", r.Line, r.Why)
			}
		}
	})
}
