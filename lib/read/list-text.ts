import type { ListColumn } from '../flows/columns.js';
import { parseInteger } from './number-text.js';

const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const space = 0x20;

/** Where an item is read to before it is known to fit. */
const item = { values: new BigInt64Array(1), halves: new Int32Array(2) };
item.halves = new Int32Array(item.values.buffer);

/**
 * Reads a list of integers as JSON and Python write it, `[0, 1, -1]`, into `items` from a place on.
 * @returns false when it is none of this size, or an item does not fit
 */
export function parseList(items: ListColumn['items'], place: number, size: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] !== openBracket || bytes[to - 1] !== closeBracket || to - from < 2) return false;
  let count = 0;
  for (let at = skipSpace(bytes, from + 1); at < to - 1; count++) {
    const end = itemEnd(bytes, at, to - 1);
    if (count === size || !putItem(items, place + count, bytes, at, end)) return false;
    at = skipSpace(bytes, end);
    if (at === to - 1) continue;
    if (bytes[at] !== comma) return false;
    at = skipSpace(bytes, at + 1);
    if (at >= to - 1) return false;
  }
  return count === size;
}

function putItem(items: ListColumn['items'], place: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (!parseInteger(item, 0, bytes, from, to)) return false;
  if (items instanceof BigInt64Array) {
    items[place] = item.values[0]!;
    return true;
  }
  items[place] = item.halves[0]!;
  return BigInt(items[place]!) === item.values[0];
}

function itemEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== comma && bytes[at]! > space) at++;
  return at;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! <= space) at++;
  return at;
}
