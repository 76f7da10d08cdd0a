import { FlowError, quoted, shortened, shown } from '../errors.js';
import { integerRanges, type Field, type ListItem } from '../schema/fields.js';

/** 64-bit signed integers. `halves` sees the same memory as pairs of 32 bits, low half first: reading it makes no bigint. */
export interface IntColumn {
  readonly type: 'int';
  readonly values: BigInt64Array;
  readonly halves: Int32Array;
  /** Values are bigints in JavaScript, as they are too large for a number: points in time in nanoseconds. */
  readonly bigint: boolean;
  /** One byte a row, 0 for null; null when every row has a value. */
  readonly valid: Uint8Array | null;
}

/** 64-bit floats, never NaN or infinite. */
export interface FloatColumn {
  readonly type: 'float';
  readonly values: Float64Array;
  readonly valid: Uint8Array | null;
}

/** UTF-8 text: row i is `bytes` from `offsets[i]` to `offsets[i + 1]`. The first offset of a slice is not 0. The bytes are valid UTF-8. */
export interface TextColumn {
  readonly type: 'text';
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly valid: Uint8Array | null;
}

/** Lists of integers, all of one length: row i is `items` from `i * size` to `(i + 1) * size`. */
export interface ListColumn {
  readonly type: 'list';
  readonly items: Int8Array | Int32Array | BigInt64Array;
  /** Items of 64 bits as pairs of 32, low half first, over the same memory; null where they are narrower. */
  readonly halves: Int32Array | null;
  /** Items of a row. */
  readonly size: number;
  /** Items are bigints in JavaScript. */
  readonly bigint: boolean;
  readonly valid: Uint8Array | null;
}

/** One column of a batch. */
export type FlowColumn = IntColumn | FloatColumn | TextColumn | ListColumn;

/**
 * A value of a row as JavaScript sees it. Integers, also those in lists, are numbers, as every count and every time in milliseconds or microseconds fits; points in
 * time in nanoseconds, and columns of users that ask for it, are bigints.
 */
export type FlowValue = number | bigint | string | number[] | bigint[] | null;

/** A column of integers over this memory. */
export function intColumn(values: BigInt64Array, valid: Uint8Array | null, bigint = false): IntColumn {
  return { type: 'int', values, halves: halvesOf(values), bigint, valid };
}

/** A column of lists whose items are this memory. */
export function listColumn(items: ListColumn['items'], size: number, valid: Uint8Array | null, bigint = false): ListColumn {
  return { type: 'list', items, halves: items instanceof BigInt64Array ? halvesOf(items) : null, size, bigint, valid };
}

function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

/** A 64-bit integer by its halves, as the nearest number. */
export function numberOf(halves: Int32Array, at: number): number {
  return halves[2 * at + 1]! * 4294967296 + (halves[2 * at]! >>> 0);
}

/** Puts a 64-bit integer, given as a number that is a safe integer, where its halves belong. */
export function putSafe(halves: Int32Array, row: number, value: number): void {
  const high = Math.floor(value / 4294967296);
  halves[2 * row] = value - high * 4294967296;
  halves[2 * row + 1] = high;
}

const decoder = new TextDecoder();

