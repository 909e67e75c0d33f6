package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const slPageForm = `{"type":"modal","callback_id":"send","title":{"type":"plain_text","text":"Send a coupon"},"submit":{"type":"plain_text","text":"Next"},"close":{"type":"plain_text","text":"Cancel"},"blocks":[
 {"type":"section","text":{"type":"mrkdwn","text":"Nothing is sent *before you confirm*."}},
 {"type":"input","block_id":"stock","label":{"type":"plain_text","text":"Coupon"},"element":{"type":"external_select","action_id":"a","min_query_length":1,"placeholder":{"type":"plain_text","text":"Type to search"}}},
 {"type":"input","block_id":"reason","label":{"type":"plain_text","text":"Reason"},"element":{"type":"static_select","action_id":"a","options":[
  {"text":{"type":"plain_text","text":"late"},"value":"r1"},{"text":{"type":"plain_text","text":"damaged"},"value":"r2"}]}},
 {"type":"input","block_id":"who","label":{"type":"plain_text","text":"Tell"},"optional":true,"element":{"type":"multi_users_select","action_id":"a"}},
 {"type":"input","block_id":"how","label":{"type":"plain_text","text":"How"},"element":{"type":"radio_buttons","action_id":"a","options":[
  {"text":{"type":"plain_text","text":"now"},"value":"now"},{"text":{"type":"plain_text","text":"later"},"value":"later"}]}},
 {"type":"input","block_id":"sure","label":{"type":"plain_text","text":"Sure"},"optional":true,"element":{"type":"checkboxes","action_id":"a","options":[{"text":{"type":"mrkdwn","text":"*Yes*"},"value":"yes"}]}},
 {"type":"input","block_id":"value","label":{"type":"plain_text","text":"Value"},"optional":true,"element":{"type":"number_input","is_decimal_allowed":true,"action_id":"a"}},
 {"type":"input","block_id":"day","label":{"type":"plain_text","text":"Day"},"optional":true,"element":{"type":"datepicker","action_id":"a"}},
 {"type":"input","block_id":"at","label":{"type":"plain_text","text":"At"},"optional":true,"element":{"type":"datetimepicker","action_id":"a"}},
 {"type":"input","block_id":"note","label":{"type":"plain_text","text":"Note"},"hint":{"type":"plain_text","text":"Why again?"},"element":{"type":"plain_text_input","multiline":true,"action_id":"a"}},
 {"type":"input","block_id":"list","label":{"type":"plain_text","text":"Customers"},"optional":true,"element":{"type":"file_input","action_id":"a","filetypes":["csv"],"max_files":2}}]}`

// forms is an app that opens slPageForm for each command, and finds fault with the first note it gets. What was
// submitted comes over the channel.
func (w *slStage) forms() chan map[string]map[string]slObj {
	w.Helper()
	submitted := make(chan map[string]map[string]slObj, 10)
	var once sync.Once
	app := w.app(func(e socketmode.Event) any {
		click, ok := e.Data.(slack.InteractionCallback)
		if !ok {
			return nil
		}
		switch click.Type {
		case slack.InteractionTypeBlockSuggestion:
			options := []any{}
			for _, name := range []string{"sorry-10", "sorry-20", "thanks-50"} {
				if strings.Contains(name, click.Value) {
					options = append(options, slObj{"text": slObj{"type": "plain_text", "text": name}, "value": name})
				}
			}
			return slObj{"options": options}
		case slack.InteractionTypeViewSubmission:
			var payload struct {
				View struct {
					State struct {
						Values map[string]map[string]slObj
					}
				}
			}
			if err := json.Unmarshal(e.Request.Payload, &payload); err != nil {
				w.Error(err)
			}
			submitted <- payload.View.State.Values
			var answer any
			once.Do(func() { answer = slObj{"response_action": "errors", "errors": slObj{"note": "Say more."}} })
			return answer
		}
		return nil
	})
	go func() {
		for e := range app.got {
			if command, ok := e.Data.(slack.SlashCommand); ok {
				w.api("views.open", "trigger_id", command.TriggerID, "view", slPageForm)
			}
		}
	}()
	return submitted
}

