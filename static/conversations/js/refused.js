/* What the server did not take: the line says why, with “try again” and “discard”. Kept until one of them. Loaded when needed. */

import { button, lineOf } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { again, FAILED, show } from "memo/conversations/sending";

const key = () => `${FAILED}${live.user}`;
const thread = () => document.querySelector("memo-thread");

function failed(entries) {
  try {
    if (!entries) return JSON.parse(localStorage.getItem(key()) ?? "[]");
    if (entries.length) localStorage.setItem(key(), JSON.stringify(entries));
    else localStorage.removeItem(key());
  } catch {
    /* without storage they live as long as the page */
  }
  return entries ?? [];
}

/** It was refused for this reason. */
export function keep(entry, reason) {
  const one = { ...entry, reason };
  failed([...failed().filter(({ id }) => id !== entry.id), one]);
  mark(one);
}

/** A thread was opened: what was refused stands in it again. */
export function restore(c) {
  for (const entry of failed().filter((one) => one.c === c)) {
    if (!lineOf(entry.id)) show(entry);
    mark(entry);
  }
}

function mark(entry) {
  const line = lineOf(entry.id);
  if (!line || !thread()) return;
  line.classList.remove("pending");
  line.classList.add("failed");
  const { failed: word, again: repeat, discard } = thread().words;
  const state = line.querySelector("[data-state]");
  state.replaceChildren(`${word}${entry.reason ? `: ${entry.reason}` : ""} `);
  state.append(button(repeat, () => retry(entry)), " · ", button(discard, () => forget(entry)));
}

function retry({ reason: _reason, ...entry }) {
  forget(entry);
  show(entry);
  again(entry);
}

function forget(entry) {
  failed(failed().filter(({ id }) => id !== entry.id));
  lineOf(entry.id)?.remove();
}
