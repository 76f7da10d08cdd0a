import { FlowError, quoted } from '../errors.js';
import { buildColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { integerRanges, type FieldType } from '../schema/fields.js';
import { Schema, userField } from '../schema/schema.js';
import { loadDuckDb, type SqlResult, type SqlType, type SqlValue } from './duckdb.js';

const [leastInt, mostInt] = integerRanges.int64;

/** How the values of one of DuckDB's types become those of a column. */
interface Conversion {
  readonly type: FieldType;
  /** The value, or undefined where the column can't have it. */
  of(value: unknown): unknown;
  /** A type of DuckDB's that every value of this one can be cast to. */
  readonly castTo: string;
}

const integers: Conversion = { type: 'int', of: inRange, castTo: 'DOUBLE' };
const floats: Conversion = { type: 'float', of: (value) => (Number.isFinite(value) ? value : null), castTo: 'DOUBLE' };
const texts: Conversion = { type: 'text', of: String, castTo: 'VARCHAR' };

function inRange(value: unknown): unknown {
  const integer = BigInt(value as number | bigint | boolean);
  return integer >= leastInt && integer <= mostInt ? integer : undefined;
}

/** A decimal: an integer where it has no digits behind the point, otherwise a float that has the same digits. */
function decimals({ scale }: { scale: number }): Conversion {
  if (scale === 0) return { ...integers, of: (value) => inRange((value as { value: bigint }).value) };
  const exact = (value: unknown): unknown => {
    const text = String(value);
    return Number(text).toFixed(Math.min(scale, 100)) === text ? Number(text) : undefined;
  };
  return { type: 'float', of: exact, castTo: 'DOUBLE' };
}

function conversionOf(type: SqlType): Conversion | null {
  const ids = loadDuckDb().api.DuckDBTypeId;
  const is = (...names: string[]): boolean => names.some((name) => ids[name] === type.typeId);
  if (is('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'HUGEINT', 'UHUGEINT')) return integers;
  if (is('FLOAT', 'DOUBLE')) return floats;
  if (is('DECIMAL')) return decimals(type as unknown as { scale: number });
  const printed = [
    'VARCHAR',
    'ENUM',
    'UUID',
    'DATE',
    'TIME',
    'TIME_TZ',
    'INTERVAL',
    'TIMESTAMP',
    'TIMESTAMP_S',
    'TIMESTAMP_MS',
    'TIMESTAMP_NS',
    'TIMESTAMP_TZ',
    'SQLNULL',
  ];
  return is(...printed) ? texts : null;
}

/**
 * What a query gives, as batches for any stage that takes flows: integers, floats and text. Points in time are text as DuckDB prints them.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN for a type that no column can have, or a HUGEINT or DECIMAL that does not fit, with the cast that helps; whatever DuckDB throws
 */
export async function* queryBatches(result: SqlResult): AsyncGenerator<FlowBatch, undefined> {
  const names = result.deduplicatedColumnNames();
  const columns = result.columnTypes().map((type, index) => {
    const conversion = conversionOf(type);
    const name = names[index]!;
    if (conversion === null)
      throw new FlowError('ERR_NFSTREAM_COLUMN', `The column ${quoted(name)} is of DuckDB's type ${type.toString()}; cast it, as in ${name}::VARCHAR.`);
    return { name, sqlType: type, field: userField(name, conversion.type, 0, conversion.type === 'int'), conversion };
  });
  const schema = new Schema(columns.map(({ field }) => field));
  yield new FlowBatch(
    schema,
    0,
    columns.map(({ field }) => buildColumn(field, [])),
  );
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const values = columns.map(({ field, name, sqlType, conversion }, index) =>
      buildColumn(
        field,
        chunk!.getColumnValues(index).map((value) => {
          if (value === null) return null;
          const fitting = conversion.of(value);
          if (fitting !== undefined) return fitting;
          throw new FlowError(
            'ERR_NFSTREAM_COLUMN',
            `The column ${quoted(name)} has ${(value as SqlValue).toString()}, a ${sqlType.toString()} that does not fit; cast it, as in ${name}::${conversion.castTo}.`,
          );
        }),
      ),
    );
    yield new FlowBatch(schema, chunk.rowCount, values);
  }
  return undefined;
}
