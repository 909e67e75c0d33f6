package bot_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The README's first command, in a real browser: the real binary with its stand-ins and its bot. Ana sends a coupon;
// WeChat Pay's answer to her second is lost after the coupon was made, and she reads that before she reads that the
// customer has it; Ada stops everything in a window of her own, and Ana reads who did.
func TestTheSandboxShowsTheProductWorkingInChromium(t *testing.T) {
	address := startSandbox(t)
	ana, ada := browse(t, address, "U01ANA"), browse(t, address, "U07ADA")

	ana.do(chromedp.SendKeys("#text", "/coupon send sorry-10 oBrowser-First-Customer-1 --reason late --ticket T-1\r"),
		chromedp.WaitVisible(`[data-action="send.confirm"]`))
	ana.sees("Nothing was sent yet", "Only visible to you")
	ana.send()
	ana.sees("The customer has the coupon.")
	ana.pane("oBrowser-First-Customer-1")

	ana.fault("drop_after_commit")
	ana.do(chromedp.SendKeys("#text", "/coupon send partner-5 oBrowser-Other-Customer-2 --reason late --ticket T-2\r"),
		chromedp.WaitVisible(`[data-action="send.confirm"]`))
	ana.send()
	ana.sees("Sent · S2")
	ana.pane("oBrowser-Other-Customer-2")

	ada.do(chromedp.SendKeys("#text", "/coupon stop trying the red button\r"))
	ada.presses("#messages", "stop.confirm")
	ada.sees("trying the red button")
	ana.do(chromedp.SendKeys("#text", "/coupon send sorry-10 oBrowser-Third-Customer-3 --reason late --ticket T-3\r"))
	ana.sees("trying the red button", "Nothing was sent")
}

// A send by form, approved by another person in the channel; another one from Home, rejected from Home with a reason that its
// requester reads.
func TestTheSandboxShowsApprovalsWorkingInChromium(t *testing.T) {
	address := startSandbox(t)
	ana, ben := browse(t, address, "U01ANA"), browse(t, address, "U03BEN")

	ana.do(chromedp.SendKeys("#text", "/coupon send\r"))
	ana.fills("thanks", "T-1", "oBrowser-First-Customer-1", "oBrowser-Other-Customer-2")
	ana.sees("Nothing was sent yet", "Only visible to you", "waits for: 1 of approvers")
	ana.send()
	ana.sees("Waiting for approval · S1")

	ben.goes("C02APPROVE")
	ben.sees("S1: approve 2 coupons", "Ana Silva")
	ben.presses("#messages", "send.approve")
	ben.sees("Approved by")
	ana.pane("oBrowser-First-Customer-1")
	ana.goes("D01ANA")
	ana.sees("Sent · S1")

	ana.goes("home")
	ana.clicks(`#home [data-action="home.send"]`)
	ana.fills("thanks", "T-2", "oBrowser-Third-Customer-3", "oBrowser-Fourth-Customer-4")
	ana.goes("D01ANA")
	ana.sees("Nothing was sent yet")
	ana.send()
	ben.goes("home")
	ben.until("it waits for Ben at Home", func() bool { return strings.Contains(ben.text("#home"), "S2") })
	ben.clicks(`#home [data-action="send.reject"]`)
	ben.types(`#form [data-block="why"] textarea`, "one is enough")
	ben.submits()
	ben.until("it waits no longer", func() bool { return !strings.Contains(ben.text("#home"), "S2") })
	ana.sees("Rejected", "one is enough")
}

