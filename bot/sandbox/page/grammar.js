// What can follow /coupon, to be suggested. A row is one verb: its words, in order, by kind (see kinds; a | b are words
// themselves, a last … repeats, "" is free text), its flags, and what it does.

export const verbs = [
  { verb: "help", words: [], does: "what you may do, with examples" },
  { verb: "send", words: ["stock", "openid…"], flags: ["reason", "ticket", "note", "value", "minimum"], does: "give customers a coupon; alone, it opens the form" },
  { verb: "status", words: ["id"], does: "one send, coupon or campaign" },
  { verb: "who", words: ["openid"], does: "everything a customer got" },
  { verb: "find", words: ['""'], does: "by ticket, openid, person, stock or coupon" },
  { verb: "mine", words: [], does: "my sends, what waits, my limits" },
  { verb: "queue", words: [], does: "what waits for my decision" },
  { verb: "approve", words: ["id"], does: "look at a send and decide" },
  { verb: "reject", words: ["id"], does: "look at a send and decide" },
  { verb: "withdraw", words: ["id"], does: "take back my request while it waits" },
  { verb: "pause", words: ["id"], does: "hold a send" },
  { verb: "resume", words: ["id"], does: "go on with it" },
  { verb: "cancel", words: ["id"], does: "end what was not yet called" },
  { verb: "retry", words: ["id"], does: "what was refused and can be tried again" },
  { verb: "recheck", words: ["id"], does: "ask WeChat Pay about unknown coupons" },
  { verb: "settle", words: ["id", "issued|refused", '""'], does: "end an unknown coupon by hand" },
  { verb: "stocks", words: [], does: "all stocks: what is left, until when" },
  { verb: "stock", words: ["stock"], does: "one stock" },
  { verb: "limits", words: ["person"], does: "used, held and left" },
  { verb: "audience", words: ["new|list|show|delete", "name"], does: "lists of customers" },
  { verb: "campaign", words: ["new|list|show|dryrun|start|pause|resume|cancel|retry", "name"], does: "one coupon for an audience" },
  { verb: "schedule", words: ["list|skip|off", "name"], flags: ["zone", "until", "total", "missed"], does: "campaigns by the clock" },
  { verb: "report", words: ["today|week|month"], does: "money by agent, reason and stock" },
  { verb: "audit", words: ["id"], does: "every step, with who and when" },
  { verb: "stop", words: ['""'], does: "the red button: nothing is sent" },
  { verb: "start", words: [], does: "end the stop; a second admin confirms" },
];

const flags = {
  reason: { usage: "why", values: ["late", "damaged", "goodwill", "bug"] },
  ticket: { usage: "of your help desk", values: ["T-4821"] },
  note: { usage: "“in quotes”" },
  value: { usage: "5.00, for stocks without a fixed value" },
  minimum: { usage: "10.00, what the customer must spend" },
  zone: { usage: "Asia/Shanghai", values: ["Asia/Shanghai", "Europe/Lisbon"] },
  until: { usage: "the last day" },
  total: { usage: "5000.00, money in all" },
  missed: { usage: "when a time was missed", values: ["skip", "once", "ask"] },
};

// customers are made up, so that there is somebody to send to; the last ones bring WeChat Pay's own refusals.
export const customers = [
  ["oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "a customer"], ["oUpF8uKq3xT_Zb7nVw2LcRjYd41s", "another"], ["oUpF8uBn9Lm-Hd5sQe8RtGyUk27i", "a third"],
  ["blocked_Q9zNjWeS6oM2pxb1uAJO", "WeChat Pay blocks this one"], ["abuse_1Q9zNjWeS6oM2pxbuAJO_", "an abnormal account"],
];

// kinds answer what can stand at a place: [text, about] pairs. The world holds what there is: stocks, openids, ids, people.
const kinds = {
  stock: (world) => world.stocks,
  openid: (world) => [...customers, ...world.openids],
  id: (world) => world.ids,
  person: (world) => world.people,
};

function usage(row) {
  const word = (w) => (w === '""' ? "…" : w.includes("|") ? w : `<${w}>`);
  return [row.verb, ...row.words.map(word), ...(row.flags ?? []).map((f) => `[--${f}]`)].join(" ");
}

// suggest answers what may come next at the end of text: from (where the word begins that it replaces), list
// ([text, about] pairs), and usage. Nothing when there is nothing to say.
export function suggest(text, command, world) {
  if (!text.startsWith("/") || text.includes("\n")) return null;
  const from = text.search(/\S*$/), current = text.slice(from), done = text.slice(0, from).split(/\s+/).filter(Boolean);
  const found = (list, hint) => {
    const all = new Map(list.filter(([t]) => t.toLowerCase().startsWith(current.toLowerCase())).map((pair) => [pair[0], pair]));
    all.delete(current);
    return all.size || hint ? { from, current, list: [...all.values()].slice(0, 12), usage: hint } : null;
  };
  if (!done.length) return found([[command, "WeChat Pay coupons"]], "");
  if (done[0] !== command) return null;
  if (done.length === 1) return found(verbs.map((row) => [row.verb, row.does]), current ? "" : "what shall be done?");
  const row = verbs.find((r) => r.verb === done[1]);
  return row ? found(next(row, done.slice(2), current, world), usage(row)) : null;
}

function next(row, done, current, world) {
  const flag = flags[done.at(-1)?.replace(/^--/, "")];
  if (done.at(-1)?.startsWith("--")) return (flag?.values ?? []).map((v) => [v, ""]);
  const plain = done.filter((w, i) => !w.startsWith("--") && !done[i - 1]?.startsWith("--"));
  const more = (row.flags ?? []).filter((f) => !done.includes("--" + f)).map((f) => ["--" + f, flags[f].usage]);
  if (current.startsWith("-")) return more;
  const last = row.words.at(-1), word = row.words[plain.length] ?? (last?.endsWith("…") ? last : "");
  const kind = word.replace("…", "");
  const here = kind.includes("|") ? kind.split("|").map((w) => [w, ""]) : kinds[kind]?.(world) ?? [];
  const left = here.filter(([w]) => !plain.includes(w));
  return plain.length >= row.words.length ? [...more, ...left] : left;
}
