package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func slPlain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

// slForm is a form with a text, a choice and an optional suggestion field.
func slForm(title string) slack.ModalViewRequest {
	choice := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "reason",
		slack.NewOptionBlockObject("late", slPlain("Late"), nil), slack.NewOptionBlockObject("damaged", slPlain("Damaged"), nil))
	suggest := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, nil, "stock")
	optional := slack.NewInputBlock("stock", slPlain("Stock"), nil, suggest)
	optional.Optional = true
	return slack.ModalViewRequest{Type: slack.VTModal, Title: slPlain(title), Submit: slPlain("Send"), CallbackID: "send", NotifyOnClose: true, PrivateMetadata: "m",
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("note", slPlain("Note"), nil, slack.NewPlainTextInputBlockElement(nil, "note")),
			slack.NewInputBlock("reason", slPlain("Reason"), nil, choice), optional}}}
}

// slFormWorld is Ana with an open form, and what her app answers to a submission.
type slFormWorld struct {
	*slWorld
	app    *slApp
	answer any
	trip   string // the last trigger_id
}

func slOpenForm(t *testing.T, o SlackOptions) *slFormWorld {
	f := &slFormWorld{slWorld: slStart(t, o)}
	f.app = f.slWorld.app(func(e socketmode.Event) any {
		if c, ok := e.Data.(slack.InteractionCallback); ok && (c.Type == slack.InteractionTypeViewSubmission || c.Type == slack.InteractionTypeBlockSuggestion) {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.answer
		}
		return nil
	})
	f.trip = f.shortcut()
	if _, err := f.client().OpenViewContext(t.Context(), f.trip, slForm("Send a coupon")); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *slFormWorld) shortcut() string {
	f.Helper()
	if d := f.control("shortcut", slObj{"as": "U01ANA", "callback_id": "coupon_send"}); d["ok"] != true {
		f.Fatal(d)
	}
	return f.app.next(f.T).Data.(slack.InteractionCallback).TriggerID
}

func (f *slFormWorld) modals() []any {
	f.Helper()
	return f.get("state?as=U01ANA")["modals"].([]any)
}

func (f *slFormWorld) submit(answer any) slObj {
	f.Helper()
	f.mu.Lock()
	f.answer = answer
	f.mu.Unlock()
	return f.control("submit", slObj{"as": "U01ANA", "values": slObj{"note": slObj{"note": "sorry & thanks"}, "reason": slObj{"reason": "late"}}})
}

func TestATriggerOpensOneFormAndSoon(t *testing.T) {
	f := slOpenForm(t, SlackOptions{})
	if len(f.modals()) != 1 {
		t.Fatalf("Ana sees %v", f.modals())
	}
	_, err := f.client().OpenViewContext(t.Context(), f.trip, slForm("Again"))
	if err == nil || err.Error() != "exchanged_trigger_id" {
		t.Errorf("a used trigger: %v", err)
	}
	late := f.shortcut()
	f.pass(4 * time.Second)
	if _, err = f.client().OpenViewContext(t.Context(), late, slForm("Late")); err == nil || err.Error() != "expired_trigger_id" {
		t.Errorf("a trigger of four seconds ago: %v", err)
	}
	if _, err = f.client().OpenViewContext(t.Context(), "1.2.x", slForm("None")); err == nil || err.Error() != "invalid_trigger_id" {
		t.Errorf("an invented trigger: %v", err)
	}
}

func TestASubmittedFormDoesWhatItsAckSays(t *testing.T) {
	for name, c := range map[string]struct {
		ack    any
		modals int
		want   any
		errors string
	}{
		"no payload closes it":          {nil, 0, nil, ""},
		"an error keeps it":             {slObj{"response_action": "errors", "errors": slObj{"note": "Too long"}}, 1, nil, "Too long"},
		"an update replaces it":         {slObj{"response_action": "update", "view": slForm("Next")}, 1, nil, ""},
		"a push puts one on top":        {slObj{"response_action": "push", "view": slForm("Next")}, 2, nil, ""},
		"clear closes everything":       {slObj{"response_action": "clear"}, 0, nil, ""},
		"an error about no field":       {slObj{"response_action": "errors", "errors": slObj{"nope": "x"}}, 1, "trouble_connecting", slTrouble},
		"something Slack does not know": {slObj{"ok": true}, 1, "trouble_connecting", slTrouble},
		"a view Slack would refuse":     {slObj{"response_action": "update", "view": slObj{"type": "modal", "blocks": []any{}}}, 1, "trouble_connecting", slTrouble},
	} {
		t.Run(name, func(t *testing.T) {
			f := slOpenForm(t, SlackOptions{})
			if d := f.submit(c.ack); d["error"] != c.want {
				t.Errorf("Ana sees %v, want %v", d, c.want)
			}
			s := f.app.next(t).Data.(slack.InteractionCallback)
			v := s.View.State.Values
			if v["note"]["note"].Value != "sorry & thanks" || v["reason"]["reason"].SelectedOption.Value != "late" || s.View.PrivateMetadata != "m" || s.View.CallbackID != "send" {
				t.Errorf("submitted %+v", v)
			}
			modals := f.modals()
			if len(modals) != c.modals {
				t.Fatalf("%d forms are open, want %d", len(modals), c.modals)
			}
			if c.errors != "" && !strings.Contains(fmt.Sprint(modals[0].(slObj)["errors"]), c.errors) {
				t.Errorf("the form says %v", modals[0].(slObj)["errors"])
			}
			if broken := slices.Contains(f.violations(), "invalid_form_response"); broken != (c.want != nil) {
				t.Errorf("violations: %v", f.violations())
			}
		})
	}
}

