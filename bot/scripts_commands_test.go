package bot_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"couponbot/store/storetest"
)

// patience is how long a story waits for what must happen.
const patience = 20 * time.Second

// A word is one command of the stories. What it answers is looked at with stdout and stderr.
type word struct {
	usage string
	does  func(*stage, *line) error
	no    bool // may be negated
}

// vocabulary is every command of the stories, besides testscript's own.
var vocabulary = map[string]word{
	// Processes.
	"world":     {"world [-bot]: start the stand-ins, or the whole sandbox; they write $WORK/world, and bot.yaml there is what the bot reads", (*stage).doWorld, false},
	"config":    {"config old new, config -append text: change bot.yaml", (*stage).doConfig, false},
	"init":      {"init: create the ledger", (*stage).doInit, false},
	"bot":       {"bot: start the bot and wait until Slack reaches it", (*stage).doBot, false},
	"bot2":      {"bot2: start a replica", (*stage).doBot, false},
	"kill9":     {"kill9 [-after=20ms] [bot2]: as a power cut", (*stage).doKill, false},
	"outages":   {"outages n: kill9 at random moments, n times, and start the bot again each time", (*stage).doOutages, false},
	"terminate": {"terminate [bot2]: SIGTERM; it must leave within 10 s with exit code 0", (*stage).doTerminate, false},
	"couponbot": {"couponbot args…: run the program to its end, on bot.yaml if it is there", (*stage).doProgram, true},
	"log":       {"[!] log regexp…: the bot's log has a line with all of them", (*stage).doLog, true},
	"metrics":   {"[!] metrics regexp…: the metrics have a line with all of them", (*stage).doMetrics, true},
	"get":       {"[!] get path: the bot's own HTTP answers 200", (*stage).doGet, true},

	// People.
	"slash":    {"slash [-in=channel] [-twice] person text: type a slash command; ! when Slack says it failed", (*stage).doSlash, true},
	"asks":     {"asks [-in=channel] person text regexp…: type a slash command, again and again until the answer that only the person sees has all of them", (*stage).doAsks, false},
	"click":    {"click [-deny] [-stale] [-twice] [-maybe] [-in=channel|home] person label-or-action_id [regexp…]: press a button that the person sees; ! when there is none, -maybe when there may be none", (*stage).doClick, true},
	"sees":     {"[!] sees [-in=channel] [-within=40s] person regexp…: one message that the person sees has all of them", (*stage).doSees, true},
	"say":      {"say [-in=channel] person text: write a message", (*stage).doSay, false},
	"shortcut": {"shortcut person callback_id [regexp…]: use a shortcut, on the message that has all of them", (*stage).doShortcut, true},
	"form":     {"[!] form person [regexp…]: the form that the person has open has all of them; ! alone: none is open", (*stage).doForm, true},
	"home":     {"[!] home [-open] person regexp…: the person's Home page has all of them; -open opens it first", (*stage).doForm, true},
	"suggest":  {"[!] suggest person field text regexp…: what the form's picker offers has all of them", (*stage).doSuggest, true},
	"submit":   {"submit [-twice] person field=value…: fill in the open form, =@file,file for files, and press its button", (*stage).doSubmit, true},
	"private":  {"[!] private person regexp…: the newest message that only the person sees has all of them", (*stage).doSees, true},
	"dm":       {"[!] dm [-within=40s] person regexp…: one message in the person's direct messages has all of them", (*stage).doSees, true},
	"channel":  {"[!] channel [-times=n] [-within=40s] id regexp…: a message in the channel has all of them; with -times exactly so many", (*stage).doChannel, true},

	// Lists.
	"list": {"list [-gbk] [-crowd=n] file row…: write a list as a file of $WORK, a workbook when it is named .xlsx; with -crowd with n customers more", (*stage).doList, false},
	"file": {"[!] file [-within=40s] person name regexp…: a file of that name, which nobody else sees, has all of them", (*stage).doFile, true},

	// Circumstances.
	"fault":        {"fault wechatpay|slack json: something goes wrong from now on", (*stage).doFault, false},
	"faults":       {"faults clear: nothing goes wrong any more", (*stage).doFaults, false},
	"settings":     {"settings wechatpay|slack json: other habits", (*stage).doSettings, false},
	"stock":        {"stock id json: change a stock at WeChat Pay", (*stage).doStock, false},
	"person":       {"person name json: change a person in Slack", (*stage).doPerson, false},
	"group":        {"group id json: change a user group in Slack", (*stage).doGroup, false},
	"conversation": {"conversation id json: change a channel in Slack", (*stage).doConversation, false},
	"sql":          {"sql statement: change the ledger while no bot runs: time that has passed, damage", (*stage).doSQL, false},
	"tampered":     {"tampered file size: cut a file of $WORK/world to so many bytes", (*stage).doTampered, false},

	// Truth.
	"coupons":   {"coupons [-least] [-within=40s] [-stock=id] openid|all n: WeChat Pay has issued so many, and no more; prints them", (*stage).doCoupons, false},
	"calls":     {"calls [-least] [-within=40s] [-of=list_coupons] openid|all n: so many sends (or other calls) were made, and no more; prints them", (*stage).doCalls, false},
	"issued":    {"issued [-least] [-within=40s] n: WeChat Pay has issued so many coupons, by its own count", (*stage).doIssued, false},
	"never-two": {"never-two [n]: no number gave two coupons, nobody has more than n (1) of one stock", (*stage).doNeverTwo, false},
	"promises":  {"promises: never-two, no secret or openid in any log or channel, nothing Slack would frown at, no race, no panic", (*stage).doPromises, false},
}

