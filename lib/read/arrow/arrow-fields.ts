import type * as Arrow from 'apache-arrow';
import { FlowError } from '../../errors.js';
import { loadArrow } from '../../load-arrow.js';
import { units, type Field, type FieldType } from '../../schema/fields.js';
import { Schema, userField, type Metadata } from '../../schema/schema.js';
import type { RunState } from '../../stage/run-state.js';
import { isOpenList, Lists, listSizeOf } from './arrow-lists.js';
import { knownField } from '../field-types.js';

/**
 * The schema of flows that an Arrow schema tells, and for lists of no fixed length the first rows: types as they are there, the meaning of known names as we know it, and what nfstream wrote about the run.
 * @param sample the first rows; null where there are none, or no column needs them
 * @throws {FlowError} ERR_NFSTREAM_COLUMN for a type that no column of flows can have, CellError for a list of the first rows that is unsound
 */
export function arrowFields(schema: Arrow.Schema, run: RunState, name: string, sample: Arrow.RecordBatch | null = null): Schema {
  const fields = schema.fields.map((field, index) => {
    const size = isOpenList(field.type) ? sampleSize(field, sample?.data.children[index]) : 0;
    const type = size === null ? 'text' : typeOf(field.type);
    if (type === null)
      throw new FlowError('ERR_NFSTREAM_COLUMN', `${name}: ${field.name} is of Arrow's type ${field.type}, which no column of flows can have.`);
    return fieldFor(field, type, size ?? 0);
  });
  return new Schema(fields, run, ours(schema.metadata));
}

function fieldFor({ name, type, nullable, metadata }: Arrow.Field, fieldType: FieldType, openSize: number): Field {
  const known = knownField(name);
  const { nullable: _, plain, ...field } = known?.type === fieldType ? known : userField(name, fieldType);
  return Object.freeze({
    ...field,
    ...told(metadata),
    ...(fieldType === 'list' && listOf(type as Arrow.FixedSizeList | Arrow.List, openSize, known)),
    ...timeOf(type, known),
    ...((nullable || loadArrow().DataType.isNull(type)) && { nullable: true as const }),
  });
}

/** What a file says of a column, as this library writes it. */
function told(metadata: ReadonlyMap<string, string>): Partial<Pick<Field, 'meaning' | 'source' | 'unit'>> {
  const meaning = metadata.get('meaning');
  if (meaning === undefined) return {};
  const unit = units.find((one) => one === metadata.get('unit')) ?? '';
  return { meaning, unit, source: metadata.get('source') ?? '' };
}

/** A point in time is in the unit that the column's name tells, or in its own. */
function timeOf(type: Arrow.DataType, known: Field | undefined): Pick<Field, 'time' | 'unit' | 'timestamp'> | {} {
  if (!loadArrow().DataType.isTimestamp(type)) return {};
  const time = known?.time ?? timeUnits[type.unit]!;
  return { time, unit: time, timestamp: true };
}

/** Seconds are told in milliseconds. */
const timeUnits = ['ms', 'ms', 'us', 'ns'] as const;

/** How many items the lists of the first rows have; null when they are of several lengths, or too long for a list. */
function sampleSize({ name }: Arrow.Field, data: Arrow.Data | undefined): number | null {
  if (data === undefined) return 0;
  const size = listSizeOf(new Lists(name, data, 0, data.length));
  return size !== null && size <= longestList ? size : null;
}

/** Lists of our own columns are as they are there; those of others have 64 bits, as their integers have. */
function listOf(type: Arrow.FixedSizeList | Arrow.List, openSize: number, known: Field | undefined): Required<Pick<Field, 'list'>> {
  const size = 'listSize' in type ? type.listSize : openSize;
  if (known?.list === undefined) return { list: { item: 'int64', size } };
  const { bitWidth, isSigned } = type.children[0]!.type as Arrow.Int;
  const item = bitWidth === 8 && isSigned ? 'int8' : bitWidth < 32 || (bitWidth === 32 && isSigned) ? 'int32' : 'int64';
  return { list: { item, size } };
}

/** A run lists no more packets of a flow. */
const longestList = 65535;

/** The type of column that values of an Arrow type make; null when none does. */
function typeOf(type: Arrow.DataType): FieldType | null {
  const { DataType } = loadArrow();
  const { isBool, isDate, isDuration, isInt, isTime, isTimestamp, isFloat, isLargeUtf8, isNull, isUtf8, isUtf8View } = DataType;
  if (DataType.isDictionary(type)) return typeOf(type.dictionary) === 'text' ? 'text' : null;
  if ([isBool, isDate, isDuration, isInt, isTime, isTimestamp].some((is) => is(type))) return 'int';
  if (isFloat(type)) return 'float';
  if (DataType.isFixedSizeList(type)) return DataType.isInt(type.children[0]!.type) && type.listSize >= 0 && type.listSize <= longestList ? 'list' : null;
  if (isOpenList(type)) return 'list';
  return [isUtf8, isLargeUtf8, isUtf8View, isNull].some((is) => is(type)) ? 'text' : null;
}

/** What programs between wrote about themselves is not ours to pass on. */
function ours(metadata: ReadonlyMap<string, string>): Metadata {
  return Object.fromEntries([...metadata].filter(([key]) => key.startsWith('nfstream.')));
}
