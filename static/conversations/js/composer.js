/* <memo-composer>: two sheets, one pen. Drafts stay, files come along, Ctrl/⌘ + Enter sends, nothing is sent twice. */

import * as drafts from "memo/conversations/drafts";
import { live } from "memo/conversations/live";
import { send } from "memo/conversations/sending";
import { Uploads } from "memo/conversations/uploads";
import { define, MemoElement } from "memo/ui/element";
import { toast } from "memo/ui/toast";

const SAVE_AFTER_MS = 400;
const TYPING_EVERY_MS = 2_000;

class MemoComposer extends MemoElement {
  #uploads;
  #saving = null;
  #typed = 0;
  #waiting = false;

  connected() {
    this.form = this.querySelector("form.sheet");
    this.body = this.form.elements.body;
    this.words = document.getElementById("thread-words").dataset;
    this.#uploads = new Uploads(this);
    this.on(this.#uploads, "change", () => this.#uploaded());
    this.on(this, "change", ({ target }) => this.#changed(target));
    this.on(this.form, "submit", (event) => this.#submitted(event));
    this.on(this.body, "input", () => this.#written());
    this.on(this.body, "keydown", (event) => this.#pressed(event));
    this.on(this.body, "paste", (event) => this.#taken(event, event.clipboardData.files));
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.on(this.closest("memo-thread"), type, (event) => this.#dragged(event));
    }
    this.on(window, "pagehide", () => this.#save());
    const hint = this.querySelector("[data-send-hint]");
    hint.textContent = this.dataset.enter ? this.words.hintEnter : this.words.hint;
    hint.hidden = false;
    this.#load();
  }

  gone() {
    this.#save();
  }

  get kind() {
    const chosen = this.querySelector("[name=kind]:checked") ?? this.querySelector("[name=kind]");
    return chosen?.value ?? "reply";
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

  #changed(target) {
    if (target.name === "kind") {
      this.#save(this.kind === "internal" ? "reply" : "internal");
      this.#load();
    } else if (target.matches("[data-files]")) {
      this.#uploads.add(target.files);
      target.value = "";
    }
  }

  #load() {
    this.classList.toggle("internal", this.kind === "internal");
    const { body, files } = drafts.read(this.dataset.c, this.kind);
    if (body || this.#uploads.files.length || this.body.value) this.body.value = body || this.body.defaultValue;
    this.#uploads.restore(files);
    this.querySelector("[data-draft-note]").textContent = "";
  }

  #save(kind = this.kind) {
    clearTimeout(this.#saving);
    this.#saving = null;
    const stored = drafts.write(this.dataset.c, kind, { body: this.body.value, files: this.#uploads.files });
    const note = stored && this.body.value.trim() ? this.words.draft : "";
    this.querySelector("[data-draft-note]").textContent = note;
  }

  #written() {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER_MS);
    if (this.body.value && Date.now() - this.#typed > TYPING_EVERY_MS) {
      this.#typed = Date.now();
      live.socket.send({ k: "typing", c: this.dataset.c, ...(this.kind === "internal" ? { side: true } : {}) });
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
    if (this.body.value.trim() === "/archive" && !this.#uploads.files.length) return void this.#archiving();
    event.preventDefault();
    event.stopPropagation();
    if (this.#uploads.busy) return void (this.#waiting = true);
    const body = this.body.value;
    const { files } = this.#uploads;
    this.#waiting = false;
    if (!body.trim() && !files.length) return void this.body.focus();
    send({ c: this.dataset.c, url: this.dataset.url, kind: this.kind, body: body.trim(), files });
    this.#typed = 0;
    this.body.value = "";
    this.body.dispatchEvent(new Event("input", { bubbles: true }));
    this.#uploads.clear();
    this.#save();
    this.body.focus();
  }

  /* A command, not a message: the form itself goes to the server, and nothing of it stays a draft. */
  #archiving() {
    this.form.addEventListener("turbo:submit-end", ({ detail }) => detail.success && this.#emptied(), { once: true });
  }

  #emptied() {
    this.body.value = "";
    this.#save();
  }

  /* Pressed "send" while a file was still on its way: it goes when the file has arrived. */
  #uploaded() {
    this.#save();
    if (this.#waiting && !this.#uploads.busy) this.form.requestSubmit();
  }

  #taken(event, files) {
    if (!files?.length) return;
    event.preventDefault();
    this.#uploads.add(files);
  }

  #dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const over = event.type === "dragenter" || event.type === "dragover";
    const inside = event.type === "dragleave" && this.closest("memo-thread").contains(event.relatedTarget);
    this.form.classList.toggle("drop", over || inside);
    if (event.type === "drop") this.#taken(event, event.dataTransfer.files);
  }
}

define("memo-composer", MemoComposer);
drafts.sweep();
