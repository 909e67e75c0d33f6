package bot_test

import (
	"context"
	"os/exec"
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

	ada.do(chromedp.SendKeys("#text", "/coupon stop trying the red button\r"), chromedp.WaitVisible(`[data-action="stop.confirm"]`),
		chromedp.Click(`[data-action="stop.confirm"]`), chromedp.Click(`#confirm button.danger, #confirm button.primary`))
	ada.sees("trying the red button")
	ana.do(chromedp.SendKeys("#text", "/coupon send sorry-10 oBrowser-Third-Customer-3 --reason late --ticket T-3\r"))
	ana.sees("trying the red button", "Nothing was sent")
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
	w.do(chromedp.Navigate(address+"/#"+as+"/C01SUPPORT"), chromedp.WaitVisible(`[data-place="C01SUPPORT"]`), chromedp.Click(`[data-place="C01SUPPORT"]`))
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
	w.do(chromedp.Click(`[data-action="send.confirm"]`), chromedp.Click(`#confirm button.primary`), chromedp.WaitNotPresent(`[data-action="send.confirm"]`))
}

func (w *window) sees(texts ...string) {
	w.Helper()
	for _, text := range texts {
		w.until(text, func() bool { return strings.Contains(w.text("#messages"), text) })
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
	w.do(chromedp.Click("#tab-faults"), chromedp.Click(`[data-fault="`+kind+`"]`), chromedp.WaitVisible(`[data-fault="`+kind+`"][aria-checked="true"]`),
		chromedp.Click("#tab-pay"))
}

func (w *window) until(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("waited in vain for %q; the page shows:\n%s", what, tail(w.text("#messages"), 40))
		}
	}
}
