/* The first screen of who has several conversations or topics: what to write about, and what was written before (N-09, N-10). */

import { ago, boot, t, upcoming } from "memo/widget/boot";
import { el, face, icon } from "memo/widget/dom";
import { store, unreadOf } from "memo/widget/store";

/** The company's greeting and, for one topic, what it is for. */
export function greeting(tag, channel) {
  const { purpose } = boot.channels.find((one) => one.id === channel) ?? {};
  return el(tag, { class: "hello" }, el("b", {}, boot.greeting || t("hello")), purpose && el("span", {}, purpose));
}

export class Home {
  /** `open(id)` shows a conversation, `begin(channel)` a new one. */
  constructor({ open, begin }) {
    this.open = open;
    this.begin = begin;
    this.node = el("section", { class: "home", tabindex: -1 });
    this.update();
  }

  focus() {
    this.node.querySelector("button")?.focus();
  }

  update() {
    const list = store.list();
    const now = JSON.stringify(list.map((one) => [one.c, one.seq, one.read, one.status, one.preview, one.holder]));
    if (this.shown === now) return;
    this.shown = now;
    const focused = this.node.contains(document.activeElement) && document.activeElement.dataset.key;
    this.node.replaceChildren(greeting("div"), this.#topics(list.length > 0), ...(list.length ? this.#earlier(list) : []));
    if (focused) this.node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #topics(hasEarlier) {
    const { channels } = boot;
    if (channels.length < 2) {
      const start = () => this.begin(channels[0]?.id ?? "");
      return el("button", { type: "button", class: "btn wide", "data-key": "new", onclick: start }, icon("plus"), t("new"));
    }
    const rows = channels.map((channel) => el("li", {}, this.#topic(channel)));
    return el("div", { class: "topics" }, el("h2", {}, t(hasEarlier ? "new" : "topic")), el("ul", { class: "rows" }, ...rows));
  }

  #topic({ id, name, purpose, open, back_at: opens }) {
    const hours = open ? "" : opens ? t("back_at", { when: upcoming(opens) }) : t("closed_now");
    const words = el("span", { class: "grow" }, el("b", {}, name), purpose && el("span", {}, purpose), hours && el("small", {}, hours));
    return el("button", { type: "button", "data-key": id, onclick: () => this.begin(id) }, words, icon("back", "i turn"));
  }

  #earlier(list) {
    return [el("h2", {}, t("earlier")), el("ul", { class: "rows" }, ...list.map((one) => el("li", {}, this.#row(one))))];
  }

  #row(one) {
    const unread = unreadOf(one);
    const who = one.holder ?? { ...boot.company, square: true };
    const label = unread ? el("span", { class: "count", "aria-label": t("unread", { n: unread }) }, String(unread)) : null;
    const closed = one.status === "open" ? "" : ` · ${t("closed")}`;
    const words = el(
      "span",
      { class: "grow" },
      el("b", {}, el("bdi", {}, one.subject || one.preview)),
      el("span", {}, el("bdi", {}, one.own ? t("you") : one.by), ": ", el("bdi", {}, one.preview)),
      el("small", {}, `${one.channel}${closed}`),
    );
    const end = el("span", { class: "end" }, el("time", { datetime: one.at }, ago(new Date(one.at))), label);
    const css = unread ? "unread" : "";
    return el("button", { type: "button", class: css, "data-key": one.c, onclick: () => this.open(one.c) }, face(who), words, end);
  }
}