// A whole campaign: a list goes up in a form and its bad row comes back, the dry run counts, two people agree, and the
// channel watches it to its end.
func TestTheSandboxRunsAWholeCampaignInChromium(t *testing.T) {
	address := startSandbox(t)
	list := filepath.Join(t.TempDir(), "members.csv")
	rows := "openid,note\n" + strings.Join(crowd(60), ",x\n") + ",x\nnot an openid,y\n"
	if err := os.WriteFile(list, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	mia, ben, finn := browse(t, address, "U06MIA"), browse(t, address, "U03BEN"), browse(t, address, "U05FINN")
	field := func(block, what string) string { return `#form [data-block="` + block + `"] ` + what }

	mia.do(chromedp.SendKeys("#text", "/coupon audience new\r"), chromedp.WaitVisible("#form"))
	mia.types(field("name", "input"), "members")
	mia.do(chromedp.SetUploadFiles(field("files", "input[type=file]"), []string{list}))
	mia.until("the list is up", func() bool { return strings.Contains(mia.text(field("files", "")), "members.csv") })
	mia.shot("audience")
	mia.submits()
	mia.goes("D06MIA")
	mia.sees("members", "60", "members.csv.bad.csv")
	mia.shot("imported")

	mia.goes("C01SUPPORT")
	mia.do(chromedp.SendKeys("#text", "/coupon campaign new\r"), chromedp.WaitVisible("#form"))
	mia.types(field("name", "input"), "spring-sale")
	mia.picks("stock", "sorry", "sorry-10")
	mia.picks("audience", "members", "members")
	mia.picks("channel", "campaign", "campaign")
	mia.picks("reason", "goodwill", "goodwill")
	mia.shot("campaign")
	mia.submits()
	mia.sees("spring-sale")
	mia.do(chromedp.SendKeys("#text", "/coupon campaign dryrun spring-sale\r"))
	mia.goes("D06MIA")
	mia.until("the dry run is over", func() bool { return mia.is(`!!document.querySelector('#messages [data-action="campaign.start"]')`) })
	mia.sees("¥600.00")
	mia.shot("dryrun")
	mia.presses("#messages", "campaign.start")

	for _, decides := range []struct {
		*window
		reads string
	}{{ben, "one more from finance"}, {finn, "(finance), today"}} {
		decides.goes("C02APPROVE")
		decides.sees("spring-sale")
		decides.presses("#messages", "send.approve")
		decides.sees(decides.reads)
	}
	finn.shot("approved")
	mia.goes("C05CAMPAIGN")
	mia.sees("100 %", "60 customers = 60 issued")
	mia.shot("ended")

	mia.goes("C01SUPPORT")
	mia.do(chromedp.SendKeys("#text", `/coupon schedule spring-sale "0 9 * * 1" --until 2099-12-31 --total 6000`+"\r"))
	mia.sees("每周一 09:00", "2099-12-31", "¥6,000.00")
	mia.shot("schedule")
	mia.clicks(`#messages [data-action="schedule.save"]`)
	ben.sees("approve a series of runs, up to ¥6,000.00")
	ben.shot("series")
}

// startSandbox starts the sandbox with the bot in it and says where its page is.
func startSandbox(t *testing.T) string {
	t.Helper()
	work := t.TempDir()
	p, err := start(buildProgram(t), work, "sandbox.log", "sandbox", "--listen", "127.0.0.1:0", "--data", work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.terminate(10 * time.Second); err != nil {
			t.Errorf("the sandbox: %v\n%s", err, tail(p.output(), 15))
		}
	})
	var address string
	err = p.until(patience, func() (bool, error) {
		if m := printedAddress.FindStringSubmatch(p.output()); m != nil {
			address = "http://" + m[1]
		}
		return address != "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// A window is the page as one person has it open.
type window struct {
	*testing.T
	ctx context.Context
}

func browse(t *testing.T, address, as string) *window {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs Chromium: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1400, 1000))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel() })
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	w := &window{t, ctx}
	w.do(chromedp.Navigate(address + "/#" + as + "/C01SUPPORT"))
	w.goes("C01SUPPORT")
	w.until("the bot is connected", func() bool { return strings.Contains(w.text("#link"), "connected") })
	return w
}

func (w *window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	if err := chromedp.Do(w.ctx, actions...); err != nil {
		w.Fatalf("%v; the page shows:\n%s", err, tail(w.text("#messages"), 30))
	}
}

func (w *window) text(selector string) string {
	text, err := chromedp.Run(w.ctx, chromedp.Text(selector))
	if err != nil {
		return err.Error()
	}
	return text
}

// send presses Send on the newest card and says yes.
func (w *window) send() {
	w.Helper()
	w.presses("#messages", "send.confirm")
	w.do(chromedp.WaitNotPresent(`[data-action="send.confirm"]`))
}

// goes opens a channel, the conversation with the app, or its Home page.
func (w *window) goes(place string) {
	w.Helper()
	w.clicks(`[data-place="` + place + `"]`)
	w.do(chromedp.WaitVisible(`[data-place="` + place + `"][aria-current="page"]`))
}

