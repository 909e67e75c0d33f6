package sandbox

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// slBrowser is an installed Chromium, or a skipped test.
func slBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed, so the page is not looked at")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 900))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel() })
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// slStand is a world for the page, on a real listener.
func slStand(t *testing.T) (*World, *slStage) {
	t.Helper()
	w := slNewWorld(t, Options{})
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(w.Close) // ends the page's event streams, which the server would wait for
	return w, &slStage{&slWorld{T: t, slack: w.Slack, url: server.URL}, server}
}

// slStage is where the page is played: a workspace and its server.
type slStage struct {
	*slWorld
	server *httptest.Server
}

// slPage is one window of the page. When its test ends, its console must have stayed quiet: no error, nothing that the
// content security policy stopped.
type slPage struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	troubles []string
}

// page shows the page as one person somewhere ("#U01ANA/C01SUPPORT"), without the tour.
func (w *slStage) page(ctx context.Context, where string) *slPage {
	w.Helper()
	p := &slPage{T: w.T, ctx: ctx}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			// A refused act is a 409, which the browser notes as an error of the network's; the page shows it.
			if m.Type == "error" && m.Source != "network" || m.IsException() {
				p.mu.Lock()
				p.troubles = append(p.troubles, m.String())
				p.mu.Unlock()
			}
		}
	}()
	w.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.troubles) > 0 {
			w.Errorf("the console says %q", p.troubles)
		}
	})
	p.do(chromedp.Navigate(w.url + "/page.css")) // the same origin, to remember that the tour is over
	p.js(`localStorage.setItem("tour", "over")`)
	p.do(chromedp.Navigate(w.url+"/"+where), chromedp.WaitVisible(`#places a`), chromedp.WaitReady(`#stocks li`))
	return p
}

func (p *slPage) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.shot("failed")
		p.Fatal(err)
	}
}

func (p *slPage) keys(keys ...string) {
	p.Helper()
	for _, k := range keys {
		if k == kb.Enter {
			p.do(slEnter)
		} else {
			p.do(chromedp.KeyEvent(k))
		}
	}
}

// slEnter presses Enter as a browser does: the character that comes with the key does not come when the page has used
// the key for something else. chromedp's own sends it in any case.
func slEnter(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	for _, kind := range []string{"keyDown", "keyUp"} {
		key := slObj{"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
		if kind == "keyDown" {
			key["text"] = "\r"
		}
		if err := t.Call(ctx, "Input.dispatchKeyEvent", key, nil); err != nil {
			return chromedp.Void{}, err
		}
	}
	return chromedp.Void{}, nil
}

// command types a command and sends it.
func (p *slPage) command(text string) {
	p.Helper()
	p.do(chromedp.SendKeys("#text", text))
	p.keys(kb.Enter)
}

func (p *slPage) js(expression string) any {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[any](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for something that the page brings about by itself.
func (p *slPage) until(what, expression string) {
	p.Helper()
	for end := time.Now().Add(15 * time.Second); p.js("Boolean("+expression+")") != true; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.shot("failed")
			p.Fatalf("never: %s; the page shows %q", what, p.js(`document.body.innerText`))
		}
	}
}

// shot keeps a picture with the test's artifacts.
func (p *slPage) shot(name string) {
	p.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(p.ArtifactDir(), name+".png"), picture, 0o644); err != nil {
		p.Error(err)
	}
}

const slPageCard = `[
 {"type":"header","text":{"type":"plain_text","text":"Send a coupon?"}},
 {"type":"section","fields":[{"type":"mrkdwn","text":"*Coupon*\nsorry-10 · ¥10.00"},{"type":"mrkdwn","text":"*Asked by*\n<@U01ANA> in <#C01SUPPORT>"}]},
 {"type":"section","text":{"type":"mrkdwn","text":"Note: &lt;img src=x onerror=\"document.title='broken'\"&gt; ~old~ ` + "`T-1`" + ` _late_ <!date^1790000000^{date_short_pretty} {time}|then>"}},
 {"type":"table","rows":[[{"type":"raw_text","text":"stock"},{"type":"raw_text","text":"left"}],[{"type":"raw_text","text":"sorry-10"},{"type":"raw_text","text":"999"}]]},
 {"type":"context","elements":[{"type":"mrkdwn","text":":hourglass_flowing_sand: Nothing has been sent yet."}]},
 {"type":"divider"},
 {"type":"actions","block_id":"b","elements":[
  {"type":"button","style":"primary","action_id":"send.confirm","value":"S1","text":{"type":"plain_text","text":"Send"},
   "confirm":{"title":{"type":"plain_text","text":"Send ¥10.00?"},"text":{"type":"mrkdwn","text":"It *cannot* be taken back."},"confirm":{"type":"plain_text","text":"Yes, send"},"deny":{"type":"plain_text","text":"No"}}},
  {"type":"button","style":"danger","action_id":"send.discard","value":"S1","text":{"type":"plain_text","text":"Cancel"}}]}]`

