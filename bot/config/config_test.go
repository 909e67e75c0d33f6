package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"couponbot/commands"
	"couponbot/store"
)

// full has every key that exists.
const full = `slack:
  bot_token: ${SLACK_BOT_TOKEN}
  app_token: ${SLACK_APP_TOKEN}
  api_url: https://slack.com/api/
  command: /coupon
  connections: 2
  approvals_channel: C0APPROVE
  log_channel: C0LOG
  alerts_channel: C0ALERT
wechatpay:
  base_url: https://api.mch.weixin.qq.com
  mchid: "1900000001"
  appid: wx0123456789abcdef
  serial_no: 5E10
  private_key_file: merchant.key
  public_key_id: PUB_KEY_ID_0119
  public_key_file: wechatpay.pub
  apiv3_key: ${WECHATPAY_APIV3_KEY}
  rate: 400
  workers: 64
  timeout: 10s
ledger: couponbot.db
zone: Asia/Shanghai
language: {people: auto, channels: en}
http: 127.0.0.1:9090
log: {level: info, format: text}
groups:
  agents: [U01AGENT, S01SUPPORT]
  approvers: [U02APPROVER, S02LEADS]
  finance: [U03FINANCE]
  marketing: [U05MARKETING]
  admins: [U04ADMIN, U06ADMIN]
rights:
  send: [agents]
  campaign: [marketing]
  admin: [admins]
  audit: [finance, admins]
stocks:
  sorry-10: {id: "9856000"}
  partner-5: {id: 9856001, creator_mchid: "1900000002"}
  any-amount: {id: "9856002", custom_value: {from: 1.00, to: 20.00}}
unlisted_stocks: refuse
reasons: [late, damaged, goodwill, bug]
ticket: '^[A-Z]+-[0-9]+$'
repeat_within: 7d
approvals:
  bands:
    - {up_to: 50.10}
    - {up_to: 500.00, need: {approvers: 1}}
    - {need: {approvers: 1, finance: 2}}
  recipients_over: 20
  running_total: day
  remind_after: 15m
  fallback: {after: 60m, group: finance}
  expire_after: 72h
limits:
  agent: [{amount: 500.00, per: day}, {amount: 2000.00, per: week}]
  customer: [{amount: 200.00, coupons: 5, per: month}]
  stock: [{amount: 10000.00, per: day}]
  company: [{amount: 20000.00, per: day}]
  wechat_customer_month: 5000.00
campaigns:
  limits: [{amount: 200000.00, per: day}]
  pause_after: {refused: 100, share: 0.20}
  max_recipients: 10000000
schedules: {grace: 30m, overlap: wait, min_interval: 15m}
`

func env(name string) (string, bool) {
	v, ok := map[string]string{"SLACK_BOT_TOKEN": "xoxb-secret-1", "SLACK_APP_TOKEN": "xapp-secret-2", "WECHATPAY_APIV3_KEY": strings.Repeat("k", 32)}[name]
	return v, ok
}

// write puts a configuration and its key files into a folder.
func write(t testing.TB, text string) string {
	t.Helper()
	folder := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"couponbot.yaml": []byte(text),
		"merchant.key":   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		"wechatpay.pub":  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"bot.token":      []byte("xoxb-secret-3\n"),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "couponbot.yaml")
}

