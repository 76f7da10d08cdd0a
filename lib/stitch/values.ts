import { buildColumn, columnLength, intColumn, valueAt, type FlowColumn, type FlowValue, type IntColumn } from '../flows/columns.js';
import type { Field } from '../schema/fields.js';

/** Adds integers with all their digits, and floats as they are; nulls count nothing. */
export function sumColumn(field: Field, before: FlowColumn, next: FlowColumn): FlowColumn {
  if (before.type === 'int') return intsOf(before, next as IntColumn, sums);
  return byValue(field, before, next, (one, other) => (one as number) + (other as number));
}

/** The smaller of two values, of one where the other is null. */
export function leastColumn(field: Field, before: FlowColumn, next: FlowColumn): FlowColumn {
  if (before.type === 'int') return intsOf(before, next as IntColumn, smaller);
  return byValue(field, before, next, (one, other) => (other < one ? other : one));
}

/** The larger of two values, of one where the other is null. */
export function largestColumn(field: Field, before: FlowColumn, next: FlowColumn): FlowColumn {
  if (before.type === 'int') return intsOf(before, next as IntColumn, larger);
  return byValue(field, before, next, (one, other) => (other > one ? other : one));
}

/** The values, but where one of the columns is null that of the other. */
function orElse(before: IntColumn, next: IntColumn, values: BigInt64Array): IntColumn {
  if (before.valid === null && next.valid === null) return intColumn(values, null, before.bigint);
  const valid = new Uint8Array(values.length).fill(1);
  for (let row = 0; row < valid.length; row++) {
    const [one, other] = [before.valid?.[row] ?? 1, next.valid?.[row] ?? 1];
    if (one === 0) values[row] = next.values[row]!;
    else if (other === 0) values[row] = before.values[row]!;
    valid[row] = one | other;
  }
  return intColumn(values, valid.includes(0) ? valid : null, before.bigint);
}

function intsOf(before: IntColumn, next: IntColumn, of: (one: BigInt64Array, other: BigInt64Array) => BigInt64Array): IntColumn {
  return orElse(before, next, of(before.values, next.values));
}

/** Sums of integers, row by row. */
export function sums(one: BigInt64Array, other: BigInt64Array): BigInt64Array {
  const sum = new BigInt64Array(one.length);
  for (let row = 0; row < sum.length; row++) sum[row] = one[row]! + other[row]!;
  return sum;
}

function smaller(one: BigInt64Array, other: BigInt64Array): BigInt64Array {
  const least = new BigInt64Array(one.length);
  for (let row = 0; row < least.length; row++) least[row] = other[row]! < one[row]! ? other[row]! : one[row]!;
  return least;
}

function larger(one: BigInt64Array, other: BigInt64Array): BigInt64Array {
  const most = new BigInt64Array(one.length);
  for (let row = 0; row < most.length; row++) most[row] = other[row]! > one[row]! ? other[row]! : one[row]!;
  return most;
}

/** Columns of plugins that are no integers, value by value. */
function byValue(
  field: Field,
  before: FlowColumn,
  next: FlowColumn,
  of: (one: NonNullable<FlowValue>, other: NonNullable<FlowValue>) => FlowValue,
): FlowColumn {
  const values = Array.from({ length: columnLength(before) }, (_, row) => {
    const one = valueAt(before, row);
    const other = valueAt(next, row);
    return one === null || other === null ? (one ?? other) : of(one, other);
  });
  return buildColumn(field, values);
}
