import type { Field } from '../../schema/field.js';

/** The key under which Spark keeps its own schema in a Parquet file, and takes it from. */
export const sparkSchemaKey = 'org.apache.spark.sql.parquet.row.metadata';

/**
 * The columns as Spark's own schema, by which Spark gives each the comment that says what it means: of Arrow's schema it knows nothing.
 * @param compact whether integers have their narrower types
 * @returns null where Spark has no type for a column: points in time with nanoseconds
 */
export function sparkSchema(fields: readonly Field[], compact: boolean): string | null {
  const columns = fields.map((field) => ({ name: field.name, type: typeOf(field, compact), nullable: true, metadata: metadataOf(field) }));
  return columns.some(({ type }) => type === null) ? null : JSON.stringify({ type: 'struct', fields: columns });
}

/** Spark's names of the integers that Parquet has; of those without a sign, the next wider one. */
const integers = { int8: 'byte', int16: 'short', int32: 'integer', int64: 'long', uint8: 'short', uint16: 'integer', uint32: 'long' } as const;

function typeOf({ type, timestamp, time, narrow, list }: Field, compact: boolean): object | string | null {
  switch (type) {
    case 'float':
      return 'double';
    case 'text':
      return 'string';
    case 'list':
      return { type: 'array', elementType: integers[list!.item], containsNull: true };
    case 'int':
      if (timestamp) return time === 'ns' ? null : 'timestamp';
      return compact && narrow !== undefined ? integers[narrow] : 'long';
  }
}

function metadataOf({ meaning, unit, source }: Field): object {
  return { comment: meaning, ...(unit !== '' && { unit }), ...(source !== '' && { source }) };
}
