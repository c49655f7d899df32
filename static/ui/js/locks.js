/* One at a time: across all tabs where the browser can (secure pages), else within this one. */

const waiting = new Map();

async function here(name, ifAvailable, job) {
  const before = waiting.get(name);
  if (before && ifAvailable) return job(null);
  const turn = (before ?? Promise.resolve()).then(() => job({ name }));
  const done = turn.then(() => {}, () => {});
  waiting.set(name, done);
  done.then(() => waiting.get(name) === done && waiting.delete(name));
  return turn;
}

/** Runs job(lock) when the name is free. With ifAvailable it does not wait: job(null) when somebody has it. */
export function locked(name, job, { ifAvailable = false } = {}) {
  return navigator.locks ? navigator.locks.request(name, { ifAvailable }, job) : here(name, ifAvailable, job);
}
