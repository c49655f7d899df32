/* Which saved replies and variables fit what was typed, the best first. */

const AT_MOST = 40;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/* 0: the short name begins so; 1: the title; 2: a word of the title; 3: inside the title; 4: inside the text. */
function rank(query, { title, shortcut = "", text = "" }) {
  if (!query) return 0;
  const name = fold(title);
  if (fold(shortcut).startsWith(query)) return 0;
  if (name.startsWith(query)) return 1;
  if (name.includes(` ${query}`)) return 2;
  if (name.includes(query) || fold(shortcut).includes(query)) return 3;
  return query.split(" ").every((word) => fold(text).includes(word) || name.includes(word)) ? 4 : -1;
}

/** The best ones first; those alike stay in the order of use. */
export function found(query, rows) {
  const ranked = rows.map((row) => ({ row, place: rank(fold(query.trim()), row) })).filter(({ place }) => place >= 0);
  return ranked.sort((one, two) => one.place - two.place).slice(0, AT_MOST).map(({ row }) => row);
}
