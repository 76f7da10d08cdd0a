import type { readableTypes } from '../options.js';
import { inTimeUnit } from '../schema/choose-fields.js';
import { classicFields, fields as knownFields, sized, type Field, type FieldType } from '../schema/fields.js';
import { userField } from '../schema/schema.js';

/** Types of columns that the caller tells: they win over what the rows look like. */
export type ColumnTypes = Readonly<Record<string, (typeof readableTypes)[number]>>;

/** What the first rows say about a column. */
export interface ColumnSample {
  readonly name: string;
  /** Whether every value that is there could be one of the field. */
  fits(field: Field): boolean;
  /** The type that the values speak for. */
  guess(): FieldType;
  /** Whether a column of the type has nulls in some rows. */
  hasNulls(type: FieldType): boolean;
  /** How many items its lists have, if it has lists. */
  readonly listSize: number;
}

/** The field of the table that has this name; a name of both sets is that of nfstream 6. */
export function knownField(name: string): Field | undefined {
  return known.get(name);
}

const inAllUnits = (['ns', 'us', 'ms'] as const).flatMap((unit) => knownFields.map((field) => inTimeUnit(field, unit)));
const known = new Map([...classicFields, ...inAllUnits].map((field) => [field.name, field]));

/** The field of the table that has this name, which may be null in what is read. @throws {TypeError} when there is none */
export function readField(name: string): Field {
  return asRead(known.get(name)!, true);
}

/**
 * The field of a column that is read: the one that the caller tells, else the known one of that name if the values fit it, else by the values.
 * Text from elsewhere is never taken to be plain, and a known column may be null where the first rows have nulls.
 */
export function fieldOf(sample: ColumnSample, types: ColumnTypes): Field {
  const told = Object.hasOwn(types, sample.name) ? types[sample.name] : undefined;
  const field = known.get(sample.name);
  if (told !== undefined) return field?.type === told ? asRead(field, true) : userField(sample.name, told);
  if (field !== undefined && sample.fits(field)) return asRead(sized(field, sample.listSize), sample.hasNulls(field.type));
  return userField(sample.name, sample.guess(), sample.listSize);
}

function asRead({ plain, ...field }: Field, nulls: boolean): Field {
  return Object.freeze(nulls ? { ...field, nullable: true } : field);
}
