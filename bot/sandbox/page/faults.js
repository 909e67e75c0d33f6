// Switches for what goes wrong. The catalogues come from the sandbox; this only says which of it has a switch with
// words of its own, and lets everything else be chosen.

import { $, el, redraw } from "./dom.js";
import { get, send, why } from "./control.js";
import { toast } from "./dialogs.js";
import { customers } from "./grammar.js";

const pay = [
  ["Answers", [
    ["slow", "Slow: 3 seconds more"], ["slow_after_commit", "Slow, after the coupon is given"],
    ["drop_before_commit", "Answer lost before success"], ["drop_after_commit", "Answer lost after success"],
    ["system_error", "500, nothing given"], ["system_error_after_commit", "500, although given"],
    ["bad_gateway_before_commit", "502 as HTML, nothing given"], ["bad_gateway_after_commit", "502 as HTML, although given"],
    ["probe_signature", "WeChat's probe signature"], ["wrong_signature", "Wrong signature"], ["empty_body", "Empty body"],
    ["skewed_date", "Clock off: Date 10 minutes ahead"], ["skewed_timestamp", "Clock off: signed 10 minutes ahead"],
  ]],
  ["Refusals", [
    ["frequency_limit_exceed", "429: too many calls"], ["not_enough", "Budget gone"], ["day_limit", "Daily cap reached"],
    ["rule_limit", "Customer has the most of this stock"], ["month_limit", "Customer's month is full"],
  ]],
];

const slack = [
  ["Cut the connection", { kind: "drop" }], ["Ask for a new connection", { kind: "disconnect", reason: "refresh_requested" }], ["Let connections go half open", { kind: "silent" }],
  ["No new connections", { kind: "refuse_dial" }], ["Posting: 429, wait 5 s", { kind: "method", method: "chat.postMessage", effect: "ratelimited", retry_after: 5 }],
  ["Posting: answer lost, though posted", { kind: "method", method: "chat.postMessage", effect: "reset_after" }],
  ["Updating: 429, wait 5 s", { kind: "method", method: "chat.update", effect: "ratelimited", retry_after: 5 }],
  ["Private answers: 500", { kind: "method", method: "response_url", effect: "http_500" }], ["Forms: opening takes 4 s", { kind: "method", method: "views.open", effect: "slow", delay_ms: 4000 }],
  ["Groups cannot be read", { kind: "missing_scope", scope: "usergroups:read" }], ["Bot removed from #approvals", { kind: "bot_removed", channel: "C02APPROVE" }],
  ["#coupon-log archived", { kind: "channel_archived", channel: "C03LOG" }], ["Slack's clock 10 minutes ahead", { kind: "clock", offset_s: 600 }], ["All tokens revoked", { kind: "tokens_revoked" }],
];

let known = {}; // what both services said last

export async function drawFaults() {
  const [p, s] = await Promise.all([get("/sandbox/wechatpay/faults"), get("/sandbox/slack/faults")]);
  known = { pay: p, slack: s };
  const on = p.active.length + s.active.length;
  redraw($("faults-on"), String(on), () => on > 0 && el("span", { class: "count", "aria-label": `${on} switched on` }, String(on)));
  redraw($("active"), JSON.stringify([p.active, s.active]), () => active(p.active, s.active));
  if (!$("payfaults").children.length) build();
  for (const node of document.querySelectorAll("[role=switch]")) {
    const found = node.matching();
    node.setAttribute("aria-checked", String(found.length > 0));
  }
}

const times = (n) => (n > 0 ? (n === 1 ? "once more" : `${n} times more`) : "until switched off");

function active(p, s) {
  if (!p.length && !s.length) return el("p", { class: "faint" }, "Everything works.");
  const off = (what, left, path) => el("li", {}, el("span", {}, what, el("small", {}, left)), el("button", { type: "button", class: "quiet", "aria-label": "Switch off: " + what, on: { click: () => done(send("DELETE", path)) } }, "✕"));
  const name = (kind) => pay.flatMap(([, rows]) => rows).find(([k]) => k === kind)?.[1] ?? kind.replaceAll("_", " ");
  return [el("ul", {},
    ...p.map((f) => off(name(f.kind), [times(f.calls ? f.calls - f.met : 0), f.openid].filter(Boolean).join(", "), "/sandbox/wechatpay/faults/" + f.id)),
    ...s.map((f) => off(slack.find(([, fault]) => same(fault)(f))?.[0] ?? "Slack: " + [f.kind, f.method, f.effect, f.scope, f.channel].filter(Boolean).join(" "), times(f.count), "/sandbox/slack/faults?id=" + f.id))),
    el("button", { type: "button", id: "heal", on: { click: () => done(send("DELETE", "/sandbox/wechatpay/faults"), send("DELETE", "/sandbox/slack/faults")) } }, "Switch all off")];
}

