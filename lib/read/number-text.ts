import { putSafe, type IntColumn } from '../flows/columns.js';
import { integerRanges, type ListItem } from '../schema/fields.js';

const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;

/** A whole number, without the forms that would be printed another way: no `+`, no leading zeros, no `-0`. */
const plainInteger = /^(0|-?[1-9]\d*)$/;
/** A number without zeros that say nothing. */
const plainNumber = /^-?(0|[1-9]\d*)(\.0|\.\d*[1-9])?([eE][+-]?\d+)?$/;
const decimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** An integer that went through a column of floats, as pandas makes it of a column with nulls. */
const wholeFloat = /^(-?\d+)\.0+$/;

/**
 * Reads the integer that stands in `bytes` from `from` to `to`, with all its digits.
 * @returns false when it is none, or does not fit 64 bits
 */
export function parseInteger(column: Pick<IntColumn, 'values' | 'halves'>, row: number, bytes: Uint8Array, from: number, to: number): boolean {
  const negative = bytes[from] === minus;
  const first = negative ? from + 1 : from;
  if (first >= to || to - first > 15) return parseLongInteger(column, row, bytes, from, to);
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) return parseLongInteger(column, row, bytes, from, to);
    value = value * 10 + digit;
  }
  if (value < 2147483648 && !negative) {
    column.halves[2 * row] = value;
    column.halves[2 * row + 1] = 0;
  } else putSafe(column.halves, row, negative ? -value : value);
  return true;
}

function parseLongInteger(column: Pick<IntColumn, 'values' | 'halves'>, row: number, bytes: Uint8Array, from: number, to: number): boolean {
  const value = to - from > longestNumber ? null : integerOf(asciiText(bytes, from, to));
  if (value === null) return false;
  column.values[row] = value;
  return true;
}

/** No number that fits has more characters; what is longer is not even looked at. */
const longestNumber = 400;

const powersOfTen = Float64Array.from({ length: 16 }, (_, n) => Number(`1e${n}`));

/**
 * Reads the decimal number that stands in `bytes` from `from` to `to`, to the nearest float.
 * @returns NaN when it is none, or not finite
 */
export function parseFloat64(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === minus;
  const first = negative ? from + 1 : from;
  if (first >= to || to - first > 16) return parseLongFloat(bytes, from, to);
  let digits = 0;
  let decimals = -1;
  let mantissa = 0;
  for (let at = first; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === point && decimals < 0 && at > first) decimals = 0;
    else {
      const digit = byte - zero;
      if (digit < 0 || digit > 9) return parseLongFloat(bytes, from, to);
      mantissa = mantissa * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    }
  }
  if (digits > 15 || decimals === 0) return parseLongFloat(bytes, from, to);
  // Both are exact as floats, so that the one division rounds as it should.
  const value = decimals > 0 ? mantissa / powersOfTen[decimals]! : mantissa;
  return negative ? -value : value;
}

function parseLongFloat(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > longestNumber) return NaN;
  const text = asciiText(bytes, from, to);
  if (!decimal.test(text)) return NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : NaN;
}

function asciiText(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Whether a text is an integer of 64 bits, or of as many as are asked for. */
export function isInteger(text: string, item: ListItem = 'int64'): boolean {
  return text.length <= longestNumber && integerOf(text, item) !== null;
}

/** The integer that a text is; null when it is none, or does not fit. */
function integerOf(text: string, item: ListItem = 'int64'): bigint | null {
  const digits = wholeFloat.exec(text)?.[1] ?? text;
  if (!/^-?\d+$/.test(digits)) return null;
  const value = BigInt(digits);
  const [least, most] = integerRanges[item];
  return value >= least && value <= most ? value : null;
}

/** Whether a text is a decimal number that a float can hold. */
export function isNumber(text: string): boolean {
  return text.length <= longestNumber && decimal.test(text) && Number.isFinite(Number(text));
}

/**
 * Whether a text is a number and nothing but one: what it says is kept when it is read and printed again. `007`, `1.10`, `9007199254740993` and
 * `12345678901234567890.5` are not, because their zeros or last digits may mean something.
 */
export function isPlainNumber(text: string): boolean {
  return plainNumber.test(text) && text.replace(/[eE].*$|\D/g, '').length <= 17 && isNumber(text) && isExact(text);
}

/** Whether a float holds a whole number of this text; what is no whole number is as near to a float as floats are. */
export function isExact(text: string): boolean {
  return !/^-?\d+$/.test(text) || BigInt(Number(text)) === BigInt(text);
}

/** Whether a text is a {@link isPlainNumber | plain number} that is an integer of 64 bits. */
export function isPlainInteger(text: string): boolean {
  return plainInteger.test(text) && isInteger(text);
}