/** The value of one row. */
export function valueAt(column: FlowColumn, row: number): FlowValue {
  if (column.valid !== null && column.valid[row] === 0) return null;
  switch (column.type) {
    case 'int':
      return column.bigint ? column.values[row]! : numberOf(column.halves, row);
    case 'float':
      return column.values[row]!;
    case 'text':
      return textBetween(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
    case 'list':
      return listAt(column, row * column.size, (row + 1) * column.size);
  }
}

/** The value of one row with all its digits: an integer that no number can hold is a bigint. */
export function exactAt(column: FlowColumn, row: number): FlowValue {
  const value = valueAt(column, row);
  return column.type === 'int' && typeof value === 'number' && !Number.isSafeInteger(value) ? column.values[row]! : value;
}

function listAt({ items, halves, bigint }: ListColumn, from: number, to: number): number[] | bigint[] {
  if (halves === null) return Array.from(items.subarray(from, to) as Int32Array);
  if (bigint) return Array.from((items as BigInt64Array).subarray(from, to));
  return Array.from({ length: to - from }, (_, index) => numberOf(halves, from + index));
}

function textBetween(bytes: Uint8Array, from: number, to: number): string {
  // Most texts are short and ASCII; a decoder call costs more than reading them.
  if (to - from > 48) return decoder.decode(bytes.subarray(from, to));
  let text = '';
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte > 127) return decoder.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Rows `from` to `to` (exclusive) of a column, over the same memory. */
export function sliceColumn(column: FlowColumn, from: number, to: number): FlowColumn {
  const valid = column.valid?.subarray(from, to) ?? null;
  switch (column.type) {
    case 'int':
      return intColumn(column.values.subarray(from, to), valid, column.bigint);
    case 'float':
      return { type: 'float', values: column.values.subarray(from, to), valid };
    case 'text':
      return { type: 'text', offsets: column.offsets.subarray(from, to + 1), bytes: column.bytes, valid };
    case 'list':
      return listColumn(column.items.subarray(from * column.size, to * column.size), column.size, valid, column.bigint);
  }
}

/** The rows of a column at these indices, in new memory. */
export function gatherColumn(column: FlowColumn, rows: readonly number[] | Uint32Array | Int32Array): FlowColumn {
  const { valid: from } = column;
  const valid = from === null ? null : new Uint8Array(rows.length);
  if (valid !== null) for (let i = 0; i < rows.length; i++) valid[i] = from![rows[i]!]!;
  switch (column.type) {
    case 'int': {
      const gathered = intColumn(new BigInt64Array(rows.length), valid, column.bigint);
      for (let i = 0; i < rows.length; i++) {
        gathered.halves[2 * i] = column.halves[2 * rows[i]!]!;
        gathered.halves[2 * i + 1] = column.halves[2 * rows[i]! + 1]!;
      }
      return gathered;
    }
    case 'float': {
      const values = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!;
      return { type: 'float', values, valid };
    }
    case 'text':
      return { type: 'text', ...gatherTexts(column, rows), valid };
    case 'list':
      return listColumn(gatherLists(column.items, column.size, rows), column.size, valid, column.bigint);
  }
}

/** Texts up to so many bytes are copied faster by hand than by a call. */
const fewBytes = 64;

function gatherTexts(
  { offsets: own, bytes: from }: TextColumn,
  rows: readonly number[] | Uint32Array | Int32Array,
): { offsets: Int32Array; bytes: Uint8Array } {
  const offsets = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) offsets[i + 1] = offsets[i]! + own[rows[i]! + 1]! - own[rows[i]!]!;
  const bytes = new Uint8Array(offsets[rows.length]!);
  for (let i = 0, to = 0; i < rows.length; i++) {
    let begin = own[rows[i]!]!;
    const end = own[rows[i]! + 1]!;
    if (end - begin > fewBytes) {
      bytes.set(from.subarray(begin, end), to);
      to += end - begin;
    } else while (begin < end) bytes[to++] = from[begin++]!;
  }
  return { offsets, bytes };
}

function gatherLists(items: ListColumn['items'], size: number, rows: readonly number[] | Uint32Array | Int32Array): ListColumn['items'] {
  const gathered = new (items.constructor as new (length: number) => ListColumn['items'])(rows.length * size);
  for (let i = 0; i < rows.length; i++) gathered.set(items.subarray(rows[i]! * size, (rows[i]! + 1) * size) as Int32Array & BigInt64Array, i * size);
  return gathered;
}

/** Memory for the items of lists. */
const itemArrays = { int8: Int8Array, int32: Int32Array, int64: BigInt64Array } as const;

/** The items of lists, `length` of them from `at` on in this memory. */
export function listItems(item: ListItem, memory: ArrayBuffer, at: number, length: number): ListColumn['items'] {
  return new itemArrays[item](memory, at, length);
}

/** What is wrong with a value; null when nothing is. */
type Complaint = string | null;

/**
 * Builds a column from values.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN when a value is not of the type or does not fit it: it names the column and the row, from 0
 */