// Every input of a form takes what a person gives it; what is missing or wrong is said under its field, and nothing
// they put in is lost on the way.
func TestAFormIsFilledInInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	submitted := run.forms()
	page := run.page(browser, "#U01ANA/C01SUPPORT")
	page.command("/coupon send")
	page.do(chromedp.WaitVisible("#form"))
	field := func(block, what string) string { return `#form [data-block="` + block + `"] ` + what }

	page.until("the first field has the focus", `document.activeElement.closest("[data-block]")?.dataset.block === "stock"`)
	page.keys("sor")
	page.until("the app's options are there", `document.querySelectorAll('[data-block=stock] [role=option]').length === 2`)
	page.shot("search")
	page.keys(kb.ArrowDown, kb.Enter, kb.Tab, "dam", kb.Enter, kb.Tab, "ben", kb.Enter, "lena", kb.Enter)
	if stock := page.js(`document.querySelector('[data-block=stock] input').value`); stock != "sorry-20" {
		t.Errorf("the second option is %v", stock)
	}
	page.do(chromedp.Click("#submit"))
	page.until("the missing field is named", `document.querySelector('[data-block=note] [role=alert]')?.innerText.includes("required")`)
	page.keys(kb.Escape) // no list is open: Escape leaves the form; what is typed next must go into the message field
	page.do(chromedp.WaitNotVisible("#form"))
	page.command("/coupon send")
	page.do(chromedp.WaitVisible("#form"))

	page.until("the new form is empty", `document.activeElement.closest("[data-block]")?.dataset.block === "stock" && document.activeElement.value === ""`)
	page.keys("sor")
	page.until("the app's options are there", `document.querySelectorAll('[data-block=stock] [role=option]').length === 2`)
	page.keys(kb.Enter, kb.Tab, "dam", kb.Enter, kb.Tab, "ben", kb.Enter, "lena", kb.Enter)
	page.do(chromedp.Click(field("how", `input[value="later"]`)), chromedp.Click(field("sure", "input")), chromedp.SendKeys(field("value", "input"), "5.50"))
	page.js(`for (const [block, value] of [["day", "2026-12-24"], ["at", "2026-12-24T18:30"]]) document.querySelector("[data-block=" + block + "] input").value = value`)

	page.do(chromedp.Click("#submit"))
	page.until("the missing field is named", `document.querySelector('[data-block=note] [role=alert]')?.innerText.includes("required")`)
	if len(submitted) != 0 {
		t.Error("an unfinished form was sent to the app")
	}
	page.until("the focus is in the field that is wrong", `document.activeElement.closest("[data-block]")?.dataset.block === "note"`)
	page.keys("again")
	page.do(chromedp.Click("#submit"))
	page.until("the app's words are under the field", `document.querySelector('[data-block=note] [role=alert]')?.innerText.includes("Say more.")`)
	page.shot("errors")
	<-submitted
	page.keys(" and again")
	page.do(chromedp.Click("#submit"), chromedp.WaitNotVisible("#form"))

	got := <-submitted
	for block, want := range map[string]string{
		"stock": `"value":"sorry-10"`, "reason": `"value":"r2"`, "who": `["U03BEN","U04LENA"]`, "how": `"value":"later"`, "sure": `"value":"yes"`,
		"value": `"5.50"`, "day": `"2026-12-24"`, "at": `1798137000`, "note": `again`, // 18:30 in Lisbon
	} {
		if text, _ := json.Marshal(got[block]["a"]); !strings.Contains(string(text), want) {
			t.Errorf("%s arrived as %s, without %s", block, text, want)
		}
	}
	if note, _ := got["note"]["a"]["value"].(string); !strings.Contains(note, "again") || !strings.Contains(note, " and again") {
		t.Errorf("what was typed before the error is lost: %q", note)
	}
}

const slPageHome = `{"type":"home","blocks":[
 {"type":"header","text":{"type":"plain_text","text":"Your sends"}},
 {"type":"image","image_url":"data:image/gif\u003bbase64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==","alt_text":"a dot"},
 {"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"*S1*"},"accessory":{"type":"overflow","action_id":"more","options":[
  {"text":{"type":"plain_text","text":"Pause"},"value":"pause"},{"text":{"type":"plain_text","text":"Cancel the rest"},"value":"cancel"}]}},
 {"type":"actions","block_id":"b","elements":[
  {"type":"button","action_id":"go","value":"1","text":{"type":"plain_text","text":"Send a coupon"}},
  {"type":"static_select","action_id":"stock","placeholder":{"type":"plain_text","text":"Stock"},"options":[{"text":{"type":"plain_text","text":"sorry-10"},"value":"a"},{"text":{"type":"plain_text","text":"thanks-50"},"value":"b"}]},
  {"type":"datepicker","action_id":"day","initial_date":"2026-12-01"}]}]}`

