import { intColumn, type IntColumn } from '../flows/columns.js';
import type { TimeUnit } from '../schema/fields.js';
import { sums } from './values.js';

/** Packets, bytes and times of a direction, by row; times in nanoseconds, 0 without a packet. */
export interface Amounts {
  readonly packets: IntColumn;
  readonly bytes: IntColumn;
  readonly first: IntColumn;
  readonly last: IntColumn;
  /** 1 where there is a packet. */
  readonly there: Uint8Array;
  /** How many gaps are between the packets. */
  readonly gaps: BigInt64Array;
}

/** The columns that the amounts of a direction are in, without what their names begin with. */
export const amountNames = ['packets', 'bytes', 'first_ns', 'last_ns'] as const;

/** Amounts as they stand in columns. */
export function amounts(column: (name: (typeof amountNames)[number]) => IntColumn): Amounts {
  const packets = column('packets');
  return { packets, bytes: column('bytes'), first: column('first_ns'), last: column('last_ns'), ...counted(packets) };
}

/** Those of an earlier and a later piece. */
export function together(before: Amounts, next: Amounts): Amounts {
  const packets = eitherOrSum(before, next, 'packets');
  return {
    packets,
    bytes: eitherOrSum(before, next, 'bytes'),
    first: intColumn(eitherOr(before, next, before.first.values, next.first.values, false), null, before.first.bigint),
    last: intColumn(eitherOr(before, next, before.last.values, next.last.values, true), null, before.last.bigint),
    ...counted(packets),
  };
}

/** Those of both directions. A piece that was turned round begins with its other direction. */
export function bothWays(forward: Amounts, backward: Amounts): Amounts {
  const packets = intColumn(sums(forward.packets.values, backward.packets.values), null);
  return {
    packets,
    bytes: intColumn(sums(forward.bytes.values, backward.bytes.values), null),
    first: intColumn(earliest(forward, backward), null),
    last: intColumn(eitherOr(forward, backward, forward.last.values, backward.last.values, true), null),
    ...counted(packets),
  };
}

/** Differences of two times in nanoseconds, each first in whole units; never less than 0. */
export function gaps(from: BigInt64Array, to: BigInt64Array, unit: TimeUnit): BigInt64Array {
  const between = spans(from, to, unit);
  for (let row = 0; row < between.length; row++) if (between[row]! < 0n) between[row] = 0n;
  return between;
}

/** Differences of two times in nanoseconds, each first in whole units. */
export function spans(from: BigInt64Array, to: BigInt64Array, unit: TimeUnit): BigInt64Array {
  const [began, ended] = [inUnits(from, unit), inUnits(to, unit)];
  const span = new BigInt64Array(began.length);
  for (let row = 0; row < span.length; row++) span[row] = ended[row]! - began[row]!;
  return span;
}

// Divisors are written out: divided by one that is not known the engine of JavaScript makes a bigint for each row.
function inUnits(ns: BigInt64Array, unit: TimeUnit): BigInt64Array {
  if (unit === 'ns') return ns;
  const whole = new BigInt64Array(ns.length);
  if (unit === 'ms') for (let row = 0; row < whole.length; row++) whole[row] = ns[row]! / 1_000_000n;
  else for (let row = 0; row < whole.length; row++) whole[row] = ns[row]! / 1000n;
  return whole;
}

function counted({ halves, values }: IntColumn): Pick<Amounts, 'there' | 'gaps'> {
  const there = new Uint8Array(values.length);
  const gaps = new BigInt64Array(values.length);
  for (let row = 0; row < there.length; row++) {
    const high = halves[2 * row + 1]!;
    if (high < 0 || (high | halves[2 * row]!) === 0) continue;
    there[row] = 1;
    gaps[row] = values[row]! - 1n;
  }
  return { there, gaps };
}

function eitherOrSum(before: Amounts, next: Amounts, what: 'packets' | 'bytes'): IntColumn {
  const { values: one } = before[what];
  const { values: other } = next[what];
  const sum = new BigInt64Array(one.length);
  for (let row = 0; row < sum.length; row++) sum[row] = before.there[row] === 0 ? other[row]! : next.there[row] === 0 ? one[row]! : one[row]! + other[row]!;
  return intColumn(sum, null, before[what].bigint);
}

/** The value of the one that has packets; where both have, the first one's, or the larger. */
function eitherOr(before: Amounts, next: Amounts, one: BigInt64Array, other: BigInt64Array, larger: boolean): BigInt64Array {
  const chosen = new BigInt64Array(one.length);
  for (let row = 0; row < chosen.length; row++)
    chosen[row] = before.there[row] === 0 || (larger && next.there[row] === 1 && other[row]! > one[row]!) ? other[row]! : one[row]!;
  return chosen;
}

function earliest(forward: Amounts, backward: Amounts): BigInt64Array {
  const [one, other] = [forward.first.values, backward.first.values];
  const first = new BigInt64Array(one.length);
  for (let row = 0; row < first.length; row++)
    first[row] = forward.there[row] === 0 || (backward.there[row] === 1 && other[row]! < one[row]!) ? other[row]! : one[row]!;
  return first;
}
