import type * as Arrow from 'apache-arrow';
import { intColumn, type FlowColumn, type ListColumn, type TextColumn, listColumn } from '../../flows/columns.js';
import { loadArrow } from '../../load-arrow.js';
import type { Field } from '../../schema/fields.js';
import { isOpenList, Lists, listTexts, putItems, sizedLists } from './arrow-lists.js';
import { CellError } from '../cell-error.js';
import { isText, repaired, TextBuilder } from '../column-builder.js';

/** Some rows, at most a batch, of one column of a record batch. */
interface Rows {
  readonly field: Field;
  readonly data: Arrow.Data;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** One byte a row, 0 for null; null when every row has a value. */
  readonly valid: Uint8Array | null;
}

/**
 * Rows `from` to `to` (exclusive) of an Arrow column as a column of flows, over the same memory where the types are the same. Nothing that a file says of itself is
 * trusted: lengths, offsets and text are checked.
 * @throws {CellError}
 */
export function arrowValues(field: Field, data: Arrow.Data, from: number, to: number): FlowColumn {
  demand(field, data.length >= to);
  const rows = { field, data, from, to, valid: validOf(field, data, from, to) };
  if (isOpenList(data.type)) {
    const lists = new Lists(field.name, data, from, to);
    return field.type === 'list' ? sizedLists(field, lists, rows.valid) : listTexts(field, lists, rows.valid);
  }
  switch (field.type) {
    case 'int':
      return intValues(rows);
    case 'float':
      return floatValues(rows);
    case 'text':
      return loadArrow().DataType.isUtf8(data.type) ? utf8Values(rows) : textValues(rows);
    case 'list':
      return listValues(rows);
  }
}

function validOf(field: Field, data: Arrow.Data, from: number, to: number): Uint8Array | null {
  if (loadArrow().DataType.isNull(data.type)) return new Uint8Array(to - from);
  if (data.nullCount === 0) return null;
  const bits = data.nullBitmap;
  demand(field, bits.length * 8 >= to);
  const valid = Uint8Array.from({ length: to - from }, (_, row) => bitAt(bits, from + row));
  if (!valid.includes(0)) return null;
  demand(field, field.nullable === true);
  return valid;
}

function bitAt(bits: Uint8Array, index: number): number {
  return (bits[index >> 3]! >> (index & 7)) & 1;
}

/** What a file says and what is in it must be the same. */
function demand(field: Field, holds: boolean): void {
  if (!holds) throw new CellError(`the column ${field.name} is not as its own description says`);
}

type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

function intValues({ field, data, from, to, valid }: Rows): FlowColumn {
  const { values } = data as { values: Integers | BigInt64Array | BigUint64Array };
  const { factor, divisor } = timeScale(field, data.type);
  if (loadArrow().DataType.isBool(data.type)) {
    demand(field, values.length * 8 >= to);
    return intColumn(
      BigInt64Array.from({ length: to - from }, (_, row) => BigInt(bitAt(values as Uint8Array, from + row))),
      valid,
    );
  }
  demand(field, values.length >= to);
  const part = values.subarray(from, to);
  if (part instanceof BigInt64Array && factor === divisor) return intColumn(part, valid, field.bigint);
  const wide = BigInt64Array.from(part as Iterable<bigint>, (value, row) => {
    const exact = BigInt(value) * factor;
    if (valid?.[row] === 0) return 0n;
    if (exact % divisor !== 0n) throw new CellError(`${field.name} has a time with a fraction of a unit`);
    if (BigInt.asIntN(64, exact / divisor) !== exact / divisor) throw new CellError(`${field.name} is ${exact / divisor}, which does not fit 64 bits`);
    return exact / divisor;
  });
  return intColumn(wide, valid, field.bigint);
}

