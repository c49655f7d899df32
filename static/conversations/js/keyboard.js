/* What single keys do. A person can switch them off (WCAG 2.1.4). The rule is always the same: what is selected comes first,
   then the row that has the focus, then the open conversation. */

import { cache, visit } from "@hotwired/turbo";
import { act, actPicked, picked, toggleRow } from "memo/conversations/picking";
import { leaveUnread } from "memo/conversations/unread";
import { post } from "memo/ui/csrf";

const GO_MS = 1_500;
/* G, then: */
const PLACES = {
  c: "/conversations/",
  o: "/conversations/?view=open",
  m: "/conversations/?view=mine",
  u: "/conversations/?view=unassigned",
  i: "/conversations/?view=internal",
  d: "/conversations/?view=direct",
  a: "/archive/",
  p: "/contacts/",
  b: "/companies/",
  s: "/settings/",
};
let going = 0;

const kept = () => document.querySelector("memo-live").dataset;
const off = () => kept().keys === "off";

async function turn(box) {
  const on = box.checked;
  const keep = (value) => (kept().keys = value ? "on" : "off");
  keep(on);
  const answer = await post(box.dataset.keys, on ? { single_keys: "on" } : {}).catch(() => null);
  if (!answer?.ok) keep((box.checked = !on));
  cache.clear(); // pages that are kept know it otherwise
}

const seen = (one) => one.getClientRects().length > 0;
const focusedRow = () => document.activeElement?.closest(".rows > li");

/** Presses the first of these; what lies in a closed menu is shown first and waits for Enter when it is a menu itself. */
function press(selector) {
  const all = [...document.querySelectorAll(selector)];
  const button = all.find(seen) ?? all.find((one) => one.closest("[popover]"));
  if (!button) return false;
  if (seen(button) || button.form) button.click();
  else reveal(button);
  return true;
}

function reveal(item) {
  item.closest("[popover]").showPopover();
  item.focus();
  return true;
}

function write(kind) {
  const composer = document.querySelector("memo-composer");
  composer?.turn(kind);
  return Boolean(composer);
}

function step(by) {
  const links = document.querySelector("memo-list")?.links ?? [...document.querySelectorAll("#list .crow")];
  if (!links.length) return false;
  const focused = links.indexOf(focusedRow()?.querySelector(".crow"));
  const open = links.findIndex((link) => link.hasAttribute("aria-current"));
  const at = focused >= 0 ? focused + by : open >= 0 ? open + by : 0;
  const link = links[Math.max(0, Math.min(at, links.length - 1))];
  link.focus();
  link.scrollIntoView({ block: "nearest" });
  return true;
}

function search() {
  const field = document.getElementById("search-field");
  if (!field || !seen(field)) return visit("/search/") ?? true;
  field.focus();
  field.select();
  return true;
}

/* In the thread's own card first, then in a banner. */
const offer = (button) => press(`#thread-ring .ring ${button}`) || press(`memo-rings .ring ${button}`);

/** The verb for what is selected or focused; the focus goes on to the next row, for this one may leave the list. */
function forRows(verb) {
  if (picked().size) return actPicked(verb);
  const row = focusedRow();
  if (!row) return false;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (verb === "close") next?.querySelector(".crow")?.focus();
  return act(verb, [row.dataset.c]);
}

function select() {
  const row = focusedRow() ?? document.querySelector(".rows > li:has(> [aria-current])");
  if (!row) return false;
  if (!focusedRow()) row.querySelector(".crow").focus();
  return toggleRow(row);
}

/** What rings at me is accepted; else: to whom should the selected ones, or the open conversation, be assigned? */
function assign() {
  if (offer(".yes")) return true;
  if (picked().size) return press("[popovertarget=bulk-more]");
  const items = "#thread-menu form[action$='/assign/'] .item";
  const item = document.querySelector(`#thread-menu [aria-labelledby=assign-label] .item`) ?? document.querySelector(items);
  return item ? reveal(item) : false;
}

function unread() {
  if (forRows("unread")) return true;
  const thread = document.querySelector("memo-thread");
  if (!thread || thread.asked) return false;
  leaveUnread(thread);
  return true;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: select,
  r: () => write("reply"),
  i: () => write("internal"),
  a: assign,
  n: () => offer(".no"),
  e: () => forRows("close") || press("[data-verb=close] button, #thread-menu [action$='/close/'] button, #thread-head [action$='/archive/'] button"),
  s: () => press(picked().size ? "[popovertarget=bulk-more]" : "[data-verb=snooze]"),
  f: () => {
    const button = document.querySelector("#thread-menu [data-verb=follow]"); // in the menu, open or not
    button?.click();
    return Boolean(button);
  },
  u: unread,
  g: () => (going = Date.now()),
  "/": search,
  "?": () => help(),
};

/** Whether the key meant something. */
export function pressed(key) {
  const name = key.toLowerCase();
  if (off() && name !== "?") return false;
  const place = Date.now() - going < GO_MS && PLACES[name];
  going = 0;
  if (place) return visit(place) ?? true;
  return Boolean(KEYS[name]?.());
}

export function help() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog) return false;
  const box = dialog.querySelector("[data-keys]");
  box.checked = !off();
  box.onchange = () => turn(box);
  dialog.showModal();
  return true;
}