func TestAFormIsNotSentWithoutItsRequiredFields(t *testing.T) {
	f := slOpenForm(t, SlackOptions{})
	for name, values := range map[string]slObj{
		"field_required": {"note": slObj{"note": "x"}},
		"cannot_choose":  {"note": slObj{"note": "x"}, "reason": slObj{"reason": "whim"}},
		"no_such_field":  {"amount": slObj{"amount": "x"}},
	} {
		if d := f.control("submit", slObj{"as": "U01ANA", "values": values}); d["error"] != name {
			t.Errorf("%v, want %s", d, name)
		}
	}
	if len(f.app.got) != 0 {
		t.Error("the app heard of it")
	}
}

func TestFormsAreUpdatedByHashAndKeepWhatWasTyped(t *testing.T) {
	f := slOpenForm(t, SlackOptions{})
	f.control("submit", slObj{"as": "U01ANA", "values": slObj{"note": slObj{"note": "kept"}}}) // refused for its reason; the note stays
	v := f.modals()[0].(slObj)
	id, hash := v["id"].(string), v["hash"].(string)
	if _, err := f.client().UpdateViewContext(t.Context(), slForm("New"), "", hash, id); err != nil {
		t.Fatal(err)
	}
	next := f.modals()[0].(slObj)
	if got := next["state"].(slObj)["values"].(slObj)["note"].(slObj)["note"].(slObj)["value"]; got != "kept" || next["id"] != id || next["hash"] == hash {
		t.Errorf("after the update: %v", next)
	}
	if _, err := f.client().UpdateViewContext(t.Context(), slForm("Newer"), "", hash, id); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("an old hash: %v", err)
	}
	if _, err := f.client().UpdateViewContext(t.Context(), slForm("Newer"), "", "", "V0"); err == nil || err.Error() != "not_found" {
		t.Errorf("a form that is gone: %v", err)
	}
}

func TestAtMostThreeFormsStack(t *testing.T) {
	f := slOpenForm(t, SlackOptions{})
	for i := range 3 {
		_, err := f.client().PushViewContext(t.Context(), f.shortcut(), slForm(fmt.Sprint(i)))
		if i < 2 && err != nil || i == 2 && (err == nil || err.Error() != "push_limit_reached") {
			t.Errorf("push %d: %v", i, err)
		}
	}
	stack := f.modals()
	if len(stack) != 3 || stack[2].(slObj)["previous_view_id"] != stack[1].(slObj)["id"] || stack[2].(slObj)["root_view_id"] != stack[0].(slObj)["id"] {
		t.Errorf("the stack is %v", stack)
	}
	if d := f.control("close", slObj{"as": "U01ANA", "all": true}); d["ok"] != true {
		t.Fatal(d)
	}
	if c := f.app.next(t).Data.(slack.InteractionCallback); c.Type != slack.InteractionTypeViewClosed || !c.IsCleared {
		t.Errorf("the app hears %+v", c.Type)
	}
	if len(f.modals()) != 0 {
		t.Errorf("still open: %v", f.modals())
	}
}

func TestSuggestionsComeWithTheAck(t *testing.T) {
	f := slOpenForm(t, SlackOptions{})
	ask := func(answer any) slObj {
		f.mu.Lock()
		f.answer = answer
		f.mu.Unlock()
		return f.control("suggest", slObj{"as": "U01ANA", "view_id": f.modals()[0].(slObj)["id"], "action_id": "stock", "value": "sor"})
	}
	option := slObj{"text": slObj{"type": "plain_text", "text": "sorry-10"}, "value": "9856000"}
	if d := ask(slObj{"options": []any{option}}); d["ok"] != true || !strings.Contains(fmt.Sprint(d["ack"]), "sorry-10") {
		t.Errorf("one option: %v", d)
	}
	if s := f.app.next(t).Data.(slack.InteractionCallback); s.Value != "sor" || s.ActionID != "stock" || s.BlockID != "stock" {
		t.Errorf("the app hears %+v", s)
	}
	if d := ask(slObj{"options": []any{}}); d["ok"] != true {
		t.Errorf("nothing found: %v", d)
	}
	if d := ask(slObj{"options": []any{slObj{"text": "sorry-10"}}}); d["error"] != "invalid_options" {
		t.Errorf("options Slack would refuse: %v", d)
	}
}

