/* What every signed-in page of the team runs: the live connection, what rings, and the elements of the inbox. */

import "memo/conversations/live";
import "memo/conversations/composer";
import "memo/conversations/countdown";
import "memo/conversations/finding";
import "memo/conversations/here";
import "memo/conversations/intent";
import "memo/conversations/keys";
import "memo/conversations/list";
import "memo/conversations/offering";
import "memo/conversations/rings";
import "memo/conversations/sending";
import "memo/conversations/thread";
import "memo/conversations/who";
import { headers } from "memo/ui/csrf";
import { visit } from "@hotwired/turbo";

// Forms that came by the socket carry no token of their own.
document.addEventListener("turbo:before-fetch-request", ({ detail: { fetchOptions } }) => {
  if (fetchOptions.method?.toUpperCase() !== "GET") fetchOptions.headers["X-CSRFToken"] ??= headers()["X-CSRFToken"];
});

// What a click on a row has opened: the focus goes to its heading, not to nowhere; who writes already, writes.
document.addEventListener("turbo:frame-load", ({ target }) => {
  if (!target.contains(document.activeElement)) target.querySelector("[data-heading]")?.focus({ preventScroll: true });
});

// Who goes back while a conversation is still arriving: Turbo shows it under the address of the page gone back to. (A frame
// that is not complete is ahead of the address: the next conversation was chosen already.)
document.addEventListener("turbo:load", () => {
  const frame = document.getElementById("conversation");
  const elsewhere = frame?.src && new URL(frame.src).pathname !== location.pathname;
  if (elsewhere && frame.hasAttribute("complete")) visit(location.href, { action: "replace" });
});
