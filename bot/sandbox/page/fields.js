// The interactive elements of a form, Home page or message: drawn with what they hold, and read.

import { draw } from "./blocks.js";
import { control } from "./controls.js";
import { el, fresh } from "./dom.js";

// Fields draws blocks. values is what they hold by block_id and action_id, as Slack's state; kept is what a person had
// put into an earlier drawing of the same form, and goes first. press(element, block, selected) is called for what
// acts at once, suggest(element, block, typed) asks the app for options.
export class Fields {
  constructor({ blocks, values = {}, kept = {}, errors = {}, reader, state, press, suggest }) {
    Object.assign(this, { given: values, kept, errors, reader, state, press, suggest });
    this.controls = []; // {block, action, read}
    this.node = draw(reader, blocks, (e, b) => press(e, b), (e, b) => (b.type === "input" ? this.input(e, b) : this.loose(e, b)));
  }

  // raw is everything as it stands, for kept; values the same as the body of submit takes it.
  raw() {
    const out = {};
    for (const { block, action, read } of this.controls) (out[block] ??= {})[action] = read();
    return out;
  }
  values() {
    const id = (v) => (Array.isArray(v) ? v.map(id) : v?.uploaded ?? v);
    return Object.fromEntries(Object.entries(this.raw()).map(([block, actions]) => [block, Object.fromEntries(Object.entries(actions).map(([a, v]) => [a, id(v)]))]));
  }

  control(element, block) {
    const action = element.action_id, kept = this.kept[block.block_id];
    const made = control(element, kept && action in kept ? kept[action] : held(this.given[block.block_id]?.[action]), {
      reader: this.reader, state: this.state, suggest: (typed) => this.suggest(element, block, typed),
    });
    made.node.dataset.action = action;
    made.main.dataset.key = `${block.block_id} ${action}`;
    this.controls.push({ block: block.block_id, action, read: made.read });
    if (block.type !== "input" || block.dispatch_action) {
      made.node.addEventListener("change", () => this.press(element, block, made.read()));
    }
    return made;
  }
  // loose is an element outside of an input block: it has no label of its own.
  loose(element, block) {
    const { node, main } = this.control(element, block);
    main.setAttribute("aria-label", element.placeholder?.text ?? block.text?.text ?? "Choose");
    return node;
  }
  input(element, block) {
    const { node, main } = this.control(element, block), error = this.errors[block.block_id];
    const label = fresh("label"), about = fresh("about");
    main.setAttribute("aria-labelledby", label);
    if (error || block.hint) main.setAttribute("aria-describedby", about);
    if (error) main.setAttribute("aria-invalid", "true");
    if (!block.optional && main.matches("input, textarea")) main.setAttribute("aria-required", "true");
    return el("div", { class: error ? "field wrong" : "field", "data-block": block.block_id },
      el("div", { class: "label", id: label, on: { click: () => main.focus() } }, ...this.reader.parts(block.label), block.optional && el("span", { class: "faint" }, " " + this.reader.say("(optional)"))),
      node,
      el("div", { id: about }, error && el("em", { role: "alert" }, error), block.hint && el("small", {}, ...this.reader.parts(block.hint))));
  }
}

// held is the value inside of what Slack's state says about one element.
function held(now) {
  return now && Object.entries(now).find(([name]) => name !== "type")?.[1];
}
