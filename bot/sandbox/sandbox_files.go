package sandbox

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strings"
	"text/template"
)

//go:embed page/couponbot.yaml.tmpl
var slConfig string

// WriteFiles puts couponbot.yaml, merchant.key and wechatpay.pub into the options' folder, so that
// a bot can be pointed at this world, which listens at addr (host:port). All three are generated
// and simply replaced.
func (w *World) WriteFiles(addr string) error {
	if w.o.Dir == "" {
		return errors.New("write the sandbox's files: no folder was given")
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return fmt.Errorf("write the sandbox's files: %w", err)
	}
	t, err := template.New("couponbot.yaml").Parse(slConfig)
	if err != nil {
		return fmt.Errorf("write the sandbox's files: %w", err)
	}
	w.Slack.mu.Lock()
	w.Slack.base = "http://" + addr
	command := w.Slack.o.Command
	w.Slack.mu.Unlock()
	var yaml strings.Builder
	err = t.Execute(&yaml, map[string]string{
		"Addr": addr, "BotToken": SlackBotToken, "AppToken": SlackAppToken, "Command": command,
		"MchID": w.WeChatPay.MchID(), "AppID": w.WeChatPay.AppID(), "SerialNo": w.WeChatPay.SerialNo(), "PublicKeyID": w.WeChatPay.PublicKeyID(),
	})
	return errors.Join(err,
		slWriteFile(w.path("couponbot.yaml"), []byte(yaml.String()), 0o644),
		slWriteFile(w.path("merchant.key"), w.WeChatPay.MerchantKeyPEM(), 0o600),
		slWriteFile(w.path("wechatpay.pub"), w.WeChatPay.PublicKeyPEM(), 0o644))
}
