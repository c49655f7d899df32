/* Unread as a whole, or from a message on ({seq} or {side_seq}). The thread is left: who goes on looking at it would have
   read it again. */

import { visit } from "@hotwired/turbo";
import { live } from "memo/conversations/live";
import { post } from "memo/ui/csrf";

export async function leaveUnread(thread, from = {}) {
  await thread.reading.stop();
  await post(`${thread.base}unread/`, from);
  visit(`/conversations/${live.query}`);
}