func TestViewsAreHeldToSlacksLimits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(slObj)
		where  string
	}{
		"a view as it should be":         {func(slObj) {}, ""},
		"a title of 25 characters":       {func(v slObj) { v["title"] = slObj{"type": "plain_text", "text": slText10(25)} }, "/view/title/text"},
		"no title":                       {func(v slObj) { delete(v, "title") }, "/view"},
		"inputs without a submit button": {func(v slObj) { delete(v, "submit") }, "/view"},
		"no blocks (null)":               {func(v slObj) { v["blocks"] = nil }, "/view/blocks"},
		"metadata of 3001 characters":    {func(v slObj) { v["private_metadata"] = slText10(3001) }, "/view/private_metadata"},
		"an unknown key":                 {func(v slObj) { v["colour"] = "red" }, "/view"},
		"a Home page in a form":          {func(v slObj) { v["type"] = "home" }, "/view/type"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(slForm("Title"))
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := slDecode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			view := decoded.(slObj)
			c.change(view)
			_, err = slCheckView(view, slSurfaceModal)
			if c.where == "" && err != nil || c.where != "" && !strings.Contains(slWhy(err), "[json-pointer:"+c.where+"]") {
				t.Errorf("%v, want a fault at %q", slWhy(err), c.where)
			}
		})
	}
}

func TestAHomePageIsPublishedAndPressed(t *testing.T) {
	w := slStart(t, SlackOptions{})
	app := w.app(slQuiet)
	button := slack.NewButtonBlockElement("home.send", "x", slPlain("Send a coupon"))
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewActionBlock("a", button)}}}
	published, err := w.client().PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U01ANA", View: home})
	if err != nil {
		t.Fatal(err)
	}
	if d := w.control("click", slObj{"as": "U01ANA", "view_id": published.ID, "action_id": "home.send"}); d["ok"] != true {
		t.Fatal(d)
	}
	c := app.next(t).Data.(slack.InteractionCallback)
	if c.Container.Type != "view" || c.View.ID != published.ID || c.Channel.ID != "" || c.ResponseURL != "" || c.TriggerID == "" {
		t.Errorf("the press = %+v", c)
	}
	if d := w.control("click", slObj{"as": "U03BEN", "view_id": published.ID, "action_id": "home.send"}); d["error"] != "no_such_view" {
		t.Errorf("someone else's page: %v", d)
	}
	empty := slack.HomeTabViewRequest{Type: slack.VTHomeTab}
	if _, err := w.client().PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U01ANA", View: empty}); err == nil || err.Error() != "invalid_arguments" {
		t.Errorf("a page with null blocks: %v", err)
	}
}

func TestFilesGoUpAndComeDown(t *testing.T) {
	w := slStart(t, SlackOptions{})
	w.app(slQuiet) // so that the workspace knows its own address
	api := w.client()
	sent, err := api.UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "report.csv", Title: "Report", Content: "a,b\n1,2\n", FileSize: 8, Channel: "C01SUPPORT"})
	if err != nil {
		t.Fatal(err)
	}
	info, _, _, err := api.GetFileInfoContext(t.Context(), sent.ID, 0, 0)
	if err != nil || info.Size != 8 || info.Name != "report.csv" || info.Title != "Report" {
		t.Fatalf("files.info = %+v, %v", info, err)
	}
	var got bytes.Buffer
	if err := api.GetFileContext(t.Context(), info.URLPrivateDownload, &got); err != nil || got.String() != "a,b\n1,2\n" {
		t.Errorf("downloaded %q, %v", got.String(), err)
	}
	if m := w.messages("U01ANA", "C01SUPPORT"); len(m) != 1 || len(m[0].Files) != 1 {
		t.Errorf("Ana sees %+v", m)
	}
	w.control("fault", slObj{"kind": "missing_scope", "scope": "files:read"})
	r, err := http.NewRequest("GET", info.URLPrivateDownload, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+SlackBotToken)
	page, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if b, _ := io.ReadAll(page.Body); page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Contains(string(b), "1,2") {
		t.Errorf("without the scope: %d %s", page.StatusCode, b)
	}
}