// words binds the vocabulary to a script's stage.
func words() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, w := range vocabulary {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			l, err := readLine(ts, name, neg, args)
			if err == nil && neg && !w.no {
				err = errors.New("cannot be negated")
			}
			if err == nil {
				err = w.does(ts.Value(stageKey{}).(*stage), l)
			}
			if usage, wrong := errors.AsType[usageError](err); wrong {
				ts.Fatalf("%s: %s\nusage: %s", name, string(usage), w.usage)
			}
			if err != nil {
				ts.Fatalf("%s: %v", name, err)
			}
		}
	}
	return out
}

type usageError string

func (e usageError) Error() string { return string(e) }

// A line is one command of a story, taken apart.
type line struct {
	*testscript.TestScript
	name  string
	neg   bool
	args  []string
	flags map[string]string
}

func readLine(ts *testscript.TestScript, name string, neg bool, args []string) (*line, error) {
	l := &line{ts, name, neg, args, map[string]string{}}
	if name == "couponbot" { // its flags are the program's
		return l, nil
	}
	known := []string{"append", "in", "twice", "deny", "stale", "within", "times", "least", "stock", "bot", "after", "maybe", "of", "open", "gbk", "crowd"}
	for len(l.args) > 0 && strings.HasPrefix(l.args[0], "-") && !strings.Contains(l.args[0], " ") {
		flag, value, _ := strings.Cut(l.args[0][1:], "=")
		if !slices.Contains(known, flag) {
			return nil, usageError("no flag is called -" + flag)
		}
		l.flags[flag], l.args = value, l.args[1:]
	}
	return l, nil
}

func (l *line) has(flag string) bool { _, ok := l.flags[flag]; return ok }

// want takes the arguments apart into as many as there must be, and the rest.
func (l *line) want(least, most int) error {
	if len(l.args) < least || most >= 0 && len(l.args) > most {
		return usageError(fmt.Sprintf("%d arguments are not right", len(l.args)))
	}
	return nil
}

func (l *line) within() (time.Duration, error) {
	if !l.has("within") {
		return patience, nil
	}
	return time.ParseDuration(l.flags["within"])
}

func (l *line) after() (time.Duration, error) {
	if !l.has("after") {
		return 0, nil
	}
	return time.ParseDuration(l.flags["after"])
}

func condition(name string, db storetest.Database) (bool, error) {
	switch name {
	case "slow":
		return !testing.Short(), nil
	case "long":
		return os.Getenv("COUPONBOT_LONG") == "1", nil
	case "postgres", "sqlite":
		return db.Name == name, nil
	case "root":
		return os.Geteuid() == 0, nil
	}
	return false, errors.New("unknown condition; there are slow, root, postgres and sqlite")
}
