/* At a message: reply with quote, link, unread from here, change, what it said before, delete. One bar and one menu for
   all lines. */

import { fragment } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { quote } from "memo/conversations/quoting";
import { leaveUnread } from "memo/conversations/unread";
import { place } from "memo/ui/menu";
import { toast } from "memo/ui/toast";

const EDIT_MS = 15 * 60_000;
let bar = null;
let line = null;

const thread = () => document.querySelector("memo-thread");
const menu = () => document.getElementById("message-menu");
const isOwn = (one) => one.dataset.author === `user:${live.user}`;
const inTime = (one) => live.now() - Date.parse(one.dataset.at) < EDIT_MS;
const path = (one) => `/conversations/${one.dataset.c}/messages/${one.id.slice(2)}/`;

/** The bar moves to the line that is pointed at or holds the focus. */
export function show(one) {
  const template = document.getElementById("message-tools");
  if (!template || one.matches(".pending, .failed")) return;
  if (!bar) {
    bar = template.content.firstElementChild.cloneNode(true);
    bar.addEventListener("click", ({ target }) => act(target.closest("button"), bar.closest("li")));
  }
  bar.querySelector("[data-quote]").hidden = !thread().querySelector("memo-composer");
  const more = one.querySelector(".msg-more");
  if (bar.nextElementSibling !== more) more.before(bar);
}

/** The menu, beside the line's “…”. */
export function open(one) {
  const pop = menu();
  if (!pop) return;
  line = one;
  const own = isOwn(one);
  pop.querySelector("[data-quote]").hidden = !thread().querySelector("memo-composer");
  pop.querySelector("[data-unread]").hidden = thread().asked;
  pop.querySelector("[data-edit]").hidden = !own || !inTime(one);
  pop.querySelector("[data-history]").hidden = !one.querySelector(".edited");
  pop.querySelector("[data-delete]").hidden = !own;
  pop.querySelector("[data-delete]").action = `${path(one)}delete/`;
  if (!pop.dataset.ready) prepare(pop);
  pop.showPopover();
  const rtl = getComputedStyle(pop).direction === "rtl";
  const view = { width: innerWidth, height: innerHeight };
  const at = place(one.querySelector(".msg-more").getBoundingClientRect(), pop.getBoundingClientRect(), view, rtl);
  pop.style.left = `${at.left}px`;
  pop.style.top = `${at.top}px`;
  items(pop)[0].focus();
}

const items = (pop) => [...pop.querySelectorAll(".item")].filter((item) => item.getClientRects().length);

function prepare(pop) {
  pop.dataset.ready = "1";
  pop.addEventListener("click", ({ target }) => {
    const button = target.closest("button.item");
    if (!button) return;
    if (button.type === "button") act(button, line);
    setTimeout(() => pop.matches(":popover-open") && pop.hidePopover());
  });
  pop.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = items(pop);
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  });
  pop.addEventListener("toggle", ({ newState }) => newState === "closed" && line?.contains(document.activeElement) === false && back());
}

/* Closed without doing anything: the focus goes back to where the menu was opened. */
function back() {
  if (document.activeElement === document.body) line?.querySelector(".msg-more")?.focus({ preventScroll: true });
}

function act(button, one) {
  if (!button || !one) return;
  if ("quote" in button.dataset) quote(thread().querySelector("memo-composer"), one);
  else if ("link" in button.dataset) copy(one);
  else if ("unread" in button.dataset) leaveUnread(thread(), { [one.dataset.c === thread().c ? "seq" : "side_seq"]: one.dataset.seq });
  else if ("edit" in button.dataset) edit(one);
  else if ("history" in button.dataset) history(one);
}

async function copy(one) {
  const beside = one.dataset.c === thread().c ? "at" : "side_at";
  const address = `${location.origin}/conversations/${thread().c}/?${beside}=${one.dataset.seq}#${one.id}`;
  try {
    await navigator.clipboard.writeText(address);
    toast(menu().dataset.copied);
  } catch {
    toast(address); // no clipboard without https: here it can be copied by hand
  }
}

async function piece(one, frame) {
  const response = await fetch(path(one), { headers: { "Turbo-Frame": frame, "X-Memo-Fetch": "1" } });
  return response.ok ? fragment(await response.text()).firstElementChild : null;
}

/** The text becomes a field, in its place. */
export async function edit(one) {
  if (document.getElementById("message-edit")) return document.getElementById("edit-body").focus();
  const form = await piece(one, "message-edit");
  const text = one.querySelector(".text");
  if (!form?.matches("form") || !one.isConnected) return undefined;
  one.classList.add("editing");
  if (text) text.after(form);
  else one.querySelector(".media").before(form);
  const field = form.querySelector("textarea");
  field.setSelectionRange(field.value.length, field.value.length);
  return field.focus();
}

function leave() {
  const form = document.getElementById("message-edit");
  const one = form?.closest("li");
  form?.remove();
  one?.classList.remove("editing");
  one?.querySelector(".msg-more")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#messages #message-edit [data-cancel]")) return;
  event.preventDefault();
  leave();
});
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "edit-body" || event.isComposing) return;
  if (event.key === "Escape") leave();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
  else return;
  event.preventDefault();
});
document.addEventListener("turbo:before-cache", () => bar?.remove());

/** One's newest message that may still be changed. */
export function editLast() {
  const own = [...(thread()?.list.querySelectorAll("li[data-seq]:not(.pending, .failed)") ?? [])].filter(isOwn).at(-1);
  if (own && inTime(own) && own.querySelector(".msg-more")) edit(own);
}

/** Earlier texts, in a dialog. */
export async function history(one) {
  const dialog = document.getElementById("message-history-dialog");
  const inside = await piece(one, "message-history");
  if (!dialog || !inside) return;
  dialog.querySelector("[data-inside]").replaceChildren(inside);
  dialog.showModal();
}