// The Home page is opened, and everything on it acts at once.
func TestTheHomePageActsInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	app := run.app(func(socketmode.Event) any { return nil })
	page := run.page(browser, "#U01ANA/C01SUPPORT")
	page.js(`document.querySelector('[data-place="home"]').click()`)
	if e := app.next(t); e.Type != socketmode.EventTypeEventsAPI || !strings.Contains(string(e.Request.Payload), `"app_home_opened"`) {
		t.Errorf("the app heard %s %s", e.Type, e.Request.Payload)
	}
	if r := run.api("views.publish", "user_id", "U01ANA", "view", slPageHome); r["ok"] != true {
		t.Fatal(r)
	}
	page.until("the Home page is drawn", `document.querySelector('#home [data-action="go"]')`)
	page.shot("home")
	heard := func(what, want string) {
		t.Helper()
		if e := app.next(t); !strings.Contains(string(e.Request.Payload), want) {
			t.Errorf("%s arrived as %s", what, e.Request.Payload)
		}
	}
	page.do(chromedp.Click(`#home [data-action="go"]`))
	heard("the button", `"action_id":"go"`)
	page.do(chromedp.Click(`#home [data-action="stock"] input`))
	page.keys("tha", kb.Enter)
	heard("the select", `"value":"b"`)
	page.do(chromedp.Click(`#home summary`), chromedp.Click(`#home details button:nth-of-type(2)`))
	heard("the menu", `"value":"cancel"`)
	page.js(`var day = document.querySelector('#home input[type="date"]'); day.value = "2026-12-24"; day.dispatchEvent(new Event("change"))`)
	heard("the date", `"selected_date":"2026-12-24"`)
	if drawn := page.js(`document.querySelector("#home img").naturalWidth`); drawn != 1.0 {
		t.Errorf("the picture is not drawn: %v", drawn)
	}
}

// A file goes up as soon as it is picked, can be taken out again, and stays when the form is drawn anew.
func TestAFileIsHandedOverInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	submitted := run.forms()
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"one.csv", "two.csv"} {
		paths = append(paths, filepath.Join(dir, name))
		if err := os.WriteFile(paths[len(paths)-1], []byte("openid\no"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page := run.page(browser, "#U06MIA/C01SUPPORT")
	page.command("/coupon audience new")
	page.do(chromedp.WaitVisible("#form"),
		chromedp.SetUploadFiles(`#form input[type="file"]`, paths))
	page.until("both files are listed", `document.querySelectorAll(".files li").length === 2`)
	page.do(chromedp.Click(`[aria-label="Remove one.csv"]`))
	page.js(`document.querySelector('[data-block=stock] input').focus()`)
	page.keys("tha")
	page.until("an option is there", `document.querySelectorAll('[data-block=stock] [role=option]').length === 1`)
	page.keys(kb.Enter, kb.Tab, kb.ArrowDown, kb.ArrowDown, kb.Enter)
	page.do(chromedp.Click(`#form [data-block="how"] input`), chromedp.SendKeys(`#form [data-block="note"] textarea`, "x"), chromedp.Click("#submit"))
	page.until("the app finds fault", `document.querySelector('[data-block=note] [role=alert]')?.innerText.includes("Say more.")`)
	<-submitted
	if left := page.js(`document.querySelector(".files").innerText`); !strings.Contains(left.(string), "two.csv") {
		t.Errorf("the form lost its file: %q", left)
	}
	page.do(chromedp.Click("#submit"), chromedp.WaitNotVisible("#form"))
	files, _ := (<-submitted)["list"]["a"]["files"].([]any)
	if len(files) != 1 {
		t.Fatalf("%d files arrived", len(files))
	}
	id, _ := files[0].(slObj)["id"].(string)
	run.slack.mu.Lock()
	defer run.slack.mu.Unlock()
	if f := run.slack.d.Files[id]; f == nil || f.Name != "two.csv" || string(f.Body) != "openid\notwo.csv\n" {
		t.Errorf("the file arrived as %+v", f)
	}
}