// presses presses a button that asks whether one is sure, and says yes.
func (w *window) presses(where, action string) {
	w.Helper()
	w.clicks(where + ` [data-action="` + action + `"]`)
	w.clicks(`#confirm button.primary, #confirm button.danger`)
}

// clicks clicks what shows first for a selector. Finding and clicking are one step of the page's, which may be drawing
// everything anew at this moment.
func (w *window) clicks(selector string) {
	w.Helper()
	w.until("a click on "+selector, func() bool {
		return w.is("(e => e !== undefined && (e.click(), true))([...document.querySelectorAll('" + selector + "')].find(e => e.checkVisibility() && !e.disabled))")
	})
}

// fills fills in the form of a send, with the stock found by what is typed, and hands it in.
func (w *window) fills(stock, ticket string, openids ...string) {
	w.Helper()
	field := func(block, what string) string { return `#form [data-block="` + block + `"] ` + what }
	w.do(chromedp.WaitVisible("#form"))
	w.picks("stock", stock, stock)
	w.types(field("openids", "textarea"), strings.Join(openids, "\n"))
	w.picks("reason", "late", "late")
	w.types(field("ticket", "input"), ticket)
	w.submits()
}

// picks takes what a picker offers first for what is typed, which must hold a word. The page may be drawing the form anew
// at this moment, or the picker still be asking, so it looks again until the picker shows what was taken.
func (w *window) picks(block, typed, word string) {
	w.Helper()
	field := `document.querySelector('#form [data-block="` + block + `"] `
	w.until("the picker of "+block+" takes "+word, func() bool {
		switch {
		case w.is(field + `input')?.getAttribute("aria-expanded") === "false" && ` + field + `input').value.includes("` + word + `")`):
			return true
		case w.is(`(e => e?.innerText.includes("` + word + `") && e.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true, cancelable: true})))(` +
			field + `[role=option].active'))`): // an Enter might reach another field of a form that was drawn anew
		case w.is(`!` + field + `input')?.value`):
			w.types(`#form [data-block="`+block+`"] input`, typed)
		}
		return false
	})
}

// submits hands the form in, which closes when it was accepted.
func (w *window) submits() {
	w.Helper()
	w.clicks("#submit")
	for end := time.Now().Add(patience); w.is(`document.querySelector("#form")?.checkVisibility() ?? false`); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("the form was not accepted:\n%s", w.text("#form"))
		}
	}
}

// types puts the cursor into a field and types, again where the page drew the field anew in between.
func (w *window) types(field, text string) {
	w.Helper()
	first, _, _ := strings.Cut(text, "\n")
	w.until(field+" holds "+text, func() bool {
		if w.is(`document.querySelector('` + field + `')?.value.includes("` + first + `")`) {
			return true
		}
		if w.is(`(() => { const e = document.querySelector('` + field + `'); e?.focus(); e?.select(); return e && document.activeElement === e })()`) {
			w.do(chromedp.KeyEvent(text))
		}
		return false
	})
}

// is tells whether an expression of the page's is true.
func (w *window) is(expression string) bool {
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[any](expression))
	return err == nil && v == true
}

func (w *window) sees(texts ...string) {
	w.Helper()
	for _, text := range texts {
		w.until(text, func() bool { return strings.Contains(w.text("#messages"), text) })
	}
}

// shot keeps a picture of the page for somebody to look at, where go test -artifacts keeps such things.
func (w *window) shot(name string) {
	w.Helper()
	picture, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(w.ArtifactDir(), name+".png"), picture, 0o644); err != nil {
		w.Error(err)
	}
}

// pane waits for a customer's coupon in WeChat Pay's pane.
func (w *window) pane(openid string) {
	w.Helper()
	w.until("a coupon for "+openid, func() bool { return strings.Contains(w.text("#asks"), openid) })
}

// fault switches one of WeChat Pay's faults on, for the next call.
func (w *window) fault(kind string) {
	w.Helper()
	w.clicks("#tab-faults")
	w.clicks(`[data-fault="` + kind + `"]`)
	w.do(chromedp.WaitVisible(`[data-fault="` + kind + `"][aria-checked="true"]`))
	w.clicks("#tab-pay")
}

func (w *window) until(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("waited in vain for %q; the page shows:\n%s", what, tail(w.text("#messages"), 40))
		}
	}
}
