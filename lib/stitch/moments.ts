import { intColumn, numberOf, type FloatColumn, type IntColumn } from '../flows/columns.js';

/** Integers of 128 bits, by row: the lower half, and the upper one. */
export interface Wide {
  readonly low: IntColumn;
  readonly high: IntColumn;
}

/** Numbers above which an integer is no longer exact. */
const exact = 2 ** 53;

/** Sums of wide integers, of others and of the squares of these, where they are given. */
export function wideSums(one: Wide, other: Wide | null, roots: BigInt64Array | null): Wide {
  const length = one.low.values.length;
  const sum = { low: intColumn(new BigInt64Array(length), null, one.low.bigint), high: intColumn(new BigInt64Array(length), null, one.high.bigint) };
  const root = roots === null ? null : new Int32Array(roots.buffer, roots.byteOffset, 2 * length);
  for (let row = 0; row < length; row++) {
    const number = root === null ? 0 : numberOf(root, row);
    const small = safeAt(one, row) + (other === null ? 0 : safeAt(other, row)) + number * number;
    if (small < exact) {
      const high = Math.floor(small / 4294967296);
      sum.low.halves[2 * row] = small - high * 4294967296;
      sum.low.halves[2 * row + 1] = high;
      continue;
    }
    const whole = wideAt(one, row) + (other === null ? 0n : wideAt(other, row)) + (roots === null ? 0n : roots[row]! * roots[row]!);
    sum.low.values[row] = whole;
    sum.high.values[row] = whole >> 64n;
  }
  return sum;
}

/** A wide integer as a number; Infinity where it is larger than 63 bits. */
function safeAt({ low, high }: Wide, row: number): number {
  return (high.halves[2 * row]! | high.halves[2 * row + 1]!) === 0 && low.halves[2 * row + 1]! >= 0 ? numberOf(low.halves, row) : Infinity;
}

function wideAt({ low, high }: Wide, row: number): bigint {
  return (BigInt.asUintN(64, high.values[row]!) << 64n) | BigInt.asUintN(64, low.values[row]!);
}

/** Means of so many integers, each rounded once; 0 for none. */
export function means(sum: BigInt64Array, count: BigInt64Array): FloatColumn {
  const [all, many] = [halvesOf(sum), halvesOf(count)];
  const values = new Float64Array(sum.length);
  for (let row = 0; row < values.length; row++) {
    const divisor = numberOf(many, row);
    if (divisor !== 0) values[row] = numberOf(all, row) / divisor;
  }
  return { type: 'float', values, valid: null };
}

/**
 * Sample standard deviations of so many integers from their sums, which are exact; 0 for fewer than two, and where the sums can't be those of any integers: captures that overlap have gaps that do
 * not add up to the duration, and a file may say anything.
 */
export function deviations(squares: Wide, sum: BigInt64Array, count: BigInt64Array): FloatColumn {
  const [all, many] = [halvesOf(sum), halvesOf(count)];
  const values = new Float64Array(sum.length);
  for (let row = 0; row < values.length; row++) {
    const total = numberOf(all, row);
    const divisor = numberOf(many, row);
    const product = divisor * safeAt(squares, row);
    const small = divisor >= 0 && product < exact && total * total < exact && divisor * divisor < exact;
    values[row] = small
      ? divisor < 2 || product < total * total
        ? 0
        : Math.sqrt((product - total * total) / (divisor * (divisor - 1)))
      : deviationOf(wideAt(squares, row), sum[row]!, count[row]!);
  }
  return { type: 'float', values, valid: null };
}

function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

function deviationOf(squares: bigint, sum: bigint, count: bigint): number {
  const spread = count * squares - sum * sum;
  return count < 2n || spread < 0n ? 0 : Math.sqrt(Number(spread) / Number(count * (count - 1n)));
}