func TestEveryKeyIsRead(t *testing.T) {
	path := write(t, full)
	c, err := Load(path, env)
	if err != nil {
		t.Fatal(err)
	}
	if c.WeChatPay.SerialNo != "5E10" || c.Slack.BotToken != "xoxb-secret-1" || c.WeChatPay.PrivateKey == nil || c.WeChatPay.PublicKey == nil {
		t.Errorf("values are not what they look like: %q %q", c.WeChatPay.SerialNo, c.Slack.BotToken)
	}
	if want := filepath.Join(filepath.Dir(path), "couponbot.db"); c.Ledger != want {
		t.Errorf("ledger %q, want it beside the file: %q", c.Ledger, want)
	}
	want := commands.Config{
		MchID: "1900000001", Command: "/coupon",
		Groups: []commands.Group{{Name: "agents", Members: []string{"U01AGENT", "S01SUPPORT"}}, {Name: "approvers", Members: []string{"U02APPROVER", "S02LEADS"}},
			{Name: "finance", Members: []string{"U03FINANCE"}}, {Name: "marketing", Members: []string{"U05MARKETING"}}, {Name: "admins", Members: []string{"U04ADMIN", "U06ADMIN"}}},
		Rights: map[commands.Right][]string{"send": {"agents"}, "campaign": {"marketing"}, "admin": {"admins"}, "audit": {"finance", "admins"}},
		Stocks: []commands.Stock{{Name: "sorry-10", ID: "9856000", CreatorMchID: "1900000001"}, {Name: "partner-5", ID: "9856001", CreatorMchID: "1900000002"},
			{Name: "any-amount", ID: "9856002", CreatorMchID: "1900000001", Custom: &commands.Range{From: 100, To: 2000}}},
		Reasons: []string{"late", "damaged", "goodwill", "bug"}, RepeatWithin: 7 * 24 * time.Hour,
		Approvals: commands.Approvals{Bands: []commands.Band{{UpTo: 5010}, {UpTo: 50000, Need: []store.Seat{{Group: "approvers", Count: 1}}},
			{Need: []store.Seat{{Group: "approvers", Count: 1}, {Group: "finance", Count: 2}}}}, RecipientsOver: 20, RunningTotal: store.Day,
			RemindAfter: 15 * time.Minute, FallbackAfter: time.Hour, FallbackGroup: "finance", ExpireAfter: 72 * time.Hour},
		Limits: commands.Limits{Agent: []commands.Ceiling{{Amount: 50000, Per: store.Day}, {Amount: 200000, Per: store.Week}},
			Customer: []commands.Ceiling{{Amount: 20000, Coupons: 5, Per: store.Month}}, Stock: []commands.Ceiling{{Amount: 1000000, Per: store.Day}},
			Company: []commands.Ceiling{{Amount: 2000000, Per: store.Day}}, WeChatCustomerMonth: 500000},
		Campaigns: commands.Campaigns{Limits: []commands.Ceiling{{Amount: 20000000, Per: store.Day}}, PauseRefused: 100, PauseShare: 0.2, MaxRecipients: 10_000_000},
	}
	got := c.Commands
	if got.Ticket == nil || !got.Ticket.MatchString("T-1") || got.Zone.String() != "Asia/Shanghai" {
		t.Errorf("ticket %v, zone %v", got.Ticket, got.Zone)
	}
	got.Ticket, got.Zone = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// least is the smallest file that works.
const least = `slack: {bot_token_file: bot.token, app_token: xapp-secret-2, approvals_channel: C0APPROVE}
wechatpay: {mchid: 1900000001, appid: wx0123456789abcdef, serial_no: 5F0A, private_key_file: merchant.key, public_key_id: PUB_KEY_ID_0119, public_key_file: wechatpay.pub}
ledger: postgres://bot:secret@db/couponbot
`

func TestDefaults(t *testing.T) {
	c, err := Load(write(t, least), env)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Slack.BotToken, c.Slack.APIURL, c.Slack.Command, c.Slack.Connections, c.Slack.AlertsChannel, c.Slack.LogChannel, c.Slack.PeopleLanguage, c.Slack.ChannelLanguage,
		c.WeChatPay.BaseURL, c.Issuing.Rate, c.Issuing.Workers, c.Issuing.Timeout, c.Ledger, c.Zone.String(), c.HTTP, c.Commands.AnyStock, c.Commands.RepeatWithin,
		c.Commands.Limits.WeChatCustomerMonth, c.Schedules.Grace, c.Schedules.Overlap, c.Schedules.MinInterval, c.LogLevel.String(), c.LogJSON}
	want := []any{"xoxb-secret-3", "https://slack.com/api/", "/coupon", 2, "C0APPROVE", "", "auto", "en",
		"https://api.mch.weixin.qq.com", 400.0, 64, 10 * time.Second, "postgres://bot:secret@db/couponbot", "Asia/Shanghai", "", false, 168 * time.Hour,
		store.Fen(500000), 30 * time.Minute, "wait", 15 * time.Minute, "INFO", false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ sentence, old, new, want string }{
		{"an unknown key offers the nearest", "  connections: 2", "  conections: 2", `6:3: slack.conections: there is no such key; is it connections?`},
		{"an unknown key far from all others", "zone: Asia", "flavour: x\nzone: Asia", `flavour: there is no such key`},
		{"a key given twice", "  workers: 64", "  workers: 64\n  workers: 65", `given twice; the first is in line`},
		{"a missing key", "  appid: wx0123456789abcdef\n", "", `wechatpay.appid: is missing`},
		{"an environment variable that is not set", "${SLACK_APP_TOKEN}", "${NOPE}", `3:14: slack.app_token: the environment variable NOPE is not set`},
		{"a token of the wrong kind", "${SLACK_BOT_TOKEN}", "xapp-hidden-9", `2:14: slack.bot_token: must be a bot token: xoxb-…`},
		{"a secret given twice", "  app_token:", "  bot_token_file: bot.token\n  app_token:", `give bot_token or bot_token_file, not both`},
		{"a key file that is not there", "merchant.key", "other.key", `wechatpay.private_key_file: there is no file `},
		{"a key file that is no key", "private_key_file: merchant.key", "private_key_file: couponbot.yaml", `private_key`},
		{"only half of the public key", "  public_key_id: PUB_KEY_ID_0119\n", "", `public_key_id and public_key_file go together`},
		{"more calls than WeChat Pay takes", "rate: 400", "rate: 501", `wechatpay.rate: must be a number from 0.01 to 500`},
		{"an exponent is not a number here", "rate: 400", "rate: 4e2", `wechatpay.rate: must be a number`},
		{"yes is not a number", "connections: 2", "connections: yes", `slack.connections: must be a whole number from 1 to 10`},
		{"money with three decimals", "up_to: 50.10", "up_to: 50.100", `approvals.bands[1].up_to: must be yuan with up to two decimals`},
		{"money with a sign", "up_to: 50.10", "up_to: -50", `approvals.bands[1].up_to: must be yuan`},
		{"bands that do not ascend", "up_to: 500.00", "up_to: 50.10", `approvals.bands[2].up_to: bands ascend`},
		{"a last band with an end", "{need: {approvers: 1, finance: 2}}", "{up_to: 900, need: {approvers: 1}}", `the last band has no end`},
		{"a need of a group that is not there", "need: {approvers: 1}", "need: {aprovers: 1}", `there is no group aprovers; is it approvers?`},
		{"a right that is not there", "  campaign: [marketing]", "  campain: [marketing]", `rights.campain: there is no such key; is it campaign?`},
		{"a right of a group that is not there", "send: [agents]", "send: [people]", `rights.send[1]: there is no group people`},
		{"a channel by name", "C0LOG", "'#log'", `slack.log_channel: must be a channel's id: C…`},
		{"a person by name", "U03FINANCE", "finn", `groups.finance[1]: must be a person's id`},
		{"a person twice in a group", "[U03FINANCE]", "[U03FINANCE, U03FINANCE]", `U03FINANCE is in the list twice`},
		{"two stocks of one id", `{id: 9856001`, `{id: 9856000`, `stocks.partner-5: has the same id as sorry-10`},
		{"a range upside down", "{from: 1.00, to: 20.00}", "{from: 21.00, to: 20.00}", `stocks.any-amount.custom_value.to: must not be less than from`},
		{"a pattern that is none", `'^[A-Z]+-[0-9]+$'`, `'^[A-Z'`, `ticket: is not a regular expression`},
		{"a duration without a unit", "repeat_within: 7d", "repeat_within: 7", `repeat_within: must be a duration such as 15m, 36h or 7d`},
		{"a limit per hour", "stock: [{amount: 10000.00, per: day}]", "stock: [{amount: 10000.00, per: hour}]", `limits.stock[1].per: must be day or week or month or ever`},
		{"a limit on nothing", "stock: [{amount: 10000.00, per: day}]", "stock: [{per: day}]", `limits.stock[1]: a limit needs an amount, or coupons, or both`},
		{"two limits of one period", "{amount: 2000.00, per: week}", "{amount: 2000.00, per: day}", `limits.agent[2]: there is a limit per day already`},
		{"a zone that is none", "zone: Asia/Shanghai", "zone: Mars/Olympus", `zone: must be a time zone such as Asia/Shanghai`},
		{"a language that is not there", "channels: en", "channels: de", `language.channels: must be en or zh`},
		{"plain http to another machine", "base_url: https://", "base_url: http://", `wechatpay.base_url: must begin with https://`},
		{"a list where one value belongs", "zone: Asia/Shanghai", "zone: [a, b]", `zone: must be a single value, not a list`},
		{"one value where a group of keys belongs", "log: {level: info, format: text}", "log: loud", `log: must be a group of keys, not a single value`},
		{"a ledger of another kind", "ledger: couponbot.db", "ledger: mysql://db", `ledger: must be a file name, or postgres://…`},
		{"a share over the whole", "share: 0.20", "share: 1.20", `campaigns.pause_after.share: must be a number from 0 to 1`},
		{"a key that is not used yet is checked too", "overlap: wait", "overlap: never", `schedules.overlap: must be wait or skip`},
		{"an address without a port", "http: 127.0.0.1:9090", "http: 127.0.0.1", `http: must be address and port`},
	}
	path := write(t, full)
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			if !strings.Contains(full, tt.old) {
				t.Fatalf("the full file has no %q", tt.old)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(full, tt.old, tt.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path, env)
			var faults *Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "hidden") {
				t.Errorf("a secret is told: %v", err)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnceInOrder(t *testing.T) {
	path := write(t, "zone: Moon\nslack: {approvals_channel: nope, bot_token: xoxb-a, app_token: xapp-a}\nwechatpay:\n  rate: fast\n  mchid: M1\nextra: 1\n")
	_, err := Load(path, env)
	want := []string{
		": ledger: is missing: a file name, or postgres://…",
		":1:7: zone: must be a time zone such as Asia/Shanghai",
		":2:28: slack.approvals_channel: must be a channel's id: C…",
		":3:1: wechatpay.appid: is missing",
		":3:1: wechatpay.serial_no: is missing",
		":3:1: wechatpay.private_key: is missing (or give private_key_file)",
		":3:1: wechatpay.public_key_id: is missing: give public_key_id and public_key_file, or apiv3_key (older merchants)",
		":4:9: wechatpay.rate: must be a number from 0.01 to 500",
		":5:10: wechatpay.mchid: must be a merchant number: digits",
		":6:1: extra: there is no such key",
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), path, ""), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWholeFiles(t *testing.T) {
	tests := []struct{ sentence, text, want string }{
		{"an empty file", "", "the file is empty"},
		{"only a comment", "# nothing\n", "the file is empty"},
		{"not text", "slack: \xff\xfe", "not UTF-8"},
		{"tabs", "slack:\n\tbot_token: x\n", "this is not YAML"},
		{"two documents", "a: 1\n---\nb: 2\n", "one document only"},
		{"an alias that contains itself", "zone: &a [*a]\n", "contains itself"},
		{"a merge", "a: &a {x: 1}\nslack: {<<: *a}\n", "<<"},
		{"a list", "- a\n", "must be a group of keys"},
	}
	for _, tt := range tests {
		t.Run(tt.sentence, func(t *testing.T) {
			_, err := Load(write(t, tt.text), env)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	for name, path := range map[string]string{"no file": filepath.Join(t.TempDir(), "none.yaml"), "a folder": t.TempDir()} {
		if _, err := Load(path, env); err == nil || !strings.Contains(err.Error(), "--config") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBareNeedsNoSecrets(t *testing.T) {
	path := write(t, strings.NewReplacer("merchant.key", "none.key", "wechatpay.pub", "none.pub").Replace(full))
	none := func(string) (string, bool) { return "", false }
	if _, err := LoadBare(path, none); err != nil {
		t.Error(err)
	}
	if _, err := Load(path, none); err == nil {
		t.Error("the same file without secrets is accepted for running")
	}
}

func TestReadableKeysAreWarnedAbout(t *testing.T) {
	path := write(t, full)
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "merchant.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, env)
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "chmod 600") {
		t.Errorf("%v, warnings %v", err, c)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(full)
	f.Add(least)
	f.Add("slack: &a [*a]\n")
	f.Add("? x\n: y\n")
	f.Add("approvals: {bands: [{need: {a: 1}}]}")
	f.Fuzz(func(t *testing.T, text string) {
		faults := &Faults{Path: "f.yaml"}
		c, err := read([]byte(text), faults, &reader{faults: faults, folder: t.TempDir(), env: env})
		if (c == nil) == (err == nil) {
			t.Errorf("either a configuration or faults: %v %v", c, err)
		}
	})
}
