/* Single keys and ⌘K. What they do is fetched with the first of them; who types text is never disturbed. */

import { live } from "memo/conversations/live";

const TEXT = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog, [popover]";
const PATIENCE_MS = 10_000;
let keyboard = null;
let early = null;
let ahead = null; // what is typed until the palette is there: words, not keys

/* What is typed while they are fetched waits; once one of them has put the pen on a text, the rest is text. Who took the
   pen himself meanwhile writes already: what was pressed before means nothing any more. */
function fetched(module) {
  keyboard = module;
  let meant = false;
  for (const key of early) {
    const writes = document.activeElement?.closest(TEXT);
    if (!writes) meant = keyboard.pressed(key) || meant;
    else if (meant) document.execCommand("insertText", false, key);
  }
}

function palette() {
  const there = document.querySelector("#palette[open]");
  if (there || ahead !== null) return there?.close();
  ahead = "";
  // Its code and its commands at the same time; without a connection nothing opens, and the bar says why.
  const request = { headers: { Accept: "text/html", "X-Memo-Fetch": "1" }, signal: AbortSignal.timeout(PATIENCE_MS) };
  const page = fetch("/palette/", request).then((answer) => (answer.ok ? answer.text() : "")).catch(() => "");
  return import("memo/conversations/palette")
    .then(({ open }) => open(page, () => ahead))
    .finally(() => (ahead = null));
}

/* Details that the address has opened; the focus goes back to what did it. */
function closeDetails() {
  if (document.querySelector(":popover-open")) return;
  document.querySelector("#detail:target a[href='#thread']")?.click();
  document.querySelector("#thread-head a[href='#detail']")?.focus();
}

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (event.defaultPrevented || event.isComposing || altKey || !live.user) return;
  if (ahead !== null && key.length === 1 && !ctrlKey && !metaKey) {
    event.preventDefault();
    ahead += key;
  } else if (ctrlKey || metaKey) {
    if (key.toLowerCase() !== "k" || shiftKey || document.querySelector("dialog[open]:not(#palette)")) return;
    event.preventDefault();
    palette();
  } else if (key === "Escape" && location.hash === "#detail" && !target.closest?.(TEXT)) {
    closeDetails();
  } else if (key.length === 1 && (early || key !== " ") && !target.closest?.(TEXT)) {
    if (keyboard) return void (keyboard.pressed(key) && event.preventDefault());
    event.preventDefault();
    if (early) return void early.push(key);
    early = [key];
    import("memo/conversations/keyboard").then(fetched).finally(() => (early = null));
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) import("memo/conversations/keyboard").then(({ help }) => help());
  if (!event.target.closest("[data-palette]")) return;
  event.preventDefault();
  palette();
});
