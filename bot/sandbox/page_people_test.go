package sandbox

import (
	"context"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"
)

// Two windows of one browser are two people; what one does, the other sees without reloading, with an unread mark where
// they are not looking.
func TestTwoPeopleAreThereAtOnceInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	ana := run.page(browser, "#U01ANA/C01SUPPORT")
	tab, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ben := run.page(tab, "#U03BEN/C02APPROVE")

	ana.command("good morning")
	ben.until("there is an unread mark", `document.querySelector('[data-place="C01SUPPORT"] .count')?.innerText === "1"`)
	ben.until("the window's title counts it", `document.title.startsWith("(1) Ben")`)
	if mine := ana.js(`document.querySelector('[data-place="C01SUPPORT"] .count')`); mine != nil {
		t.Error("what Ana wrote is unread for her")
	}
	ben.js(`document.querySelector('[data-place="C01SUPPORT"]').click()`)
	ben.until("Ben reads it", `document.querySelector("#messages").innerText.includes("good morning")`)
	ben.until("the mark is gone", `!document.querySelector('[data-place="C01SUPPORT"] .count')`)
	ben.command("good evening, here")
	ana.until("Ana sees the answer", `document.querySelector("#messages").innerText.includes("good evening, here")`)

	if _, _, err := run.client().PostMessage("D01ANA", slack.MsgOptionText("only for Ana", false)); err != nil {
		t.Fatal(err)
	}
	ana.until("the direct message is marked", `document.querySelector('[data-place="D01ANA"] .count')?.innerText === "1"`)
	if page := ben.js(`document.body.innerText.includes("only for Ana")`); page != false {
		t.Error("Ben sees Ana's direct message")
	}
	ana.do(chromedp.Navigate(run.url+"/#U01ANA/C01SUPPORT"), chromedp.Reload(), chromedp.WaitVisible(`[data-place="D01ANA"] .count`))
	if old := ana.js(`document.querySelector('[data-place="C01SUPPORT"] .count')`); old != nil {
		t.Error("what was read is unread again after reloading")
	}
	ana.js(`document.querySelector("#person").value = "U03BEN"; document.querySelector("#person").dispatchEvent(new Event("change"))`)
	ana.until("the same window is Ben now", `location.hash === "#U03BEN/C01SUPPORT" && document.title.includes("Ben")`)
}

