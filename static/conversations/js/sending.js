/* One's own messages before the server has them: shown at once, sent in order, once. What was refused waits in refused.js,
   what is held back in held.js, what can be taken back in undo.js. */

import { fragment, lineOf, place, tidy } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { postJson } from "memo/ui/csrf";
import { uuid } from "memo/ui/ids";
import { Outbox } from "memo/ui/outbox";

let box = null;
/* Refused for what its author can change: it stands in the composer again. */
const TO_CHANGE = new Set(["answered_meanwhile", "empty_variables", "too_long", "too_many_files"]);
export const FAILED = "memo-failed-";

/** What waits for the server; one for the whole visit. */
export function outbox() {
  if (box) return box;
  box = new Outbox(live.user, { send: postJson });
  box.addEventListener("sent", ({ detail }) => sent(detail));
  box.addEventListener("refused", ({ detail }) => refused(detail));
  box.addEventListener("signin", () => location.reload());
  live.socket.addEventListener("open", () => box.flush());
  for (const type of ["offline", "online"]) live.socket.addEventListener(type, () => words());
  return box;
}

const thread = () => document.querySelector("memo-thread");

/** Shows a message and sends it. `files`: what the uploads answered; `fields`: when it goes, what its author has seen. */
export function send({ c, url, kind, body, files, fields = {} }) {
  const id = uuid();
  const attachments = files.map((file) => file.id);
  const entry = { id, url, c, files, fields: { client_id: id, kind, body, attachments, ...fields } };
  if (!fields.when) show(entry);
  if (!fields.when) thread()?.toEnd();
  if (fields.undo) counted(entry, live.now() + fields.undo * 1000);
  outbox().add(entry);
}

/** Once more: it could not be taken back. */
export function again(entry) {
  outbox().add(entry);
}

/** A thread was opened: what still waits or was refused stands in it again; what is gone from there, is gone. */
export function restore() {
  const list = thread()?.list;
  if (!list) return;
  const { c } = thread().dataset;
  const waiting = outbox().entries.filter((entry) => entry.c === c);
  for (const line of list.querySelectorAll(".pending, .failed")) line.remove();
  for (const entry of waiting) if (!lineOf(entry.id) && !entry.fields.when) show(entry);
  if (anyFailed()) import("memo/conversations/refused").then((refused) => refused.restore(c));
  words();
}

/** The line of a message that the server does not have yet. */
export function show({ id, files, fields }) {
  const page = thread();
  if (!page) return;
  const line = document.getElementById(`blank-${fields.kind}`).content.firstElementChild.cloneNode(true);
  line.id = `m-${id}`;
  line.dataset.at = new Date(live.now()).toISOString();
  for (const time of line.querySelectorAll("time")) time.dateTime = line.dataset.at;
  const text = line.querySelector(".text");
  if (fields.body) text.textContent = fields.body;
  else text.remove();
  const names = files.map(({ name }) => Object.assign(document.createElement("span"), { className: "file", textContent: name }));
  line.querySelector("[data-state]").before(...names);
  line.querySelector("[data-state]").textContent = live.socket.offline ? page.words.waiting : page.words.sending;
  page.show([line]);
}

function words() {
  const page = thread();
  const text = live.socket.offline ? page?.words.waiting : page?.words.sending;
  for (const line of page?.list.querySelectorAll(".pending:not([data-waits])") ?? []) line.querySelector("[data-state]").textContent = text;
}

/* Another tab sent it, or this one: the real line comes by the socket; until then this one stands for it. */
function sent({ entry, html }) {
  const line = lineOf(entry.id);
  if (!line || !html) return;
  const { message, waiting } = JSON.parse(html);
  if (waiting) return void waits(entry, waiting);
  if (!line.classList.contains("pending")) return;
  line.classList.remove("pending");
  Object.assign(line.dataset, { c: message.c, seq: message.seq, at: message.at });
  line.querySelector("[data-state]").textContent = "";
  const page = thread();
  place(page.list, line);
  tidy(page.list);
  page.states();
}

/* It stands there as it will be read: with bold words, lists and links. */
function waits(entry, { state, due_at: due, html }) {
  const line = lineOf(entry.id);
  if (state === "undone" || state === "returned") return void line?.remove();
  if (html) line?.querySelector(".text")?.replaceChildren(fragment(html));
  counted(entry, Date.parse(due));
}

function counted(entry, due) {
  import("memo/conversations/undo").then(({ count }) => count(entry, due)).catch(() => {}); // it goes without, too
}

function refused({ entry, text }) {
  let answer = {};
  try {
    answer = JSON.parse(text);
  } catch {
    /* not one of our answers */
  }
  if (entry.fields.when || TO_CHANGE.has(answer.error)) {
    lineOf(entry.id)?.remove();
    import("memo/conversations/held").then(({ hold }) => hold(entry, answer));
    return;
  }
  import("memo/conversations/refused").then(({ keep }) => keep(entry, answer.message ?? ""));
}

function anyFailed() {
  try {
    return Boolean(localStorage.getItem(FAILED + live.user));
  } catch {
    return false;
  }
}

/* It came back: the line goes, the word why stands at the edge of the page, the text in its draft. */
live.addEventListener("returned", ({ detail: { html, data } }) => {
  lineOf(data.id)?.remove();
  document.getElementById("toasts")?.append(fragment(html));
});

/* “Undo” and “Edit” of what the page itself shows; with scripts the composer's own text goes along. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("memo-thread form[data-back]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  import("memo/conversations/undo").then(({ pressed }) => pressed(event.target));
}, true);

/* What is shown as a line need not stand below the thread, too. */
function once() {
  const boxes = [...document.querySelectorAll("#thread-later [data-undo]")];
  for (const box of boxes) {
    const shown = Boolean(lineOf(box.dataset.later));
    if (box.hidden !== shown) box.hidden = shown;
  }
  if (boxes.some(({ hidden }) => !hidden)) import("memo/conversations/undo").then(({ countBelow }) => countBelow());
}

const below = new MutationObserver(once);

document.addEventListener("memo:thread", ({ detail }) => {
  below.disconnect();
  if (!detail) return;
  restore();
  once();
  const boxes = detail.querySelector("#thread-later");
  if (boxes) below.observe(boxes, { childList: true, subtree: true, attributeFilter: ["hidden"] });
  below.observe(detail.list, { childList: true });
});
