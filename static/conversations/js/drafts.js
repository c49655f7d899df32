/* What was begun and not sent: one draft per person, conversation and readers, in this browser. */

import { live } from "memo/conversations/live";

const PREFIX = "memo-draft-";
const KEEP_DAYS = 30;
const key = (c, kind) => `${PREFIX}${live.user}-${c}-${kind}`;

/** {body, files}; empty when nothing was begun. */
export function read(c, kind) {
  try {
    return { body: "", files: [], ...JSON.parse(localStorage.getItem(key(c, kind)) ?? "{}") };
  } catch {
    return { body: "", files: [] };
  }
}

/** Remembers the draft, or forgets an empty one. Whether it is stored. */
export function write(c, kind, { body, files }) {
  try {
    if (body.trim() || files.length) localStorage.setItem(key(c, kind), JSON.stringify({ body, files, at: Date.now() }));
    else localStorage.removeItem(key(c, kind));
    return true;
  } catch {
    return false;
  }
}

/** Drafts that nobody came back to for a month. */
export function sweep() {
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const { at = 0 } = JSON.parse(localStorage.getItem(name) ?? "{}");
      if (Date.now() - at > KEEP_DAYS * 86_400_000) localStorage.removeItem(name);
    }
  } catch {
    /* storage is switched off */
  }
}
