import { isUtf8 } from 'node:buffer';
import { putSafe, intColumn, listColumn, listItems, type FloatColumn, type IntColumn, type ListColumn, type TextColumn } from '../flows/columns.js';
import type { Field } from '../schema/fields.js';
import { CellError } from './cell-error.js';
import { parseList } from './list-text.js';
import { parseFloat64, parseInteger } from './number-text.js';

/** Rows of a batch; the columns of a builder have room for as many. */
export const batchRows = 8192;

/** What the builders of all types have in common: nulls, and the field that says whether there may be any. */
abstract class NullableBuilder {
  readonly field: Field;
  #valid: Uint8Array | null = null;

  constructor(field: Field) {
    this.field = field;
  }

  /** Makes the row null. @throws {CellError} when the field is never null */
  setNull(row: number): void {
    if (this.field.nullable !== true) throw new CellError(`${this.field.name} has no value, but is never null`);
    this.#valid ??= new Uint8Array(batchRows).fill(1);
    this.#valid[row] = 0;
    this.clear(row);
  }

  /** A row may be begun again: what was null may now be none. */
  protected setValid(row: number): void {
    if (this.#valid !== null) this.#valid[row] = 1;
  }

  protected takeValid(rows: number): Uint8Array | null {
    const valid = this.#valid?.slice(0, rows) ?? null;
    this.#valid = null;
    return valid;
  }

  /** Leaves nothing of an earlier attempt in a row that is null. */
  protected abstract clear(row: number): void;
}

/** Builds a column of 64-bit integers. */
export class IntBuilder extends NullableBuilder {
  readonly type = 'int';
  values = new BigInt64Array(batchRows);
  halves = new Int32Array(this.values.buffer);

  /** The integer that stands in these bytes, with all its digits. @throws {CellError} */
  set(row: number, bytes: Uint8Array, from: number, to: number): void {
    if (!parseInteger(this, row, bytes, from, to)) throw wrongCell(this.field, bytes, from, to, 'not a whole number of 64 bits');
    this.setValid(row);
  }

  setNumber(row: number, value: number): void {
    putSafe(this.halves, row, value);
    this.setValid(row);
  }

  take(rows: number): IntColumn {
    const values = rows === batchRows ? this.values : this.values.slice(0, rows);
    this.values = new BigInt64Array(batchRows);
    this.halves = new Int32Array(this.values.buffer);
    return intColumn(values, this.takeValid(rows), this.field.bigint);
  }

  protected override clear(row: number): void {
    putSafe(this.halves, row, 0);
  }
}

/** Builds a column of floats. */
export class FloatBuilder extends NullableBuilder {
  readonly type = 'float';
  #values = new Float64Array(batchRows);

  /** The decimal number that stands in these bytes, to the nearest float. @throws {CellError} */
  set(row: number, bytes: Uint8Array, from: number, to: number): void {
    const value = parseFloat64(bytes, from, to);
    if (Number.isNaN(value)) throw wrongCell(this.field, bytes, from, to, 'not a finite number');
    this.setNumber(row, value);
  }

  setNumber(row: number, value: number): void {
    this.#values[row] = value;
    this.setValid(row);
  }

  take(rows: number): FloatColumn {
    const values = rows === batchRows ? this.#values : this.#values.slice(0, rows);
    this.#values = new Float64Array(batchRows);
    return { type: 'float', values, valid: this.takeValid(rows) };
  }

  protected override clear(row: number): void {
    this.#values[row] = 0;
  }
}

/** Texts up to this length are copied byte by byte, which is cheaper than a call of `set`. */
const shortCopy = 40;

/** Builds a column of text. Its bytes are checked when the column is taken: what is no UTF-8 becomes U+FFFD. */
export class TextBuilder extends NullableBuilder {
  readonly type = 'text';
  #offsets = new Int32Array(batchRows + 1);
  #bytes = new Uint8Array(1 << 16);

