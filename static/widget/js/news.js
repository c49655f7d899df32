/* What a message changes in the list, and what others wrote: told to the page once, whichever way it came. */

import { wordsOf } from "memo/widget/dom";
import { host } from "memo/widget/host";

/** The fields of a conversation whose newest message this is. */
export function latest(message, own) {
  const { seq, at, files, author } = message;
  return { seq, at, preview: wordsOf(message) || files[0]?.name || "", by: author.name, own };
}

/** Tells the page unless it has heard it: by the connection, or fetched after a gap. Whether it was news from others. */
export function hear(one, { seq, text, from, own }) {
  if (seq <= one.heard) return false;
  one.heard = seq;
  if (!own) host.emit("message:received", { conversation: one.c, text, from });
  return !own;
}
