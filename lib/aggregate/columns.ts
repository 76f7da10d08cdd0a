import { FlowError } from '../errors.js';
import type { FieldType } from '../schema/fields.js';

/** 64-bit signed integers. `halves` sees the same memory as pairs of 32 bits, low half first: reading it makes no bigint. */
export interface IntColumn {
  readonly type: 'int';
  readonly values: BigInt64Array;
  readonly halves: Int32Array;
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

/** One column of a batch. */
export type FlowColumn = IntColumn | FloatColumn | TextColumn;

/** A value of a row as JavaScript sees it. Integers are numbers: every count and millisecond time fits. */
export type FlowValue = number | string | null;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The value of one row. */
export function valueAt(column: FlowColumn, row: number): FlowValue {
  if (column.valid !== null && column.valid[row] === 0) return null;
  switch (column.type) {
    case 'int':
      return column.halves[2 * row + 1]! * 4294967296 + (column.halves[2 * row]! >>> 0);
    case 'float':
      return column.values[row]!;
    case 'text':
      return textBetween(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
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
      return { type: 'int', values: column.values.subarray(from, to), halves: column.halves.subarray(2 * from, 2 * to), valid };
    case 'float':
      return { type: 'float', values: column.values.subarray(from, to), valid };
    case 'text':
      return { type: 'text', offsets: column.offsets.subarray(from, to + 1), bytes: column.bytes, valid };
  }
}

/** The rows of a column at these indices, in new memory. */
export function gatherColumn(column: FlowColumn, rows: readonly number[] | Uint32Array): FlowColumn {
  const valid = column.valid === null ? null : Uint8Array.from(rows, (row) => column.valid![row]!);
  switch (column.type) {
    case 'int': {
      const values = new BigInt64Array(rows.length);
      const halves = new Int32Array(values.buffer);
      for (let i = 0; i < rows.length; i++) {
        halves[2 * i] = column.halves[2 * rows[i]!]!;
        halves[2 * i + 1] = column.halves[2 * rows[i]! + 1]!;
      }
      return { type: 'int', values, halves, valid };
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
  }
}

/**
 * Builds a column from values.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN when a value is not of the type, not a safe integer, or not finite
 */
export function buildColumn(name: string, type: FieldType, input: ArrayLike<unknown>): FlowColumn {
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
        throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${name} has a value in row ${row} that is not ${expected[type]}: ${String(value)}.`);
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
  const values = new BigInt64Array(length);
  fill((value, row) => {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return false;
    values[row] = BigInt(value as number | bigint);
    return true;
  });
  return { type, values, halves: new Int32Array(values.buffer), valid: validity() };
}

const expected: Record<FieldType, string> = { int: 'an integer', float: 'a finite number', text: 'a string' };

/** Number of rows of a column. */
export function columnLength(column: FlowColumn): number {
  return column.type === 'text' ? column.offsets.length - 1 : column.values.length;
}
