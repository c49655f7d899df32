/* The files that go with the next message: uploaded as soon as they are chosen, taken off again if wanted. */

import { boot, t } from "memo/widget/boot";
import { el, icon, iconButton } from "memo/widget/dom";
import { remember, size } from "memo/widget/files";
import { session } from "memo/widget/session";

export class Tray {
  #items = [];
  #before = Promise.resolve();
  #complain;

  /** `complain(text)` shows what is wrong; "" when nothing is. */
  constructor(complain) {
    this.#complain = complain;
    this.node = el("ul", { class: "tray", "aria-label": t("files"), hidden: true });
  }

  get empty() {
    return this.#items.length === 0;
  }

  add(files) {
    this.#complain("");
    for (const file of files) {
      if (this.#items.length >= boot.limits.files) return this.#complain(t("too_many", { n: boot.limits.files }));
      if (file.size > boot.limits.mb * 1024 * 1024) {
        this.#complain(t("too_big", { name: file.name, n: boot.limits.mb }));
      } else this.#put(file);
    }
  }

  #put(file) {
    const item = { file, address: file.type.startsWith("image/") ? URL.createObjectURL(file) : "" };
    const picture = item.address ? el("img", { src: item.address, alt: "" }) : icon("file");
    item.state = el("small", { role: "status" }, t("uploading"));
    item.node = el(
      "li",
      { class: "busy" },
      picture,
      el("span", { class: "grow" }, el("bdi", {}, file.name), item.state),
      iconButton("x", t("take_off", { name: file.name }), () => this.#remove(item)),
    );
    // One after the other: they arrive in the order in which they were chosen.
    this.#items.push(item);
    item.done = this.#before = this.#before.then(() => this.#items.includes(item) && this.#upload(item));
    this.node.append(item.node);
    this.node.hidden = false;
  }

  async #upload(item) {
    const form = new FormData();
    form.append("file", item.file, item.file.name || "file");
    try {
      await session.ensure();
      item.stored = await session.call("POST", "uploads/", form);
    } catch (refusal) {
      this.#complain(refusal.message && refusal.status ? refusal.message : t("upload_failed", { name: item.file.name }));
      this.#remove(item);
      return;
    }
    remember(item.stored.id, item.file);
    item.node.classList.remove("busy");
    item.state.textContent = size(item.file.size);
  }

  #remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
    item.node.remove();
    URL.revokeObjectURL(item.address);
    this.node.hidden = this.empty;
  }

  /** Wait for what is under way; resolves to the stored files. The tray keeps them until clear(). */
  async settled() {
    const waiting = this.#items.map((item) => item.done);
    await Promise.all(waiting);
    return this.#items.map((item) => item.stored);
  }

  clear() {
    for (const item of [...this.#items]) this.#remove(item);
  }
}
