package commands

import (
	"strings"
	"testing"

	"couponbot/store"
)

func TestMoney(t *testing.T) {
	for text, want := range map[string]store.Fen{
		"5": 500, "5.0": 500, "5.00": 500, "5.05": 505, "0.01": 1, "05.10": 510, "999999999.99": 99999999999,
		"５．００": 500, "¥5": 500, "￥5.5": 550, "5元": 500,
	} {
		if got, ok := parseMoney(text); !ok || got != want {
			t.Errorf("%q: got %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "0", "0.00", "-5", "+5", "5.", ".5", "5.001", "1e3", "0x10", "1,000", "1_000", "5 5", "five", "5.5.5", "NaN", "Inf", "¥", "元", "¥¥5",
		"¥5元", "1000000000", "٥", "5%", "$5"} {
		if got, ok := parseMoney(text); ok {
			t.Errorf("%q is no money, got %d", text, got)
		}
	}
}

func FuzzMoney(f *testing.F) {
	for _, seed := range []string{"5", "5.05", "５．００", "¥5", "5元", "-1", "1e3", "0.00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fen, ok := parseMoney(text)
		if !ok {
			return
		}
		if fen <= 0 || fen > 99999999999 {
			t.Errorf("%q is %d fen", text, fen)
		}
		if again, ok := parseMoney(fen.String()); !ok || again != fen {
			t.Errorf("%q is %s, which reads as %d", text, fen, again)
		}
		if strings.ContainsAny(text, "+-eE_, ") {
			t.Errorf("%q was read as money", text)
		}
	})
}
