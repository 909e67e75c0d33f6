package sandbox

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	goyaml "github.com/goccy/go-yaml"
)

func slNewWorld(t *testing.T, o Options) *World {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestTheFilesPointAtThisWorld(t *testing.T) {
	dir := t.TempDir()
	w := slNewWorld(t, Options{Dir: dir})
	if err := w.WriteFiles("127.0.0.1:8420"); err != nil {
		t.Fatal(err)
	}
	yaml, err := os.ReadFile(filepath.Join(dir, "couponbot.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"api_url: http://127.0.0.1:8420/api/", "base_url: http://127.0.0.1:8420\n", "bot_token: xoxb-sandbox",
		`mchid: "1900000001"`, "serial_no: " + w.WeChatPay.SerialNo(), "private_key_file: merchant.key", "command: /coupon"} {
		if !strings.Contains(string(yaml), want) {
			t.Errorf("couponbot.yaml lacks %q", want)
		}
	}
	var parsed struct {
		Stocks map[string]struct{ ID string }
		Groups map[string][]string
	}
	if err := goyaml.Unmarshal(yaml, &parsed); err != nil || len(parsed.Stocks) != 8 || len(parsed.Groups) != 5 {
		t.Errorf("couponbot.yaml reads as %+v, %v", parsed, err)
	}
	for name, stock := range parsed.Stocks {
		if !slices.ContainsFunc(SandboxStocks(time.Now()), func(s WeChatStock) bool { return s.ID == stock.ID && s.Name == name }) {
			t.Errorf("WeChat Pay has no stock %s %s", name, stock.ID)
		}
	}
	if strings.Contains(string(yaml), "{{") || strings.Contains(string(yaml), "<no value>") {
		t.Error("couponbot.yaml has holes")
	}
	key, err := os.Stat(filepath.Join(dir, "merchant.key"))
	if err != nil || key.Mode().Perm() != 0o600 {
		t.Errorf("merchant.key: %v %v", key, err)
	}
	if pub, _ := os.ReadFile(filepath.Join(dir, "wechatpay.pub")); !strings.Contains(string(pub), "PUBLIC KEY") {
		t.Errorf("wechatpay.pub holds %q", pub)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestAKeptWorldIsTheSameAfterARestart(t *testing.T) {
	dir := t.TempDir()
	first, err := New(Options{Dir: dir, Persist: true})
	if err != nil {
		t.Fatal(err)
	}
	ts, err := first.Slack.Say("U01ANA", "C01SUPPORT", "remember me")
	if err != nil {
		t.Fatal(err)
	}
	serial, pub := first.WeChatPay.SerialNo(), string(first.WeChatPay.PublicKeyPEM())
	first.Close()

	second := slNewWorld(t, Options{Dir: dir, Persist: true})
	if m := second.Slack.d.Channels["C01SUPPORT"].byTS[ts]; m == nil || m.Text != "remember me" {
		t.Errorf("the message is %+v", m)
	}
	if next, err := second.Slack.Say("U01ANA", "C01SUPPORT", "again"); err != nil || next <= ts {
		t.Errorf("the next message has ts %s (%v), not after %s", next, err, ts)
	}
	if second.WeChatPay.SerialNo() != serial || string(second.WeChatPay.PublicKeyPEM()) != pub {
		t.Error("WeChat Pay has other keys")
	}
}

func TestASavedWorldThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "slack.json"), []byte(`{"people":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := New(Options{Dir: dir, Persist: true}); err == nil || !strings.Contains(err.Error(), "slack.json") {
		t.Errorf("New = %v, %v", w, err)
	}
}

func TestOnlyThisMachineAndItsOwnPageMayDriveTheSandbox(t *testing.T) {
	w := slNewWorld(t, Options{})
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	own := server.URL
	for name, c := range map[string]struct {
		method, path, host, origin, kind string
		want                             int
	}{
		"the page":                             {"GET", "/", "", "", "", 200},
		"the page's own requests":              {"GET", "/sandbox/slack/stats", "", own, "", 200},
		"a name that only resolves here":       {"GET", "/sandbox/slack/stats", "evil.example", "", "", 403},
		"a rebound name for the Web API":       {"POST", "/api/auth.test", "evil.example", "", "", 403},
		"localhost":                            {"GET", "/sandbox/slack/stats", "localhost:1", "", "", 200},
		"a page of another site":               {"GET", "/sandbox/slack/stats", "", "http://evil.example", "", 403},
		"a form of another site, without JSON": {"POST", "/sandbox/slack/say", "", "", "text/plain", 403},
		"a tool with JSON":                     {"POST", "/sandbox/slack/say", "", "", "application/json", 400},
		"WeChat Pay, which checks signatures":  {"GET", "/v3/certificates", "api.mch.weixin.qq.com", "", "", 401},
		"WeChat Pay's control API":             {"GET", "/sandbox/wechatpay/state", "", "", "", 200},
		"the socket door, without a ticket":    {"GET", "/slack/socket", "", "https://api.slack.com", "", 401},
	} {
		body := strings.NewReader("{")
		if c.method == "GET" {
			body = strings.NewReader("")
		}
		r, err := http.NewRequest(c.method, own+c.path, body)
		if err != nil {
			t.Fatal(err)
		}
		if c.host != "" {
			r.Host = c.host
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, c.want)
		}
	}
}

func TestTheSandboxListensOnTheLoopbackOnly(t *testing.T) {
	for addr, ok := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false, "8420": false, "192.0.2.1:0": false} {
		l, err := Listen(addr)
		if (err == nil) != ok {
			t.Errorf("Listen(%q): %v", addr, err)
		}
		if err == nil {
			l.Close()
		}
	}
}
