/* What we know of each group's state. A group counts its frames; a number we did not expect means we missed some. */

export class Versions {
  #known = new Map();

  /** The page was rendered at this version of the group. An older number never replaces a newer one. */
  know(group, version) {
    if (!(this.#known.get(group) >= version)) this.#known.set(group, version);
  }

  /** What we think the group is at; undefined when we never heard of it. */
  of(group) {
    return this.#known.get(group);
  }

  /** Fetching the state failed: the next beat reports the gap again. */
  lost(group) {
    this.#known.set(group, -1);
  }

  /** We left the group. */
  forget(group) {
    this.#known.delete(group);
  }

  /** A counted frame: "next" (show it), "old" (had it), "gap" (missed some: fetch the state, this frame included), or
      "first" (show it, and fetch what may have come before). */
  frame(group, version) {
    const known = this.#known.get(group);
    if (known !== undefined && version <= known) return "old";
    this.#known.set(group, version);
    if (known === undefined) return "first";
    return version === known + 1 ? "next" : "gap";
  }

  /** A beat's table {group: version}: the groups in which something passed us by. */
  beat(table) {
    const behind = [];
    for (const [group, version] of Object.entries(table ?? {})) {
      const known = this.#known.get(group);
      if (known !== undefined && known >= version) continue;
      this.#known.set(group, version);
      behind.push({ group, known: known ?? null, version });
    }
    return behind;
  }
}
