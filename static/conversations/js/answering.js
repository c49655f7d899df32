/* Who writes in a row of the list: “Cem is answering”, “is typing …”, for some seconds instead of the preview. */

import { live } from "memo/conversations/live";

const SHOWN_MS = 6_000;
const timers = new Map();

/** Marks the row of a conversation; without words with its own, for `ms`; 0 takes the mark away. */
export function mark(c, words = "", ms = SHOWN_MS) {
  clearTimeout(timers.get(c));
  timers.delete(c);
  const row = document.getElementById(`row-${c}`);
  const typing = row?.querySelector("[data-typing]");
  if (!typing) return;
  typing.dataset.words ??= typing.textContent;
  typing.textContent = words || typing.dataset.words;
  typing.hidden = !ms;
  row.querySelector("[data-preview]").hidden = Boolean(ms);
  if (ms) timers.set(c, setTimeout(() => mark(c, "", 0), ms));
}

live.addEventListener("answering", ({ detail: { c, who } }) => {
  const words = document.querySelector("memo-live")?.dataset.answering ?? "";
  if (who.id !== live.user) mark(c, words.replace("{who}", who.name));
});
