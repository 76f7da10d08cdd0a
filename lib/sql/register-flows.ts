import { checkText } from '../arguments.js';
import { FlowError, invalidOption } from '../errors.js';
import { valueAt } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { isRecord } from '../is-record.js';
import { openFlows } from '../open-flows.js';
import type { Field } from '../schema/fields.js';
import type { Schema } from '../schema/schema.js';
import { Turn } from '../stage/turn.js';
import { loadDuckDb, sqlName, sqlText, type SqlConnection, type SqlType } from './duckdb.js';
import { fillVector, vectorRows } from './vectors.js';

/** Where flows for a table come from: paths of captures or of files of flows, or a stream of batches. */
export type FlowsForSql = string | readonly string[] | AsyncIterable<FlowBatch>;

/**
 * Makes a table of flows in DuckDB, or another one in place of a table of that name: BIGINT, DOUBLE, VARCHAR, lists of integers, and timestamps in UTC where the run has them
 * (`timestamps: 'arrow'`). Columns have their meaning as a comment. Flows go in column by column, as they come; how much memory they may take is DuckDB's `memory_limit`.
 * @param connection of the package @duckdb/node-api, @param name of the table
 * @returns how many flows it has
 * @throws {FlowError} ERR_NFSTREAM_PEER without that package, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_SCHEMA_CHANGED; damage of the source, when the flows in front of it are in the table;
 * whatever DuckDB throws
 */
export async function registerFlows(connection: SqlConnection, name: string, source: FlowsForSql): Promise<number> {
  if (!isRecord(connection) || typeof connection['createAppender'] !== 'function')
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the connection of registerFlows()', 'a connection of @duckdb/node-api', connection);
  checkText('the name of the table of registerFlows()', name);
  if (name === '' || name.includes('\0'))
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the name of the table of registerFlows()', 'a name that is not empty and holds no NUL', name);
  const batches = await batchesOf(source);
  let table: FlowTable | null = null;
  try {
    for await (const batch of batches) {
      if (!(batch instanceof FlowBatch)) throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'registerFlows() takes FlowBatch objects, as aggregate() gives them.');
      table ??= await FlowTable.make(connection, name, batch.schema);
      await table.add(batch);
    }
  } finally {
    table?.close();
  }
  if (table === null) throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'The source of registerFlows() gave no batch, and so told no columns.');
  return table.rows;
}

async function batchesOf(source: FlowsForSql): Promise<AsyncIterable<FlowBatch>> {
  if (typeof source === 'string' || Array.isArray(source)) return (await openFlows([source].flat() as string[])).batches;
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return source as AsyncIterable<FlowBatch>;
  throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the source of registerFlows()', 'a path, paths, or a stream of FlowBatch', source);
}

/** The type of DuckDB's for a field. */
function typeNameOf({ type, timestamp, time, list }: Field): string {
  switch (type) {
    case 'int':
      return timestamp === true ? { ms: 'TIMESTAMP_MS', us: 'TIMESTAMP', ns: 'TIMESTAMP_NS' }[time!] : 'BIGINT';
    case 'float':
      return 'DOUBLE';
    case 'text':
      return 'VARCHAR';
    case 'list':
      return `${{ int8: 'TINYINT', int32: 'INTEGER', int64: 'BIGINT' }[list!.item]}[]`;
  }
}

type Appender = Awaited<ReturnType<SqlConnection['createAppender']>>;

/** A table that is being filled. */
class FlowTable {
  rows = 0;
  readonly #schema: Schema;
  readonly #types: readonly SqlType[];
  readonly #appender: Appender;
  readonly #turn = new Turn();

  private constructor(schema: Schema, types: readonly SqlType[], appender: Appender) {
    this.#schema = schema;
    this.#types = types;
    this.#appender = appender;
  }

  static async make(connection: SqlConnection, name: string, schema: Schema): Promise<FlowTable> {
    const table = sqlName(name);
    const columns = schema.fields.map((field) => `${sqlName(field.name)} ${typeNameOf(field)}`);
    if (columns.length === 0) throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'The source of registerFlows() has no columns.');
    await connection.run(`create or replace table ${table} (${columns.join(', ')})`);
    for (const field of schema.fields)
      if (!('user' in field)) await connection.run(`comment on column ${table}.${sqlName(field.name)} is ${sqlText(field.meaning)}`);
    const types = (await connection.stream(`select * from ${table} limit 0`)).columnTypes();
    return new FlowTable(schema, types, await connection.createAppender(name));
  }

  async add(batch: FlowBatch): Promise<void> {
    if (batch.schema !== this.#schema)
      throw new FlowError('ERR_NFSTREAM_SCHEMA_CHANGED', 'registerFlows() received batches of different schemas; use a table for each run.');
    for (let from = 0; from < batch.length; from += vectorRows) {
      this.#append(batch, from, Math.min(from + vectorRows, batch.length));
      if (this.#turn.over()) await this.#turn.next();
    }
  }

  close(): void {
    this.#appender.closeSync();
  }

  #append({ columns }: FlowBatch, from: number, to: number): void {
    const { api, bindings } = loadDuckDb();
    const chunk = api.DuckDBDataChunk.create(this.#types, to - from);
    for (const [index, column] of columns.entries()) {
      if (column.type !== 'list') fillVector(bindings, bindings.data_chunk_get_vector(chunk.chunk, index), column, from, to);
      else {
        const big = column.items instanceof BigInt64Array;
        const lists = Array.from({ length: to - from }, (_, row) => valueAt(column, from + row) as (number | bigint)[] | null);
        chunk.setColumnValues(
          index,
          lists.map((items) => items && new api.DuckDBListValue(big ? items.map(BigInt) : items)),
        );
      }
    }
    this.#appender.appendDataChunk(chunk);
    this.rows += to - from;
  }
}
