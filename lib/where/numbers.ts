import type { IntColumn } from '../flows/columns.js';
import type { Arithmetic, Comparison } from '../expressions/syntax.js';

/** A number of an expression: an integer that no number holds exactly is a bigint. */
export type Numeric = number | bigint;

/** The integer of a row, with all its digits; most are read without making a bigint. */
export function integerAt({ halves, values }: IntColumn, row: number): Numeric {
  const high = halves[2 * row + 1]!;
  return high >= -0x200000 && high < 0x200000 ? high * 4294967296 + (halves[2 * row]! >>> 0) : values[row]!;
}

/** A whole number as a bigint only where it must be one. */
function exact(value: bigint): Numeric {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function isWhole(value: Numeric): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

const withNumbers: Readonly<Record<'+' | '-' | '*', (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

const withBigints: Readonly<Record<'+' | '-' | '*', (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

/** An integer that is larger comes of long products only, and is null. */
const most = 1n << 4096n;

/** Does one operation. Whole numbers stay whole and exact; `/` gives a fraction, and a division by 0, or what is not finite, null. */
export function calculator(operator: Arithmetic): (left: Numeric, right: Numeric) => Numeric | null {
  if (operator === '/') return (left, right) => finite(Number(left) / Number(right));
  if (operator === '%') {
    return (left, right) => {
      if (Number(right) === 0) return null;
      if (typeof left === 'number' && typeof right === 'number') return finite(left % right);
      return isWhole(left) && isWhole(right) ? exact(BigInt(left) % BigInt(right)) : finite(Number(left) % Number(right));
    };
  }
  const ofNumbers = withNumbers[operator];
  const ofBigints = withBigints[operator];
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') {
      const result = ofNumbers(left, right);
      if (Number.isSafeInteger(result) || !isWhole(left) || !isWhole(right)) return finite(result);
    } else if (!isWhole(left) || !isWhole(right)) {
      return finite(ofNumbers(Number(left), Number(right)));
    }
    const result = ofBigints(BigInt(left), BigInt(right));
    return result < most && result > -most ? exact(result) : null;
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

type Comparer = <T extends Numeric | string>(left: T, right: T) => boolean;

/** Compares two numbers, or two texts by their UTF-16 code units. JavaScript compares numbers with bigints exactly. */
export const comparers: Readonly<Record<Comparison, Comparer>> = {
  // eslint-disable-next-line eqeqeq -- 2n == 2, but not 2n === 2
  '==': (left, right) => left == right,
  // eslint-disable-next-line eqeqeq -- as above
  '!=': (left, right) => left != right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
