import type { ByteWriter } from '../byte-writer.js';

/** Room that the longest number takes: -9223372036854775808, or -1.7976931348623157e+308. */
export const numberRoom = 32;

const minus = 0x2d;
const zero = 0x30;

/** Writes a 64-bit integer, given as its two halves, with all its digits. */
export function putInt(out: ByteWriter, low: number, high: number): void {
  out.reserve(numberRoom);
  if (high === 0 && low >= 0) {
    if (low < 1e8) putUpTo8(out, low);
    else putWhole(out, low);
    return;
  }
  const value = high * 4294967296 + (low >>> 0);
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) putWhole(out, value);
  else if (value < 0 && value >= Number.MIN_SAFE_INTEGER) {
    out.byte(minus);
    putWhole(out, -value);
  } else putAscii(out, ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString());
}

/** Writes a float as Python's repr does: `58.0`, `1e-05`, `1e+16`. Both have the fewest digits that give the same float again. */
export function putFloat(out: ByteWriter, value: number): void {
  out.reserve(numberRoom);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size <= Number.MAX_SAFE_INTEGER) {
    if (value < 0 || Object.is(value, -0)) out.byte(minus);
    putWhole(out, size);
    out.byte(0x2e);
    out.byte(zero);
  } else putAscii(out, pythonRepr(value, size));
}

function pythonRepr(value: number, size: number): string {
  if (size >= 1e16 || size < 1e-4) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  const digits = String(value);
  return digits.includes('.') ? digits : `${digits}.0`;
}

function putAscii(out: ByteWriter, text: string): void {
  for (let i = 0; i < text.length; i++) out.byte(text.charCodeAt(i));
}

/** A whole number from 0 to 2^53. */
function putWhole(out: ByteWriter, value: number): void {
  if (value < 1e8) {
    putUpTo8(out, value);
    return;
  }
  const high = Math.floor(value / 1e8);
  const low = (value - high * 1e8) | 0;
  if (high < 1e8) putUpTo8(out, high);
  else {
    const top = Math.floor(high / 1e8);
    putUpTo8(out, top);
    put8(out, (high - top * 1e8) | 0);
  }
  put8(out, low);
}

/** Exactly eight digits. */
function put8(out: ByteWriter, value: number): void {
  const high = (value / 10000) | 0;
  const low = value - high * 10000;
  const a = (high / 100) | 0;
  const b = (low / 100) | 0;
  const { at } = out;
  out.pair(at, a);
  out.pair(at + 2, high - a * 100);
  out.pair(at + 4, b);
  out.pair(at + 6, low - b * 100);
  out.at = at + 8;
}

/** As many digits as a number from 0 to 99,999,999 has. */
function putUpTo8(out: ByteWriter, given: number): void {
  let value = given | 0;
  if (value < 10) {
    out.byte(zero + value);
    return;
  }
  const end = out.at + (value < 10000 ? (value < 100 ? 2 : value < 1000 ? 3 : 4) : value < 1000000 ? (value < 100000 ? 5 : 6) : value < 10000000 ? 7 : 8);
  let at = end;
  while (value >= 10) {
    const rest = (value / 100) | 0;
    at -= 2;
    out.pair(at, value - rest * 100);
    value = rest;
  }
  if (at > out.at) out.bytes[at - 1] = zero + value;
  out.at = end;
}
