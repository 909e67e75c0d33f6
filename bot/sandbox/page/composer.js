// Where a person types: messages, and commands with suggestions.
//
// Arrows choose a suggestion, Tab and Enter take it, Escape puts the list away. Enter takes one only when one is
// chosen, which typing its beginning does too; otherwise it sends.

import { $, el } from "./dom.js";
import { suggest } from "./grammar.js";

export class Composer {
  // world() is what there is to suggest, with the command's name; send(text) answers whether the text was taken.
  constructor(world, send) {
    Object.assign(this, { world, send, text: $("text"), list: $("suggestions"), found: null, at: -1, said: [], back: 0 });
    this.text.addEventListener("input", () => { this.fit(); this.look(); });
    this.text.addEventListener("keydown", (e) => this.key(e));
    this.text.addEventListener("click", () => this.look());
    this.text.addEventListener("blur", () => this.hide());
    $("composer").addEventListener("submit", (e) => { e.preventDefault(); this.submit(); });
  }

  // fill puts a text in, as the tour does, without sending it.
  fill(text) {
    this.text.value = text;
    this.fit();
    this.hide();
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = Math.min(this.text.scrollHeight + 2, 180) + "px";
  }

  look() {
    const { command, ...world } = this.world(), value = this.text.value;
    this.found = this.text.selectionStart === value.length ? suggest(value, command, world) : null;
    if (!this.found) return this.hide();
    const { list, usage } = this.found;
    this.list.replaceChildren(...(usage ? [el("li", { class: "usage", role: "presentation" }, usage)] : []), ...list.map(([text, about], i) => el("li", {
      role: "option", id: "suggestion-" + i, "aria-selected": "false",
      on: { pointerdown: (e) => { e.preventDefault(); this.take(i); } },
    }, el("b", {}, text), about && el("small", {}, about))));
    this.list.hidden = false;
    $("suggested").textContent = list.length ? `${list.length} suggestions` : "";
    this.move(this.found.current && list.length ? 0 : -1);
  }

  hide() {
    this.list.hidden = true;
    this.move(-1);
  }

  move(to) {
    this.at = to;
    for (const [i, node] of [...this.list.querySelectorAll("[role=option]")].entries()) {
      node.setAttribute("aria-selected", String(i === to));
      if (i === to) node.scrollIntoView({ block: "nearest" });
    }
    if (to < 0) this.text.removeAttribute("aria-activedescendant");
    else this.text.setAttribute("aria-activedescendant", "suggestion-" + to);
  }

  take(i) {
    const { from, list } = this.found;
    this.text.value = this.text.value.slice(0, from) + list[i][0] + " ";
    this.fit();
    this.look();
  }

  key(e) {
    if (e.isComposing) return;
    const n = this.list.hidden ? 0 : this.found.list.length;
    const arrow = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (arrow && n) {
      e.preventDefault();
      this.move(this.at < 0 ? (arrow > 0 ? 0 : n - 1) : (this.at + arrow + n) % n);
    } else if (arrow < 0 && (!this.text.value || this.back > 0)) {
      e.preventDefault();
      this.recall(1);
    } else if (arrow > 0 && this.back > 0) {
      e.preventDefault();
      this.recall(-1);
    } else if (e.key === "Tab" && !e.shiftKey && n) {
      e.preventDefault();
      this.take(Math.max(this.at, 0));
    } else if (e.key === "Escape" && !this.list.hidden) {
      e.preventDefault();
      this.hide();
    } else if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      if (n && this.at >= 0) this.take(this.at);
      else this.submit();
    }
  }

  // recall brings back what was sent before.
  recall(step) {
    this.back = Math.min(Math.max(this.back + step, 0), this.said.length);
    this.text.value = this.back ? this.said.at(-this.back) : "";
    this.fit();
    this.hide();
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text) return;
    this.said.push(text);
    this.back = 0;
    this.text.value = "";
    this.fit();
    this.hide();
    if (!(await this.send(text)) && !this.text.value) this.fill(text);
  }
}
