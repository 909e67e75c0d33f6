// The form on top of a person's screen, as a dialog.

import { $, el } from "./dom.js";
import { Fields } from "./fields.js";
import { withEmoji } from "./emoji.js";

let shown = { key: "" }; // what is drawn: key, the view's id, its fields

// drawForm shows the newest of a person's forms. What they put in stays when the app draws it anew. acts has press,
// suggest, submit(view, values) and leave(view).
export function drawForm(state, reader, acts) {
  const dialog = $("form"), top = state.modals.at(-1);
  const key = top ? JSON.stringify([state.me.id, top.id, top.hash, top.errors]) : "";
  if (key === shown.key) return;
  if (!top) {
    shown = { key };
    return dialog.close();
  }
  const same = shown.id === top.id, focus = same && document.activeElement?.dataset.key;
  const fields = new Fields({
    blocks: top.blocks, values: top.state.values, kept: same ? shown.fields.raw() : {}, errors: top.errors ?? {}, reader, state,
    press: acts.press({ view_id: top.id }), suggest: acts.suggest({ view_id: top.id }),
  });
  shown = { key, id: top.id, fields };
  const submit = async (e) => {
    e.preventDefault();
    const button = dialog.querySelector(".buttons .primary");
    if (!button || button.disabled) return;
    button.disabled = true;
    await acts.submit(top, fields.values());
    button.disabled = false;
  };
  dialog.oncancel = (e) => {
    e.preventDefault();
    acts.leave(top);
  };
  const wrong = top.errors?.[""];
  dialog.replaceChildren(el("form", { novalidate: true, autocomplete: "off", on: { submit } },
    el("header", {}, el("h2", { id: "form-title" }, withEmoji(top.title.text)), el("button", { type: "button", class: "quiet", "aria-label": "Close", on: { click: () => acts.leave(top) } }, "✕")),
    el("div", { class: "body" }, wrong && el("p", { class: "bad", role: "alert" }, wrong), fields.node),
    el("div", { class: "buttons" },
      el("button", { type: "button", on: { click: () => acts.leave(top) } }, top.close?.text ?? reader.say("Cancel")),
      top.submit && el("button", { class: "primary", id: "submit" }, top.submit.text))));
  if (!dialog.open) dialog.showModal();
  const at = (what) => dialog.querySelector(what);
  (at(".wrong [data-key]") || (focus && at(`[data-key="${CSS.escape(focus)}"]`)) || at(".body [data-key]") || at(".buttons .primary"))?.focus();
}
