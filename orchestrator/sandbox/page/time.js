// Times as people read them. All are epoch seconds of the virtual clock, shown in the reader's own time zone.

const LOCALE = "en-GB";
const format = (options) => new Intl.DateTimeFormat(LOCALE, options);
const STYLES = {
  t: format({ hour: "2-digit", minute: "2-digit" }),
  T: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  d: format({ day: "2-digit", month: "2-digit", year: "numeric" }),
  D: format({ day: "numeric", month: "long", year: "numeric" }),
  f: format({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }),
  F: format({ weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }),
  s: format({ day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" }),
  S: format({
    day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }),
};
const WEEKDAY = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const ZONE = format({ timeZoneName: "short", hour: "2-digit" });
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always" });
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

const date = (at) => new Date(at * 1000);

/** "in 2 hours", "3 minutes ago". */
export function relative(at, now) {
  const seconds = at - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= 0.98 * length) ?? ["second", 1];
  return RELATIVE.format(Math.round(seconds / size), unit);
}

/** Discord's timestamp styles: t T d D f F s S R. An unknown style reads as f. */
export function timestamp(at, style, now) {
  return style === "R" ? relative(at, now) : (STYLES[style] ?? STYLES.f).format(date(at));
}

export const day = (at) => STYLES.D.format(date(at));
export const clockTime = (at) => STYLES.T.format(date(at));
export const clockDay = (at) => WEEKDAY.format(date(at));
export const zone = (at) => ZONE.formatToParts(date(at)).find((part) => part.type === "timeZoneName")?.value ?? "";

/** A message's time: "Today at 09:41", "Yesterday at 09:41", "26/09/2025 09:41". */
export function messageTime(at, now) {
  const clock = STYLES.t.format(date(at));
  if (day(at) === day(now)) return `Today at ${clock}`;
  if (day(at) === day(now - 86400)) return `Yesterday at ${clock}`;
  return `${STYLES.d.format(date(at))} ${clock}`;
}

/** A span in at most two units: "2 d 4 h", "35 min", "12 s". */
export function span(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  const parts = [];
  let left = Math.round(seconds);
  for (const [unit, size] of units.slice(first, first + 2)) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole) parts.push(`${whole} ${unit}`);
  }
  return parts.join(" ");
}

/** A <time> that follows the virtual clock: `refreshTimes` rewrites every one of them. */
export function timeNode(at, style, now) {
  const node = document.createElement("time");
  node.dateTime = date(at).toISOString();
  node.title = STYLES.F.format(date(at));
  node.dataset.at = at;
  node.dataset.style = style;
  write(node, now);
  return node;
}

function write(node, now) {
  const { at, style } = node.dataset;
  const text = style === "message" ? messageTime(Number(at), now) : timestamp(Number(at), style, now);
  if (node.textContent !== text) node.textContent = text;
}

export function refreshTimes(now) {
  for (const node of document.querySelectorAll("time[data-at]")) write(node, now);
}
