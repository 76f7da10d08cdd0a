import { DuckDBDataChunk, DuckDBInstance, BIGINT, DOUBLE, VARCHAR } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import polars from 'nodejs-polars';
import * as wasm from 'parquet-wasm';
import type { FlowColumn } from '../../lib/flows/columns.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { ArrowEncoder, type ArrowOptions } from '../../lib/encode/arrow/arrow.js';
import { checkOptions } from '../../lib/options.js';
import { joinBytes } from '../../lib/encode/encoder.js';

// What else writes flows, each used as its documentation shows.

const rowGroupRows = 131_072;

/** csv-stringify over objects that are there already; a batch at a time, as one string can't hold them all. */
export async function csvStringify(batches: readonly FlowBatch[], timed: (work: () => Promise<unknown>) => Promise<number>): Promise<number> {
  let seconds = 0;
  for (const batch of batches) {
    const objects = [...batch].map((flow) => flow.toJSON());
    seconds += await timed(async () => stringify(objects).length);
  }
  return seconds;
}

/** Makes an object of each flow and writes it with JSON.stringify. */
export async function jsonStringify(batches: readonly FlowBatch[]): Promise<number> {
  let size = 0;
  for (const batch of batches) {
    let lines = '';
    for (const flow of batch) lines += `${JSON.stringify(flow)}\n`;
    size += Buffer.from(lines).length;
  }
  return size;
}

/** pandas.DataFrame.to_csv, without the reading of the frame. */
export async function pandasCsv(python: string, arrowFile: string): Promise<number> {
  return Number(execFileSync(python, [fileURLToPath(new URL('pandas_csv.py', import.meta.url)), arrowFile], { encoding: 'utf8' }));
}

/** parquet-wasm with its own defaults, from the record batches of Arrow. */
export async function parquetWasm(batches: readonly FlowBatch[]): Promise<number> {
  const properties = new wasm.WriterPropertiesBuilder().setCompression(wasm.Compression.SNAPPY).setMaxRowGroupSize(rowGroupRows).build();
  const waiting = [...batches];
  const input = new ReadableStream(
    {
      async pull(controller) {
        const batch = waiting.shift();
        if (batch === undefined) return controller.close();
        const rows = wasm.Table.fromIPCStream(await ipcStream([batch]));
        for (const part of rows.recordBatches()) controller.enqueue(part);
        rows.free();
      },
    },
    { highWaterMark: 0 },
  );
  let size = 0;
  for await (const bytes of (await wasm.transformParquetStream(input, properties)) as ReadableStream<Uint8Array>) size += bytes.length;
  return size;
}

/** hyparquet-writer with its own defaults, a row group at a time. */
export async function hyparquetWriter(batches: readonly FlowBatch[]): Promise<number> {
  const types = { int: { type: 'INT64' }, float: { type: 'DOUBLE' }, text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' } } as const;
  const { fields } = batches[0]!.schema;
  const schema = [
    { name: 'root', num_children: fields.length },
    ...fields.map(({ name, type }) => ({ name, ...types[type as 'int'], repetition_type: 'REQUIRED' as const })),
  ];
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema });
  const groupBatches = rowGroupRows / 8192;
  for (let from = 0; from < batches.length; from += groupBatches) {
    const group = batches.slice(from, from + groupBatches);
    await writer.write({
      columnData: fields.map(({ name }, index) => ({ name, data: group.flatMap((batch) => valuesOf(batch.columns[index]!)) })),
      rowGroupSize: rowGroupRows,
    });
  }
  await writer.finish();
  return bytes.getBuffer().byteLength;
}

/** DuckDB: rows into a table by its appender, the table into a file by COPY, on one thread. */
export async function duckdb(batches: readonly FlowBatch[], path: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const { fields } = batches[0]!.schema;
  const types = fields.map(({ type }) => ({ int: BIGINT, float: DOUBLE, text: VARCHAR })[type as 'int']);
  await connection.run(`CREATE TABLE flows (${fields.map(({ name }, index) => `"${name}" ${String(types[index])}`).join()})`);
  const appender = await connection.createAppender('flows');
  for (const batch of batches) {
    for (let from = 0; from < batch.length; from += 2048) {
      const part = batch.slice(from, from + 2048);
      const chunk = DuckDBDataChunk.create(types, part.length);
      chunk.setColumns(part.columns.map(valuesOf));
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
  await connection.run(`COPY flows TO '${path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroupRows})`);
  connection.closeSync();
}

/** polars: the whole table from Arrow, and its writeParquet. */
export async function polarsParquet(arrowFile: string, path: string): Promise<void> {
  polars.readIPC(readFileSync(arrowFile)).writeParquet(path, { compression: 'snappy' });
}

function valuesOf(column: FlowColumn): (bigint | number | string)[] {
  if (column.type !== 'text') return Array.from<bigint | number>((column as { values: ArrayLike<bigint | number> }).values);
  const text = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.length);
  return Array.from({ length: column.offsets.length - 1 }, (_, row) => text.toString('utf8', column.offsets[row]!, column.offsets[row + 1]!));
}

async function ipcStream(batches: readonly FlowBatch[]): Promise<Uint8Array> {
  const encoder = new ArrowEncoder(checkOptions(['arrow'], undefined) as unknown as Required<ArrowOptions>);
  const pieces = [encoder.start(batches[0]!.schema)];
  for (const batch of batches) pieces.push(joinBytes(await encoder.encode(batch, 0, batch.length)));
  pieces.push(joinBytes(await encoder.finish()));
  return Buffer.concat(pieces);
}
