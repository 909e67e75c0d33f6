// WeChat Pay's pane: stocks, and every number that asked for a coupon, with the calls that carried it.

import { $, el, keyed, redraw } from "./dom.js";
import { face, left, standing, yuan } from "./money.js";

const clock = (at) => new Date(at).toLocaleTimeString("en-GB");
const date = (at) => new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" });

let only = ""; // the customer who is looked at; empty: all

// asks groups coupons and calls by out_request_no, the newest first.
export function asks({ coupons, calls }) {
  const by = new Map();
  for (const c of coupons.items) by.set(c.out_request_no, { no: c.out_request_no, openid: c.openid, stock: c.stock_id, coupon: c, calls: [], at: c.create_time });
  for (const c of calls.items) {
    if (c.endpoint !== "send" || !c.out_request_no) continue;
    const ask = by.get(c.out_request_no) ?? { no: c.out_request_no, openid: c.openid, stock: c.stock_id, calls: [], at: c.at };
    ask.calls.unshift(c);
    by.set(ask.no, ask);
  }
  return [...by.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function stock(s) {
  const state = standing(s), rest = left(s), cap = s.max_amount_by_day ? `, at most ${yuan(s.max_amount_by_day)} a day` : "";
  const begins = Date.parse(s.available_begin_time) > Date.now();
  return el("li", { class: "stock", title: `${s.stock_id} of merchant ${s.stock_creator_mchid}\n${date(s.available_begin_time)} to ${date(s.available_end_time)}${cap}\ngiven: ${s.distributed_coupons.toLocaleString("en-US")} of ${s.max_coupons.toLocaleString("en-US")}, ${yuan(s.distributed_amount)}` },
    el("b", {}, s.stock_name), el("span", { class: "face-value" }, face(s)), el("span", { class: state === "running" ? "state good" : "state bad" }, state),
    el("span", { class: "bar", role: "meter", "aria-label": `left of ${s.stock_name}`, "aria-valuenow": Math.round(rest.share * 100) }, el("i", { style: { width: rest.share * 100 + "%" } })),
    el("span", { class: "faint rest" }, rest.words), el("span", { class: "faint until" }, begins ? `from ${date(s.available_begin_time)}` : `until ${date(s.available_end_time)}`));
}

function call(c) {
  const good = c.status >= 200 && c.status < 300;
  return el("span", { class: good ? "call good" : "call bad", title: `${clock(c.at)}, ${Math.round(c.ms)} ms${c.request_id ? "\n" + c.request_id : ""}` },
    c.status ? String(c.status) : "no answer", c.code ? " " + c.code : "", c.fault && el("small", {}, " fault: " + c.fault.replaceAll("_", " ")));
}

function ask(a, stocks, again) {
  const c = a.coupon, many = a.calls.length;
  return el("li", { class: c ? "ask given" : "ask" },
    el("div", { class: "line" }, el("b", {}, c ? yuan(c.coupon_value) : "no coupon"), el("span", {}, stocks.get(a.stock) ?? a.stock),
      c && el("span", { class: "faint" }, `coupon ${c.coupon_id}`), c && c.status !== "SENDED" && el("span", { class: "tag" }, c.status.toLowerCase()), el("time", {}, clock(a.at))),
    el("div", { class: "line" }, el("button", {
      type: "button", class: "openid", "data-key": a.no, "aria-pressed": String(only === a.openid), title: only ? "Show all customers" : "Show only this customer",
      on: { click: () => { only = only ? "" : a.openid; again(); } },
    }, a.openid)),
    el("div", { class: "no" }, el("span", { class: "faint" }, "out_request_no "), el("code", {}, a.no)),
    many > 0 && el("div", { class: "line calls" }, el("span", { class: "faint" }, many === 1 ? "1 call" : `${many} calls`), ...a.calls.map(call)));
}

// drawPay shows what GET state said.
export function drawPay(state) {
  const again = () => drawPay(state), names = new Map(state.stocks.map((s) => [s.stock_id, s.stock_name]));
  keyed($("stocks"), state.stocks.map((s) => ({ id: s.stock_id, key: JSON.stringify(s), make: () => stock(s) })));
  const all = asks(state), shown = all.filter((a) => !only || a.openid === only).slice(0, 60);
  $("arrived").textContent = state.coupons.total ? state.coupons.total.toLocaleString("en-US") : "";
  redraw($("filter"), only, () => only && el("button", { type: "button", class: "chip", on: { click: () => { only = ""; again(); } } }, "only ", el("code", {}, only), " ✕"));
  keyed($("asks"), shown.length ? shown.map((a) => ({ id: a.no, key: JSON.stringify([a, only]), make: () => ask(a, names, again) }))
    : [{ id: "none", key: "none", make: () => el("li", { class: "faint empty" }, "Nothing yet. Coupons appear here as they arrive.") }]);
  const other = state.calls.items.filter((c) => c.endpoint !== "send").slice(0, 40);
  $("others").textContent = other.length;
  keyed($("calls"), other.map((c, i) => ({ id: c.request_id || c.at + i, key: "", make: () => el("li", {}, el("time", {}, clock(c.at)), el("span", {}, c.endpoint.replaceAll("_", " ")), el("span", { class: "faint" }, c.openid || c.stock_id || ""), call(c)) })));
}