  /** The text that these bytes are. */
  set(row: number, source: Uint8Array, from: number, to: number): void {
    const start = this.#offsets[row]!;
    const size = to - from;
    if (start + size > this.#bytes.length) this.#grow(start, size);
    const bytes = this.#bytes;
    if (size > shortCopy) bytes.set(source.subarray(from, to), start);
    else for (let i = from, at = start; i < to; i++) bytes[at++] = source[i]!;
    this.#offsets[row + 1] = start + size;
    this.setValid(row);
  }

  setString(row: number, text: string): void {
    const bytes = Buffer.from(text);
    this.set(row, bytes, 0, bytes.length);
  }

  /** Bytes of the texts in front of a row. */
  sizeBefore(row: number): number {
    return this.#offsets[row]!;
  }

  take(rows: number): TextColumn {
    const offsets = this.#offsets.slice(0, rows + 1);
    const bytes = this.#bytes.slice(0, offsets[rows]);
    const valid = this.takeValid(rows);
    return isText(offsets, bytes) ? { type: 'text', offsets, bytes, valid } : repaired(offsets, bytes, valid);
  }

  protected override clear(row: number): void {
    this.#offsets[row + 1] = this.#offsets[row]!;
  }

  #grow(used: number, size: number): void {
    const bytes = new Uint8Array(2 * (used + size));
    bytes.set(this.#bytes.subarray(0, used));
    this.#bytes = bytes;
  }
}

/** Whether each text is UTF-8: all of them are together, and none begins in the middle of a character. */
export function isText(offsets: Int32Array, bytes: Uint8Array): boolean {
  const [first, last] = [offsets[0]!, offsets.at(-1)!];
  if (!isUtf8(bytes.subarray(first, last))) return false;
  for (let row = 0; row < offsets.length; row++) if (offsets[row]! < last && (bytes[offsets[row]!]! & 0xc0) === 0x80) return false;
  return true;
}

/** The texts with U+FFFD for what is no UTF-8. */
export function repaired(offsets: Int32Array, bytes: Uint8Array, valid: Uint8Array | null): TextColumn {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts = Array.from({ length: offsets.length - 1 }, (_, row) => Buffer.from(source.toString('utf8', offsets[row]!, offsets[row + 1]!)));
  const newOffsets = new Int32Array(offsets.length);
  texts.forEach((text, row) => (newOffsets[row + 1] = newOffsets[row]! + text.length));
  return { type: 'text', offsets: newOffsets, bytes: Buffer.concat(texts), valid };
}

/** Builds a column of lists of integers. */
export class ListBuilder extends NullableBuilder {
  readonly type = 'list';
  readonly #size: number;
  /** Grows by rows: how long lists are is up to a file. */
  #items: ListColumn['items'];

  constructor(field: Field) {
    super(field);
    this.#size = field.list!.size;
    this.#items = this.#room(1);
  }

  /** The list that stands in these bytes: integers in brackets, with commas between them. @throws {CellError} */
  set(row: number, bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(row);
    if (!parseList(this.#items, row * this.#size, this.#size, bytes, from, to)) {
      throw wrongCell(this.field, bytes, from, to, `not a list of ${this.#size} integers of type ${this.field.list!.item}`);
    }
    this.setValid(row);
  }

  /** Bytes of the lists in front of a row. */
  sizeBefore(row: number): number {
    return row * this.#size * itemBytes[this.field.list!.item];
  }

  take(rows: number): ListColumn {
    const items = this.#items.subarray(0, rows * this.#size);
    this.#items = this.#room(rows);
    return listColumn(items, this.#size, this.takeValid(rows), this.field.bigint);
  }

  protected override clear(row: number): void {
    this.#reserve(row);
    const items = this.#items.subarray(row * this.#size, (row + 1) * this.#size);
    if (items instanceof BigInt64Array) items.fill(0n);
    else items.fill(0);
  }

  #reserve(row: number): void {
    if ((row + 1) * this.#size <= this.#items.length) return;
    const items = this.#room(Math.min(2 * (row + 1), batchRows));
    (items as Int32Array).set(this.#items as Int32Array);
    this.#items = items;
  }

  #room(rows: number): ListColumn['items'] {
    const { item, size } = this.field.list!;
    return listItems(item, new ArrayBuffer(rows * size * itemBytes[item]), 0, rows * size);
  }
}

const itemBytes = { int8: 1, int32: 4, int64: 8 } as const;

/** Builds a column of any type. */
export type ColumnBuilder = IntBuilder | FloatBuilder | TextBuilder | ListBuilder;

/** Makes the builder of a field. */
export function columnBuilder(field: Field): ColumnBuilder {
  switch (field.type) {
    case 'int':
      return new IntBuilder(field);
    case 'float':
      return new FloatBuilder(field);
    case 'text':
      return new TextBuilder(field);
    case 'list':
      return new ListBuilder(field);
  }
}

function wrongCell(field: Field, bytes: Uint8Array, from: number, to: number, what: string): CellError {
  const text = Buffer.from(bytes.subarray(from, Math.min(to, from + 60))).toString();
  return new CellError(`${field.name} is ${JSON.stringify(to - from > 60 ? `${text}…` : text)}, which is ${what}`);
}
