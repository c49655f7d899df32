/* How long to wait before trying again: full jitter, so that a thousand browsers do not return in one instant. */

export const CAP_MS = 15_000;

/** Milliseconds before attempt n (0, 1, 2 …): anything up to 0.5 s · 2ⁿ, never above 15 s. */
export function backoff(attempt, random = Math.random) {
  return Math.floor(random() * Math.min(CAP_MS, 500 * 2 ** Math.min(attempt, 10)));
}
