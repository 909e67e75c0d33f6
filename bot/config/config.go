// Package config reads couponbot.yaml, the one place where the company says what it wants.
//
// A value is read from its source text: what YAML would make of 5E10, yes or 50.10 is not asked. Every key that
// exists is known here, also one that nothing uses yet, and every other key is a fault. All faults of a file are told
// at once, each with its line; none of them repeats a secret. The only importer is main, which hands each package its
// own part.
package config

import (
	"bytes"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"couponbot/bot"
	"couponbot/commands"
	"couponbot/commands/issuing"
	"couponbot/commands/wechatpay"
	"couponbot/schedules"
	"couponbot/store"
)

// Config is the whole file, by the package that uses each part.
type Config struct {
	Slack     bot.Config
	WeChatPay wechatpay.Config
	Ledger    string // a file name or a postgres:// address
	Zone      *time.Location
	Commands  commands.Config
	Issuing   issuing.Config
	Schedules schedules.Config
	HTTP      string // host:port, "" for none
	LogLevel  slog.Level
	LogJSON   bool
	Warnings  []string // things that work and should not stay so
}

// Load reads a file. env looks up what ${NAME} stands for (os.LookupEnv). An error is *Faults.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	return load(path, env, false)
}

// LoadBare reads a file for commands that connect to nothing: secrets and keys may be missing.
func LoadBare(path string, env func(string) (string, bool)) (*Config, error) {
	return load(path, env, true)
}

func load(path string, env func(string) (string, bool), bare bool) (*Config, error) {
	faults := &Faults{Path: path}
	text, err := os.ReadFile(path)
	if err != nil {
		faults.add(node{}, "%s; name another with --config", fileFault(path, err))
		return nil, faults
	}
	return read(text, faults, &reader{faults: faults, folder: filepath.Dir(path), env: env, bare: bare})
}

func read(text []byte, faults *Faults, r *reader) (*Config, error) {
	if !utf8.Valid(text) {
		faults.add(node{}, "the file is not UTF-8 text")
		return nil, faults
	}
	root := parse(bytes.TrimPrefix(text, []byte("\ufeff")), faults)
	if len(faults.All) > 0 && root.kind == absent {
		return nil, faults
	}
	c := &Config{}
	top := r.section(root)
	r.top(top, c)
	top.done()
	if len(faults.All) > 0 {
		return nil, faults
	}
	return c, nil
}

// top reads the file in the order of the contract; later parts may refer to earlier ones.
func (r *reader) top(s *section, c *Config) {
	c.Zone = s.zone("zone", "Asia/Shanghai")
	r.slack(s.sub("slack"), &c.Slack)
	r.language(s.sub("language"), &c.Slack)
	r.wechatpay(s.sub("wechatpay"), c)
	c.Ledger = r.ledger(s.get("ledger"))
	c.HTTP = r.http(s.get("http"))
	r.log(s.sub("log"), c)
	c.Commands = commands.Config{MchID: c.WeChatPay.MchID, Zone: c.Zone, Command: c.Slack.Command}
	r.commands(s, &c.Commands)
	r.schedules(s.sub("schedules"), &c.Schedules)
}

var (
	botToken     = regexp.MustCompile(`^xoxb-\S+$`)
	appToken     = regexp.MustCompile(`^xapp-\S+$`)
	slashCommand = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)
	channelID    = regexp.MustCompile(`^[CG][A-Z0-9]{2,20}$`)
	memberID     = regexp.MustCompile(`^[UWS][A-Z0-9]{2,20}$`)
	digits       = regexp.MustCompile(`^[0-9]{1,20}$`)
	appID        = regexp.MustCompile(`^[A-Za-z0-9]{1,128}$`)
	serial       = regexp.MustCompile(`^[0-9A-Fa-f]{1,64}$`)
	publicKeyID  = regexp.MustCompile(`^PUB_KEY_ID_[0-9]+$`)
	apiv3Key     = regexp.MustCompile(`^[!-~]{32}$`)
	name         = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	word         = regexp.MustCompile(`^[\pL\pN_.-]{1,40}$`)
)

func (r *reader) slack(s *section, c *bot.Config) {
	c.BotToken = s.secret("bot_token", botToken, "a bot token: xoxb-…", true)
	c.AppToken = s.secret("app_token", appToken, "an app-level token: xapp-…", true)
	c.APIURL = s.address("api_url", "https://slack.com/api/")
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	c.Command = s.word("command", "/coupon", slashCommand, "a slash command such as /coupon")
	c.Connections = s.whole("connections", 2, 1, 10)
	c.ApprovalsChannel = s.must("approvals_channel", channelID, "a channel's id: C…")
	c.LogChannel = s.word("log_channel", "", channelID, "a channel's id: C…")
	c.AlertsChannel = s.word("alerts_channel", c.ApprovalsChannel, channelID, "a channel's id: C…")
	s.done()
}

