/* The timeline as a list in the page: where a line belongs, day dividers, who wrote on, who cannot see it. */

import { live } from "memo/conversations/live";
import { StreamActions } from "@hotwired/turbo";

const TOGETHER_MS = 5 * 60_000;

/** HTML as nodes. */
export function fragment(html) {
  return document.createRange().createContextualFragment(html);
}

/** The line of a message by the id of the message; null while it is not shown. */
export const lineOf = (id) => document.getElementById(`m-${id}`);

/** A button that reads like a link, for the line of a message. */
export function button(label, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: label });
  made.addEventListener("click", run);
  return made;
}

const at = (line) => Date.parse(line.dataset.at);
const dayOf = (line) => new Date(at(line)).toDateString();

/** Puts one line where its time says; its older self (same id) goes first. What is still being sent stays last. */
export function place(list, line) {
  line.shownAt = performance.now();
  const old = line.id && document.getElementById(line.id);
  if (old) {
    old.replaceWith(line);
    if (!old.classList.contains("pending") || !followed(line)) return line;
  }
  let before = list.lastElementChild;
  while (before && (before === line || after(before, line))) before = before.previousElementSibling;
  if (before) before.after(line);
  else list.prepend(line);
  return line;
}

/* Whether something older stands behind it: only then a confirmed line has to move. */
function followed(line) {
  for (let next = line.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.dataset.at && !next.classList.contains("pending") && at(next) < at(line)) return true;
  }
  return false;
}

/* Whether `one`, which is in the list, comes after the new line. */
function after(one, line) {
  if (!one.dataset.at) return false;
  if (one.classList.contains("pending")) return !line.classList.contains("pending");
  if (line.classList.contains("pending")) return false;
  if (one.dataset.c && one.dataset.c === line.dataset.c && one.dataset.seq && line.dataset.seq) {
    return Number(one.dataset.seq) > Number(line.dataset.seq);
  }
  // What happened stands before what was said in the same moment.
  return at(one) > at(line) || (at(one) === at(line) && line.matches(".sys") && !one.matches(".sys"));
}

/* Lines that already show who wrote them; a line that changes comes as a new element. */
const known = new WeakSet();

/** Dividers, grouping and own lines after a change, for the whole list; what is right already is not touched. */
export function tidy(list) {
  let before = null;
  let day = null;
  for (const line of [...list.children]) {
    if (line.classList.contains("day")) {
      day?.remove();
      day = line;
    } else if (line.dataset.at) {
      divide(before, line, day);
      line.classList.toggle("again", goesOn(before, line));
      if (!known.has(line)) own(list, known.add(line) && line);
      before = line;
      day = null;
    }
  }
  day?.remove();
}

/* `day`: the divider that stands before the line now. */
function divide(before, line, day) {
  const needed = !before || dayOf(before) !== dayOf(line);
  const right = day && new Date(day.querySelector("time")?.dateTime).toDateString() === dayOf(line);
  if (day && !(needed && right)) day.remove();
  if (needed && !right) line.before(divider(line));
}

function divider(line) {
  const day = document.getElementById("blank-day").content.firstElementChild.cloneNode(true);
  day.querySelector("time").dateTime = line.dataset.at;
  return day;
}

function goesOn(before, line) {
  if (!before || !line.matches(".msg") || !before.matches(".msg")) return false;
  if (line.previousElementSibling !== before) return false;
  return before.dataset.author === line.dataset.author && at(line) - at(before) < TOGETHER_MS;
}

function own(list, line) {
  if (list.dataset.me) return void asked(list, line);
  if (line.dataset.author === `user:${live.user}` && line.matches(".msg")) line.classList.add("own");
  for (const chip of line.querySelectorAll(".at")) chip.classList.toggle("me", chip.dataset.user === live.user);
  const hidden = line.querySelector("[data-hidden-from]");
  if (hidden && !hidden.textContent) hidden.textContent = list.dataset.hiddenFrom;
}

/* The thread of one's own request: the shared rendering shows it from the team's side. */
function asked(list, line) {
  const mine = line.dataset.author === list.dataset.me;
  if (line.matches(".msg")) line.classList.toggle("own", mine);
  const who = line.querySelector("memo-who");
  if (mine && who) who.textContent = who.getAttribute("you");
}

/** The last line of a conversation with a seq. */
export function newest(list, conversation) {
  return [...list.querySelectorAll(`[data-c="${CSS.escape(conversation)}"][data-seq]`)].at(-1) ?? null;
}

StreamActions.place = function () {
  for (const list of this.targetElements) {
    const lines = [...this.templateContent.children];
    list.dispatchEvent(new CustomEvent("memo:place", { detail: { lines }, bubbles: true }));
  }
};
