/* What was begun and not sent: one draft per person, conversation and readers. Kept here at once, told to the server a
   moment later. The newer version wins; two that differ are never mixed: the writer chooses.
   changes “draft”, detail {c, kind}: another tab or device wrote; other(c, kind) if the writer must choose. */

import { live } from "memo/conversations/live";
import { headers } from "memo/ui/csrf";
import { uuid } from "memo/ui/ids";

export const PREFIX = "memo-draft-";
const SOON_MS = 1_000;
const LATER_MS = 5_000;
const tab = uuid();
const key = (c, kind) => `${PREFIX}${live.user}-${c}-${kind}`;

export const changes = new EventTarget();

/* key → {url, version, timer, running, sent}: how far the server is. */
const sheets = new Map();

function sheet(c, kind) {
  const name = key(c, kind);
  if (!sheets.has(name)) sheets.set(name, { c, kind, url: "", version: stored(c, kind).version ?? 0, timer: null });
  return sheets.get(name);
}

function stored(c, kind) {
  try {
    return JSON.parse(localStorage.getItem(key(c, kind)) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

function keep(c, kind, { body, files }, dirty) {
  const { version } = sheet(c, kind);
  show(c, body, files.length);
  try {
    const entry = JSON.stringify({ body, files, version, dirty, tab, at: Date.now() });
    if (body.trim() || files.length || dirty) localStorage.setItem(key(c, kind), entry);
    else localStorage.removeItem(key(c, kind));
    return true;
  } catch {
    return false;
  }
}

const same = (one, two) => one.body === two.body && `${one.files.map(({ id }) => id)}` === `${two.files.map(({ id }) => id)}`;

/* In the list: “Draft: …”, or how many files it is. */
function show(c, body, files) {
  const mark = document.getElementById(`row-${c}`)?.querySelector("[data-draft]");
  if (!mark) return;
  const { oneFile = "", manyFiles = "" } = mark.closest("memo-list")?.dataset ?? {};
  const words = body.trim() || !files ? body : (files === 1 ? oneFile : manyFiles).replace("{number}", files);
  mark.hidden = !words.trim();
  mark.querySelector("bdi").textContent = words.replace(/\s+/g, " ").slice(0, 80);
}

/** {body, files}; empty when nothing was begun. */
export function read(c, kind) {
  return { body: "", files: [], ...stored(c, kind) };
}

/** What the page or the server knows of a draft: shown where nothing newer was written here. */
export function know(c, kind, url, draft) {
  const one = sheet(c, kind);
  one.url = url;
  const mine = stored(c, kind);
  if (!draft || draft.version <= one.version) {
    if (mine.dirty) tell(one, SOON_MS);
    return;
  }
  one.version = draft.version;
  if (mine.dirty && (mine.body || mine.files?.length) && !same(mine, draft) && (draft.body || draft.files.length)) {
    one.held = draft;
    return;
  }
  if (mine.dirty && mine.body) tell(one, SOON_MS);
  else keep(c, kind, draft, false);
}

/** What another device wrote while this one has something else unsaved; null as a rule. */
export function other(c, kind) {
  return sheet(c, kind).held ?? null;
}

/** The writer chose: theirs becomes the draft, or this one goes over it. */
export function choose(c, kind, theirs) {
  const one = sheet(c, kind);
  const draft = one.held;
  one.held = null;
  if (theirs && draft) keep(c, kind, draft, false);
  else tell(one, 0);
}

/** Remembers the draft here at once and tells the server soon. Whether it is stored. */
export function write(c, kind, { body, files }) {
  const before = stored(c, kind);
  const one = sheet(c, kind);
  if (one.held && same(one.held, { body, files })) one.held = null; // theirs is what stands here now
  if (same({ body: "", files: [], ...before }, { body, files })) return true;
  const done = keep(c, kind, { body, files }, true);
  tell(one, SOON_MS);
  return done;
}

/** A file arrived for a sheet that is not shown any more: it stays with what was begun there. */
export function attach(c, kind, file) {
  const { body, files } = read(c, kind);
  write(c, kind, { body, files: [...files, file] });
  changes.dispatchEvent(new CustomEvent("draft", { detail: { c, kind } }));
}

/** It was sent: nothing of it stays. `told`: the server empties its copy by itself. */
export function sent(c, kind, told) {
  const one = sheet(c, kind);
  clearTimeout(one.timer);
  one.timer = null;
  one.held = null;
  keep(c, kind, { body: "", files: [] }, !told);
  if (!told) tell(one, 0);
}

/** Before the page goes away: what was not told yet goes along. */
export function flush() {
  for (const one of sheets.values()) if (one.timer) push(one, true);
}

function tell(one, ms) {
  if (one.held || !one.url) return;
  clearTimeout(one.timer);
  one.timer = setTimeout(() => push(one), ms);
}

async function push(one, leaving = false) {
  clearTimeout(one.timer);
  one.timer = null;
  if (one.running && !leaving) return void (one.again = true);
  const { body = "", files = [] } = stored(one.c, one.kind);
  one.running = true;
  try {
    const response = await fetch(one.url, {
      method: "POST",
      keepalive: leaving,
      body: JSON.stringify({ kind: one.kind, body, files: files.map(({ id }) => id), version: one.version, tab }),
      headers: { ...headers(), Accept: "application/json", "Content-Type": "application/json", "X-Memo-Fetch": "1" },
      ...(leaving ? {} : { signal: AbortSignal.timeout(15_000) }),
    });
    const { draft } = await response.json();
    if (response.ok) confirmed(one, draft, { body, files });
    else if (response.status === 409) arrived(one, draft, true);
    else if (response.status >= 500 || response.status === 429) tell(one, LATER_MS);
  } catch {
    if (!leaving) tell(one, LATER_MS);
  } finally {
    one.running = false;
    if (one.again) tell(one, 0);
    one.again = false;
  }
}

function confirmed(one, draft, pushed) {
  one.version = Math.max(one.version, draft.version);
  const now = read(one.c, one.kind);
  if (same(now, pushed)) keep(one.c, one.kind, now, false);
}

/* Another tab or device wrote. What is unsaved here is not thrown away for it; tabs of one browser share their store. */
function arrived(one, draft, refused = false) {
  if (draft.version <= one.version && !refused) return;
  const mine = read(one.c, one.kind);
  one.version = draft.version;
  const empty = !mine.body.trim() && !mine.files.length;
  const clash = mine.dirty && mine.tab === tab && !same(mine, draft) && Boolean(draft.body || draft.files.length);
  if (clash && !empty) one.held = draft;
  else if (!mine.dirty || empty || same(mine, draft)) keep(one.c, one.kind, draft, false);
  changes.dispatchEvent(new CustomEvent("draft", { detail: { c: one.c, kind: one.kind } }));
}

live.addEventListener("draft", ({ detail: { data } }) => heard(data));

/** A frame, or an answer that carries a draft. */
export function heard(draft) {
  if (draft.tab === tab) sheet(draft.c, draft.kind).version = Math.max(sheet(draft.c, draft.kind).version, draft.version);
  else arrived(sheet(draft.c, draft.kind), draft);
}
