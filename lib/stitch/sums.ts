import { deviationOf } from './moments.js';

/** What is kept of lengths, to make their statistics of. */
export interface Sums {
  readonly count: bigint;
  readonly sum: bigint;
  readonly squares: bigint;
  /** 0 without one. */
  readonly min: bigint;
  readonly max: bigint;
}

/** Of no lengths. */
export const noSums: Sums = Object.freeze({ count: 0n, sum: 0n, squares: 0n, min: 0n, max: 0n });

/** Of these lengths and those. */
export function bothSums(one: Sums, other: Sums): Sums {
  if (one.count === 0n || other.count === 0n) return one.count === 0n ? other : one;
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    squares: one.squares + other.squares,
    min: one.min < other.min ? one.min : other.min,
    max: one.max > other.max ? one.max : other.max,
  };
}

/** Of these lengths and one more. */
export function withLength(sums: Sums, length: bigint): Sums {
  return bothSums(sums, { count: 1n, sum: length, squares: length * length, min: length, max: length });
}

/** What columns tell of lengths. */
export type Statistic = 'min' | 'mean' | 'stddev' | 'max';

/** One of their statistics; null without a length. */
export function statisticOf({ count, sum, squares, min, max }: Sums, which: Statistic): number | bigint | null {
  if (count === 0n) return null;
  switch (which) {
    case 'min':
      return min;
    case 'max':
      return max;
    case 'mean':
      return Number(sum) / Number(count);
    case 'stddev':
      return deviationOf(squares, sum, count);
  }
}
