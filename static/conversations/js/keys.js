/* Single keys: J K go through the list, Enter opens, R and I write, A N answer an offer, E closes, / searches, ? shows them all.
   They can be switched off (WCAG 2.1.4) and never disturb somebody who types. */

import { live } from "memo/conversations/live";

const OFF = "memo-keys-off";

function off() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function press(selector) {
  const button = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);
  button?.click();
  return Boolean(button);
}

function write(kind) {
  const composer = document.querySelector("memo-composer");
  composer?.turn(kind);
  return Boolean(composer);
}

function step(by) {
  const links = document.querySelector("memo-list")?.links ?? [...document.querySelectorAll("#list .crow")];
  if (!links.length) return false;
  const focused = links.indexOf(document.activeElement.closest?.(".crow"));
  const open = links.findIndex((link) => link.hasAttribute("aria-current"));
  const at = focused >= 0 ? focused + by : open >= 0 ? open + by : 0;
  const link = links[Math.max(0, Math.min(at, links.length - 1))];
  link.focus();
  link.scrollIntoView({ block: "nearest" });
  return true;
}

function search() {
  const field = document.getElementById("search-field");
  if (!field?.getClientRects().length) return location.assign("/search/") ?? true;
  field.focus();
  field.select();
  return true;
}

/* It stands in the menu, open or not. */
function follow() {
  const button = document.querySelector("#thread-menu [data-verb=follow]");
  button?.click();
  return Boolean(button);
}

/* In the thread's own card first, then in a banner. */
const offer = (button) => press(`#thread-ring .ring ${button}`) || press(`memo-rings .ring ${button}`);

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => write("reply"),
  i: () => write("internal"),
  a: () => offer(".yes"),
  n: () => offer(".no"),
  e: () => press("[data-verb=close] button, #thread-menu [action$='/close/'] button"),
  s: () => press("[data-verb=snooze]"),
  f: () => follow(),
  "/": () => search(),
  "?": () => help(),
};

function help() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog) return false;
  const box = dialog.querySelector("[data-keys]");
  box.checked = !off();
  box.onchange = () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  dialog.showModal();
  return true;
}

// Ctrl+K and ⌘K lead to the search from everywhere, also from a text that is being written.
document.addEventListener("keydown", (event) => {
  const chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  if (!chord || event.defaultPrevented || !live.user || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  search();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !live.user) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog, [popover]")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (off() && event.key !== "?")) return;
  if (act()) event.preventDefault();
});

document.addEventListener("click", (event) => event.target.closest("[data-show-keys]") && help());
