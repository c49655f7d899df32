/* Which rows are ticked, and what is done with them. Fetched with the first tick or key.

   picked()           the Set of conversations
   toggleRow(row)     ticks or unticks one · pick(row, event) a click on a tick; with Shift all from the last one on
   act(verb, ids)     the verb for these conversations alone: one answer, with what was skipped and why, and Undo
   actPicked(verb)    the verb for what is ticked, or for all that match; nothing is ticked afterwards */

import { renderStreamMessage } from "@hotwired/turbo";
import { live } from "memo/conversations/live";
import { post } from "memo/ui/csrf";
import { uuid } from "memo/ui/ids";
import { toast } from "memo/ui/toast";

let last = null;
let waiting = Promise.resolve();

export const picked = () => (live.picked ??= new Set());

const form = () => document.getElementById("bulk-form");
const rows = () => [...document.querySelectorAll(".rows > li:has(> .pick)")];

function set(row, on) {
  const pick = row.querySelector(".pick");
  if (!pick) return;
  pick.checked = on;
  if (on) picked().add(row.dataset.c);
  else picked().delete(row.dataset.c);
}

export function toggleRow(row) {
  if (!form()) return false;
  set(row, !picked().has(row.dataset.c));
  last = row.dataset.c;
  say();
  return true;
}

export function pick(row, { shiftKey, on = true }) {
  const all = rows();
  const from = all.findIndex((one) => one.dataset.c === last);
  const to = all.indexOf(row);
  if (!shiftKey || from < 0) {
    set(row, shiftKey || on);
  } else {
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(one, true);
  }
  last = row.dataset.c;
  say();
}

export function clear() {
  picked().clear();
  last = null;
  for (const one of document.querySelectorAll(".pick:checked")) one.checked = false;
  const bar = form();
  if (bar) bar.elements.all.checked = false;
  say();
}

/** The number, for those who look and those who listen; with “all that match” the server's number. */
async function say() {
  const bar = form();
  if (!bar) return;
  const place = bar.querySelector("[data-picked]");
  let number = String(picked().size);
  if (bar.elements.all.checked) {
    const response = await fetch(bar.dataset.count, { headers: { Accept: "application/json", "X-Memo-Fetch": "1" } });
    const { count, most } = response.ok ? await response.json() : { count: "…" };
    number = `${Number(count).toLocaleString(document.documentElement.lang)}${most ? "+" : ""}`;
  }
  place.textContent = bar.dataset.many.replace("{number}", number);
}

/** One after the other: two quick presses are two answers, in their order. `all`: whatever matches, not `ids` alone. */
export function act(verb, ids, { all = false } = {}) {
  const bar = form();
  if (!bar) return false;
  const fields = { do: verb, key: uuid(), c: ids, tag: bar.elements.tag?.value ?? "", to: bar.elements.to?.value ?? "", ...(all ? { all: "1" } : {}) };
  const { action } = bar;
  waiting = waiting.then(() => send(action, fields));
  return true;
}

export function actPicked(verb) {
  const bar = form();
  if (!bar) return false;
  const ids = [...picked()];
  act(verb, ids, { all: bar.elements.all.checked && ids.length > 0 });
  if (ids.length) clear();
  document.getElementById("bulk-more")?.hidePopover?.();
  return true;
}

async function send(action, fields) {
  try {
    const response = await post(action, fields);
    renderStreamMessage(await response.text());
  } catch {
    toast(document.querySelector("memo-offline")?.textContent.trim() ?? "", { kind: "bad" });
  }
}

/** Runs whose toast is still counting: a frame that nobody read may have been the one with their end. */
export function catchUp(toasts) {
  return Promise.all(toasts.map(async ({ id }) => {
    const answer = await fetch(`/conversations/bulk/${id.replace("bulk-", "")}/`, { headers: { Accept: "text/vnd.turbo-stream.html", "X-Memo-Fetch": "1" } });
    if (answer.ok) renderStreamMessage(await answer.text());
    else document.getElementById(id)?.remove();
  }));
}

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (target !== form() || !submitter) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { tag } = target.elements;
  if ("byEnter" in submitter.dataset && document.activeElement !== tag) return; // Enter on a tick means nothing
  if (/tag$/.test(submitter.value) && !tag?.value.trim()) return void tag?.focus();
  actPicked(submitter.value);
}, true); // before Turbo's own

document.addEventListener("reset", (event) => event.target === form() && clear());
document.addEventListener("change", ({ target }) => {
  if (target !== form()?.elements.all) return;
  if (target.checked) for (const row of rows()) set(row, true);
  say();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !picked().size || document.querySelector(":popover-open")) return;
  if (!event.target.closest?.("dialog, [popover], textarea, input:not([type=checkbox])")) clear();
});
