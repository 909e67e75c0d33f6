package bot

// Config is where Slack is and which channels the bot speaks in.
type Config struct {
	BotToken         string
	AppToken         string
	APIURL           string // with a slash at its end
	Command          string // "/coupon"
	Connections      int    // sockets held open
	ApprovalsChannel string
	LogChannel       string // "": no log line
	AlertsChannel    string // never "": falls back to the approvals channel
	PeopleLanguage   string // "auto", "en", "zh"
	ChannelLanguage  string // "en", "zh"
}
