// The page: asks what one person sees, draws it, and asks again whenever something changed.

import { Composer } from "./composer.js";
import { get, listen, send, why } from "./control.js";
import { confirm, toast, whenClosed } from "./dialogs.js";
import { $, el, redraw } from "./dom.js";
import { drawFaults } from "./faults.js";
import { Fields } from "./fields.js";
import { drawForm } from "./form.js";
import { address, become, go, here, readUpTo } from "./here.js";
import { drawMessages } from "./messages.js";
import { face, standing } from "./money.js";
import { Reader } from "./mrkdwn.js";
import { drawPay } from "./pay.js";
import { drawPlaces, read, there } from "./places.js";
import { tabs } from "./tabs.js";
import { Tour } from "./tour.js";

const world = { slack: null, pay: null }; // what both services said last
let stood = ""; // who was where when the messages were last drawn …
let since = ""; // … and how far they had read it when they came
let atEnd = true; // whether they look at the newest message
let reader, tour;

async function post(path, body) {
  const answer = await send("POST", "/sandbox/slack/" + path, { as: world.slack.me.id, ...body });
  if (!answer.ok) toast(why(answer));
  return answer;
}

// What a person can do with what is drawn; target says where: a message or a view.
const acts = {
  press: (target) => async (element, block, selected) => {
    if (element.url) window.open(element.url, "_blank", "noopener");
    if (!(await confirm(element, reader))) return;
    const about = element.type === "button" ? { value: element.value ?? "" } : { selected };
    await post("click", { ...target, action_id: element.action_id, block_id: block.block_id, ...about });
  },
  suggest: (target) => async (element, block, typed) => {
    const { ok, ack } = await post("suggest", { ...target, action_id: element.action_id, block_id: block.block_id, value: typed });
    const item = (group) => (o) => ({ id: o.value, text: o.text.text, about: o.description?.text, group, give: o });
    return ok && ack ? (ack.options ?? []).map(item()).concat((ack.option_groups ?? []).flatMap((g) => g.options.map(item(g.label.text)))) : null;
  },
  shortcut: (id, target = {}) => post("shortcut", { callback_id: id, ...target }),
  leave: (view) => post("close", { view_id: view.id }),
  submit: async (view, values) => {
    const answer = await send("POST", "/sandbox/slack/submit", { as: world.slack.me.id, view_id: view.id, values });
    if (!answer.ok && answer.error !== "field_required") toast(why(answer));
  },
};

function drawPeople(state, place) {
  const select = $("person");
  redraw(select, JSON.stringify(state.people), () => state.people.map((p) => el("option", { value: p.id }, `${p.name} · ${p.title || p.id}`)));
  select.value = state.me.id;
  $("me").textContent = [state.me.locale, state.me.tz, state.me.deleted && "deactivated"].filter(Boolean).join(" · ");
  const others = state.people.filter((p) => !p.deleted && p.id !== state.me.id);
  const next = others.find((p) => p.id > state.me.id) ?? others[0];
  $("window").href = next ? address(next.id, place) : "#";
  redraw($("shortcuts"), JSON.stringify([state.shortcuts, state.me.id]), () => Object.entries(state.shortcuts).filter(([, where]) => where === "global").map(([id]) =>
    el("button", { type: "button", "data-shortcut": id, title: "A shortcut of the app, from anywhere", on: { click: () => acts.shortcut(id) } }, "⚡ ", { coupon_send: "Send a coupon" }[id] ?? id)));
}

function drawHome(state) {
  const view = state.home, target = view && { view_id: view.id };
  redraw($("home"), JSON.stringify([state.me.id, view?.id, view?.hash]), () => view
    ? new Fields({ blocks: view.blocks, values: view.state.values, reader, state, press: acts.press(target), suggest: acts.suggest(target) }).node
    : el("p", { class: "empty faint" }, "The app has published nothing here yet."));
}

function drawPlace(state, place) {
  const channel = state.channels.find((c) => c.id === place), list = $("messages"), me = state.me.id;
  const came = stood !== me + place;
  if (came) {
    stood = me + place;
    since = readUpTo(me, place);
    if (place === "home") send("POST", "/sandbox/slack/open_home", { as: me });
  }
  $("title").textContent = channel ? (channel.direct ? channel.name : "# " + channel.name) : "Home";
  $("topic").textContent = !channel ? "what coupon-desk shows you" : channel.direct ? "between you and the app" : channel.archived ? "archived" : channel.bot ? "" : "the app is not in this channel";
  list.hidden = !channel;
  $("home").hidden = Boolean(channel);
  $("composer").hidden = !channel || channel.archived || state.me.deleted;
  list.lang = $("home").lang = $("form").lang = $("confirm").lang = state.me.locale;
  if (!channel) return drawHome(state);
  if (came) atEnd = true;
  drawMessages(list, channel, state, reader, since, acts);
  stay();
  if (document.visibilityState === "visible") read(channel, me);
}

