/* The head: who is on the other side, what to expect, and the buttons of the window. */

import { boot, t, upcoming } from "memo/widget/boot";
import { el, face, iconButton } from "memo/widget/dom";
import { host } from "memo/widget/host";
import { unreadOf } from "memo/widget/store";

const SIZES = ["small", "large", "full"];
const resize = (step) => host.tell("size", SIZES[SIZES.indexOf(host.here.size) + step]);

export class Head {
  /** `back()` leads to the list. */
  constructor({ back }) {
    this.back = iconButton("back", t("back"), back);
    this.others = el("span", { class: "count" });
    this.back.append(this.others);
    this.face = el("span", { class: "who" });
    this.name = el("h1");
    this.status = el("p");
    this.smaller = iconButton("smaller", t("smaller"), () => resize(-1));
    this.larger = iconButton("larger", t("larger"), () => resize(1));
    const close = iconButton("x", t("close"), () => host.tell("close"));
    const words = el("div", { class: "grow" }, this.name, this.status);
    this.node = el("header", { class: "head" }, this.back, this.face, words, this.smaller, this.larger, close);
  }

  /** `conversation` or null; `list`: the visitor's conversations; `isHome`: the list is shown. */
  update({ conversation, list, isHome }) {
    const holder = conversation?.status === "open" ? conversation.holder : null;
    this.back.hidden = isHome || !(list.length || boot.channels.length > 1);
    const waiting = list.filter((one) => one !== conversation && unreadOf(one)).length;
    this.others.textContent = waiting || "";
    const shown = holder ?? { ...boot.company, square: true };
    const key = JSON.stringify(shown);
    if (this.face.dataset.key !== key) {
      this.face.dataset.key = key;
      this.face.replaceChildren(face(shown));
    }
    this.name.textContent = shown.name;
    const [text, here] = holder ? [boot.company.name, true] : situation();
    this.status.textContent = text;
    this.status.classList.toggle("here", here && navigator.onLine);
    if (!navigator.onLine) this.status.textContent = t("offline");
    this.smaller.hidden = host.here.full || host.here.size === "small";
    this.larger.hidden = host.here.full || host.here.size === "full";
  }
}

/** [what to expect before anybody answers, whether somebody is there now]. */
function situation() {
  const { channels, available, minutes } = boot;
  const opens = channels.some((channel) => channel.open) ? null : channels.map((channel) => channel.back_at).filter(Boolean).sort()[0];
  if (opens) return [t("back_at", { when: upcoming(opens) }), false];
  if (channels.length && !channels.some((channel) => channel.open)) return [t("closed_now"), false];
  if (!available) return [t("away"), false];
  if (!minutes) return [t("here"), true];
  if (minutes < 2) return [t("usual_one"), true];
  return [minutes < 90 ? t("usual", { n: minutes }) : t("usual_hours", { n: Math.round(minutes / 60) }), true];
}
