/* The tab's icon with a red dot while something is unread. */

const MARK =
  '<path d="M5 3h10l6 6v8.5a2 2 0 0 1-2 2h-7.5l-4.5 3.5v-3.5h-2a2 2 0 0 1-2-2v-12.5a2 2 0 0 1 2-2Z" fill="#00684b"/>' +
  '<path d="M15 3v4.5a1.5 1.5 0 0 0 1.5 1.5h4.5Z" fill="#a9dfc6"/>';
const DOT = '<circle cx="18.5" cy="5.5" r="5.5" fill="#c8321f" stroke="#fff" stroke-width="1.5"/>';
const MARKED = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${MARK}${DOT}</svg>`,
)}`;

let plain = "";

/** Shows or hides the dot. */
export function mark(unread) {
  const link = document.getElementById("favicon");
  if (!link) return;
  if (!link.href.startsWith("data:")) plain = link.href;
  const wanted = unread ? MARKED : plain;
  if (wanted && link.href !== wanted) link.href = wanted;
}
