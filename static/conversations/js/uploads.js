/* Files on their way: sent up at once with a bar, taken along by the next message; what did not arrive can be tried again. */

import { headers } from "memo/ui/csrf";

const AT_MOST = 5;

export class Uploads {
  #composer;
  #box;
  #changed;
  #items = [];

  constructor(composer, changed) {
    this.#composer = composer;
    this.#changed = changed;
    this.#box = composer.querySelector("[data-uploads]");
  }

  /** What has arrived: [{id, name, size, image …}]. */
  get files() {
    return this.#items.filter(({ file }) => file).map(({ file }) => file);
  }

  get busy() {
    return this.#items.some(({ request }) => request);
  }

  /** Whether one did not arrive and waits to be tried again or removed. */
  get broken() {
    return this.#items.some(({ file, request }) => !file && !request);
  }

  /** Those of a draft. What stands there already, or is still on its way, stays as it is. */
  restore(files) {
    const wanted = files.filter(({ id }, at) => files.findIndex((one) => one.id === id) === at);
    if (this.#items.every(({ file }) => file) && `${this.files.map(({ id }) => id)}` === `${wanted.map(({ id }) => id)}`) return;
    this.clear();
    for (const file of wanted) this.#show({ name: file.name, file });
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
    return this.#changed();
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
    this.#changed();
  }

  #remove(item) {
    item.request?.abort();
    item.request = null;
    if (item.preview) URL.revokeObjectURL(item.preview);
    item.node.remove();
    this.#items = this.#items.filter((one) => one !== item);
    this.#changed();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
