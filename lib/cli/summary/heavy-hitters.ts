/** What is counted under a name. */
export interface Weights {
  bytes: number;
  flows: number;
}

/** Names that are kept apart at most, before the small ones are given up. */
const usualLimit = 1 << 16;

/**
 * Adds up bytes and flows by name in bounded memory. When there are too many names, the half with the fewest bytes is given up: after that sums are lower bounds, too
 * small by at most `missing`.
 */
export class HeavyHitters {
  readonly #limit: number;
  readonly #names = new Map<string, Weights>();
  /** Bytes that a name may have lost at most; 0 while everything is exact. */
  missing = 0;

  /** @param limit names at most */
  constructor(limit = usualLimit) {
    this.#limit = limit;
  }

  add(name: string, bytes: number): void {
    const found = this.#names.get(name);
    if (found !== undefined) {
      found.bytes += bytes;
      found.flows++;
      return;
    }
    if (this.#names.size >= this.#limit) this.#giveUpHalf();
    this.#names.set(name, { bytes, flows: 1 });
  }

  /** Number of names; at least so many when some were given up. */
  get size(): number {
    return this.#names.size;
  }

  /** The names with the most of something, the most first; names of equal weight in their own order. */
  top(count: number, by: keyof Weights): [name: string, weights: Weights][] {
    return [...this.#names].sort(([a, x], [b, y]) => y[by] - x[by] || (a < b ? -1 : 1)).slice(0, count);
  }

  #giveUpHalf(): void {
    const sorted = [...this.#names].sort(([, x], [, y]) => y.bytes - x.bytes);
    const givenUp = sorted.slice(sorted.length >> 1);
    this.missing += givenUp[0]![1].bytes;
    for (const [name] of givenUp) this.#names.delete(name);
  }
}
