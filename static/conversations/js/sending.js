/* One's own messages before the server has them: shown at once, sent in order, once; what was refused waits for a word. */

import { place, tidy } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { headers } from "memo/ui/csrf";
import { Outbox } from "memo/ui/outbox";

let box = null;
const failedKey = () => `memo-failed-${live.user}`;

function post(url, fields) {
  return fetch(url, {
    method: "POST",
    body: JSON.stringify(fields),
    headers: { ...headers(), Accept: "application/json", "Content-Type": "application/json", "X-Memo-Fetch": "1" },
    signal: AbortSignal.timeout(20_000),
  });
}

/** A random UUID, also where the page is not served by https. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

function outbox() {
  if (box) return box;
  box = new Outbox(live.user, { send: post });
  box.addEventListener("sent", ({ detail }) => sent(detail));
  box.addEventListener("refused", ({ detail }) => refused(detail));
  box.addEventListener("signin", () => location.reload());
  live.socket.addEventListener("open", () => box.flush());
  for (const type of ["offline", "online"]) live.socket.addEventListener(type, () => words());
  return box;
}

function failed(entries) {
  try {
    if (!entries) return JSON.parse(localStorage.getItem(failedKey()) ?? "[]");
    if (entries.length) localStorage.setItem(failedKey(), JSON.stringify(entries));
    else localStorage.removeItem(failedKey());
  } catch {
    /* without storage they live as long as the page */
  }
  return entries ?? [];
}

const thread = () => document.querySelector("memo-thread");
const lineOf = (id) => document.getElementById(`m-${id}`);

/** Shows a message and sends it. `files`: what the uploads answered. */
export function send({ c, url, kind, body, files }) {
  const id = uuid();
  const attachments = files.map((file) => file.id);
  const entry = { id, url, c, files, fields: { client_id: id, kind, body, attachments } };
  show(entry);
  thread()?.toEnd();
  outbox().add(entry);
}

/** A thread was opened: what still waits or was refused stands in it again; what is gone from there, is gone. */
export function restore() {
  const list = thread()?.list;
  if (!list) return;
  const { c } = thread().dataset;
  const waiting = outbox().entries.filter((entry) => entry.c === c);
  const refusals = failed().filter((entry) => entry.c === c);
  for (const line of list.querySelectorAll(".pending, .failed")) line.remove();
  for (const entry of [...waiting, ...refusals]) if (!lineOf(entry.id)) show(entry);
  for (const entry of refusals) mark(entry);
  words();
}

function show({ id, files, fields }) {
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
  for (const line of page?.list.querySelectorAll(".pending") ?? []) line.querySelector("[data-state]").textContent = text;
}

/* Another tab sent it, or this one: the real line comes by the socket; until then this one stands for it. */
function sent({ entry, html }) {
  const line = lineOf(entry.id);
  if (!line || !html) return;
  const { message } = JSON.parse(html);
  if (!line.classList.contains("pending")) return;
  line.classList.remove("pending");
  Object.assign(line.dataset, { c: message.c, seq: message.seq, at: message.at });
  line.querySelector("[data-state]").textContent = "";
  const page = thread();
  place(page.list, line);
  tidy(page.list);
  page.states();
}

function refused({ entry, text }) {
  let reason = "";
  try {
    reason = JSON.parse(text).message;
  } catch {
    /* not one of our answers */
  }
  const one = { ...entry, reason };
  failed([...failed().filter(({ id }) => id !== entry.id), one]);
  mark(one);
}

function mark(entry) {
  const line = lineOf(entry.id);
  if (!line) return;
  line.classList.remove("pending");
  line.classList.add("failed");
  const { failed: word, again, discard } = thread().words;
  const state = line.querySelector("[data-state]");
  state.replaceChildren(`${word}${entry.reason ? `: ${entry.reason}` : ""} `);
  state.append(button(again, () => retry(entry)), " · ", button(discard, () => forget(entry)));
}

function button(label, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: label });
  made.addEventListener("click", run);
  return made;
}

function retry({ reason: _reason, ...entry }) {
  forget(entry);
  show(entry);
  outbox().add(entry);
}

function forget(entry) {
  failed(failed().filter(({ id }) => id !== entry.id));
  lineOf(entry.id)?.remove();
}

document.addEventListener("memo:thread", ({ detail }) => detail && restore());
