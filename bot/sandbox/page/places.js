// The places a person can be: channels, the conversation with the app, and its Home page.

import { el, redraw } from "./dom.js";
import { address, directOf, markRead, readUpTo } from "./here.js";

// unread counts what came since a person was last there; what they wrote themselves is not news.
export function unread(channel, as) {
  const seen = readUpTo(as, channel.id);
  return channel.messages.filter((m) => m.ts > seen && m.author !== as).length;
}

// read notes that a person sees everything of a channel.
export function read(channel, as) {
  const last = channel.messages.reduce((ts, m) => (m.ts > ts ? m.ts : ts), "");
  if (last > readUpTo(as, channel.id)) markRead(as, channel.id, last);
}

// drawPlaces fills the list and answers how many messages wait elsewhere.
export function drawPlaces(list, state, place) {
  const as = state.me.id;
  const one = (id, sign, name, fresh, faint) => ({ id, sign, name, fresh, faint, current: id === place });
  const channel = (c) => one(c.id, "#", c.name, c.id === place ? 0 : unread(c, as), c.archived && "archived");
  const direct = state.channels.find((c) => c.direct);
  const groups = [["Channels", state.channels.filter((c) => !c.direct).map(channel)],
    ["App", [direct && one(direct.id, "●", direct.name, direct.id === place ? 0 : unread(direct, as)), direct && one("home", "⌂", "Home", 0)].filter(Boolean)]];
  redraw(list, JSON.stringify([as, groups]), () => groups.flatMap(([title, places]) => [
    el("li", { class: "group" }, el("h2", {}, title)),
    ...places.map((p) => el("li", {}, el("a", {
      href: address(as, p.id), "data-place": p.id, "data-key": p.id, class: [p.fresh && "unread", p.faint && "dim"].filter(Boolean).join(" "), "aria-current": p.current && "page",
      "aria-label": `${p.name}${p.faint ? ", " + p.faint : ""}${p.fresh ? `, ${p.fresh} unread` : ""}`,
    }, el("span", { class: "sign", "aria-hidden": "true" }, p.sign), el("span", { class: "name" }, p.name), p.faint && el("small", {}, p.faint), p.fresh > 0 && el("span", { class: "count" }, String(p.fresh))))),
  ]));
  return groups.flatMap(([, places]) => places).reduce((sum, p) => sum + p.fresh, 0);
}

// there is where a person stands: the place asked for, or the first they have.
export function there(state, place) {
  if (place === "home" && state.channels.some((c) => c.direct)) return place;
  if (state.channels.some((c) => c.id === place)) return place;
  return state.channels[0]?.id ?? directOf(state.me.id);
}
