/* What the page was served with, and its words. */

export const boot = JSON.parse(document.getElementById("boot").textContent);

/** The text of a key, with its {parts} filled in. */
export function t(key, parts = {}) {
  return (boot.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
}

// The reader's own habits (10:31 or 10:31 AM) where they read this language at all.
const locale = navigator.languages.find((tag) => tag.startsWith(boot.language)) ?? boot.language;
const date = (style) => new Intl.DateTimeFormat(locale, style);
const clock = date({ hour: "2-digit", minute: "2-digit" });
const weekday = date({ weekday: "long" });
const short = date({ day: "numeric", month: "short" });
const full = date({ day: "numeric", month: "long", year: "numeric" });

const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
const daysAgo = (moment) => Math.round((midnight(new Date()) - midnight(moment)) / 864e5);

/** 10:31 */
export const time = (moment) => clock.format(moment);

/** Today, Yesterday, Friday, 12 November 2026: the line between two days. */
export function day(moment) {
  const ago = daysAgo(moment);
  return ago === 0 ? t("today") : ago === 1 ? t("yesterday") : ago < 7 ? weekday.format(moment) : full.format(moment);
}

/** 10:31, Friday, 12 Nov: in a list. */
export function ago(moment) {
  const days = daysAgo(moment);
  return days === 0 ? time(moment) : days === 1 ? t("yesterday") : days < 7 ? weekday.format(moment) : short.format(moment);
}

/** at 14:00, tomorrow at 08:00, Monday at 08:00: when somebody is back. */
export function upcoming(iso) {
  const moment = new Date(iso);
  const ahead = -daysAgo(moment);
  if (ahead <= 0) return t("at_time", { time: time(moment) });
  if (ahead === 1) return t("tomorrow", { time: time(moment) });
  return t("at_day", { day: ahead < 7 ? weekday.format(moment) : short.format(moment), time: time(moment) });
}
