/* Which commands fit what somebody types, the best first; and which were used last, in this browser. */

import { live } from "memo/conversations/live";

const KEPT = 6;
const key = () => `memo-palette-${live.user}`;
const name = ({ group, label }) => `${group}/${label}`;

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** 0 when it does not fit; more for whole beginnings of words than for letters that merely come in this order. */
export function score(text, query) {
  const label = folded(text);
  const wanted = folded(query);
  const at = label.indexOf(wanted);
  if (at === 0) return 100 - label.length / 100;
  if (at > 0) return (/[\p{L}\p{N}]/u.test(label[at - 1]) ? 50 : 80) - label.length / 100;
  let place = -1;
  let starts = 0;
  for (const letter of wanted.replace(/\s/g, "")) {
    place = label.indexOf(letter, place + 1);
    if (place < 0) return 0;
    if (place === 0 || label[place - 1] === " ") starts += 1;
  }
  return 10 + starts * 5 - label.length / 100;
}

/** Those that fit by their name, or by where they are. */
export function ranked(commands, query) {
  return commands
    .map((command) => ({ command, points: Math.max(score(command.label, query), score(`${command.where} ${command.label}`, query) / 2) }))
    .filter(({ points }) => points > 0)
    .sort((one, two) => two.points - one.points)
    .map(({ command }) => command);
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