export function buildColumn(field: Pick<Field, 'name' | 'type' | 'list' | 'bigint'>, input: ArrayLike<unknown>): FlowColumn {
  const { type } = field;
  const length = input.length;
  const valid = new Uint8Array(length).fill(1);
  let nulls = 0;
  const fill = (store: (value: NonNullable<unknown>, row: number) => Complaint): Uint8Array | null => {
    for (let row = 0; row < length; row++) {
      const value = input[row];
      if (value === null || value === undefined) {
        valid[row] = 0;
        nulls++;
        continue;
      }
      const complaint = store(value, row);
      if (complaint !== null) throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${shortened(field.name)} has a value in row ${row} that is not ${complaint}.`);
    }
    return nulls === 0 ? null : valid;
  };
  switch (type) {
    case 'text':
      return buildText(length, fill);
    case 'float': {
      const values = new Float64Array(length);
      const validity = fill((value, row) => {
        if (typeof value !== 'number' || !Number.isFinite(value)) return `a finite number: ${shown(value)}`;
        values[row] = value;
        return null;
      });
      return { type, values, valid: validity };
    }
    case 'list':
      return buildLists(field, length, fill);
    case 'int': {
      const values = new BigInt64Array(length);
      const validity = fill((value, row) => {
        if (!fits(value, 'int64')) return `an integer of 64 bits: ${shown(value)}`;
        values[row] = BigInt(value);
        return null;
      });
      return intColumn(values, validity, field.bigint === true);
    }
  }
}

type Fill = (store: (value: NonNullable<unknown>, row: number) => Complaint) => Uint8Array | null;

function buildText(length: number, fill: Fill): TextColumn {
  const texts = new Array<string>(length).fill('');
  const valid = fill((value, row) => {
    if (typeof value !== 'string') return `a string: ${shown(value)}`;
    if (halfCharacter.test(value)) return `a text of whole characters: ${quoted(value)} has half of a surrogate pair, which UTF-8 can't hold`;
    texts[row] = value;
    return null;
  });
  const offsets = new Int32Array(length + 1);
  texts.forEach((text, row) => (offsets[row + 1] = offsets[row]! + Buffer.byteLength(text)));
  const bytes = new Uint8Array(offsets[length]!);
  // Memory of its own for each text would be most of the work.
  const memory = Buffer.from(bytes.buffer);
  texts.forEach((text, row) => text !== '' && memory.write(text, offsets[row]!));
  return { type: 'text', offsets, bytes, valid };
}

const halfCharacter = /[\ud800-\udfff]/u;

function buildLists(field: Pick<Field, 'list' | 'bigint'>, length: number, fill: Fill): ListColumn {
  const { item, size } = field.list!;
  const items = new itemArrays[item](length * size);
  const what = `${size} integers of ${itemBits[item]} bits`;
  const valid = fill((value, row) => {
    if (!Array.isArray(value)) return `an array of ${what}: ${shown(value)}`;
    if (value.length !== size) return `an array of ${what}: it has ${value.length}`;
    for (let index = 0; index < size; index++) {
      const one: unknown = value[index];
      if (!fits(one, item)) return `an array of ${what}: item ${index} is ${shown(one)}`;
      items[row * size + index] = items instanceof BigInt64Array ? BigInt(one) : Number(one);
    }
    return null;
  });
  return listColumn(items, size, valid, field.bigint === true);
}

const itemBits = { int8: 8, int32: 32, int64: 64 } as const;

/** Whether a value is an integer of this type, and certain to be the one that was meant. */
function fits(value: unknown, item: ListItem): value is number | bigint {
  const [least, most] = integerRanges[item];
  return (typeof value === 'bigint' || Number.isSafeInteger(value)) && (value as number | bigint) >= least && (value as number | bigint) <= most;
}

/** Number of rows of a column. */
export function columnLength(column: FlowColumn): number {
  switch (column.type) {
    case 'text':
      return column.offsets.length - 1;
    case 'list':
      return column.size === 0 ? 0 : column.items.length / column.size;
    default:
      return column.values.length;
  }
}
