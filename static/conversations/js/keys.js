/* Single keys and ⌘K. What they do is fetched with the first of them; who types text is never disturbed. */

import { live } from "memo/conversations/live";

const TEXT = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog, [popover]";
let keyboard = null;
let early = null;

/* What is typed while they are fetched waits; once one of them has put the pen on a text, the rest is text. */
function fetched(module) {
  keyboard = module;
  for (const key of early) {
    if (document.activeElement?.closest(TEXT)) document.execCommand("insertText", false, key);
    else keyboard.pressed(key);
  }
}

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (event.defaultPrevented || event.isComposing || altKey || !live.user) return;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() !== "k" || shiftKey || document.querySelector("dialog[open]:not(#palette)")) return;
    event.preventDefault();
    import("memo/conversations/palette").then(({ toggle }) => toggle());
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
  import("memo/conversations/palette").then(({ toggle }) => toggle());
});
