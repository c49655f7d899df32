/* Files: fetched with our token (an address alone opens nothing), shown as pictures or as something to download. */

import { t } from "memo/widget/boot";
import { announce, el, icon, iconButton } from "memo/widget/dom";
import { session } from "memo/widget/session";

/** file id → address in this browser: of what was sent from here, and of previews. */
const originals = new Map();
const previews = new Map();

/** A file that was sent from here needs no way back from the server. */
export const remember = (id, file) => originals.set(id, URL.createObjectURL(file));

async function fetched(id, query = "") {
  const response = await session.call("GET", `files/${id}/${query}`, undefined, { whole: true });
  return URL.createObjectURL(await response.blob());
}

export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export async function download({ id, name }) {
  try {
    const link = el("a", { href: originals.get(id) ?? (await fetched(id)), download: name });
    link.click();
  } catch (refusal) {
    announce(refusal.message || t("error"));
  }
}

/** How a sent file looks in a thread. */
export const shown = (file) => (file.image ? picture(file) : row(file));

function row(file) {
  return el(
    "button",
    { type: "button", class: "file", "aria-label": t("download", { name: file.name }), onclick: () => download(file) },
    icon("file"),
    el("span", { class: "grow" }, el("bdi", {}, file.name), el("small", {}, size(file.size))),
    icon("down"),
  );
}

function picture(file) {
  const image = el("img", { alt: t("picture", { name: file.name }), width: file.w, height: file.h });
  const button = el("button", { type: "button", class: "pic", onclick: () => look(file, image.src) }, image);
  button.style.aspectRatio = `${file.w} / ${file.h}`;
  load(file).then((address) => (image.src = address), () => button.replaceWith(row(file)));
  return button;
}

async function load({ id }) {
  if (!originals.has(id) && !previews.has(id)) previews.set(id, await fetched(id, "?preview=1"));
  return originals.get(id) ?? previews.get(id);
}

/** The picture alone, as large as the window; Escape closes it and nothing else. */
function look(file, address) {
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { class: "look", "aria-label": file.name, onclose: () => dialog.remove(), onkeydown: (event) => event.stopPropagation() },
    el("img", { src: address, alt: t("picture", { name: file.name }) }),
    el(
      "div",
      {},
      iconButton("down", t("download", { name: file.name }), () => download(file)),
      iconButton("x", t("close_picture"), close),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
