/* Our own stream action. <turbo-stream action="bump" target="rows"><template><li id="row-…">…</li></template>:
   the row is brought up to date and moved to the top of its list; focus, scroll position and everything else stay. */

import { morphElements, StreamActions } from "@hotwired/turbo";

/** Moves a row, of this list or of another in the page, to the top of the list without losing the focus inside it, even
    where browsers cannot do it alone. */
export function moveToTop(list, row) {
  if (list.firstElementChild === row) return;
  if (row.isConnected && list.isConnected && "moveBefore" in list) {
    list.moveBefore(row, list.firstElementChild);
    return;
  }
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list.prepend(row);
  focused?.focus({ preventScroll: true });
}

/** Puts one fresh row at the top of the list; an element with its id is morphed into it, not replaced. */
export function bump(list, fresh) {
  const row = fresh.id ? document.getElementById(fresh.id) : null;
  if (!row) {
    list.prepend(fresh);
    return fresh;
  }
  const typing = document.activeElement?.matches("input, textarea") ?? false;
  morphElements(row, fresh, { ignoreActiveValue: typing }); // what is being typed stays
  moveToTop(list, document.getElementById(fresh.id));
  return row;
}

StreamActions.bump = function () {
  for (const list of this.targetElements) {
    for (const fresh of [...this.templateContent.children]) bump(list, fresh);
  }
};
