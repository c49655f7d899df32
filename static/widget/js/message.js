/* One message as the thread shows it, ours on its way included. */

import { t, time } from "memo/widget/boot";
import { drawn, el, face, icon, linked } from "memo/widget/dom";
import { shown } from "memo/widget/files";
import { isOwn } from "memo/widget/store";

/** What the thread needs of a stored message. */
export function fromServer(message, teamRead) {
  const own = isOwn(message);
  return {
    id: message.id,
    own,
    author: message.author,
    auto: message.auto,
    body: message.body,
    rich: message.rich,
    quote: message.quote,
    edited: message.edited,
    files: message.files,
    deleted: message.deleted,
    at: new Date(message.at),
    state: own ? (message.seq <= teamRead ? "seen" : "sent") : "",
  };
}

/** What the thread needs of a message in the outbox. */
export function fromOutbox(entry, online) {
  const state = entry.failed ? "failed" : online ? "sending" : "waiting_net";
  const author = { kind: "visitor", id: "", name: "" };
  return { ...entry, own: true, author, at: new Date(entry.at), state, entry };
}

/** Fill `node` (an <li>) with a message; `line.first` and `line.last` of its group, `line.shows` its state. */
export function fill(node, line, actions) {
  node.className = `msg${line.own ? " own" : ""}${line.first ? " first" : ""}${line.last ? " last" : ""}`;
  node.replaceChildren();
  if (!line.own && line.last) node.append(face(line.author));
  if (!line.own && line.first) node.append(meta(line));
  const bubbles = el("div", { class: "bubs" });
  if (line.quote) bubbles.append(quote(line.quote));
  if (line.deleted) bubbles.append(el("p", { class: "bub gone" }, t("deleted")));
  else if (line.body) bubbles.append(el("div", { class: "bub", dir: "auto" }, ...(line.rich ? drawn(line.rich) : linked(line.body))));
  bubbles.append(...(line.files ?? []).map(shown));
  if (line.edited) bubbles.append(el("small", {}, t("edited")));
  node.append(bubbles);
  if (line.shows) node.append(state(line, actions));
}

/* What it answers; a click leads there. */
function quote({ id, author, text, deleted }) {
  const onclick = () => document.querySelector(`[data-key="${id}"]`)?.scrollIntoView({ block: "center" });
  return el("button", { type: "button", class: "quote", onclick }, el("b", {}, author), " ", deleted ? t("deleted") : text);
}

function meta({ author, auto, at }) {
  const name = el("b", {}, el("bdi", {}, author.name));
  return el("p", { class: "meta" }, name, auto && el("span", {}, ` · ${t("automatic")}`), " ", clock(at));
}

const clock = (at) => el("time", { datetime: at.toISOString() }, time(at));

function state(line, { retry, drop }) {
  if (line.state === "failed") {
    const again = el("button", { type: "button", class: "link", onclick: () => retry(line.entry) }, t("again"));
    const remove = el("button", { type: "button", class: "link", onclick: () => drop(line.entry) }, t("remove"));
    return el("p", { class: "state bad", role: "alert" }, `${t("failed")}. ${line.entry.failed} `, again, " · ", remove);
  }
  const isThere = line.state === "sent" || line.state === "seen";
  return el("p", { class: `state ${line.state}` }, icon(isThere ? "check" : "clock", "i s"), t(line.state), " ", isThere && clock(line.at));
}