// cards is an app that answers each command with a private card, and a press by replacing it.
func (w *slStage) cards() (app *slApp, pressed chan string) {
	w.Helper()
	var card any
	if err := json.Unmarshal([]byte(slPageCard), &card); err != nil {
		w.Fatal(err)
	}
	app = w.app(func(e socketmode.Event) any {
		if e.Type == socketmode.EventTypeSlashCommand {
			return slObj{"text": "Send?", "blocks": card}
		}
		return nil
	})
	pressed = make(chan string, 10)
	go func() {
		for e := range app.got {
			if click, ok := e.Data.(slack.InteractionCallback); ok {
				pressed <- click.ActionCallback.BlockActions[0].Value
				w.client().PostMessage("", slack.MsgOptionReplaceOriginal(click.ResponseURL), slack.MsgOptionText(":white_check_mark: Sent as *S1*", false))
			}
		}
	}()
	return app, pressed
}

// A person types a command in the page, presses the button on the card, confirms, and sees the card change.
func TestAPersonCanSendFromThePageInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	_, pressed := run.cards()
	page := run.page(browser, "")
	page.command("/coupon send sorry-10 oABC")
	page.do(
		chromedp.WaitVisible(`[data-action="send.confirm"]`),
		chromedp.WaitVisible(`.message th`))
	page.shot("card")
	page.do(
		chromedp.Click(`[data-action="send.confirm"]`),
		chromedp.Click(`#confirm .deny`), // a second thought
		chromedp.WaitNotVisible(`#confirm`),
		chromedp.Click(`[data-action="send.confirm"]`),
		chromedp.Click(`#confirm .primary`),
		chromedp.WaitNotPresent(`[data-action="send.confirm"]`))
	shown, _ := page.js(`document.querySelector("#messages").innerText`).(string)
	if !strings.Contains(shown, "✅ Sent as S1") || !strings.Contains(shown, "Only visible to you") {
		t.Errorf("the page shows %q", shown)
	}
	if title := page.js(`document.title`); title != "Ana Silva · Sandbox" {
		t.Errorf("a message ran code: the title is %q", title)
	}
	if value := <-pressed; value != "S1" {
		t.Errorf("the button's value arrived as %q", value)
	}
	if len(pressed) != 0 {
		t.Error("the denied press arrived too")
	}
}

// Suggestions complete a command, and the keyboard alone is enough for all of it.
func TestTheKeyboardAloneSendsACouponInChromium(t *testing.T) {
	browser := slBrowser(t)
	_, run := slStand(t)
	_, pressed := run.cards()
	page := run.page(browser, "")
	at := func(what string) { // presses Tab until the focus is there
		t.Helper()
		for range 60 {
			if page.js(`document.activeElement.matches(`+what+`)`) == true {
				return
			}
			page.keys(kb.Tab)
		}
		t.Fatalf("Tab never comes to %s", what)
	}
	page.keys(kb.Tab, kb.Tab)
	if skip := page.js(`document.activeElement.dataset.skip`); skip != "text" {
		t.Fatalf("the second stop is %v, not the link to the message field", skip)
	}
	if top, _ := page.js(`document.activeElement.getBoundingClientRect().top`).(float64); top < 0 {
		t.Errorf("a skip link with the focus is out of sight, at %v", top)
	}
	page.keys(kb.Enter, "/c")
	page.until("the command is suggested", `document.querySelector("#suggestions [aria-selected=true]")?.innerText.startsWith("/coupon")`)
	page.keys(kb.Tab, "se", kb.ArrowDown, kb.ArrowUp, kb.Enter)
	page.until("the stocks are suggested", `document.querySelector("#suggestions").innerText.includes("partner-5")`)
	page.shot("suggestions")
	page.keys("so", kb.Tab, "oABC ", "--rea", kb.Tab, "late")
	if text := page.js(`document.querySelector("#text").value`); text != "/coupon send sorry-10 oABC --reason late" {
		t.Fatalf("the suggestions made %q", text)
	}
	page.keys(kb.Enter)
	page.do(chromedp.WaitVisible(`[data-action="send.confirm"]`))
	page.js(`document.querySelector("#skips button").focus()`)
	at(`'[data-action="send.confirm"]'`)
	if outline := page.js(`getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
		t.Errorf("the focus cannot be seen: outline is %v", outline)
	}
	page.keys(kb.Enter)
	page.do(chromedp.WaitVisible(`#confirm`))
	for range 6 { // the browser's own bars may take their turn, nothing of the page behind may
		page.keys(kb.Tab)
		if page.js(`document.activeElement === document.body || document.querySelector("#confirm").contains(document.activeElement)`) != true {
			t.Fatal("the focus left the dialog")
		}
	}
	page.keys(kb.Escape)
	page.do(chromedp.WaitNotVisible(`#confirm`))
	if page.js(`document.activeElement.dataset.action`) != "send.confirm" {
		t.Error("the focus did not come back to the button")
	}
	page.keys(kb.Enter)
	page.do(chromedp.WaitVisible(`#confirm`))
	at(`"#confirm .primary"`)
	page.keys(kb.Enter)
	page.until("the card says sent", `document.querySelector("#messages").innerText.includes("Sent as S1")`)
	if value := <-pressed; value != "S1" {
		t.Errorf("the button's value arrived as %q", value)
	}
}
