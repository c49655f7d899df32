/* Files on their way: sent up at once with a bar, taken along by the next message; what did not arrive can be tried again.
   Each belongs to the sheet (reply, internal) that it was put on, and arrives there whatever is shown meanwhile. */

import { attach } from "memo/conversations/drafts";
import { headers } from "memo/ui/csrf";

const AT_MOST = 5;

export class Uploads {
  #composer;
  #box;
  #changed;
  #items = [];
  /** The conversation was left: what arrives now stays with its draft. */
  left = false;

  /** `changed`: called with whether one was taken away, when something of the shown sheet is not as before. */
  constructor(composer, changed) {
    this.#composer = composer;
    this.#changed = changed;
    this.#box = composer.querySelector("[data-uploads]");
  }

  get #here() {
    return this.#items.filter(({ kind }) => kind === this.#composer.kind);
  }

  /** What has arrived for a sheet: [{id, name, size, image …}]. */
  of(kind) {
    return this.#items.filter((item) => item.kind === kind && item.file).map(({ file }) => file);
  }

  get busy() {
    return this.#here.some(({ request }) => request);
  }

  /** Whether one did not arrive and waits to be tried again or removed. */
  get broken() {
    return this.#here.some(({ file, request }) => !file && !request);
  }

  /** Shows the sheet with the files of its draft. What is still on its way, or did not arrive, stays as it is. */
  restore(files) {
    const { kind } = this.#composer;
    const wanted = files.filter(({ id }, at) => files.findIndex((one) => one.id === id) === at);
    const here = new Map(this.#here.filter(({ file }) => file).map((item) => [item.file.id, item]));
    const stays = wanted.map((file) => here.get(file.id) ?? this.#made({ kind, name: file.name, file }));
    for (const item of here.values()) if (!stays.includes(item)) forget(item);
    const others = this.#items.filter((item) => item.kind !== kind || !item.file);
    this.#items = [...stays, ...others];
    this.#render();
  }

  clear() {
    this.#here.forEach(forget);
    this.#items = this.#items.filter(({ kind }) => kind !== this.#composer.kind);
    this.#render();
  }

  add(files, kind) {
    for (const blob of files) {
      if (this.#items.filter((item) => item.kind === kind).length >= AT_MOST) {
        this.#composer.note(this.#composer.words.tooMany);
        break;
      }
      const name = blob.name || `picture.${(blob.type.split("/")[1] ?? "bin").replace("jpeg", "jpg")}`;
      const preview = /^image\/(png|jpe?g|gif|webp)$/.test(blob.type) ? URL.createObjectURL(blob) : null;
      const item = this.#made({ kind, name, preview });
      this.#items.push(item);
      this.#send(item, blob, name);
    }
    this.#render();
  }

  /* What stands there already is not touched: it may have the focus. */
  #render() {
    const nodes = this.#here.map(({ node }) => node);
    if (nodes.length !== this.#box.childNodes.length || nodes.some((node, at) => node !== this.#box.childNodes[at])) {
      this.#box.replaceChildren(...nodes);
    }
  }

  #made(item) {
    const node = this.#composer.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true);
    node.querySelector("[data-name]").textContent = item.name;
    const mark = node.querySelector("[data-ext]");
    if (item.preview) mark.replaceChildren(Object.assign(new Image(), { src: item.preview, alt: "" }));
    else mark.textContent = item.name.includes(".") ? item.name.split(".").at(-1).slice(0, 4) : "file";
    for (const control of node.querySelectorAll("[aria-label]")) control.ariaLabel += `: ${item.name}`;
    node.querySelector("[data-remove]").addEventListener("click", () => this.#removed(item));
    if (item.file) node.querySelector("progress").remove();
    item.node = node;
    return item;
  }

  #send(item, blob, name) {
    Object.assign(item, { blob, name });
    const request = (item.request = new XMLHttpRequest());
    const bar = item.node.querySelector("progress");
    const again = item.node.querySelector("[data-again]");
    item.node.classList.remove("failed");
    item.node.querySelector("[data-note]").textContent = "";
    again.hidden = true;
    again.onclick = () => this.#send(item, blob, name);
    bar.hidden = false;
    request.open("POST", this.#composer.dataset.uploads);
    for (const [header, value] of Object.entries({ ...headers(), Accept: "application/json" })) {
      request.setRequestHeader(header, value);
    }
    request.upload.addEventListener("progress", (event) => (bar.value = (event.loaded / event.total) * 100));
    request.addEventListener("load", () => this.#arrived(item, bar));
    request.addEventListener("error", () => this.#failed(item, ""));
    request.addEventListener("timeout", () => this.#failed(item, ""));
    const form = new FormData();
    form.append("file", blob, name);
    request.send(form);
  }

  #arrived(item, bar) {
    const { status, responseText } = item.request;
    const answer = parse(responseText);
    if (status !== 201) return this.#failed(item, status === 429 || status >= 500 ? "" : answer.message);
    item.file = answer.file;
    item.request = null;
    bar.remove();
    if (this.#shows(item)) this.#changed(false);
    else attach(this.#composer.dataset.c, item.kind, item.file);
    return undefined;
  }

  #shows({ kind }) {
    return !this.left && this.#composer.kind === kind;
  }

  /* It stays, so that it can be tried again; what the server will never take goes. */
  #failed(item, reason) {
    item.request = null;
    if (reason) {
      this.#remove(item);
      this.#composer.note(`${item.name}: ${reason}`);
      return;
    }
    item.node.classList.add("failed");
    item.node.querySelector("[data-note]").textContent = this.#composer.words.noUpload;
    item.node.querySelector("progress").hidden = true;
    item.node.querySelector("[data-again]").hidden = false;
    if (this.#shows(item)) this.#changed(false);
  }

  /* By hand: who goes on by keyboard goes on at the next one, or the one before, or in the text. */
  #removed(item) {
    const beside = item.node.nextElementSibling ?? item.node.previousElementSibling;
    this.#remove(item);
    (beside?.querySelector("[data-remove]") ?? this.#composer.body).focus();
  }

  #remove(item) {
    forget(item);
    this.#items = this.#items.filter((one) => one !== item);
    if (this.#shows(item)) this.#changed(true);
  }
}

function forget(item) {
  item.request?.abort();
  item.request = null;
  if (item.preview) URL.revokeObjectURL(item.preview);
  item.node.remove();
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
