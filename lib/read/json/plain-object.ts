import { wordsOf } from '../../byte-writer.js';
import type { Field } from '../../schema/fields.js';
import type { BatchBuilder } from '../batch-builder.js';
import type { ColumnBuilder } from '../column-builder.js';
import { backslash, closeBrace, closeBracket, colon, comma, openBrace, openBracket, quote, space } from './characters.js';

const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const letterN = 0x6e;

/**
 * Reads the objects that programs write row by row: every key, always in the same order, and values that belong into their columns. It judges nothing: what
 * it does not take, right or wrong, is for stream-json, which takes five times as long.
 */
export class PlainObjects {
  readonly #keys: readonly Key[];
  /** The bytes that were looked at last, as words. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #viewed: Uint8Array | null = null;

  constructor(fields: readonly Field[]) {
    this.#keys = fields.map((field, index) => keyOf(field.name, index === 0 ? openBrace : comma));
  }

  /**
   * Puts the object that begins at a place into the builder's row.
   * @returns where it ends, or -1 when it is none of this kind, or not all of it is here
   * @throws {CellError} for a value that its column can't have
   */
  row(bytes: Uint8Array, from: number, builder: BatchBuilder): number {
    if (this.#viewed !== bytes) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const { columns, row } = builder;
    const keys = this.#keys;
    let at = from;
    for (let index = 0; index < columns.length; index++) {
      const key = keys[index]!;
      at = stands(this.#view, at, key) ? at + key.size : behindKey(bytes, at, key);
      if (at < 0) return -1;
      at = putValue(bytes, at, columns[index]!, row);
      if (at < 0) return -1;
      if (bytes[at]! <= space) at = skipSpace(bytes, at);
    }
    return bytes[at] === closeBrace && columns.length > 0 ? at + 1 : -1;
  }
}

/** What stands before a value, from the brace or comma to the colon: `,"src_ip":`. Also as words, which are four bytes a comparison. */
interface Key {
  readonly text: Uint8Array;
  readonly size: number;
  readonly words: Uint32Array;
  /** Which bits of the last word are the text's. */
  readonly lastMask: number;
}

function keyOf(name: string, before: number): Key {
  const text = Buffer.concat([Buffer.of(before), Buffer.from(JSON.stringify(name)), Buffer.of(colon)]);
  const { words, size } = wordsOf(text);
  return { text, size, words, lastMask: -1 >>> (8 * (4 * words.length - size)) };
}

function stands(view: DataView, from: number, { words, lastMask }: Key): boolean {
  const last = words.length - 1;
  if (from + 4 * words.length > view.byteLength) return false;
  let at = from;
  for (let i = 0; i < last; i++, at += 4) if (view.getUint32(at, true) !== words[i]) return false;
  return (view.getUint32(at, true) & lastMask) >>> 0 === words[last];
}

/** Where the value of a key begins, with white space around brace, comma, key and colon; -1 when another key stands there. */
function behindKey(bytes: Uint8Array, from: number, { text }: Key): number {
  if (bytes[from] !== text[0]) return -1;
  let at = skipSpace(bytes, from + 1);
  const last = text.length - 1;
  for (let i = 1; i < last; i++, at++) if (bytes[at] !== text[i]) return -1;
  at = skipSpace(bytes, at);
  return bytes[at] === colon ? skipSpace(bytes, at + 1) : -1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === space || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function putValue(bytes: Uint8Array, from: number, column: ColumnBuilder, row: number): number {
  const byte = bytes[from]!;
  if (byte === quote) return column.type === 'text' ? putText(bytes, from, column, row) : -1;
  if (byte === letterN) {
    if (bytes[from + 1] !== 0x75 || bytes[from + 2] !== 0x6c || bytes[from + 3] !== 0x6c) return -1;
    column.setNull(row);
    return from + 4;
  }
  if (byte === openBracket) return column.type === 'list' ? putList(bytes, from, column, row) : -1;
  return column.type === 'int' || column.type === 'float' ? putNumber(bytes, from, column, row) : -1;
}

function putList(bytes: Uint8Array, from: number, column: ColumnBuilder & { type: 'list' }, row: number): number {
  const end = bytes.indexOf(closeBracket, from);
  if (end < 0) return -1;
  column.set(row, bytes, from, end + 1);
  return end + 1;
}

function putText(bytes: Uint8Array, from: number, column: ColumnBuilder & { type: 'text' }, row: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) {
      column.set(row, bytes, from + 1, at);
      return at + 1;
    }
    if (byte === backslash) return putEscaped(bytes, from, at, column, row);
    if (byte < space) return -1;
  }
  return -1;
}

function putEscaped(bytes: Uint8Array, from: number, firstEscape: number, column: ColumnBuilder & { type: 'text' }, row: number): number {
  for (let at = firstEscape; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === backslash) at++;
    else if (byte === quote) {
      const text = unescaped(bytes, from, at + 1);
      if (text === null) return -1;
      column.setString(row, text);
      return at + 1;
    }
  }
  return -1;
}

function unescaped(bytes: Uint8Array, from: number, to: number): string | null {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString()) as string;
  } catch {
    return null; // stream-json says what is wrong with it
  }
}

function putNumber(bytes: Uint8Array, from: number, column: ColumnBuilder & { type: 'int' | 'float' }, row: number): number {
  const first = bytes[from] === minus ? from + 1 : from;
  let at = first;
  let byte = bytes[at]!;
  // Digits, point and exponent; whether they are in order is seen when they are read.
  while ((byte >= zero && byte <= nine) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === minus) byte = bytes[++at]!;
  const leadingZero = bytes[first] === zero && bytes[first + 1]! >= zero && bytes[first + 1]! <= nine;
  const ends = byte === comma || byte === closeBrace || byte <= space;
  if (at === first || leadingZero || !ends) return -1;
  column.set(row, bytes, from, at);
  return at;
}
