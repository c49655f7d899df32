/* <memo-time format="row"><time datetime="…">10:31</time></memo-time>: the moment in the reader's language and zone.
   Formats: clock (10:31) · row (10:31 today, Fri this week, 12 Nov, 12 Nov 2025) · ago (5 minutes ago) · full · day. */

import { define, MemoElement } from "memo/ui/element";

const DAY_MS = 86_400_000;
const STEPS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 4.35],
  ["month", 12],
  ["year", Infinity],
];
const formats = new Map();

function format(language, options, kind = Intl.DateTimeFormat) {
  const key = kind.name + language + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new kind(language, options));
  return formats.get(key);
}

/** The page's language in the reader's own kind of it (en-US, de-AT …); English of nobody in particular is British. */
export function kindOf(language, spoken = navigator.languages) {
  const own = spoken.find((tag) => tag.toLowerCase().startsWith(`${language.toLowerCase()}-`));
  return own ?? (language === "en" ? "en-GB" : language);
}

/** Calendar days from a to b in local time; a clock change in between does not count as a day. */
export function daysBetween(a, b) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(b) - midnight(a)) / DAY_MS);
}

function ago(moment, now, language) {
  let value = (moment - now) / 1000;
  const words = format(language, { numeric: "auto" }, Intl.RelativeTimeFormat);
  if (Math.abs(value) < 45) return words.format(0, "second");
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size) return words.format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

function row(moment, now, language) {
  const days = daysBetween(moment, now);
  if (days === 0) return format(language, { hour: "2-digit", minute: "2-digit" }).format(moment);
  if (days > 0 && days < 7) return format(language, { weekday: "short" }).format(moment);
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format(language, { day: "numeric", month: "short", year }).format(moment);
}

function day(moment, now, language) {
  const days = daysBetween(moment, now);
  if (days === 0 || days === 1) {
    const word = format(language, { numeric: "auto" }, Intl.RelativeTimeFormat).format(-days, "day");
    return word.charAt(0).toLocaleUpperCase(language) + word.slice(1);
  }
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format(language, { weekday: "long", day: "numeric", month: "long", year }).format(moment);
}

/** The words for a moment (Date) seen from `now` (Date). */
export function words(moment, style, now, language) {
  if (style === "ago") return ago(moment, now, language);
  if (style === "row") return row(moment, now, language);
  if (style === "day") return day(moment, now, language);
  if (style === "clock") return format(language, { hour: "2-digit", minute: "2-digit" }).format(moment);
  return format(language, { dateStyle: "long", timeStyle: "short" }).format(moment);
}

const shown = new Set();
let timer = null;

/* One clock for all of them: on the minute, and when the page is looked at again. */
function tick() {
  clearTimeout(timer);
  timer = null;
  for (const element of shown) element.write();
  if (shown.size && !document.hidden) timer = setTimeout(tick, 60_000 - (Date.now() % 60_000));
}
document.addEventListener("visibilitychange", () => document.hidden || tick());

export class MemoTime extends MemoElement {
  static observedAttributes = ["format"];

  connected() {
    this.write();
    this.on(this, "turbo:before-morph-element", (event) => this.#keepsWords(event));
    this.on(this, "turbo:morph-element", (event) => event.target === this && this.write());
    if (this.style_ === "clock" || this.style_ === "full") return;
    shown.add(this);
    timer ??= setTimeout(tick, 60_000 - (Date.now() % 60_000));
  }

  gone() {
    shown.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.write();
  }

  /* The server's words are in its own zone; for the same moment ours are better. */
  #keepsWords(event) {
    const fresh = event.detail.newElement;
    const stamp = (element) => element?.querySelector?.("time")?.dateTime;
    if (event.target === this && stamp(fresh) === stamp(this)) event.preventDefault();
  }

  get style_() {
    return this.getAttribute("format") || "row";
  }

  write() {
    const time = this.querySelector("time");
    const moment = new Date(time?.dateTime ?? "");
    if (Number.isNaN(moment.getTime())) return;
    const language = kindOf(this.closest("[lang]")?.lang || navigator.language);
    const text = words(moment, this.style_, new Date(), language);
    if (time.textContent !== text) time.textContent = text;
    time.title = words(moment, "full", new Date(), language);
  }
}

define("memo-time", MemoTime);
