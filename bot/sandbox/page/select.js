// A select with typed search, for one or many: a combobox over a list box (ARIA Authoring Practices).

import { el, fresh, some } from "./dom.js";

const norm = (s) => s.toLowerCase().normalize("NFKD");

// Select shows items ({id, text, about?, group?, give}), or asks ask(typed) for them once least characters are
// typed. Its node sends "change" when a person changed chosen, the items that are picked.
export class Select {
  constructor({ items, ask, least = 0, many = false, most = Infinity, placeholder, chosen = [] }) {
    Object.assign(this, { items, ask, least, many, most, chosen, placeholder: placeholder ?? "Choose…", shown: [], at: -1, asked: 0 });
    this.list = el("ul", { role: "listbox", id: fresh("list"), hidden: true, "aria-multiselectable": many && "true" });
    this.input = el("input", {
      type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list",
      on: {
        input: () => this.search(), click: () => this.search(), blur: () => this.leave(), keydown: (e) => this.key(e),
        change: (e) => e.stopPropagation(), // that something was typed is nobody's business
      },
    });
    this.chips = el("span", { class: "chips" });
    this.node = el("div", { class: many ? "select many" : "select" }, many && this.chips, this.input, this.list);
    this.show();
  }

  show() {
    if (this.many) {
      this.chips.replaceChildren(...this.chosen.map((item) => el("span", { class: "chip" }, item.text,
        el("button", { type: "button", class: "quiet", "aria-label": "Remove " + item.text, on: { click: () => { this.toggle(item); this.input.focus(); } } }, "✕"))));
      this.input.value = "";
      this.input.placeholder = this.chosen.length ? "" : this.placeholder;
      return;
    }
    this.input.value = this.chosen[0]?.text ?? "";
    this.input.placeholder = this.placeholder;
  }

  // typed is what is searched for: nothing while the input still shows what is chosen.
  get typed() {
    const text = this.input.value.trim();
    return !this.many && text === this.chosen[0]?.text ? "" : text;
  }

  async search() {
    const mine = ++this.asked, typed = this.typed;
    if (!this.ask) {
      const parts = norm(typed).split(/\s+/);
      return this.open(this.items.filter((i) => parts.every((p) => norm(`${i.text} ${i.about ?? ""}`).includes(p))));
    }
    if (typed.length < this.least) return this.tell(`Type ${this.least === 1 ? "a character" : `${this.least} characters`} or more.`);
    this.tell("Looking…");
    await new Promise((done) => setTimeout(done, typed ? 150 : 0));
    if (mine !== this.asked) return;
    const found = await this.ask(typed);
    if (mine !== this.asked || document.activeElement !== this.input) return;
    if (found) this.open(found);
    else this.tell("The app could not be asked.");
  }

  tell(words) {
    this.shown = [];
    this.at = -1;
    this.list.replaceChildren(el("li", { class: "faint", role: "presentation" }, words));
    this.expand(true);
  }

  open(items) {
    if (!items.length) return this.tell("Nothing found.");
    this.shown = items.slice(0, 100);
    let group;
    this.list.replaceChildren(...this.shown.flatMap((item, i) => {
      const title = item.group !== group && (group = item.group) && el("li", { class: "group", role: "presentation" }, item.group);
      return some([title, el("li", {
        role: "option", id: `${this.list.id}-${i}`, "aria-selected": String(this.has(item)), "data-option": item.id,
        on: { pointerdown: (e) => { e.preventDefault(); this.pick(item); } },
      }, item.text, item.about && el("small", {}, item.about))]);
    }));
    this.expand(true);
    const at = this.shown.findIndex((i) => this.has(i));
    this.move(!this.many && at >= 0 && !this.typed ? at : this.typed ? 0 : -1);
  }

  expand(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (open) this.list.scrollIntoView({ block: "nearest" });
    else this.move(-1);
  }

  move(to) {
    this.at = to;
    this.list.querySelector(".active")?.classList.remove("active");
    const option = document.getElementById(`${this.list.id}-${to}`);
    option?.classList.add("active");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  has(item) {
    return this.chosen.some((c) => c.id === item.id);
  }

  key(e) {
    const open = !this.list.hidden, n = this.shown.length;
    if (e.isComposing) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (!open) return void this.search();
      const step = e.key === "ArrowDown" ? 1 : -1;
      if (n) this.move(this.at < 0 ? (step > 0 ? 0 : n - 1) : (this.at + step + n) % n);
    } else if (e.key === "Enter") {
      e.preventDefault();
      if (open && this.shown[this.at]) this.pick(this.shown[this.at]);
    } else if (e.key === "Escape" && open) {
      e.preventDefault(); // the dialog around it stays
      e.stopPropagation();
      this.expand(false);
      this.show();
    } else if (e.key === "Backspace" && this.many && !this.input.value && this.chosen.length) {
      this.toggle(this.chosen.at(-1));
    }
  }

  pick(item) {
    this.asked++;
    if (this.many) this.toggle(item);
    else this.chosen = [item];
    this.show();
    this.expand(false);
    if (!this.many) this.changed();
  }

  toggle(item) {
    if (this.has(item)) this.chosen = this.chosen.filter((c) => c.id !== item.id);
    else if (this.chosen.length < this.most) this.chosen = [...this.chosen, item];
    this.show();
    this.changed();
  }

  changed() {
    this.node.dispatchEvent(new Event("change"));
  }

  // leave settles what was typed without picking: emptied is nothing chosen, anything else is as before.
  leave() {
    this.asked++;
    this.expand(false);
    if (!this.many && !this.input.value.trim() && this.chosen.length) {
      this.chosen = [];
      this.changed();
    }
    this.show();
  }
}
