package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"couponbot/commands"
)

// A Scope is a right of the Slack app, and what it is for.
type Scope struct {
	Name     string
	Why      string
	Optional bool // everything works without it
}

// Scopes are those that the app asks for, and no others: nothing here can read what people write.
func Scopes(groups []commands.Group) []Scope {
	scopes := []Scope{
		{Name: "commands", Why: "the slash command and the shortcuts"},
		{Name: "chat:write", Why: "cards, in channels and in direct messages"},
		{Name: "im:write", Why: "opens the direct message in which a requester's card stands"},
		{Name: "users:read", Why: "language and time zone; tells guests, leavers and strangers"},
		{Name: "files:read", Why: "takes in the lists that people upload into a form"},
		{Name: "files:write", Why: "gives bad rows and failed coupons back, to one person alone"},
		{Name: "channels:read", Why: "check sees whether the bot is in its channels", Optional: true},
		{Name: "groups:read", Why: "the same for private channels", Optional: true},
	}
	if usesUserGroups(groups) {
		scopes = append(scopes, Scope{Name: "usergroups:read", Why: "the user groups (S…) of the configuration, and hearing when they change"})
	}
	return scopes
}

func usesUserGroups(groups []commands.Group) bool {
	return slices.ContainsFunc(groups, func(g commands.Group) bool { return slices.ContainsFunc(g.Members, isUserGroup) })
}

func isUserGroup(id string) bool { return strings.HasPrefix(id, "S") }

// Manifest is the description of the app that fits a configuration, to be pasted where Slack asks for one ("From a
// manifest"). It holds no secret and needs none. Its format is version 1 of Slack's schema.
func Manifest(c Config, groups []commands.Group) ([]byte, error) {
	words := manifestWords[languageEN]
	if c.ChannelLanguage == languageZH {
		words = manifestWords[languageZH]
	}
	asked, optional := []string{}, []string{}
	for _, s := range Scopes(groups) {
		if s.Optional {
			optional = append(optional, s.Name)
		} else {
			asked = append(asked, s.Name)
		}
	}
	events := []string{"app_home_opened", "user_change"}
	if usesUserGroups(groups) {
		events = append(events, "subteam_members_changed", "subteam_updated")
	}
	type object = map[string]any
	m := object{
		"_metadata":           object{"major_version": 1, "minor_version": 1},
		"display_information": object{"name": words.name, "description": words.description, "background_color": "#1a7f37"},
		"features": object{
			"app_home": object{"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": true},
			"bot_user": object{"display_name": words.name, "always_online": true},
			"shortcuts": []object{
				{"name": words.send, "type": "global", "callback_id": commands.ShortcutSend, "description": words.sendHow},
				{"name": words.fromMessage, "type": "message", "callback_id": commands.ShortcutFromMessage, "description": words.fromMessageHow},
			},
			"slash_commands": []object{{"command": c.Command, "description": words.command,
				"usage_hint": "send <stock> <openid> | status <id> | help", "should_escape": true}},
		},
		"oauth_config": object{"scopes": object{"bot": asked, "bot_optional": optional}},
		"settings": object{
			"event_subscriptions": object{"bot_events": events},
			"interactivity":       object{"is_enabled": true}, // buttons need it, also over a socket
			"socket_mode_enabled": true, "org_deploy_enabled": false, "token_rotation_enabled": false,
		},
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return []byte(b.String()), nil
}

var manifestWords = map[string]struct{ name, description, command, send, sendHow, fromMessage, fromMessageHow string }{
	languageEN: {"Couponbot", "WeChat Pay cash coupons for customers: each once, approved, accounted for", "Send a coupon, or look one up",
		"Send a coupon", "Open the form; nothing is sent before you have checked a card", "Send a coupon", "Open the form with the openid and the ticket of this message"},
	languageZH: {"Couponbot", "给客户发放微信支付代金券：不重发、有审批、可对账", "发放或查询代金券",
		"发放代金券", "打开表单；核对卡片之前不会发放", "发放代金券", "打开表单，并填入这条消息里的 openid 和工单号"},
}
