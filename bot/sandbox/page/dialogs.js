// What comes up over the page: short notices, and the question before an act.

import { $, el } from "./dom.js";

let fading;
// toast shows a notice for some seconds, above open dialogs too.
export function toast(text) {
  const note = $("toast");
  note.textContent = text;
  if (note.matches(":popover-open")) note.hidePopover();
  note.showPopover();
  clearTimeout(fading);
  fading = setTimeout(() => note.hidePopover(), 6000);
}

// whenClosed puts the caret back too: Chromium gives the focus back to a text field without it, and typing does nothing.
export function whenClosed(dialog) {
  dialog.addEventListener("close", () => {
    const back = document.activeElement;
    if (!back.matches("textarea, input")) return;
    back.blur();
    back.focus();
  });
}

// confirm asks what an element wants asked first, and tells whether to go on.
export function confirm(element, reader) {
  const c = element.confirm, dialog = $("confirm");
  if (!c) return Promise.resolve(true);
  return new Promise((resolve) => {
    const left = () => { // the event comes a little after the closing: perhaps when the dialog is open again
      if (dialog.open) return;
      dialog.removeEventListener("close", left);
      resolve(false);
    };
    dialog.addEventListener("close", left);
    const button = (text, kind, yes) => el("button", { type: "button", class: kind, on: { click: () => { resolve(yes); dialog.close(); } } }, text);
    dialog.replaceChildren(el("h2", { id: "confirm-title" }, c.title.text), el("div", { id: "confirm-text" }, reader.text(c.text)),
      el("div", { class: "buttons" }, button(c.deny.text, "deny", false), button(c.confirm.text, c.style ?? "primary", true)));
    dialog.showModal();
  });
}
