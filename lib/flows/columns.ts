import { FlowError, show } from '../errors.js';
import type { Field, ListItem } from '../schema/fields.js';

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
  /** Items of a row. */
  readonly size: number;
  readonly valid: Uint8Array | null;
}

/** One column of a batch. */
export type FlowColumn = IntColumn | FloatColumn | TextColumn | ListColumn;

/**
 * A value of a row as JavaScript sees it. Integers are numbers, as every count and every time in milliseconds or microseconds fits; points in
 * time in nanoseconds are bigints; lists are arrays of numbers.
 */
export type FlowValue = number | bigint | string | number[] | null;

/** A column of integers over this memory. */
export function intColumn(values: BigInt64Array, valid: Uint8Array | null, bigint = false): IntColumn {
  return { type: 'int', values, halves: new Int32Array(values.buffer, values.byteOffset, 2 * values.length), bigint, valid };
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The value of one row. */
export function valueAt(column: FlowColumn, row: number): FlowValue {
  if (column.valid !== null && column.valid[row] === 0) return null;
  switch (column.type) {
    case 'int':
      return column.bigint ? column.values[row]! : column.halves[2 * row + 1]! * 4294967296 + (column.halves[2 * row]! >>> 0);
    case 'float':
      return column.values[row]!;
    case 'text':
      return textBetween(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
    case 'list':
      return Array.from<number | bigint, number>(column.items.subarray(row * column.size, (row + 1) * column.size), Number);
  }
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
      return { type: 'list', items: column.items.subarray(from * column.size, to * column.size), size: column.size, valid };
  }
}

/** The rows of a column at these indices, in new memory. */
export function gatherColumn(column: FlowColumn, rows: readonly number[] | Uint32Array): FlowColumn {
  const valid = column.valid === null ? null : Uint8Array.from(rows, (row) => column.valid![row]!);
  switch (column.type) {
    case 'int': {
      const gathered = intColumn(new BigInt64Array(rows.length), valid, column.bigint);
      for (let i = 0; i < rows.length; i++) {
        gathered.halves[2 * i] = column.halves[2 * rows[i]!]!;
        gathered.halves[2 * i + 1] = column.halves[2 * rows[i]! + 1]!;
      }
      return gathered;
    }
    case 'float':
      return { type: 'float', values: Float64Array.from(rows, (row) => column.values[row]!), valid };
    case 'text': {
      const offsets = new Int32Array(rows.length + 1);
      let size = 0;
      for (let i = 0; i < rows.length; i++) {
        size += column.offsets[rows[i]! + 1]! - column.offsets[rows[i]!]!;
        offsets[i + 1] = size;
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < rows.length; i++) {
        bytes.set(column.bytes.subarray(column.offsets[rows[i]!]!, column.offsets[rows[i]! + 1]!), offsets[i]!);
      }
      return { type: 'text', offsets, bytes, valid };
    }
    case 'list':
      return { type: 'list', items: gatherLists(column.items, column.size, rows), size: column.size, valid };
  }
}

function gatherLists(items: ListColumn['items'], size: number, rows: readonly number[] | Uint32Array): ListColumn['items'] {
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

/**
 * Builds a column from values.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN when a value is not of the type, not a safe integer, or not finite
 */
export function buildColumn(field: Pick<Field, 'name' | 'type' | 'list' | 'bigint'>, input: ArrayLike<unknown>): FlowColumn {
  const { name, type } = field;
  const length = input.length;
  const valid = new Uint8Array(length).fill(1);
  let nulls = 0;
  const fill = (store: (value: NonNullable<unknown>, row: number) => boolean): void => {
    for (let row = 0; row < length; row++) {
      const value = input[row];
      if (value === null || value === undefined) {
        valid[row] = 0;
        nulls++;
      } else if (!store(value, row)) {
        throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${name} has a value in row ${row} that is not ${expected(field)}: ${show(value)}.`);
      }
    }
  };
  const validity = (): Uint8Array | null => (nulls === 0 ? null : valid);
  if (type === 'text') {
    const texts: Uint8Array[] = new Array<Uint8Array>(length).fill(new Uint8Array(0));
    fill((value, row) => {
      if (typeof value !== 'string') return false;
      texts[row] = encoder.encode(value);
      return true;
    });
    const offsets = new Int32Array(length + 1);
    texts.forEach((text, row) => (offsets[row + 1] = offsets[row]! + text.length));
    const bytes = new Uint8Array(offsets[length]!);
    texts.forEach((text, row) => bytes.set(text, offsets[row]!));
    return { type, offsets, bytes, valid: validity() };
  }
  if (type === 'float') {
    const values = new Float64Array(length);
    fill((value, row) => {
      values[row] = value as number;
      return typeof value === 'number' && Number.isFinite(value);
    });
    return { type, values, valid: validity() };
  }
  if (type === 'list') {
    const { item, size } = field.list!;
    const items = new itemArrays[item](length * size);
    fill((value, row) => {
      if (!Array.isArray(value) || value.length !== size || !value.every(isInteger)) return false;
      value.forEach((one: number | bigint, index) => (items[row * size + index] = item === 'int64' ? BigInt(one) : Number(one)));
      return true;
    });
    return { type, items, size, valid: validity() };
  }
  const values = new BigInt64Array(length);
  fill((value, row) => {
    if (!isInteger(value)) return false;
    values[row] = BigInt(value);
    return true;
  });
  return intColumn(values, validity(), field.bigint === true);
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function expected({ type, list }: Pick<Field, 'type' | 'list'>): string {
  switch (type) {
    case 'int':
      return 'an integer';
    case 'float':
      return 'a finite number';
    case 'text':
      return 'a string';
    case 'list':
      return `an array of ${list!.size} integers`;
  }
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
