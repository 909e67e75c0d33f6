// Draws Block Kit: what only shows. What is chosen or typed comes from fields.js, through field.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { markdown, richText, table } from "./richtext.js";

// draw makes the nodes of blocks. act(element, block) is a button being pressed; field(element, block)
// draws any other interactive element.
export function draw(reader, blocks, act, field) {
  const one = (block) => {
    switch (block.type) {
      case "header": return el("div", { class: "header", role: "heading", "aria-level": 3 }, withEmoji(block.text.text));
      case "divider": return el("hr");
      case "section": return section(block);
      case "context": return el("div", { class: "context" }, ...block.elements.map((e) => (e.type === "image" ? image(e) : reader.text(e, "span"))));
      case "actions": return el("div", { class: "actions" }, ...block.elements.map((e) => element(e, block)));
      case "image": return el("figure", {}, block.title && el("figcaption", {}, ...reader.parts(block.title)), image(block));
      case "markdown": return markdown(reader, block.text);
      case "input": return field(block.element, block);
      case "rich_text": return richText(reader, block);
      case "table": return table(reader, block);
    }
    return el("p", { class: "faint" }, `(a block of type ${block.type})`);
  };
  const section = (block) => el("div", { class: "section" },
    el("div", {}, reader.text(block.text), block.fields && el("div", { class: "fields" }, ...block.fields.map((f) => reader.text(f)))),
    block.accessory && element(block.accessory, block));
  const element = (e, block) => (e.type === "button" ? button(e, block) : e.type === "image" ? image(e) : field(e, block));
  const button = (e, block) => el("button", {
    type: "button", class: e.style, "data-action": e.action_id, "data-value": e.value, "data-key": `${block.block_id} ${e.action_id}`,
    "aria-label": e.accessibility_label, "aria-haspopup": e.confirm && "dialog",
    on: { click: async (event) => {
      const pressed = event.currentTarget;
      pressed.setAttribute("aria-busy", "true");
      await act(e, block);
      pressed.removeAttribute("aria-busy");
    } },
  }, withEmoji(e.text.text), e.url && " ↗");
  return el("div", { class: "blocks" }, ...blocks.map(one));
}

// image draws what comes from here; nothing is fetched from elsewhere, so other pictures are their words.
function image(e) {
  const here = e.image_url.startsWith("data:image/") || new URL(e.image_url, location.href).origin === location.origin;
  return here ? el("img", { src: e.image_url, alt: e.alt_text }) : el("span", { class: "picture", role: "img", "aria-label": e.alt_text, title: e.image_url }, "🖼 " + e.alt_text);
}