async function done(...asked) {
  for (const answer of await Promise.all(asked)) if (!answer.ok) toast(why(answer));
  await drawFaults();
}

// howOften is what the person set above the switches: 0 is until switched off.
const howOften = () => ($("often").value === "n" ? Number($("often-n").value) || 1 : Number($("often").value));

// breakPay switches a fault of WeChat Pay on, for sends; the tour does so too.
export const breakPay = (kind, calls, openid) => done(send("POST", "/sandbox/wechatpay/faults", { kind, calls, ...(openid && { openid }), ...($("calls-all").checked ? {} : { endpoint: "send" }) }));

function toggle(label, title, matching, on, off) {
  const node = el("button", { type: "button", role: "switch", "aria-checked": "false", title, on: { click: () => (matching().length ? done(...matching().map(off)) : on()) } }, el("i", { "aria-hidden": "true" }), label);
  node.matching = matching;
  return node;
}

function paySwitch([kind, label]) {
  const node = toggle(label, known.pay.catalogue.find((k) => k.name === kind)?.meaning, () => known.pay.active.filter((f) => f.kind === kind),
    () => breakPay(kind, howOften(), $("whom").value.trim()), (f) => send("DELETE", "/sandbox/wechatpay/faults/" + f.id));
  node.dataset.fault = kind;
  return node;
}

const same = (fault) => (f) => Object.entries(fault).every(([k, v]) => f[k] === v);

function slackSwitch([label, fault]) {
  const kind = known.slack.catalogue.find((k) => k.kind === fault.kind);
  const on = () => done(send("POST", "/sandbox/slack/fault", { ...fault, ...(kind.fields?.includes("count") && { count: howOften() }) }));
  if (kind.once) return el("button", { type: "button", class: "now", title: kind.summary, on: { click: on } }, label);
  const node = toggle(label, kind.summary, () => known.slack.active.filter(same(fault)), on, (f) => send("DELETE", "/sandbox/slack/faults?id=" + f.id));
  node.dataset.fault = fault.kind;
  return node;
}

// other is a picker for the rest of a catalogue.
function other(label, options, on) {
  const pick = el("select", { "aria-label": label }, el("option", { value: "" }, label + "…"), ...options.map(([value, text]) => el("option", { value }, text)));
  return el("div", { class: "other" }, pick, el("button", { type: "button", on: { click: () => { if (pick.value) on(pick.value); pick.value = ""; } } }, "Switch on"));
}

function build() {
  $("customers").replaceChildren(...customers.map(([id, about]) => el("option", { value: id }, about)));
  const named = new Set(pay.flatMap(([, rows]) => rows.map(([k]) => k)));
  const rest = known.pay.catalogue.filter((k) => !named.has(k.name) && k.name !== "error").map((k) => [k.name, k.error ? `${k.error.status} ${k.error.code}: ${k.error.message}` : `${k.name.replaceAll("_", " ")}: ${k.meaning}`]);
  $("payfaults").replaceChildren(...pay.flatMap(([title, rows]) => [el("h3", {}, title), el("div", { class: "switches" }, ...rows.map(paySwitch))]),
    other("Any other answer", rest, (kind) => breakPay(kind, howOften(), $("whom").value.trim())));
  const methods = known.slack.methods.flatMap((m) => known.slack.effects.map((e) => [`${m} ${e}`, `${m}: ${e.replaceAll("_", " ")}`]));
  $("slackfaults").replaceChildren(el("div", { class: "switches" }, ...slack.map(slackSwitch)),
    other("Any method, any trouble", methods, (value) => {
      const [method, effect] = value.split(" ");
      done(send("POST", "/sandbox/slack/fault", { kind: "method", method, effect, error: "internal_error", retry_after: 5, delay_ms: 3000, count: howOften() }));
    }));
  $("often").addEventListener("change", () => { $("often-n").hidden = $("often").value !== "n"; });
}
