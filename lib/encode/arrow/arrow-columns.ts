import type * as Arrow from 'apache-arrow';
import { valueAt, type FlowColumn, type IntColumn, type ListColumn, type TextColumn } from '../../flows/columns.js';
import { FlowError } from '../../errors.js';
import type { Field } from '../../schema/fields.js';
import { loadArrow } from '../../load-arrow.js';

/** Which types Arrow's columns have. */
export interface ArrowTypes {
  /** Texts of a closed set, such as an end reason, as a dictionary, whole before the first row. Default false: as text. */
  dictionary?: boolean;
  /** Integers that have a narrower type in it, such as a port in 16 bits. Default false: all of 64 bits, signed. */
  compact?: boolean;
}

/** A column of flows as Arrow has it. */
export interface ArrowColumn {
  readonly field: Arrow.Field;
  /** Its rows, over the same memory where the type is the same. */
  data(column: FlowColumn, length: number): Arrow.Data;
}

type NarrowType = NonNullable<Field['narrow']>;

/** Memory for integers of fewer than 64 bits. */
const narrowArrays = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array } as const;

/**
 * Chooses the type of a column: Int64, Float64, Utf8, a list of fixed size, or a timestamp in UTC where the run asks for it; narrower integers and
 * dictionaries where the exporter is asked for them.
 */
export function arrowColumn(field: Field, { dictionary, compact }: Required<ArrowTypes>): ArrowColumn {
  switch (field.type) {
    case 'float':
      return plainColumn(field, new (loadArrow().Float64)(), (column) => ({ data: (column as { values: Float64Array }).values }));
    case 'list':
      return listColumn(field);
    case 'text':
      return dictionary && field.values !== undefined ? dictionaryColumn(field, field.values) : textColumn(field);
    case 'int':
      return compact && field.narrow !== undefined ? narrowColumn(field, field.narrow) : intColumn(field);
  }
}

function intColumn(field: Field): ArrowColumn {
  const { Int64, Timestamp, TimeUnit } = loadArrow();
  const units = { ms: TimeUnit.MILLISECOND, us: TimeUnit.MICROSECOND, ns: TimeUnit.NANOSECOND };
  const type = field.timestamp ? new Timestamp(units[field.time!], 'UTC') : new Int64();
  return plainColumn(field, type, (column) => ({ data: (column as IntColumn).values }));
}

function textColumn(field: Field): ArrowColumn {
  return plainColumn(field, new (loadArrow().Utf8)(), (column) => ({ valueOffsets: (column as TextColumn).offsets, data: (column as TextColumn).bytes }));
}

function listColumn(field: Field): ArrowColumn {
  const { Field: ArrowField, FixedSizeList, Int8, Int32, Int64, makeData } = loadArrow();
  const { item, size } = field.list!;
  const itemType = { int8: new Int8(), int32: new Int32(), int64: new Int64() }[item];
  return plainColumn(field, new FixedSizeList(size, new ArrowField('item', itemType, false)), (column, length) => ({
    child: makeData({ type: itemType as Arrow.Int32, length: length * size, nullCount: 0, data: (column as ListColumn).items as Int32Array }),
  }));
}

function narrowColumn(field: Field, narrow: NarrowType): ArrowColumn {
  const arrow = loadArrow();
  const type = {
    int8: new arrow.Int8(),
    uint8: new arrow.Uint8(),
    int16: new arrow.Int16(),
    uint16: new arrow.Uint16(),
    int32: new arrow.Int32(),
    uint32: new arrow.Uint32(),
  }[narrow];
  return plainColumn(field, type, (column, length) => {
    const { halves, valid } = column as IntColumn;
    const data = new narrowArrays[narrow](length);
    for (let row = 0; row < length; row++) {
      data[row] = halves[2 * row]!;
      if (data[row] !== halves[2 * row + 1]! * 4294967296 + (halves[2 * row]! >>> 0) && valid?.[row] !== 0) {
        throw new FlowError(
          'ERR_NFSTREAM_COLUMN',
          `Column ${field.name} has ${String(valueAt(column, row))}, which does not fit into ${narrow}; leave out compact.`,
        );
      }
    }
    return { data };
  });
}

function dictionaryColumn(field: Field, values: readonly string[]): ArrowColumn {
  const arrow = loadArrow();
  const indices = new Map(values.map((value, index) => [value, index]));
  const dictionary = arrow.vectorFromArray([...values], new arrow.Utf8());
  return plainColumn(field, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()), (column, length) => {
    const data = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      const value = valueAt(column, row);
      if (value === null) continue;
      const index = indices.get(value as string);
      if (index === undefined) {
        throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${field.name} has ${JSON.stringify(value)}, which is not of its closed set; leave out dictionary.`);
      }
      data[row] = index;
    }
    return { data, dictionary };
  });
}

/** The parts of an Arrow column besides its nulls. */
interface DataParts {
  data?: Arrow.Data['values'];
  valueOffsets?: Int32Array;
  child?: Arrow.Data;
  dictionary?: Arrow.Vector;
}

function plainColumn(field: Field, type: Arrow.DataType, partsOf: (column: FlowColumn, length: number) => DataParts): ArrowColumn {
  const { Field: ArrowField, makeData } = loadArrow();
  // Which parts there are follows from the type, which makeData's own types can't say of a type that is chosen at run time.
  const make = makeData as unknown as (parts: DataParts & { type: Arrow.DataType; length: number; nullCount: number }) => Arrow.Data;
  const metadata = new Map([['meaning', field.meaning]]);
  if (field.unit !== '') metadata.set('unit', field.unit);
  if (field.source !== '') metadata.set('source', field.source);
  return {
    field: new ArrowField(field.name, type, field.nullable === true, metadata),
    data(column, length) {
      const nulls = nullBitmap(column.valid);
      if (nulls.nullCount > 0 && !field.nullable) {
        throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${field.name} has a null, but its field can't be null; give it a value or another name.`);
      }
      return make({ type, length, ...nulls, ...partsOf(column, length) });
    },
  };
}

/** One byte a row to one bit a row. */
function nullBitmap(valid: Uint8Array | null): { nullBitmap: Uint8Array | null; nullCount: number } {
  if (valid === null) return { nullBitmap: null, nullCount: 0 };
  const bitmap = new Uint8Array((valid.length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] === 0) nullCount++;
    else bitmap[row >> 3]! |= 1 << (row & 7);
  }
  return { nullBitmap: bitmap, nullCount };
}
