/* Which commands fit what somebody types, the best first; and which were used last, in this browser. */

import { live } from "memo/conversations/live";

const KEPT = 6;
const key = () => `memo-palette-${live.user}`;
const name = ({ group, label }) => `${group}/${label}`;

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const wordsOf = (text) => folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
const begins = (words, part) => words.some((word) => word.startsWith(part));
/* Below this a command is offered, but never first and never for Enter. */
const SURE = 40;

/** “asgn” → “assigned”: the same beginning, and the other letters in this order. */
function loosely(word, part) {
  let place = 0;
  return word[0] === part[0] && [...part.slice(1)].every((letter) => (place = word.indexOf(letter, place + 1)) > 0);
}

/** 0 when it does not fit; from SURE on somebody means it: beginnings of words, or the first letters of all of them. */
export function score(label, query) {
  const text = folded(label);
  const wanted = folded(query).trim();
  const parts = wordsOf(query);
  const words = wordsOf(label);
  if (!parts.length) return 0;
  const at = text.indexOf(wanted);
  if (at === 0) return 100;
  if (at > 0 && !/[\p{L}\p{N}]/u.test(text[at - 1])) return 80;
  const whole = parts.filter((part) => begins(words, part)).length;
  if (whole === parts.length) return 70;
  const letters = wanted.replace(/\s/g, "");
  if (letters.length > 1 && words.map((word) => word[0]).join("").startsWith(letters)) return 60;
  if (parts.every((part) => words.some((word) => loosely(word, part)))) return whole * 2 > parts.length ? 50 : 20;
  return at > 0 && wanted.length > 1 ? 30 : 0;
}

/* “Assign to: Dora”, “Snooze until: Tomorrow”: both what is done and to what was typed. */
const tells = (label, heading, parts) =>
  [heading, label.slice(heading.length)].every((half) => parts.some((part) => begins(wordsOf(half), part)));

/* By its name; or by whole beginnings of words of where it is and of its name: “settings prof”. */
function points({ label, where, heading }, query) {
  const own = score(label, query);
  const parts = wordsOf(query);
  if (heading && own >= SURE && !tells(label, heading, parts)) return SURE - 10;
  if (own >= SURE || !parts.length || !parts.every((part) => begins(wordsOf(`${where} ${label}`), part))) return own;
  return parts.some((part) => begins(wordsOf(label), part)) ? SURE : Math.max(own, 10);
}

/** Those that fit, the best first: the sure ones, and the others. */
export function ranked(commands, query) {
  const all = commands
    .map((command) => ({ command, points: points(command, query) - command.label.length / 1000 }))
    .filter((one) => one.points > 0)
    .sort((one, two) => two.points - one.points);
  const of = (kind) => all.filter((one) => kind === one.points > SURE - 1).map(({ command }) => command);
  return { sure: of(true), unsure: of(false) };
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "[]");
  } catch {
    return [];
  }
}

/** The last used ones that are possible now, as a group of their own. */
export function recent(commands, group) {
  return stored()
    .map((wanted) => commands.find((one) => name(one) === wanted))
    .filter(Boolean)
    .map((one) => ({ ...one, box: one.box.cloneNode(true), group, of: one.group }));
}

/** Remembers that it was used. */
export function used(command) {
  const mine = name({ ...command, group: command.of ?? command.group });
  try {
    localStorage.setItem(key(), JSON.stringify([mine, ...stored().filter((one) => one !== mine)].slice(0, KEPT)));
  } catch {
    /* storage is switched off */
  }
}
