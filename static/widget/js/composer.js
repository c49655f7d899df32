/* Where the visitor writes: grows with the text, takes files by button, paste and drop, keeps the draft. */

import { boot, t } from "memo/widget/boot";
import { el, iconButton } from "memo/widget/dom";
import { host } from "memo/widget/host";
import { live } from "memo/widget/live";
import { Tray } from "memo/widget/tray";

const TYPING_EVERY_MS = 3_000;
const SHARE_EVERY_MS = 1_000;
const SHARED = 500;
const DRAFT_AFTER_MS = 400;
const touch = matchMedia("(pointer: coarse)");

export class Composer {
  #send;
  #conversation;
  #draftTimer = 0;
  #signalTimer = 0;
  #typedAt = 0;
  #busy = false;

  /** `send({body, files})`; `conversation()` is the id to signal typing for, or null. */
  constructor({ send, conversation }) {
    this.#send = send;
    this.#conversation = conversation;
    this.problem = el("p", { class: "problem", role: "alert" });
    this.tray = new Tray((text) => (this.problem.textContent = text));
    this.text = el("textarea", {
      rows: 1, "aria-label": t("message"), placeholder: t("write"), enterkeyhint: touch.matches ? "enter" : "send",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#files(event, event.clipboardData.files),
    });
    this.text.value = host.kept.draft ?? "";
    const chooser = el("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true" });
    chooser.addEventListener("change", () => {
      this.tray.add(chooser.files);
      chooser.value = "";
      this.#ready();
      this.text.focus();
    });
    this.button = iconButton("send", t("send"), null, "ib main");
    this.button.type = "submit";
    this.node = el(
      "form",
      { class: "composer", onsubmit: (event) => (event.preventDefault(), this.submit()) },
      this.tray.node,
      el("div", { class: "sheet" }, this.text, chooser, iconButton("clip", t("attach"), () => chooser.click()), this.button),
      this.problem,
    );
    this.#ready();
  }

  /** Let files be dropped anywhere on `area`. */
  takeDrops(area) {
    const over = (on) => area.classList.toggle("drop", on);
    area.dataset.drop = t("drop");
    area.addEventListener("dragover", (event) => (event.preventDefault(), over(true)));
    area.addEventListener("dragleave", () => over(false));
    area.addEventListener("drop", (event) => (over(false), this.#files(event, event.dataTransfer.files)));
  }

  focus() {
    this.text.focus();
  }

  fill(text) {
    this.text.value = text;
    this.#typed();
    this.focus();
  }

  async submit() {
    const body = this.text.value.trim();
    if (this.#busy || (!body && this.tray.empty)) return;
    if (body.length > boot.limits.body) {
      this.problem.textContent = t("too_long", { n: boot.limits.body.toLocaleString(boot.language) });
      return;
    }
    this.#busy = this.text.readOnly = true;
    const before = this.problem.textContent;
    const files = await this.tray.settled();
    this.#busy = this.text.readOnly = false;
    // An upload that failed meanwhile says so; the person decides whether to send without it.
    if (this.problem.textContent !== before || (!body && !files.length)) return this.#ready();
    this.tray.clear();
    this.text.value = this.problem.textContent = "";
    clearTimeout(this.#signalTimer);
    this.#keepDraft();
    this.#ready();
    this.focus();
    this.#send({ body, files });
  }

  #files(event, files) {
    if (!files?.length) return;
    event.preventDefault();
    this.tray.add(files);
    this.#ready();
    this.focus();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch.matches) return;
    event.preventDefault();
    this.submit();
  }

  #typed() {
    this.#ready();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#keepDraft(), DRAFT_AFTER_MS);
    this.#signal();
  }

  /* Where the team sees what is written, the last word of it counts, and that it is gone. */
  #signal() {
    const { typing: shared } = boot.shares;
    const conversation = this.#conversation();
    const wait = this.#typedAt + (shared ? SHARE_EVERY_MS : TYPING_EVERY_MS) - Date.now();
    clearTimeout(this.#signalTimer);
    if (!conversation || (!shared && (!this.text.value || wait > 0))) return;
    if (wait > 0) return void (this.#signalTimer = setTimeout(() => this.#signal(), wait));
    this.#typedAt = Date.now();
    live.typing(conversation, shared ? this.text.value.slice(-SHARED) : undefined);
  }

  #keepDraft() {
    clearTimeout(this.#draftTimer);
    host.keep("draft", this.text.value || null);
  }

  #ready() {
    this.button.classList.toggle("idle", !this.text.value.trim() && this.tray.empty);
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.blockSize = "auto";
    this.text.style.blockSize = `${this.text.scrollHeight}px`;
  }
}
