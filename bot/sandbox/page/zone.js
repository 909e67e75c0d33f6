// Wall-clock times of a time zone, as date fields hold them (2026-11-23T17:05).

// wall is what the clock of a zone shows at a moment.
export function wall(seconds, zone) {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return format.format(new Date(seconds * 1000)).replace(" ", "T");
}

// zoned is the moment at which it does.
export function zoned(text, zone) {
  const meant = Date.parse(text + "Z") / 1000;
  const off = (s) => Date.parse(wall(s, zone) + "Z") / 1000 - s;
  const near = meant - off(meant); // off by the change when the clocks change in between
  return Math.floor(meant - off(near));
}
