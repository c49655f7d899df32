/* The seconds in which a message can be taken back: a count-down with “Undo” and “Send now”. Loaded with the first one. */

import * as drafts from "memo/conversations/drafts";
import { button, lineOf } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { again, outbox } from "memo/conversations/sending";
import { postJson } from "memo/ui/csrf";
import { toast } from "memo/ui/toast";

const TICK_MS = 250;
/* How long undoing waits for the answer to a message that is just being sent up: the seconds run at the server. */
const ANSWER_MS = 1_500;
/* Those that are being taken back: their lines stay as they are. */
const taken = new Set();

/** The line of a message that waits: how long still, and what can be done about it. */
export function count(entry, due) {
  const line = lineOf(entry.id);
  const words = document.querySelector("memo-thread")?.words;
  if (!line?.classList.contains("pending") || !words || taken.has(entry.id)) return;
  clearInterval(line.count);
  const state = line.querySelector("[data-state]");
  const left = document.createElement("span");
  const now = button(words.sendNow, () => sendNow(entry, [undo, now]));
  const undo = button(words.undo, () => takeBack(entry, [undo, now]));
  state.replaceChildren(left, " · ", undo, " · ", now);
  line.dataset.waits = "";
  const tick = () => {
    const seconds = Math.ceil((due - live.now()) / 1000);
    const over = seconds <= 0 || !line.isConnected || lineOf(entry.id) !== line || !line.classList.contains("pending");
    if (over) {
      clearInterval(timer);
      delete line.dataset.waits;
      if (line.classList.contains("pending")) state.replaceChildren(words.sending);
    } else left.textContent = words.sendingIn.replace("{seconds}", seconds);
  };
  const timer = (line.count = setInterval(tick, TICK_MS));
  tick();
}

/** The same for what the page shows below the thread: sent from another tab, or before a reload. */
export function countBelow() {
  for (const box of document.querySelectorAll("#thread-later [data-undo]:not([hidden])")) {
    if (box.count) continue;
    const tick = () => {
      const words = document.querySelector("memo-thread")?.words;
      const seconds = Math.ceil((Date.parse(box.dataset.due) - live.now()) / 1000);
      const text = seconds > 0 ? words?.sendingIn.replace("{seconds}", seconds) : words?.sending;
      if (!box.isConnected || !words || lineOf(box.dataset.later)) clearInterval(box.count);
      else if (box.querySelector("[data-left]")) box.querySelector("[data-left]").textContent = text;
    };
    box.count = setInterval(tick, TICK_MS);
    tick();
  }
}

/** Undo, or edit: the text stands in the composer again. `entry`: {id, c, url (of waiting messages), fields: {kind}, files}. */
export async function takeBack(entry, buttons = []) {
  for (const one of buttons) one.disabled = true;
  taken.add(entry.id);
  const slow = new Promise((resolve) => setTimeout(resolve, ANSWER_MS, ""));
  const outcome = await Promise.race([outbox().remove(entry.id), slow]);
  if (outcome !== "refused") await back(entry, buttons); // what was refused stands where it can be changed already
  taken.delete(entry.id);
}

async function back(entry, buttons) {
  const { id, c, url, fields } = entry;
  const composer = document.querySelector(`memo-composer[data-c="${CSS.escape(c)}"]`);
  composer?.turn(fields.kind);
  const torn = drafts.other(c, fields.kind); // the writer is being asked for one of two: neither goes over the other
  const now = composer && !torn ? { body: composer.body.value, files: composer.files.map((file) => file.id) } : {};
  let answer = null;
  try {
    const response = await postJson(`${url}${id}/back/`, { kind: fields.kind, ...now });
    answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
  } catch (error) {
    for (const one of buttons) one.disabled = false;
    toast(answer?.message ?? document.querySelector("memo-thread")?.words.waiting ?? `${error}`, { kind: "bad" });
    if (!answer && fields.client_id) again(entry); // it may not have left this browser yet
    return;
  }
  lineOf(id)?.remove();
  document.querySelector(`[data-later="${CSS.escape(id)}"]`)?.remove();
  if (answer.draft) {
    if (!torn) drafts.write(c, fields.kind, { body: answer.draft.body, files: answer.draft.files });
    drafts.heard({ ...answer.draft, tab: "" });
    composer?.reload();
  } else composer?.putBack({ body: fields.body, files: entry.files });
  const answered = lineOf(answer.quote ?? fields.quote);
  if (composer && answered) (await import("memo/conversations/quoting")).quote(composer, answered);
  composer?.body.focus();
}

async function sendNow({ id, url }, buttons) {
  for (const one of buttons) one.disabled = true;
  while (outbox().entries.some((one) => one.id === id) && buttons[0].isConnected) {
    await new Promise((resolve) => setTimeout(resolve, 50)); // it must be there before it can be sent
  }
  const response = await postJson(`${url}${id}/send/`, {}).catch(() => null);
  if (response?.ok) return;
  for (const one of buttons) one.disabled = false;
  if (response) toast((await response.json()).message, { kind: "bad" });
}

/** A form of a waiting message in the page was pressed: what stands in the composer goes along. */
export function pressed(form) {
  const { later, kind } = form.closest("[data-later]").dataset;
  const { c } = document.querySelector("memo-thread").dataset;
  const url = form.action.slice(0, form.action.indexOf(later));
  return takeBack({ id: later, c, url, fields: { kind, body: "" }, files: [] }, [...form.querySelectorAll("button")]);
}
