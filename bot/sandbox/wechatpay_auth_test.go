package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestWeChatPayVerifiesEveryRequest(t *testing.T) {
	join := func(fields []string) string { return wxScheme + " " + strings.Join(fields, ",") }
	edit := func(prefix, with string) func([]string) string {
		return func(fields []string) string {
			return join(slices.Collect(func(yield func(string) bool) {
				for _, f := range fields {
					if strings.HasPrefix(f, prefix) {
						f = with
					}
					if f != "" && !yield(f) {
						return
					}
				}
			}))
		}
	}
	for _, c := range []struct {
		name          string
		authorization func([]string) string
		ahead         int64
		status        int
		number        string
	}{
		{"the fields as the SDK orders them", join, 0, 200, "0"},
		{"the fields in another order, with spaces", func(f []string) string {
			slices.Reverse(f)
			return wxScheme + " " + strings.Join(f, ", ")
		}, 0, 200, "0"},
		{"no header", func([]string) string { return "" }, 0, 401, "269546525"},
		{"another scheme", func(f []string) string { return "WECHATPAY2-SM2 " + strings.Join(f, ",") }, 0, 401, "269546525"},
		{"a missing field", edit("nonce_str", ""), 0, 401, "269546525"},
		{"a field twice", func(f []string) string { return join(append(f, f[0])) }, 0, 401, "269546525"},
		{"a sixth field", func(f []string) string { return join(append(f, `extra="1"`)) }, 0, 401, "269546525"},
		{"a value without quotes", edit("nonce_str", "nonce_str=abc"), 0, 401, "269546525"},
		{"another nonce than the signed one", edit("nonce_str", `nonce_str="abc"`), 0, 401, "269546525"},
		{"a signature that is no base64", edit("signature", `signature="!"`), 0, 401, "269546525"},
		{"an unknown merchant", edit("mchid", `mchid="1900000099"`), 0, 401, "269546538"},
		{"an unknown serial number", edit("serial_no", `serial_no="00"`), 0, 401, "269546507"},
		{"a timestamp that is no number", edit("timestamp", `timestamp="now"`), 0, 401, "269546525"},
		{"a clock five minutes ahead", join, 300, 200, "0"},
		{"a clock a second more ahead", join, 301, 401, "268573590"},
		{"a clock five minutes behind", join, -300, 200, "0"},
		{"a clock a second more behind", join, -301, 401, "268573590"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig := wxNewRig(t, nil)
			r := rig.do(wxRequest{
				method: "POST", path: "/v3/marketing/favor/users/oABC/coupons", body: wxBody(nil),
				authorization: c.authorization, timestamp: rig.now().Unix() + c.ahead,
			})
			if r.Status != c.status || r.number() != c.number {
				t.Errorf("got %d …-%s %s, want %d …-%s", r.Status, r.number(), r.Body, c.status, c.number)
			}
			if want := map[int]int{200: 1, 401: 0}[c.status]; rig.coupons() != want {
				t.Errorf("%d coupons, want %d", rig.coupons(), want)
			}
			if err := rig.verified(r); err != nil {
				t.Errorf("the answer is not well signed: %v", err)
			}
		})
	}
}

func TestWeChatPayVerifiesRawBytes(t *testing.T) {
	rig := wxNewRig(t, nil)
	t.Run("the body with its white space", func(t *testing.T) {
		r := rig.do(wxRequest{method: "POST", path: "/v3/marketing/favor/users/oABC/coupons", body: " " + wxBody(nil) + "\n"})
		if r.Status != 200 {
			t.Errorf("got %d %s", r.Status, r.Body)
		}
	})
	t.Run("the path in its escaped form", func(t *testing.T) {
		r := rig.do(wxRequest{method: "POST", path: "/v3/marketing/favor/users/o%41BC/coupons", body: wxBody(nil)})
		if r.Status != 200 {
			t.Errorf("got %d %s", r.Status, r.Body)
		}
	})
	t.Run("the query", func(t *testing.T) {
		r := rig.get("/v3/marketing/favor/stocks/9856000?stock_creator_mchid=19%300000001")
		if r.Status != 200 {
			t.Errorf("got %d %s", r.Status, r.Body)
		}
	})
	t.Run("a 401 says which text was signed", func(t *testing.T) {
		r := rig.do(wxRequest{method: "GET", path: "/v3/certificates", authorization: func(f []string) string {
			return wxScheme + " " + strings.Join(f[:4], ",") + `,signature="AAAA"`
		}})
		if r.Status != 401 || r.field("code") != "SIGN_ERROR" || !strings.Contains(r.Body, `"issue":"sign not match"`) {
			t.Errorf("got %d %s", r.Status, r.Body)
		}
	})
}
