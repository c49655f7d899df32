/* Lists whose newest row is on top: rows come, go and move up while somebody reads further down. */

/** Makes a change; what is seen of the rows stays where it is, as most of it does. At the very top the news are seen. */
export function steady(scroller, change) {
  const seen = scroller.scrollTop > 0 ? visible(scroller) : [];
  const before = seen.map(top);
  change();
  const moved = seen.flatMap((row, n) => (row.isConnected ? [top(row) - before[n]] : [])).sort((one, two) => one - two);
  if (moved.length) scroller.scrollTop += moved[moved.length >> 1];
}

const top = (row) => row.getBoundingClientRect().top;

function visible(scroller) {
  const edge = scroller.getBoundingClientRect();
  return [...scroller.querySelectorAll(".rows > li")].filter((row) => {
    const box = row.getBoundingClientRect();
    return box.bottom > edge.top && box.top < edge.bottom;
  });
}
