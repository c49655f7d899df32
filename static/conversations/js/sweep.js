/* Drafts in this browser that nobody came back to for a month and that the server has: they go. Loaded when all is quiet. */

import { PREFIX } from "memo/conversations/drafts";

const KEEP_MS = 30 * 86_400_000;

try {
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const { at = 0, dirty } = JSON.parse(localStorage.getItem(name) ?? "{}");
    if (!dirty && Date.now() - at > KEEP_MS) localStorage.removeItem(name);
  }
} catch {
  /* storage is switched off */
}