/** How a point in time of an Arrow type becomes one in the field's unit. */
function timeScale(field: Field, type: Arrow.DataType): { factor: bigint; divisor: bigint } {
  const { DataType } = loadArrow();
  if (!DataType.isTimestamp(type) || field.unit === '') return { factor: 1n, divisor: 1n };
  const [here, there] = [unitsPerSecond[field.unit] ?? 1n, 1000n ** BigInt((type as Arrow.Timestamp).unit)];
  return here >= there ? { factor: here / there, divisor: 1n } : { factor: 1n, divisor: there / here };
}

const unitsPerSecond: Readonly<Record<string, bigint>> = { ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };

function floatValues({ field, data, from, to, valid }: Rows): FlowColumn {
  const { DataType, Vector } = loadArrow();
  const { values } = data as { values: Float32Array | Float64Array };
  demand(field, values.length >= to);
  const half = DataType.isFloat(data.type) && data.type.precision === 0;
  const part = half ? Float64Array.from({ length: to - from }, (_, row) => Number(new Vector([data]).get(from + row))) : values.subarray(from, to);
  const floats = part instanceof Float64Array ? part : Float64Array.from(part);
  for (let row = 0; row < floats.length; row++) {
    if (!Number.isFinite(floats[row]) && valid?.[row] !== 0) throw new CellError(`${field.name} is ${floats[row]}, which is not a finite number`);
  }
  return { type: 'float', values: floats, valid };
}

function utf8Values({ field, data, from, to, valid }: Rows): TextColumn {
  const { values: bytes, valueOffsets } = data as { values: Uint8Array; valueOffsets: Int32Array };
  if (from === to) return { type: 'text', offsets: new Int32Array(1), bytes: new Uint8Array(0), valid };
  demand(field, valueOffsets.length > to);
  const offsets = valueOffsets.subarray(from, to + 1);
  for (let row = 0; row < to - from; row++) demand(field, offsets[row]! <= offsets[row + 1]!);
  demand(field, offsets[0]! >= 0 && offsets[to - from]! <= bytes.length);
  return isText(offsets, bytes) ? { type: 'text', offsets, bytes, valid } : repaired(offsets, bytes, valid);
}

/** Texts of any other layout, one at a time. */
function textValues({ field, data, from, to, valid }: Rows): TextColumn {
  const vector = new (loadArrow().Vector)([data]);
  const builder = new TextBuilder(field);
  for (let row = from; row < to; row++) {
    const text: unknown = valid?.[row - from] === 0 ? null : vector.get(row);
    demand(field, valid?.[row - from] === 0 || typeof text === 'string');
    builder.setString(row - from, typeof text === 'string' ? text : '');
  }
  return { ...builder.take(to - from), valid };
}

function listValues(rows: Rows): ListColumn {
  const { field, data, from, to, valid } = rows;
  const { item, size } = field.list!;
  const child = data.children[0]!;
  const { values } = child as { values: Int8Array | Int32Array | BigInt64Array | BigUint64Array };
  demand(field, values.length >= to * size && (child.nullCount === 0 || nullsInNulls(child, size, from, valid)));
  const part = values.subarray(from * size, to * size);
  const fits = item === 'int8' ? part instanceof Int8Array : item === 'int32' ? part instanceof Int32Array : part instanceof BigInt64Array;
  if (fits) return listColumn(part as ListColumn['items'], size, valid);
  const items = item === 'int64' ? new BigInt64Array(part.length) : new Int32Array(part.length);
  for (let row = 0; row < to - from; row++) if (valid?.[row] !== 0) putItems(field, items, row * size, part.subarray(row * size, (row + 1) * size));
  return listColumn(items, size, valid);
}

/** Whether only lists that are null have items that are null, as those that come from Parquet do. */
function nullsInNulls({ nullBitmap }: Arrow.Data, size: number, from: number, valid: Uint8Array | null): boolean {
  if (valid === null) return false;
  return valid.every((there, row) => {
    if (there === 0) return true;
    for (let item = (from + row) * size; item < (from + row + 1) * size; item++) if (bitAt(nullBitmap, item) === 0) return false;
    return true;
  });
}
