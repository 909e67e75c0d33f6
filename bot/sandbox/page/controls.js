// One control for each interactive element: how it looks, and how it is read in the words of the control API.

import { send, why } from "./control.js";
import { el, fresh } from "./dom.js";
import { Select } from "./select.js";
import { toast } from "./dialogs.js";
import { zoned, wall } from "./zone.js";

const kinds = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

// control answers {node, main, read}: main is what takes the focus. now is the value it starts with; help has the
// reader, the state, and suggest(typed).
export function control(element, now, help) {
  const kind = element.type;
  if (kind === "file_input") return files(element, now, help);
  if (kind === "checkboxes" || kind === "radio_buttons") return boxes(element, now, help);
  if (kind === "overflow") return overflow(element, help);
  if (kind.includes("select")) return chosen(element, now, help);
  if (kind === "rich_text_input") return rich(element, now);
  return typed(element, now, help);
}

function typed(element, now, { reader }) {
  const shared = { placeholder: element.placeholder?.text, maxlength: element.max_length, autocomplete: "off" };
  const node = element.multiline ? el("textarea", { rows: 4, ...shared })
    : el("input", { type: kinds[element.type] ?? "text", min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : undefined, ...shared });
  if (element.type === "datetimepicker") {
    node.value = now ? wall(now, reader.zone) : "";
    return { node, main: node, read: () => (node.value ? zoned(node.value, reader.zone) : null) };
  }
  node.value = now ?? "";
  return { node, main: node, read: () => node.value || null };
}

function rich(element, now) {
  const lines = (v) => (v?.elements ?? []).map((s) => (s.elements ?? []).map((e) => e.text ?? "").join("")).join("\n");
  const node = el("textarea", { rows: 4, placeholder: element.placeholder?.text });
  node.value = lines(now);
  const section = (text) => ({ type: "rich_text_section", elements: [{ type: "text", text }] });
  return { node, main: node, read: () => (node.value ? { type: "rich_text", elements: [section(node.value)] } : null) };
}

const optionsOf = (element) => (element.option_groups ?? [{ options: element.options ?? [] }]).flatMap((g) => g.options.map((o) => item(o, g.label?.text)));
const item = (o, group) => ({ id: o.value, text: o.text.text, about: o.description?.text, group, give: o });

// among finds the items of a select, and the ones that its value names.
function among(element, help) {
  if (element.type.includes("external")) {
    return { ask: help.suggest, least: element.min_query_length ?? 3 };
  }
  if (element.type.includes("static")) return { items: optionsOf(element) };
  if (element.type.includes("users")) return { items: help.state.people.filter((p) => !p.deleted).map((p) => ({ id: p.id, text: p.name, about: p.title, give: p.id })) };
  return { items: help.state.channels.filter((c) => !c.direct && !c.archived).map((c) => ({ id: c.id, text: "# " + c.name, give: c.id })) };
}

function chosen(element, now, help) {
  const from = among(element, help), many = element.type.startsWith("multi_");
  const known = (v) => (typeof v === "string" ? from.items?.find((i) => i.id === v) : v && item(v));
  const select = new Select({ ...from, many, most: element.max_selected_items, placeholder: element.placeholder?.text, chosen: [now ?? []].flat().map(known).filter(Boolean) });
  return { node: select.node, main: select.input, read: () => (many ? select.chosen.map((i) => i.give) : select.chosen[0]?.give ?? null) };
}

function boxes(element, now, { reader }) {
  const many = element.type === "checkboxes", name = fresh("box");
  const ticked = new Set([now ?? []].flat().map((o) => o.value));
  const inputs = element.options.map((o) => el("input", { type: many ? "checkbox" : "radio", name, value: o.value, checked: ticked.has(o.value) }));
  const node = el("div", { class: "boxes", role: many ? "group" : "radiogroup" }, ...element.options.map((o, i) => el("label", {}, inputs[i],
    el("span", {}, ...reader.parts(o.text), o.description && el("small", {}, ...reader.parts(o.description))))));
  node.focus = () => (inputs.find((i) => i.checked) ?? inputs[0]).focus();
  const read = () => element.options.filter((_, i) => inputs[i].checked);
  return { node, main: node, read: () => (many ? read() : read()[0] ?? null) };
}

function overflow(element, { reader }) {
  let picked = null;
  const pick = (o) => () => {
    picked = o;
    node.open = false;
    node.dispatchEvent(new Event("change"));
  };
  const main = el("summary", { title: "More" }, "⋯");
  const node = el("details", { class: "overflow", on: { keydown: (e) => { if (e.key === "Escape") { node.open = false; main.focus(); } } } },
    main, el("div", {}, ...element.options.map((o) => el("button", { type: "button", on: { click: pick(o) } }, ...reader.parts(o.text)))));
  return { node, main, read: () => picked };
}

// files are handed over as soon as they are picked, as in Slack; the form then carries their ids.
function files(element, now, { state }) {
  const most = element.max_files ?? 10, list = el("ul", { class: "files" });
  let held = (now ?? []).map((f) => ({ uploaded: f.uploaded ?? f.id, name: f.name }));
  const show = () => list.replaceChildren(...held.map((f) => el("li", {}, "📄 " + f.name, el("button", {
    type: "button", class: "quiet", "aria-label": "Remove " + f.name, on: { click: () => { held = held.filter((x) => x !== f); show(); main.focus(); } },
  }, "✕"))));
  const take = async () => {
    for (const file of main.files) {
      if (held.length === most) { toast(`At most ${most} files.`); break; }
      const answer = await send("POST", "/sandbox/slack/upload", { as: state.me.id, name: file.name, body: base64(await file.arrayBuffer()) });
      if (answer.ok) held.push({ uploaded: answer.id, name: file.name });
      else toast(why(answer));
    }
    main.value = "";
    show();
  };
  const main = el("input", { type: "file", multiple: most > 1, accept: element.filetypes?.map((t) => "." + t).join(), on: { change: (e) => { e.stopPropagation(); take(); } } });
  show();
  return { node: el("div", { class: "upload" }, main, list), main, read: () => held };
}

function base64(buffer) {
  let text = "";
  for (const b of new Uint8Array(buffer)) text += String.fromCharCode(b);
  return btoa(text);
}
