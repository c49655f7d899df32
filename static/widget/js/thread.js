/* One conversation, or the one that is about to begin: its lines, what is going on, and the composer. */

import { uuid } from "memo/ui/ids";
import { boot, day, t, upcoming } from "memo/widget/boot";
import { Composer } from "memo/widget/composer";
import { announce, el, keyed, wordsOf } from "memo/widget/dom";
import * as identity from "memo/widget/identity";
import { fill, fromOutbox, fromServer } from "memo/widget/message";
import { outbox } from "memo/widget/outbox";
import { store } from "memo/widget/store";

const GROUP_MS = 5 * 60_000;

export class Thread {
  #asking = false;

  /** `id` of a conversation, or null with the `start` id and `channel` of a new one. */
  constructor({ id = null, start = uuid(), channel = "", greeting }) {
    Object.assign(this, { id, start, channel, greeting });
    this.lines = el("ol");
    this.scroller = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("messages") }, this.lines);
    this.composer = new Composer({ send: (message) => this.#send(message), conversation: () => this.id });
    this.slot = el("div", { class: "slot" });
    this.below = el("div", { class: "below" });
    this.foot = el("div", { class: "foot" }, this.slot, this.composer.node, this.below);
    this.node = el("section", { class: "thread" }, this.scroller, this.foot);
    this.composer.takeDrops(this.node);
    this.#stayAtEnd();
    this.update();
    if (id) store.load(id).catch(() => {});
  }

  /** Who reads the newest line keeps seeing the newest line, whatever grows or shrinks. */
  #stayAtEnd() {
    const { scroller } = this;
    let isAtEnd = true;
    scroller.addEventListener("scroll", () => (isAtEnd = scroller.scrollTop > -40));
    const watcher = new ResizeObserver(() => isAtEnd && (scroller.scrollTop = 0));
    watcher.observe(scroller);
    watcher.observe(this.lines);
  }

  get conversation() {
    return store.conversations.get(this.id);
  }

  focus() {
    (this.slot.querySelector("input") ?? this.composer).focus();
  }

  ask() {
    this.#asking = true;
    this.update();
  }

  #send(message) {
    outbox.add({ c: this.id, s: this.id ? null : this.start, channel: this.channel, ...message });
    this.scroller.scrollTop = 0;
  }

  update() {
    keyed(this.lines, [...this.#top(), ...this.#messages(), ...this.#bottom()]);
    this.#foot();
  }

  #top() {
    const one = this.conversation;
    if (one?.messages && !one.complete) return [{ key: "older", make: () => this.#older() }];
    return [{ key: "hello", make: () => this.greeting() }];
  }

  #older() {
    const more = () => store.loadEarlier(this.id).catch(() => {});
    return el("li", { class: "older" }, el("button", { type: "button", class: "btn plain", onclick: more }, t("older")));
  }

  #all() {
    const one = this.conversation;
    const stored = (one?.messages ?? []).filter((message) => !message.system).map((message) => fromServer(message, one.team_read));
    const known = new Set(stored.map((line) => line.id));
    const waiting = outbox.of(this.id, this.start).filter((entry) => !known.has(entry.id));
    const lines = [...stored, ...waiting.map((entry) => fromOutbox(entry, navigator.onLine))];
    const lastOwn = lines.findLast((line) => line.own && line.state !== "failed");
    return lines.map((line, index) => {
      const [before, after] = [lines[index - 1], lines[index + 1]];
      const shows = line.own && (line === lastOwn || (line.state !== "sent" && line.state !== "seen"));
      return { ...line, first: !joins(before, line), last: !joins(line, after) || shows, shows };
    });
  }

  #messages() {
    const items = [];
    let today = "";
    for (const line of this.#all()) {
      const name = day(line.at);
      if (name !== today) items.push({ key: `day ${name}`, make: () => el("li", { class: "day" }, name) });
      today = name;
      items.push({ key: line.id, make: () => el("li"), update: (node) => this.#refill(node, line) });
    }
    return items;
  }

  #refill(node, line) {
    const { entry, ...rest } = line;
    const now = JSON.stringify([rest, entry?.failed]);
    if (node.shown === now) return;
    node.shown = now;
    fill(node, line, { retry: (one) => outbox.retry(one), drop: (one) => outbox.drop(one) });
  }

  #bottom() {
    const typing = this.conversation?.typing;
    const [text, moving] = typing ? [t("typing", { name: typing }), true] : this.#situation();
    if (!text) return [];
    const make = () => el("li", { class: "going", role: typing ? null : "status" }, moving && dots());
    return [{ key: typing ? "typing" : `going ${Boolean(moving)}`, make, update: (node) => this.#says(node, text) }];
  }

  #says(node, text) {
    const said = node.querySelector("p") ?? node.appendChild(el("p"));
    if (said.textContent !== text) said.textContent = text;
  }

  /** [what the visitor may know now, whether something moves]. */
  #situation() {
    const one = this.conversation;
    if (!one) return [];
    if (one.status === "locked") return [t("locked_note")];
    if (one.status === "closed") return [t("closed_note")];
    if (one.routing === "looking") return [t("looking"), true];
    if (one.routing === "nobody") return [`${t("nobody")}${identity.mayAsk() ? ` ${t("leave_address")}` : ""}`];
    if (one.routing === "waiting") return [one.back_at ? t("waiting", { when: upcoming(one.back_at) }) : t("waiting_open")];
    const isAnswered = one.messages?.at(-1)?.author.kind === "user";
    if (isAnswered) return one.people?.length ? [t("with", { names: one.people.join(", ") })] : [];
    return [one.routing === "answered" && one.holder ? t("answered", { name: one.holder.name }) : t("open_mode")];
  }

  /** Only the slot for the card changes: the composer is never touched while somebody writes in it. */
  #foot() {
    const needed = identity.isRequired();
    // Nobody can answer now: this is the moment at which an address helps, and not before.
    const helps = ["nobody", "waiting"].includes(this.conversation?.routing) && identity.mayAsk() && this.#asking !== null;
    const shows = needed ? "needed" : this.#asking ? "asked" : helps ? "helps" : "";
    if (this.slot.dataset.shows !== shows) {
      this.slot.dataset.shows = shows;
      const close = () => ((this.#asking = null), this.update(), this.focus());
      const card = shows && identity.card({ done: close, cancel: needed ? null : close, focus: shows === "asked" });
      this.slot.replaceChildren(...(card ? [card] : []));
    }
    this.composer.node.hidden = needed;
    this.below.hidden = Boolean(shows);
    this.below.replaceChildren(identity.footer(() => this.ask()));
  }

  received(message) {
    const text = wordsOf(message) || message.files.map((file) => file.name).join(", ");
    announce(t("said", { name: message.author.name, text }));
  }
}

const joins = (one, other) =>
  one && other && one.own === other.own && one.author.id === other.author.id && one.author.kind === other.author.kind &&
  day(one.at) === day(other.at) && other.at - one.at < GROUP_MS;

const dots = () => el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