// A switch breaks the next call, says so, and stands off again when the call has met it; the number that asked shows
// the call, and a customer's id shows only theirs.
func TestAFaultIsSwitchedOnInChromium(t *testing.T) {
	browser := slBrowser(t)
	w, run := slStand(t)
	page := run.page(browser, "")
	page.js(`document.querySelector("#tab-faults").click()`)
	page.do(chromedp.Click(`[data-fault="drop_after_commit"]`))
	page.until("the switch is on", `document.querySelector('[data-fault="drop_after_commit"]').getAttribute("aria-checked") === "true"`)
	page.until("it is listed", `document.querySelector("#active").innerText.includes("Answer lost after success")`)
	page.shot("faults")
	if on := w.WeChatPay.activeFaults(); len(on) != 1 || on[0].Endpoint != "send" || on[0].Calls != 1 {
		t.Fatalf("switched on: %+v", on)
	}
	page.do(chromedp.Click(`[data-fault="drop_after_commit"]`))
	page.until("everything works", `document.querySelector("#active").innerText.includes("Everything works")`)

	page.do(chromedp.Click(`[data-fault="drop_after_commit"]`))
	page.until("the switch is on", `document.querySelector('[data-fault="drop_after_commit"]').getAttribute("aria-checked") === "true"`)
	merchant := &wxRig{t: t, pay: w.WeChatPay, server: run.server}
	if lost := merchant.send("oABC", nil); lost.Err == nil {
		t.Errorf("the answer was not lost: %d %s", lost.Status, lost.Body)
	}
	page.until("the fault is used up", `document.querySelector('[data-fault="drop_after_commit"]').getAttribute("aria-checked") === "false"`)
	for _, customer := range []string{"oABC", "oDEF"} {
		if r := merchant.send(customer, map[string]any{"out_request_no": map[string]any{"oABC": "N-1", "oDEF": "N-2"}[customer]}); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	page.js(`document.querySelector("#tab-pay").click()`)
	page.until("one number shows both its calls and one coupon", `[...document.querySelectorAll(".ask.given")].some((n) => /N-1/.test(n.innerText) && /2 calls/.test(n.innerText) && /no answer/.test(n.innerText) && /200/.test(n.innerText))`)
	page.until("both customers are there", `document.querySelectorAll(".ask.given").length === 2`)
	page.js(`[...document.querySelectorAll(".openid")].find((n) => n.innerText === "oDEF").click()`)
	page.until("only one customer is left", `document.querySelectorAll(".ask").length === 1 && document.querySelector("#filter").innerText.includes("oDEF")`)
	page.js(`document.querySelector("#filter button").click()`)
	page.until("all are back", `document.querySelectorAll(".ask").length === 2`)
	page.js(`document.querySelector("#tab-faults").click()`)

	page.js(`document.querySelector("#often").value = "0"; document.querySelector("#whom").value = "oABC"`)
	page.do(chromedp.Click(`[data-fault="not_enough"]`), chromedp.Click(`[data-fault="clock"]`))
	page.until("both are counted", `document.querySelector("#faults-on").innerText === "2"`)
	if on := w.WeChatPay.activeFaults(); len(on) != 1 || on[0].Openid != "oABC" || on[0].Calls != 0 {
		t.Errorf("switched on: %+v", on)
	}
	page.do(chromedp.Click("#heal"))
	page.until("everything works", `document.querySelector("#active").innerText.includes("Everything works")`)
}

// The page says when the sandbox has stopped, and goes on by itself when it is back.
func TestThePageOutlivesARestartInChromium(t *testing.T) {
	browser := slBrowser(t)
	w, run := slStand(t)
	page := run.page(browser, "")
	where := strings.TrimPrefix(run.url, "http://")
	w.Close()
	run.server.CloseClientConnections()
	run.server.Close()
	page.until("it says that the sandbox has stopped", `document.querySelector("#banner").classList.contains("gone")`)
	page.do(chromedp.SendKeys("#text", "are you there"))
	page.keys(kb.Enter)
	page.until("what was typed is not lost", `document.querySelector("#text").value === "are you there"`)

	again := httptest.NewUnstartedServer(nil)
	listener, err := net.Listen("tcp", where)
	if err != nil {
		t.Fatal(err)
	}
	again.Listener.Close()
	again.Listener = listener
	next := slNewWorld(t, Options{})
	again.Config.Handler = next.Handler()
	again.Start()
	t.Cleanup(again.Close)
	t.Cleanup(next.Close)
	page.until("it goes on", `!document.querySelector("#banner").classList.contains("gone")`)
	page.keys(kb.Enter)
	page.until("the message is there", `document.querySelector("#messages").innerText.includes("are you there")`)
}

// Below 1080 pixels one of the two panes is there at a time, and nothing sticks out; in the dark the colours turn
// round and stay readable.
func TestThePageFitsAnyScreenInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	run.cards()
	page := run.page(browser, "")
	page.command("/coupon send")
	page.do(chromedp.WaitVisible(`[data-action="send.confirm"]`))
	for _, width := range []int64{1280, 800, 500} {
		page.do(chromedp.EmulateViewport(width, 900))
		for _, pane := range []string{"chat", "side"} {
			if width < 1080 {
				page.js(`document.querySelector('[aria-controls="` + pane + `"]').click()`)
			}
			if out := page.js(`[...document.querySelectorAll("body *")].filter((n) => n.checkVisibility() && !n.closest(".scroll, .unseen, #skips, option, select") && n.getBoundingClientRect().right > innerWidth + 1).map((n) => n.outerHTML.slice(0, 80)).join()`); out != "" {
				t.Errorf("%d pixels, %s: sticks out: %v", width, pane, out)
			}
			shown := page.js(`[...document.querySelectorAll("#chat, #side")].filter((n) => n.checkVisibility()).map((n) => n.id).join()`)
			if width < 1080 && shown != pane || width > 1080 && shown != "chat,side" {
				t.Errorf("%d pixels, %s: %v is shown", width, pane, shown)
			}
		}
	}
	page.do(chromedp.EmulateViewport(1280, 900))
	for _, scheme := range []string{"light", "dark"} {
		page.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			return chromedp.Void{}, t.Call(ctx, "Emulation.setEmulatedMedia", slObj{"features": []slObj{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
		})
		if dark := page.js(slLuminance + `luminance(getComputedStyle(document.body).backgroundColor) < .1`); dark != (scheme == "dark") {
			t.Errorf("%s: the page's background is %v", scheme, page.js(`getComputedStyle(document.body).backgroundColor`))
		}
		if faint := page.js(slLuminance + slFaintTexts); faint != "" {
			t.Errorf("%s: too faint to read: %v", scheme, faint)
		}
		page.shot(scheme)
	}
}

// Contrast as WCAG 2 counts it: 4.5 to 1 for text.
const slLuminance = `var luminance = (c) => { const [r, g, b] = c.match(/[\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };`
const slFaintTexts = `
var behind = (n) => { for (; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor; if (!/, 0\)$/.test(c) && c !== "transparent") return c } return "rgb(255,255,255)" };
[...document.querySelectorAll("body *")].filter((n) => n.checkVisibility() && [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim()) && !n.closest("#skips, .unseen, option, [aria-hidden]")).filter((n) => {
  const [a, b] = [getComputedStyle(n).color, behind(n)].map(luminance).sort((x, y) => y - x);
  return (a + .05) / (b + .05) < 4.5;
}).map((n) => n.className + " " + n.innerText.slice(0, 30) + " " + getComputedStyle(n).color + " on " + behind(n)).join("; ")`

// The tour leads on by itself when a person has done what it says, and stays away once it is over.
func TestTheTourIsRememberedInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	run.cards()
	page := run.page(browser, "?as=U03BEN")
	if page.js(`document.querySelector("#tour").hidden`) != true {
		t.Error("the tour is there although it is over")
	}
	page.do(chromedp.Click("#tour-again"), chromedp.Click("#tour-do"))
	page.until("the tour makes the window Ana's", `document.title.startsWith("Ana")`)
	page.until("the command is filled in, not sent", `document.querySelector("#text").value.startsWith("/coupon send sorry-10")`)
	page.keys("\r")
	page.until("the step is done", `document.querySelector("#tour .tick").innerText.includes("done")`)
	page.shot("tour")
	page.do(chromedp.Click("#tour-next"))
	page.until("the tour points to the button", `document.querySelector('[data-action="send.confirm"]').classList.contains("pointed")`)
	page.do(chromedp.Reload(), chromedp.WaitVisible("#tour"))
	if at := page.js(`document.querySelector("#tour h2").innerText`); !strings.Contains(at.(string), "2 of 5") {
		t.Errorf("after reloading the tour is at %q", at)
	}
	page.do(chromedp.Click(`[aria-label="End the tour"]`), chromedp.Reload(), chromedp.WaitVisible("#places a"))
	page.until("the page is drawn", `document.querySelector("#messages .message")`)
	if page.js(`document.querySelector("#tour").hidden`) != true {
		t.Error("the tour came back")
	}
}

// Every shortcode that the bot's words use is drawn as its character.
func TestThePageKnowsTheBotsEmoji(t *testing.T) {
	known, err := os.ReadFile("page/emoji.js")
	if err != nil {
		t.Fatal(err)
	}
	words, err := filepath.Glob("../views/locales/*.yaml")
	if err != nil || len(words) == 0 {
		t.Fatalf("the bot's words are in %v, %v", words, err)
	}
	code := regexp.MustCompile(`:([a-z][a-z0-9_]+):`)
	found := 0
	more, _ := filepath.Glob("../views/*.go")
	for _, path := range append(words, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			if found++; !strings.Contains(string(known), " "+m[1]+": ") {
				t.Errorf("%s: the page does not know :%s:", path, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no shortcode was found, so nothing was compared")
	}
}
