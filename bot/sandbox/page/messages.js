// The conversation: messages in order, with days, what is new, and threads under what they answer.

import { el, keyed } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { Fields } from "./fields.js";

const seconds = (ts) => Number(ts.split(".")[0]);
const labels = { coupon_from_message: "Send a coupon about this" };

// threaded puts answers behind what they answer.
function threaded(messages) {
  const root = (m) => m.thread_ts ?? m.ts;
  return messages.toSorted((a, b) => (root(a) < root(b) ? -1 : root(a) > root(b) ? 1 : a.ts < b.ts ? -1 : 1));
}

// drawMessages shows a channel. since is up to where it was read before; acts has press, suggest and shortcut.
export function drawMessages(list, channel, state, reader, since, acts) {
  const items = [], me = state.me;
  let day, marked = !since;
  for (const m of threaded(channel.messages)) {
    const date = reader.time(seconds(m.ts), { dateStyle: "full" });
    if (date !== day && !m.thread_ts) {
      day = date;
      items.push(divider("day " + channel.id + date, reader.day(seconds(m.ts), "full"), "day"));
    }
    if (!marked && m.ts > since && m.author !== me.id) {
      marked = true;
      items.push(divider("new " + channel.id, reader.say("New"), "new"));
    }
    items.push({ id: channel.id + m.ts, key: JSON.stringify([m, me.id, day]), make: () => message(m, channel, state, reader, acts) });
  }
  if (!items.length) items.push({ id: "empty " + channel.id, key: me.id, make: () => el("p", { class: "empty faint" }, channel.direct ? "Nothing yet. What the app has to tell you alone comes here." : "Nothing yet. Type /coupon below to begin.") });
  keyed(list, items);
}

const divider = (id, text, kind) => ({ id, key: text, make: () => el("div", { class: "divider " + kind, role: "separator", "aria-label": text }, el("span", {}, text)) });

function message(m, channel, state, reader, acts) {
  const target = { channel: channel.id, ts: m.ts };
  const body = m.blocks?.length
    ? new Fields({ blocks: m.blocks, values: m.chosen ?? {}, reader, state, press: acts.press(target), suggest: acts.suggest(target) }).node
    : el("div", { class: "text" }, ...reader.mrkdwn(m.text));
  const shortcuts = m.ephemeral || channel.archived ? [] : Object.keys(state.shortcuts).filter((id) => state.shortcuts[id] === "message");
  return el("article", { class: ["message", m.ephemeral && "private", m.thread_ts && "thread"].filter(Boolean).join(" "), "data-ts": m.ts, "aria-label": `${m.name}, ${reader.time(seconds(m.ts), { timeStyle: "short" })}` },
    el("div", { class: m.app ? "face app" : "face tone" + tone(m.author), "aria-hidden": "true" }, m.app ? "¥" : [...m.name][0]),
    el("div", { class: "said" },
      m.ephemeral && el("div", { class: "only" }, "👁 ", reader.say("Only visible to you")),
      el("span", { class: "who" }, m.name), m.app && el("span", { class: "tag" }, "APP"),
      el("time", {}, reader.time(seconds(m.ts), { timeStyle: "short" })),
      body, m.edited && el("span", { class: "faint" }, " " + reader.say("(edited)")),
      ...(m.files ?? []).map(file),
      m.reactions?.length > 0 && el("div", { class: "reactions" }, ...m.reactions.map((r) => el("span", {}, withEmoji(`:${r}:`))))),
    shortcuts.length > 0 && el("div", { class: "more" }, ...shortcuts.map((id) => el("button", { type: "button", "data-shortcut": id, on: { click: () => acts.shortcut(id, target) } }, "⚡ ", labels[id] ?? id))));
}

// tone is one of six colours for a person's face, always the same.
export const tone = (id) => [...id].reduce((n, c) => n + c.charCodeAt(0), 0) % 6;

function file(f) {
  const address = "/sandbox/slack/files/" + f.id;
  if (/\.(png|jpe?g|gif|webp)$/i.test(f.name)) return el("img", { src: address, alt: f.title });
  return el("a", { class: "file", href: address, download: f.name }, el("span", { "aria-hidden": "true" }, "📄"), el("span", {}, f.title, el("small", {}, size(f.size))));
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`);
