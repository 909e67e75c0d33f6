// Draws rich_text blocks, the cells of tables, and the few marks of markdown blocks that a card may use.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";

function styled(node, style = {}) {
  const tags = { bold: "strong", italic: "i", strike: "s", code: "code" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), node);
}

function inline(reader, e) {
  switch (e.type) {
    case "text": return styled(e.text, e.style);
    case "link": return styled(reader.link(e.url, [e.text || e.url]), e.style);
    case "emoji": return withEmoji(`:${e.name}:`);
    case "user": return reader.mention("@", e.user_id);
    case "usergroup": return reader.mention("@", e.usergroup_id);
    case "channel": return reader.mention("#", e.channel_id);
    case "broadcast": return reader.mention("@", e.range);
    case "date": return el("time", { class: "date", title: e.fallback }, reader.date(e.timestamp, e.format));
    case "color": return e.value;
  }
  return e.text ?? "";
}

// richText draws one element of a rich_text block, with what is inside.
export function richText(reader, e) {
  const inside = () => (e.elements ?? []).map((x) => inline(reader, x));
  switch (e.type) {
    case "rich_text": return el("div", { class: "text" }, ...(e.elements ?? []).map((x) => richText(reader, x)));
    case "rich_text_section": return el("div", {}, ...inside());
    case "rich_text_quote": return el("blockquote", {}, ...inside());
    case "rich_text_preformatted": return el("pre", {}, ...inside());
    case "rich_text_list": return el(e.style === "ordered" ? "ol" : "ul", {}, ...(e.elements ?? []).map((x) => el("li", {}, richText(reader, x))));
  }
  return inline(reader, e);
}

const cell = (reader, c) => (c.type === "raw_text" ? c.text : c.type === "raw_number" ? c.text ?? String(c.value) : richText(reader, c));

// table draws a table block: its first row are the headings.
export function table(reader, block) {
  const side = (i) => block.column_settings?.[i]?.align;
  const row = (cells, tag) => el("tr", {}, ...cells.map((c, i) => el(tag, { class: side(i), scope: tag === "th" && "col" }, cell(reader, c))));
  const [head, ...rest] = block.rows;
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" },
    el("table", { class: "grid" }, el("thead", {}, row(head, "th")), el("tbody", {}, ...rest.map((r) => row(r, "td")))));
}

// markdown draws headings, lists, bold text and links; anything else stays as it is written.
export function markdown(reader, text) {
  const slacks = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\*\*(.+?)\*\*/g, "*$1*").replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>");
  const line = (s) => {
    const heading = s.match(/^#{1,6} +(.*)/), item = s.match(/^[-*] +(.*)/);
    if (heading) return el("div", { class: "header" }, ...reader.mrkdwn(slacks(heading[1])));
    return el("div", { class: item && "item" }, ...reader.mrkdwn(slacks(item ? "• " + item[1] : s)));
  };
  return el("div", { class: "text" }, ...text.split("\n").map(line));
}
