/** The name under which all others are counted. */
const others = 'other';

interface Told {
  /** What was counted and is told elsewhere: under `other`. */
  elsewhere: number;
  value: number;
}

/**
 * Counts by name for whoever takes rates of them: every one only grows, and they add up to the total, though the list that is counted from holds the commonest names, which others may
 * become. A name keeps its place once it has one; what was told of it as `other` stays there.
 */
export class GrowingCounts {
  readonly #most: number;
  readonly #told = new Map<string, Told>();
  #absent = new Set<string>();
  #others = 0;

  /** @param most names that are told */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param counts as of now: names may be missing, whose counts are then in `other` */
  update(counts: Readonly<Record<string, number>>): [name: string, value: number][] {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const later: Told[] = [];
    for (const [name, count] of Object.entries(counts)) {
      if (name === others) continue;
      const known = this.#told.get(name);
      if (known === undefined) {
        if (this.#told.size >= this.#most) continue;
        const told = { elsewhere: 0, value: count };
        this.#told.set(name, told);
        later.push(told);
      } else {
        if (this.#absent.has(name)) known.elsewhere = count - known.value;
        known.value = count - known.elsewhere;
      }
    }
    this.#absent = new Set([...this.#told.keys()].filter((name) => !Object.hasOwn(counts, name)));
    this.#keepOthers(total, later);
    const told = [...this.#told].map(([name, { value }]): [string, number] => [name, value]);
    return this.#others > 0 ? [...told, [others, this.#others]] : told;
  }

  /** Names that are told from now on leave to `other` what it has told of them. */
  #keepOthers(total: number, later: readonly Told[]): void {
    let rest = total - [...this.#told.values()].reduce((sum, { value }) => sum + value, 0);
    for (const told of later) {
      const missing = Math.min(told.value, Math.max(0, this.#others - rest));
      told.elsewhere += missing;
      told.value -= missing;
      rest += missing;
    }
    this.#others = rest;
  }
}
