/* Seen means: the thread is open in a page that was visible and focused for a second (model.md §4.3). */

import { host } from "memo/widget/host";
import { store, unreadOf } from "memo/widget/store";

const LOOK_MS = 1_000;

/** `current()` is the conversation on the screen, or undefined. Looks only while there is something unread. */
export function watch(current) {
  let timer = 0, since = null;
  const look = async () => {
    timer = 0;
    const one = current();
    if (!one || !unreadOf(one)) return (since = null);
    const looked = `${one.c} ${(await host.isHere()) ? "here" : ""}`;
    const isStill = looked === since && looked.endsWith("here");
    since = looked;
    if (isStill && current() === one) store.markSeen(one);
    again();
  };
  const again = () => (timer ||= setTimeout(look, LOOK_MS));
  store.addEventListener("change", () => {
    const one = current();
    if (one && unreadOf(one) && !timer) look();
  });
  addEventListener("focus", again);
  host.on("open", again);
}
