import type * as Arrow from 'apache-arrow';
import type { FlowBatch } from '../../flows/flow-batch.js';
import type { Schema } from '../../schema/schema.js';
import type { ArrowTypes } from '../arrow/arrow-columns.js';
import { arrowWriter } from '../arrow/arrow-writer.js';
import { ownBytes, type Encoded, type Encoder } from '../encoder.js';
import { ParquetFile, type ParquetCompression } from './parquet-thread.js';
import { batchRows, RecordBatches } from '../arrow/record-batches.js';
import { sparkSchema, sparkSchemaKey } from './spark-schema.js';

/** How Parquet is written. */
export interface ParquetOptions extends Pick<ArrowTypes, 'compact'> {
  /** Rows of a row group, the part of a file that is in memory at once. Default 131,072. */
  rowGroupRows?: number;
  /** How pages are compressed. Default 'snappy', which every reader knows. */
  compression?: ParquetCompression;
}

/** Rows go to the thread as an Arrow stream each, whose types Parquet keeps: INT64, DOUBLE, STRING, LIST, TIMESTAMP in UTC. */
export class ParquetEncoder implements Encoder {
  readonly stride = batchRows;
  readonly #options: Required<ParquetOptions>;
  #file: ParquetFile | null = null;
  #batches: RecordBatches | null = null;
  #empty = true;

  constructor(options: Required<ParquetOptions>) {
    this.#options = options;
  }

  start(schema: Schema): Uint8Array {
    const { compact, compression, rowGroupRows } = this.#options;
    const integers = schema.fields.filter((field) => field.type === 'int').map((field) => field.name);
    this.#batches = new RecordBatches(schema, { dictionary: false, compact });
    const spark = sparkSchema(schema.fields, compact);
    const metadata = { ...schema.metadata, ...(spark !== null && { [sparkSchemaKey]: spark }) };
    this.#file = new ParquetFile({ compression, rowGroupRows, integers, metadata });
    return new Uint8Array(0);
  }

  async encode(batch: FlowBatch, from: number, to: number): Promise<Encoded> {
    const pieces: Uint8Array[] = [];
    for await (const rows of this.#batches!.add(batch, from, to)) pieces.push(...(await this.#write(rows)));
    return pieces;
  }

  async finish(): Promise<Encoded> {
    // The thread takes the columns from the first rows, and be there none of them.
    const rest = (await this.#batches!.rest()) ?? (this.#empty ? this.#batches!.none() : null);
    const pieces = rest === null ? [] : await this.#write(rest);
    return [...pieces, ...(await this.#file!.end())];
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #write(rows: Arrow.RecordBatch): Promise<Uint8Array[]> {
    this.#empty = false;
    const writer = arrowWriter('stream', 'none');
    writer.begin(rows.schema);
    void writer.write(rows);
    writer.end();
    return this.#file!.write(ownBytes(writer.take()));
  }
}
