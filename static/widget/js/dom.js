/* Making elements. Text is always text: nothing that anybody wrote is ever parsed as markup. */

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  x: "m6 6 12 12M18 6 6 18",
  back: "M19.5 12h-15M11 5.5 4.5 12l6.5 6.5",
  larger: "M13.5 4.5h6v6M10.5 19.5h-6v-6M19 5l-5.5 5.5M5 19l5.5-5.5",
  smaller: "M19.5 10.5h-6v-6M4.5 13.5h6v6M13.5 10.5 19 5M10.5 13.5 5 19",
  send: "M12 19.5v-15M5.5 11 12 4.5l6.5 6.5",
  clip: "m19.5 11.5-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l7.9-7.9a3.1 3.1 0 0 1 4.4 4.4l-7.7 7.7a1.5 1.5 0 0 1-2.2-2.2l7-7",
  check: "m5 12.5 4.5 4.5L19 7",
  clock: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17M12 7.5V12l3 2",
  file: "M7 3.5h6.5L18.5 8.5V19a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5M13 3.5V9h5.5",
  down: "M12 4.5v12M6 11l6 6 6-6M5 20h14",
  plus: "M12 5v14M5 12h14",
};

/** el("p", {class: "x", onclick: …}, "text", child, null): properties that are functions listen, the rest are attributes. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name, css = "i") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", css);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with a symbol; its label is its name and its tip. */
export const iconButton = (name, label, onclick, css = "ib") =>
  el("button", { type: "button", class: css, "aria-label": label, title: label, onclick }, icon(name));

const link = (href, ...words) => el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...words);
const TAG = /^(p|[uo]l|li|blockquote|pre|code|strong|em|s|small)$/;

/** What the server read in a text: strings, and nodes [tag, children, attribute] of which only these tags are drawn. */
export const drawn = (nodes) =>
  nodes.map((node) => {
    if (!Array.isArray(node)) return node;
    const [tag, children, extra] = node;
    if (tag === "a" && /^(https?:|mailto:)/i.test(extra)) return link(extra, ...drawn(children));
    return el(TAG.test(tag) ? tag : "span", { dir: "auto", start: tag === "ol" && extra }, ...drawn(children));
  });

/** A message's words alone. */
export const wordsOf = ({ rich, body }) => (rich ? el("p", {}, ...drawn(rich)).textContent : body);

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/g;

/** Text with its web addresses as links that tell nobody where the reader comes from. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/, "");
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(end, match.index));
    parts.push(link(address, address));
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** 1…8, the same for the same id as on the team's pages (CRC-32). */
function colourOf(id) {
  let sum = -1;
  for (const byte of new TextEncoder().encode(id)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ((~sum >>> 0) % 8) + 1;
}

function initialsOf(name) {
  const words = name.split(/[\s.]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return [words[0], words.length > 1 && words.at(-1)].map((word) => (word ? [...word][0] : "")).join("").toUpperCase() || "?";
}

/** Round for people, square for the company. */
export function face({ id = "", name = "", avatar = "", initials = "", colour = 0, square = false }) {
  const css = `av p${colour || colourOf(id || name)}${square ? " sq" : ""}`;
  const inside = avatar ? el("img", { src: avatar, alt: "" }) : initials || initialsOf(name);
  return el("span", { class: css, "aria-hidden": "true" }, inside);
}

/** Say it to who listens, without moving anything on the page. */
export function announce(text) {
  const log = document.getElementById("said");
  log?.append(el("p", {}, text));
  if (log?.childElementCount > 5) log.firstElementChild.remove();
}

/** Make `parent` hold exactly these items [{key, make(), update(node)?}] in this order; what is there already stays. */
export function keyed(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const { key, make, update } of items) {
    const node = old.get(key) ?? make();
    node.dataset.key = key;
    old.delete(key);
    update?.(node);
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const node of old.values()) node.remove();
}
