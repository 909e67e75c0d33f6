// Slack's own mark-up, read for one person: their time zone, their language, the names they know.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";

const unescape = (s) => s.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// What the client itself says to a person who reads Chinese.
const chinese = { "Only visible to you": "仅对你可见", "(edited)": "（已编辑）", "(optional)": "（选填）", New: "新消息", Cancel: "取消" };

const marks = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>]+)>|(?<![\p{L}\p{N}*])\*(?=\S)([^*\n]*[^*\s])\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}_])_(?=\S)([^_\n]*[^_\s])_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}~])~(?=\S)([^~\n]*[^~\s])~(?![\p{L}\p{N}])|^&gt; ?(.*)$/gmu;

export class Reader {
  constructor(state) {
    this.names = new Map(state.people.map((p) => [p.id, p.name]));
    state.groups.forEach((g) => this.names.set(g.id, g.handle));
    state.channels.forEach((c) => this.names.set(c.id, c.name));
    this.zone = state.me.tz;
    this.locale = state.me.locale;
  }
  say(words) {
    return this.locale.startsWith("zh") ? chinese[words] ?? words : words;
  }
  time(seconds, options) {
    return new Intl.DateTimeFormat(this.locale, { timeZone: this.zone, ...options }).format(new Date(seconds * 1000));
  }
  // day is a date as people say it: today, yesterday, tomorrow, or itself in this style.
  day(seconds, style) {
    const date = (s) => this.time(s, { dateStyle: "short" });
    const near = [0, -1, 1].find((n) => date(seconds) === date(Date.now() / 1000 + n * 86400));
    return near === undefined ? this.time(seconds, { dateStyle: style }) : new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(near, "day");
  }
  ago(seconds) {
    const off = seconds - Date.now() / 1000, size = Math.abs(off);
    const [unit, length] = size < 60 ? ["second", 1] : size < 3600 ? ["minute", 60] : size < 86400 ? ["hour", 3600] : ["day", 86400];
    return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(Math.round(off / length), unit);
  }
  // date fills in the {…} tokens of <!date^…>.
  date(seconds, format) {
    const styles = { date: "long", date_short: "medium", date_long: "full", date_long_full: "full", date_slash: "short" };
    const one = (all, token) => {
      if (token === "date_num") return new Intl.DateTimeFormat("sv-SE", { timeZone: this.zone, dateStyle: "short" }).format(new Date(seconds * 1000));
      if (token === "time") return this.time(seconds, { timeStyle: "short" });
      if (token === "time_secs") return this.time(seconds, { timeStyle: "medium" });
      if (token === "ago") return this.ago(seconds);
      const style = styles[token.replace(/_pretty$/, "")];
      if (!style) return all;
      return token.endsWith("_pretty") ? this.day(seconds, style) : this.time(seconds, { dateStyle: style });
    };
    return format.replace(/\{(\w+)\}/g, one);
  }
  mention(sign, id, label) {
    return el("span", { class: "mention" }, sign + (this.names.get(id) ?? (label || id)));
  }
  // reference draws one <…> token.
  reference(inside) {
    const bar = inside.indexOf("|");
    const target = bar < 0 ? inside : inside.slice(0, bar), label = bar < 0 ? "" : unescape(inside.slice(bar + 1));
    if (target[0] === "@" || target[0] === "#") return this.mention(target[0], target.slice(1), label);
    if (target.startsWith("!subteam^")) return this.mention("@", target.slice(9), label);
    if (target.startsWith("!date^")) {
      const [, seconds, format, link] = target.split("^");
      if (!/^\d+$/.test(seconds) || !format) return label;
      const text = el("time", { class: "date", title: label }, this.date(Number(seconds), unescape(format)));
      return link ? this.link(link, [text]) : text;
    }
    if (target[0] === "!") return this.mention("@", target.slice(1), label);
    return this.link(target, [label || unescape(target)]);
  }
  link(target, children) {
    const address = unescape(target);
    return /^(https?|mailto|tel):/.test(address) ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children) : el("span", {}, ...children);
  }
  // mrkdwn is the marks people use: code, bold, italics, strike, quotes, references.
  mrkdwn(text) {
    const out = [];
    let last = 0;
    for (const m of text.matchAll(marks)) {
      if (m.index > last) out.push(withEmoji(unescape(text.slice(last, m.index))));
      last = m.index + m[0].length;
      const [, pre, code, reference, bold, italic, strike, quote] = m;
      if (pre !== undefined) out.push(el("pre", {}, unescape(pre)));
      else if (code !== undefined) out.push(el("code", {}, unescape(code)));
      else if (reference !== undefined) out.push(this.reference(reference));
      else if (bold !== undefined) out.push(el("strong", {}, ...this.mrkdwn(bold)));
      else if (italic !== undefined) out.push(el("i", {}, ...this.mrkdwn(italic)));
      else if (strike !== undefined) out.push(el("s", {}, ...this.mrkdwn(strike)));
      else out.push(el("blockquote", {}, ...this.mrkdwn(quote)));
    }
    if (last < text.length) out.push(withEmoji(unescape(text.slice(last))));
    return out;
  }
  // parts are the nodes of a text object.
  parts(object) {
    return object.type === "mrkdwn" ? this.mrkdwn(object.text) : [object.emoji === false ? object.text : withEmoji(object.text)];
  }
  text(object, tag = "div") {
    return object ? el(tag, { class: "text" }, ...this.parts(object)) : null;
  }
}
