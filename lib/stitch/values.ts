import type { FlowValue } from '../flows/columns.js';

/** The first of two values that is there. */
export function firstOf(before: FlowValue, next: FlowValue): FlowValue {
  return before ?? next;
}

/** Adds integers with all their digits, and floats as they are; nulls count nothing. */
export function sumOf(before: FlowValue, next: FlowValue): FlowValue {
  if (before === null || next === null) return before ?? next;
  if (typeof before === 'bigint' || typeof next === 'bigint') return BigInt.asIntN(64, BigInt(before as bigint) + BigInt(next as bigint));
  const sum = (before as number) + (next as number);
  return Number.isInteger(sum) && !Number.isSafeInteger(sum) && Number.isInteger(before) && Number.isInteger(next)
    ? BigInt.asIntN(64, BigInt(before as number) + BigInt(next as number))
    : sum;
}

/** The least of the values that are there; null without one. */
export function least(values: readonly FlowValue[]): FlowValue {
  return values.reduce((best, value) => (value !== null && (best === null || value < best) ? value : best), null);
}

/** The largest of the values that are there; null without one. */
export function largest(values: readonly FlowValue[]): FlowValue {
  return values.reduce((best, value) => (value !== null && (best === null || value > best) ? value : best), null);
}

/** The mean of so many integers, rounded once; 0 for none. */
export function meanOf(sum: bigint, count: bigint): number {
  return count === 0n ? 0 : Number(sum) / Number(count);
}

/**
 * The sample standard deviation of so many integers from their sums, which are exact; 0 for fewer than two, and where the sums can't be those of any integers: captures that overlap have gaps that do
 * not add up to the duration, and a file may say anything.
 */
export function deviationOf(squares: bigint, sum: bigint, count: bigint): number {
  const spread = count * squares - sum * sum;
  return count < 2n || spread < 0n ? 0 : Math.sqrt(Number(spread) / Number(count * (count - 1n)));
}

/** The most that an item of 32 bits holds. */
const mostOf32 = 2n ** 31n - 1n;

/**
 * The items of two lists, whose ends are filled with -1, one behind the other, as many as a list has.
 * @param gap what stands for the first item of the second list, which had nothing before it; null where it stays
 * @param narrow items have 32 bits
 */
export function listOf(before: FlowValue, next: FlowValue, gap: bigint | null, narrow: boolean): FlowValue {
  if (!Array.isArray(before) || !Array.isArray(next)) return before ?? next;
  const first = before as readonly (number | bigint)[];
  const filled = first.findIndex((item) => Number(item) === -1);
  if (filled < 0) return before;
  const own = next as readonly (number | bigint)[];
  const begin = gap === null ? own[0]! : narrow && gap > mostOf32 ? mostOf32 : gap;
  const wide = typeof first[0] === 'bigint';
  const joined = [...first.slice(0, filled), begin, ...own.slice(1)].slice(0, first.length);
  return (wide ? joined.map(BigInt) : joined.map(Number)) as FlowValue;
}

/** So many of the first bytes of two texts in hex. */
export function prefixOf(before: string, next: string, bytes: number): string {
  return `${before}${next}`.slice(0, 2 * bytes);
}
