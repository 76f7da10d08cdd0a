import type { Difference } from './explained.js';
import { sameValue, type Matching } from './match.js';

/** Counts over all captures of a reference, or of all references. */
export class Totals {
  readonly agree = new Map<string, number>();
  pairs = 0;
  compared = 0;
  equal = 0;
  explained = 0;
  unexplained = 0;
  /** Flows of which ours knows more by the rule `own-hello`. */
  more = 0;

  add({ pairs, missing, extra }: Matching, columns: readonly string[], differences: readonly Difference[], explained: number): void {
    this.pairs += pairs.length;
    for (const column of columns) {
      const same = pairs.filter((pair) => sameValue(pair.reference[column], pair.ours[column])).length;
      this.agree.set(column, (this.agree.get(column) ?? 0) + same);
    }
    const compared = pairs.length + missing.length + extra.length;
    this.compared += compared;
    this.equal += compared - differences.length;
    this.explained += explained;
    this.unexplained += differences.length - explained;
  }

  /** The line that sums up. */
  get line(): string {
    return `flows ${this.compared} compared: ${this.equal} equal, ${this.explained} explained, ${this.unexplained} unexplained`;
  }
}