func (r *reader) language(s *section, c *bot.Config) {
	c.PeopleLanguage = s.choice("people", "auto", "auto", "en", "zh")
	c.ChannelLanguage = s.choice("channels", "en", "en", "zh")
	s.done()
}

func (r *reader) wechatpay(s *section, c *Config) {
	w := &c.WeChatPay
	w.BaseURL = strings.TrimSuffix(s.address("base_url", "https://api.mch.weixin.qq.com"), "/")
	w.MchID = s.must("mchid", digits, "a merchant number: digits")
	w.AppID = s.must("appid", appID, "an appid such as wx0123456789abcdef")
	w.SerialNo = s.must("serial_no", serial, "the serial number of the merchant API certificate: hexadecimal digits")
	r.keys(s, c)
	c.Issuing.Rate = s.decimal("rate", 400, 0.01, 500)
	c.Issuing.Workers = s.whole("workers", 64, 1, 1000)
	c.Issuing.Timeout = s.duration("timeout", 10*time.Second, time.Second, time.Minute)
	w.Workers, w.Timeout = c.Issuing.Workers, c.Issuing.Timeout
	s.done()
}

// keys reads the merchant's key, and one of the two ways to know WeChat Pay.
func (r *reader) keys(s *section, c *Config) {
	w := &c.WeChatPay
	n := s.get("private_key_file")
	if pem := s.secret("private_key", nil, "", true); pem != "" {
		key, err := wechatpay.ParsePrivateKey([]byte(pem))
		if err != nil {
			r.faults.add(n, "%s", err)
		}
		w.PrivateKey = key
		if path, ok := r.path(n); ok {
			if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
				c.Warnings = append(c.Warnings, "the merchant's key can be read by everybody on this machine: chmod 600 "+path)
			}
		}
	}
	id, file := s.get("public_key_id"), s.get("public_key_file")
	w.PublicKeyID = s.word("public_key_id", "", publicKeyID, "PUB_KEY_ID_ and digits")
	if pem, ok := r.file(file); ok {
		key, err := wechatpay.ParsePublicKey(pem)
		if err != nil {
			r.faults.add(file, "%s", err)
		}
		w.PublicKey = key
	}
	w.APIv3Key = s.secret("apiv3_key", apiv3Key, "the 32 characters of the APIv3 key", false)
	switch {
	case (id.kind == absent) != (file.kind == absent):
		r.faults.add(id, "public_key_id and public_key_file go together")
	case id.kind == absent && s.get("apiv3_key").kind == absent && s.get("apiv3_key_file").kind == absent:
		r.faults.add(id, "is missing: give public_key_id and public_key_file, or apiv3_key (older merchants)")
	}
}

// address is a web address; without TLS only to this machine.
func (s *section) address(name, fallback string) string {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		s.faults.add(n, "must be an address such as %s", fallback)
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return v
	default:
		s.faults.add(n, "must begin with https:// (http:// only to this machine)")
	}
	return fallback
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func (s *section) zone(name, fallback string) *time.Location {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		v = fallback
	}
	zone, err := time.LoadLocation(v)
	if err != nil || v == "Local" {
		s.faults.add(n, "must be a time zone such as Asia/Shanghai")
		return time.UTC
	}
	return zone
}

func (r *reader) ledger(n node) string {
	v, ok := r.text(n)
	switch {
	case !ok && n.kind <= null:
		r.faults.add(n, "is missing: a file name, or postgres://…")
	case !ok:
	case store.IsPostgres(v):
		if _, err := url.Parse(v); err != nil {
			r.faults.add(n, "is not an address that PostgreSQL would understand")
		}
	case strings.Contains(v, "://"):
		r.faults.add(n, "must be a file name, or postgres://…")
	default:
		v, _ = r.path(n)
	}
	return v
}

func (r *reader) http(n node) string {
	v, ok := r.text(n)
	if !ok {
		return ""
	}
	if _, err := netip.ParseAddrPort(strings.Replace(v, "localhost:", "127.0.0.1:", 1)); err != nil {
		r.faults.add(n, "must be address and port, such as 127.0.0.1:9090")
	}
	return v
}

func (r *reader) log(s *section, c *Config) {
	level := s.choice("level", "info", "debug", "info", "warn", "error")
	if err := c.LogLevel.UnmarshalText([]byte(level)); err != nil {
		r.faults.add(s.get("level"), "%s", err)
	}
	c.LogJSON = s.choice("format", "text", "text", "json") == "json"
	s.done()
}
