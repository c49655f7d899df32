/* Files on their way: chosen, dropped or pasted; sent up at once with a bar, taken along by the next message. */

import { headers } from "memo/ui/csrf";

const AT_MOST = 5;

export class Uploads extends EventTarget {
  #composer;
  #box;
  #items = [];

  constructor(composer) {
    super();
    this.#composer = composer;
    this.#box = composer.querySelector("[data-uploads]");
  }

  /** What has arrived: [{id, name, size, image …}]. */
  get files() {
    return this.#items.filter(({ file }) => file).map(({ file }) => file);
  }

  get busy() {
    return this.#items.some(({ request }) => request);
  }

  /** Those of a draft. */
  restore(files) {
    this.clear();
    for (const file of files) this.#show({ name: file.name, file });
  }

  clear() {
    for (const { request, preview } of this.#items) {
      request?.abort();
      if (preview) URL.revokeObjectURL(preview);
    }
    this.#items = [];
    this.#box.replaceChildren();
  }

  add(files) {
    for (const blob of files) {
      if (this.#items.length >= AT_MOST) {
        this.#composer.note(this.#composer.words.tooMany);
        return;
      }
      const name = blob.name || `picture.${(blob.type.split("/")[1] ?? "bin").replace("jpeg", "jpg")}`;
      const preview = /^image\/(png|jpe?g|gif|webp)$/.test(blob.type) ? URL.createObjectURL(blob) : null;
      this.#send(this.#show({ name, preview }), blob, name);
    }
  }

  #show(item) {
    const node = this.#composer.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true);
    node.querySelector("[data-name]").textContent = item.name;
    const mark = node.querySelector("[data-ext]");
    if (item.preview) mark.replaceChildren(Object.assign(new Image(), { src: item.preview, alt: "" }));
    else mark.textContent = item.name.includes(".") ? item.name.split(".").at(-1).slice(0, 4) : "file";
    node.querySelector("[data-remove]").addEventListener("click", () => this.#remove(item));
    if (item.file) node.querySelector("progress").remove();
    item.node = node;
    this.#items.push(item);
    this.#box.append(node);
    return item;
  }

  #send(item, blob, name) {
    const request = (item.request = new XMLHttpRequest());
    const bar = item.node.querySelector("progress");
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
    const answer = parse(item.request.responseText);
    if (item.request.status !== 201) return this.#failed(item, answer.message);
    item.file = answer.file;
    item.request = null;
    bar.remove();
    return this.dispatchEvent(new Event("change"));
  }

  #failed(item, reason) {
    this.#remove(item);
    this.#composer.note(`${item.name}: ${reason || this.#composer.words.noUpload}`);
  }

  #remove(item) {
    item.request?.abort();
    item.request = null;
    if (item.preview) URL.revokeObjectURL(item.preview);
    item.node.remove();
    this.#items = this.#items.filter((one) => one !== item);
    this.dispatchEvent(new Event("change"));
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
