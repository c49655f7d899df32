/* <memo-composer>: two sheets, one pen. Drafts stay, files come along, Ctrl/⌘ + Enter sends, nothing is sent twice.
   Others hang on it: kind, body, files, insert(text, from, to), putBack({body, files}), bar (a place above the text);
   events: “input” of its text area, “memo:kind” of itself. */

import { Attached } from "memo/conversations/attached";
import { live } from "memo/conversations/live";
import { Pad } from "memo/conversations/pad";
import { send } from "memo/conversations/sending";
import { define, MemoElement } from "memo/ui/element";
import { toast } from "memo/ui/toast";

const TYPING_EVERY_MS = 2_000;
const LOOK_MS = 5_000;

class MemoComposer extends MemoElement {
  #uploads;
  #pad;
  #typed = 0;
  /** Sent whatever happened meanwhile: the writer has read the warning. */
  force = false;

  connected() {
    this.form = this.querySelector("form.sheet");
    this.body = this.form.elements.body;
    this.words = document.getElementById("thread-words").dataset;
    this.#uploads = new Attached(this);
    this.#pad = new Pad(this, this.#uploads);
    this.on(this.#uploads, "change", () => this.#pad.save());
    this.on(this, "change", ({ target }) => this.#changed(target));
    this.on(this.form, "submit", (event) => this.#submitted(event));
    this.on(this.body, "input", () => this.#written());
    this.on(this.body, "keydown", (event) => this.#pressed(event));
    const hint = this.querySelector("[data-send-hint]");
    hint.textContent = this.dataset.enter ? this.words.hintEnter : this.words.hint;
    hint.hidden = false;
    for (const name of ["replies", "variables"]) this.#opens(this.querySelector(`[data-${name}]`), name);
    this.#pad.begin();
  }

  gone() {
    this.#pad.save();
  }

  get kind() {
    const chosen = this.querySelector("[name=kind]:checked") ?? this.querySelector("[name=kind]");
    return chosen?.value ?? "reply";
  }

  get bar() {
    return this.querySelector("[data-bar]");
  }

  get files() {
    return this.#uploads.files;
  }

  /* The newest line that the writer has taken in: not a colleague's that came in these seconds, while writing. */
  get #seen() {
    const thread = this.closest("memo-thread");
    const since = Math.max(performance.now() - LOOK_MS, this.#pad.began ?? Infinity);
    const others = [...thread.list.querySelectorAll(`[data-c="${this.dataset.c}"][data-author^="user:"]`)];
    const fresh = others.find(({ shownAt, dataset }) => shownAt > since && dataset.author !== `user:${live.user}`);
    return fresh ? Number(fresh.dataset.seq) - 1 : (thread.cursor[this.dataset.c] ?? 0);
  }

  /** Turns to one of the sheets and puts the pen on it. */
  turn(kind) {
    const tab = this.querySelector(`[name=kind][value="${kind}"]`);
    if (tab && !tab.checked) {
      tab.checked = true;
      this.#changed(tab);
    }
    this.body.focus();
  }

  note(text) {
    toast(text, { kind: "bad" });
  }

  /** Text in the place of what stands between two positions; the browser's own undo knows of it. */
  insert(text, from = this.body.selectionStart, to = this.body.selectionEnd) {
    this.body.focus();
    this.body.setSelectionRange(from, to);
    if (text && document.execCommand("insertText", false, text)) return;
    this.body.setRangeText(text, from, to, "end");
    this.body.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** What was not sent stands in the sheet again, above what was begun meanwhile. */
  putBack({ body, files }) {
    const before = this.body.value;
    this.body.value = before && before.startsWith(body) ? before : [body, before].filter(Boolean).join("\n\n");
    this.#uploads.restore([...files, ...this.#uploads.files]);
    this.#pad.save();
    this.body.focus();
  }

  /** Shows the draft as it is stored now. */
  reload() {
    this.#pad.load();
  }

  #opens(button, what) {
    if (!button) return;
    button.hidden = false;
    this.on(button, "click", () => import("memo/conversations/texts").then(({ open }) => open(this, what)));
  }

  #changed(target) {
    if (target.name === "kind") {
      this.#pad.save(this.kind === "internal" ? "reply" : "internal");
      this.bar.replaceChildren();
      this.force = false;
      this.#pad.load();
      this.dispatchEvent(new Event("memo:kind"));
    } else if (target.matches("[data-files]")) {
      this.#uploads.add(target.files);
      target.value = "";
    }
  }

  #written() {
    this.#pad.written();
    if (this.body.value && Date.now() - this.#typed > TYPING_EVERY_MS) {
      const told = live.socket.send({ k: "typing", c: this.dataset.c, ...(this.kind === "internal" ? { side: true } : {}) });
      if (told) this.#typed = Date.now();
    }
  }

  #pressed(event) {
    if (event.key === "Escape") return this.body.blur();
    if (event.key !== "Enter" || event.isComposing) return undefined;
    const sends = event.ctrlKey || event.metaKey || (this.dataset.enter && !event.shiftKey && !event.altKey);
    if (!sends) return undefined;
    event.preventDefault();
    return this.form.requestSubmit();
  }

  #submitted(event) {
    const body = this.body.value.trim();
    const { files } = this.#uploads;
    if (body === "/archive" && !files.length) return void this.#archiving();
    event.preventDefault();
    event.stopPropagation();
    const { submitter } = event;
    if (this.#uploads.busy) return this.#wait(submitter);
    if (this.#uploads.broken) return this.note(this.words.noUpload);
    const when = submitter?.name === "when" ? submitter.value : "";
    const { at } = this.form.elements;
    if (when === "at" && !at.value) return void at.focus();
    if (!body && !files.length) return void this.body.focus();
    return this.#send(body, files, when);
  }

  #send(body, files, when) {
    const { c, url, later, undo } = this.dataset;
    const { kind } = this;
    const { at, unless_answered: unless } = this.form.elements;
    const quote = this.form.elements.quote?.value;
    const waits = Boolean(when || (undo && kind === "reply"));
    const fields = when ? { when, at: at.value, unless_answered: unless?.checked ?? false } : waits ? { undo: Number(undo) } : {};
    if (later && kind === "reply" && !this.force) fields.seen_seq = this.#seen;
    if (quote) fields.quote = quote;
    send({ c, url: waits ? later : url, kind, body, files, fields });
    this.dispatchEvent(new CustomEvent("memo:sent"));
    if (when) this.querySelector("#later-menu").hidePopover();
    this.#typed = 0;
    this.force = false;
    this.body.value = this.body.defaultValue = "";
    this.body.dispatchEvent(new Event("input", { bubbles: true }));
    this.bar.replaceChildren();
    this.#uploads.clear();
    this.#pad.sent(c, kind, waits);
    this.body.focus();
  }

  /* A command, not a message: the form itself goes to the server, and nothing of it stays a draft. */
  #archiving() {
    const emptied = () => ((this.body.value = ""), this.#pad.save());
    this.form.addEventListener("turbo:submit-end", ({ detail }) => detail.success && emptied(), { once: true });
  }

  /* Pressed “send” while a file was still on its way: it goes when the file has arrived. */
  #wait(submitter) {
    this.#uploads.wait(() => this.form.requestSubmit(submitter));
    this.#pad.note(this.words.whenArrived);
  }
}

define("memo-composer", MemoComposer);
setTimeout(() => import("memo/conversations/sweep").catch(() => {}), 20_000);
