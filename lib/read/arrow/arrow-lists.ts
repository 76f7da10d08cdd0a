import type * as Arrow from 'apache-arrow';
import { listColumn, listItems, type ListColumn, type TextColumn } from '../../flows/columns.js';
import { loadArrow } from '../../load-arrow.js';
import type { Field } from '../../schema/fields.js';
import { CellError } from '../cell-error.js';
import { TextBuilder } from '../column-builder.js';

/** Whether a type is a list of integers whose length the type does not tell, as DuckDB and polars write them. */
export function isOpenList(type: Arrow.DataType): type is Arrow.List | Arrow.LargeList {
  const { DataType } = loadArrow();
  return (DataType.isList(type) || DataType.isLargeList(type)) && DataType.isInt(type.children[0]!.type);
}

/** Whether rows must be seen to know how long the lists of some column are. */
export function hasOpenLists(schema: Arrow.Schema): boolean {
  return schema.fields.some((field) => isOpenList(field.type));
}

/** How many items each list of the first rows has; null when they differ, or when there is none. */
export function listSizeOf(lists: Lists): number | null {
  let size: number | null = null;
  for (let row = 0; row < lists.rows; row++) {
    if (lists.isNull(row)) continue;
    const { length } = lists.at(row);
    if (size !== null && length !== size) return null;
    size = length;
  }
  return size;
}

/** Rows of a column of open lists. Offsets that a file gives are checked when a list is asked for. */
export class Lists {
  readonly rows: number;
  readonly #name: string;
  readonly #offsets: Int32Array | BigInt64Array;
  readonly #items: Arrow.Data;
  readonly #from: number;
  readonly #nulls: Uint8Array | null;

  constructor(name: string, data: Arrow.Data, from: number, to: number) {
    this.#name = name;
    this.#offsets = data.valueOffsets as Int32Array | BigInt64Array;
    this.#items = data.children[0]!;
    this.#from = from;
    this.#nulls = data.nullCount > 0 ? data.nullBitmap : null;
    this.rows = to - from;
  }

  isNull(row: number): boolean {
    return this.#nulls !== null && !bitAt(this.#nulls, this.#from + row);
  }

  /** The integers of a row that is not null. @throws {CellError} */
  at(row: number): Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array {
    const [begin, end] = [Number(this.#offsets[this.#from + row] ?? -1), Number(this.#offsets[this.#from + row + 1] ?? -1)];
    const { values, nullCount, nullBitmap } = this.#items as Arrow.Data & { values: Int32Array };
    if (!(begin >= 0 && begin <= end && end <= values.length)) throw new CellError(`the column ${this.#name} is not as its own description says`);
    for (let item = begin; nullCount > 0 && item < end; item++) {
      if (!bitAt(nullBitmap, item)) throw new CellError(`${this.#name} has a list with an item that is null`);
    }
    return values.subarray(begin, end);
  }
}

function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3]! >> (index & 7)) & 1) === 1;
}

/** As lists that all have the field's size. @throws {CellError} for one of another length */
export function sizedLists(field: Field, lists: Lists, valid: Uint8Array | null): ListColumn {
  const { item, size } = field.list!;
  const length = lists.rows * size;
  const items = listItems(item, new ArrayBuffer(length * (item === 'int8' ? 1 : item === 'int32' ? 4 : 8)), 0, length);
  for (let row = 0; row < lists.rows; row++) {
    if (lists.isNull(row)) continue;
    const list = lists.at(row);
    if (list.length !== size)
      throw new CellError(`${field.name} has a list of ${list.length} integers, where the first rows have ${size}; a column has lists of one length`);
    putItems(field, items, row * size, list);
  }
  return listColumn(items, size, valid);
}

/** Lists of several lengths as text, as Python prints them. */
export function listTexts(field: Field, lists: Lists, valid: Uint8Array | null): TextColumn {
  const builder = new TextBuilder(field);
  for (let row = 0; row < lists.rows; row++) builder.setString(row, lists.isNull(row) ? '' : `[${[...lists.at(row)].join(', ')}]`);
  return { ...builder.take(lists.rows), valid };
}

/** Copies integers to where items of the field's type are. @throws {CellError} for one that 64 bits, signed, do not hold */
export function putItems(field: Field, items: ListColumn['items'], at: number, from: ArrayLike<number | bigint>): void {
  for (let index = 0; index < from.length; index++) {
    const value = from[index]!;
    if (!(items instanceof BigInt64Array)) items[at + index] = Number(value);
    else if (BigInt.asIntN(64, BigInt(value)) === BigInt(value)) items[at + index] = BigInt(value);
    else throw new CellError(`${field.name} has ${value} in a list, which does not fit 64 bits`);
  }
}