// stay keeps a person who reads the newest message there.
function stay() {
  if (atEnd) $("messages").scrollTop = $("messages").scrollHeight;
}

function show() {
  const state = world.slack;
  if (!state) return;
  const place = there(state, here().place);
  drawPeople(state, place);
  drawPlace(state, place);
  const waiting = drawPlaces($("places"), state, place);
  document.title = `${waiting ? `(${waiting}) ` : ""}${state.me.name} · Sandbox`;
  drawForm(state, reader, acts);
  $("link").textContent = state.sockets ? "The bot is connected." : "The bot is not connected.";
  $("link").className = state.sockets ? "on" : "off";
  tour.look();
}

let asked = 0;
async function refresh() {
  const mine = ++asked;
  const state = await get("/sandbox/slack/state?limit=100&as=" + encodeURIComponent(here().as));
  if (mine !== asked) return; // a newer question is under way
  if (!state.ok) return go("U01ANA", "C01SUPPORT");
  world.slack = state;
  reader = new Reader(state);
  show();
}

async function refreshPay() {
  world.pay = await get("/sandbox/wechatpay/state?coupons=60&calls=300");
  drawPay(world.pay);
  tour.look();
}

// soon calls an act once for many changes that come together.
function soon(act, ms) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; act().catch(() => {}); }, ms); // it is asked again when the sandbox is back
  };
}

// suggestions is what the composer can offer.
function suggestions() {
  const texts = JSON.stringify(world.slack.channels.map((c) => c.messages.slice(-30))), seen = texts.match(/\bS\d+\b/g) ?? [];
  return {
    command: world.slack.command,
    stocks: (world.pay?.stocks ?? []).map((s) => [s.stock_name, `${face(s)} · ${standing(s)}`]),
    openids: (world.pay?.coupons.items ?? []).map((c) => [c.openid, "got a coupon before"]),
    ids: [...new Set(seen.reverse())].map((id) => [id, ""]),
    people: world.slack.people.map((p) => ["@" + p.handle, `${p.name}, ${p.title}`]),
  };
}

const composer = new Composer(suggestions, async (text) => {
  const answer = await post(text.startsWith("/") ? "command" : "say", { channel: there(world.slack, here().place), text });
  return answer.ok || Boolean(answer.envelope_id);
});

const pane = tabs($("pane-tabs"), (id) => { for (const panel of document.querySelectorAll(".panel")) panel.hidden = panel.id !== id; });
const side = tabs($("side-tabs"), (id) => { document.querySelector("main").dataset.side = id; });

tour = new Tour({
  stand(as, place) {
    side("chat");
    if (here().as !== as || here().place !== place) go(as, place);
  },
  write(as, place, text) {
    this.stand(as, place);
    composer.fill(text);
  },
  pane(name) {
    side("side");
    pane(name);
  },
}, () => ({ ...world }));

whenClosed($("form"));
whenClosed($("confirm"));
$("person").addEventListener("change", () => become($("person").value));
window.addEventListener("hashchange", () => {
  side("chat");
  refresh().catch(() => {});
});
document.addEventListener("visibilitychange", show);
let top = 0;
$("messages").addEventListener("scroll", ({ target: list }) => {
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 80) atEnd = true;
  else if (list.scrollTop < top) atEnd = false; // else it is only the page that has less room now
  top = list.scrollTop;
});
new ResizeObserver(stay).observe($("messages"));
for (const skip of document.querySelectorAll("[data-skip]")) {
  skip.addEventListener("click", () => {
    side(skip.dataset.skip === "side" ? "side" : "chat");
    $(skip.dataset.skip).focus();
  });
}

const slackSoon = soon(refresh, 30), paySoon = soon(refreshPay, 150), faultsSoon = soon(drawFaults, 150);
const heard = {
  slack() { slackSoon(); faultsSoon(); },
  pay() { paySoon(); faultsSoon(); },
  on() {
    $("banner").classList.remove("gone");
    heard.slack();
    heard.pay();
  },
  off() {
    $("banner").classList.add("gone");
    $("link").textContent = "The sandbox has stopped. This page goes on when it is back.";
  },
};
listen((what) => heard[what]());
await Promise.all([refresh(), refreshPay()]).catch(() => heard.off());
tour.resume();
