/* Saved replies and variables: “/” or “{{” in the text opens the list, ↑ ↓ choose, Enter or Tab puts the text in, Esc leaves.
   The focus stays in the text area; the chosen one is told by aria-activedescendant. Loaded when first wanted. */

import { found } from "memo/conversations/fitting";
import { warn } from "memo/conversations/held";
import { TEXTS } from "memo/conversations/offering";
import { post } from "memo/ui/csrf";

const FRESH_MS = 60_000;
/* conversation and words → {at, answer}: the texts with its values in them; and what is being asked for. */
const known = new Map();
const asked = new Map();
const lists = new WeakMap();

async function texts(composer, query = "") {
  const { c, texts: url } = composer.dataset;
  const kept = known.get(c + query);
  if (kept && Date.now() - kept.at < FRESH_MS) return kept.answer;
  if (!asked.has(c + query)) asked.set(c + query, ask(c, query, url).finally(() => asked.delete(c + query)));
  return asked.get(c + query);
}

async function ask(c, query, url) {
  const response = await fetch(query ? `${url}?${new URLSearchParams({ q: query })}` : url, {
    headers: { Accept: "application/json", "X-Memo-Fetch": "1" },
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(String(response.status));
  const answer = await response.json();
  known.set(c + query, { at: Date.now(), answer });
  return answer;
}

class List {
  #composer;
  #box;
  #first; // a line that leads to the first one
  #rows = [];
  #chosen = 0;
  #turn = 0;
  #dismissed = "";

  constructor(composer) {
    this.#composer = composer;
    this.#box = composer.querySelector("template[data-texts]").content.firstElementChild.cloneNode(true);
    this.#box.id = "composer-texts";
    this.#box.hidden = true;
    this.#first = this.#box.firstElementChild;
    composer.form.prepend(this.#box);
    const { body } = composer;
    body.setAttribute("aria-autocomplete", "list");
    body.setAttribute("aria-haspopup", "listbox");
    composer.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    composer.addEventListener("focusout", () => setTimeout(() => composer.contains(document.activeElement) || this.close()));
    for (const type of ["click", "keyup"]) body.addEventListener(type, () => this.#place() ?? this.close());
    this.#box.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#box.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#take([...this.#box.children].indexOf(option));
    });
  }

  /* What is asked for at the caret: {what, query, from}. */
  #place() {
    const { value, selectionStart: caret } = this.#composer.body;
    const before = value.slice(0, caret);
    for (const [what, pattern] of Object.entries(TEXTS)) {
      const match = pattern.exec(before);
      if (!match) continue;
      const length = what === "variables" ? match[0].length : match[1].length + 1;
      return { what, query: match[1], from: caret - length };
    }
    return null;
  }

  async look() {
    const place = this.#place();
    if (!place || `${place.what} ${place.from}` === this.#dismissed) return this.close();
    const turn = (this.#turn += 1);
    const { dataset } = this.#box;
    try {
      let answer = known.get(this.#composer.dataset.c)?.answer ?? (this.#say(dataset.busy), await texts(this.#composer));
      if (place.what === "replies" && answer.more && place.query) answer = await texts(this.#composer, place.query);
      if (turn !== this.#turn) return undefined;
      if (place.what === "replies" && !place.query && !answer.replies.length) return this.#nothing();
      return this.#show(found(place.query, answer[place.what]), place);
    } catch {
      return this.#say(dataset.failed);
    }
  }

  #say(text) {
    this.#rows = [];
    const line = Object.assign(document.createElement("p"), { className: "muted", role: "option", textContent: text });
    line.setAttribute("aria-disabled", "true");
    this.#box.setAttribute("role", "listbox");
    this.#box.replaceChildren(line);
    this.#box.hidden = false;
  }

  /* There is none at all: where one is made. */
  #nothing() {
    this.#say("");
    this.#box.setAttribute("role", "status"); // nothing to choose from
    this.#box.replaceChildren(this.#first);
  }

  #show(rows, { what, query }) {
    if (!rows.length) return query ? this.close() : this.#say(this.#box.dataset.none);
    this.#rows = rows.map((row) => ({ ...row, what }));
    this.#box.setAttribute("role", "listbox");
    this.#box.setAttribute("aria-label", this.#box.dataset[what]);
    this.#box.replaceChildren(...rows.map((row, at) => this.#option(row, what, at)));
    this.#box.hidden = false;
    this.#composer.body.setAttribute("aria-controls", this.#box.id);
    return this.#choose(0);
  }

  #option(row, what, at) {
    const option = Object.assign(document.createElement("div"), { id: `composer-text-${at}` });
    option.setAttribute("role", "option");
    const name = Object.assign(document.createElement("b"), { textContent: row.title });
    const short = what === "replies" ? row.shortcut && `/${row.shortcut}` : `{{${row.shortcut}}}`;
    const code = Object.assign(document.createElement("code"), { textContent: short });
    const words = (what === "replies" ? row.text : row.value) || this.#box.dataset.empty;
    const text = Object.assign(document.createElement("small"), { textContent: words.slice(0, 160), dir: "auto" });
    option.append(name, ...(short ? [" ", code] : []), text);
    return option;
  }

  #choose(at) {
    this.#chosen = (at + this.#rows.length) % this.#rows.length;
    [...this.#box.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === this.#chosen)));
    const option = this.#box.children[this.#chosen];
    option.scrollIntoView({ block: "nearest" });
    this.#composer.body.setAttribute("aria-activedescendant", option.id);
  }

  #pressed(event) {
    if (this.#box.hidden || event.target !== this.#composer.body || event.isComposing) return;
    const { key } = event;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (key === "Escape") this.#leave();
    else if (!this.#rows.length || !plain) return;
    else if (key === "ArrowDown" || key === "ArrowUp") this.#choose(this.#chosen + (key === "ArrowDown" ? 1 : -1));
    else if (key === "Enter" || key === "Tab") this.#take(this.#chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #leave() {
    const { what, from } = this.#place() ?? {};
    this.#dismissed = `${what} ${from}`;
    this.close();
  }

  #take(at) {
    const place = this.#place();
    const row = this.#rows[at];
    if (!place || !row) return this.close();
    this.close();
    const reply = row.what === "replies";
    this.#composer.insert(reply ? row.text : row.value, place.from, this.#composer.body.selectionEnd);
    if (reply) post(`/replies/${row.id}/used/`, {}).catch(() => {});
    const missing = reply ? row.missing : row.value ? [] : [row.title];
    if (missing.length) warn(this.#composer, `${this.#box.dataset.missing} ${missing.join(", ")}`);
    return undefined;
  }

  close() {
    this.#turn += 1;
    this.#rows = [];
    this.#box.hidden = true;
    this.#composer.body.removeAttribute("aria-activedescendant");
    this.#composer.body.removeAttribute("aria-controls");
  }
}

function listOf(composer) {
  if (!lists.has(composer)) lists.set(composer, new List(composer));
  return lists.get(composer);
}

/** The caret stands behind “/…” or “{{…”. */
export function offer(composer) {
  return listOf(composer).look();
}

/** A button was pressed: the sign is typed for the writer, with a blank before it where a word ends. */
export function open(composer, what) {
  const { value, selectionStart } = composer.body;
  const blank = what === "replies" && selectionStart && !/\s$/.test(value.slice(0, selectionStart)) ? " " : "";
  composer.insert(blank + (what === "replies" ? "/" : "{{"));
  return listOf(composer).look();
}
