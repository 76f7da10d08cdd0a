import { intColumn, type FlowColumn } from '../flows/columns.js';
import { deviations, means, wideSums, type Wide } from './moments.js';
import { sums } from './values.js';

/** What is kept of lengths to make their statistics of, by row. */
export interface Lengths {
  readonly count: BigInt64Array;
  readonly sum: BigInt64Array;
  /** 0 without one. */
  readonly min: BigInt64Array;
  readonly max: BigInt64Array;
  readonly squares: Wide;
}

/** What columns tell of lengths. */
export type Statistic = 'min' | 'mean' | 'stddev' | 'max';

/** Of these lengths and those. */
export function bothLengths(one: Lengths, other: Lengths): Lengths {
  const [min, max] = [one.min.slice(), one.max.slice()];
  for (let row = 0; row < min.length; row++) {
    if (other.count[row] === 0n) continue;
    const first = one.count[row] === 0n;
    if (first || other.min[row]! < min[row]!) min[row] = other.min[row]!;
    if (first || other.max[row]! > max[row]!) max[row] = other.max[row]!;
  }
  return { count: sums(one.count, other.count), sum: sums(one.sum, other.sum), min, max, squares: wideSums(one.squares, other.squares, null) };
}

/** Of these lengths, and of one more in each row where there is one. */
export function withLengths(known: Lengths, lengths: BigInt64Array, there: Uint8Array): Lengths {
  const [count, min, max] = [known.count.slice(), known.min.slice(), known.max.slice()];
  const added = lengths.slice();
  for (let row = 0; row < added.length; row++) {
    if (there[row] === 0) added[row] = 0n;
    else {
      const first = count[row] === 0n;
      if (first || added[row]! < min[row]!) min[row] = added[row]!;
      if (first || added[row]! > max[row]!) max[row] = added[row]!;
      count[row] = count[row]! + 1n;
    }
  }
  return { count, sum: sums(known.sum, added), min, max, squares: wideSums(known.squares, null, added) };
}

/** One of their statistics; null without a length. */
export function statisticOf({ count, sum, min, max, squares }: Lengths, which: Statistic): FlowColumn {
  const all = new Uint8Array(count.length);
  for (let row = 0; row < all.length; row++) if (count[row] !== 0n) all[row] = 1;
  const there = all.includes(0) ? all : null;
  switch (which) {
    case 'min':
      return intColumn(min, there);
    case 'max':
      return intColumn(max, there);
    case 'mean':
      return { ...means(sum, count), valid: there };
    case 'stddev':
      return { ...deviations(squares, sum, count), valid: there };
  }
}
