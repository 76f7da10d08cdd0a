import type { FlowBatch } from '../../flows/flow-batch.js';
import type { Schema } from '../../schema/schema.js';
import type { ArrowTypes } from './arrow-columns.js';
import { arrowWriter, type ArrowCompression, type ArrowWriter } from './arrow-writer.js';
import { joinBytes, type Encoded, type Encoder } from '../encoder.js';
import { batchRows, RecordBatches } from './record-batches.js';

/** How Arrow is written. */
export interface ArrowOptions extends ArrowTypes {
  /** Arrow's IPC stream format (`.arrows`), or its IPC file format (`.arrow`, also known as Feather 2). Default 'stream'. */
  format?: 'stream' | 'file';
  /** How the record batches are compressed: with LZ4 frames, with zstd (smaller, slower), or not. Default 'none'. */
  compression?: ArrowCompression;
}

/**
 * Arrow IPC: integers as Int64, floats as Float64, text as Utf8, lists of fixed size, unless the options say otherwise. Fields carry their unit, meaning
 * and source as metadata, the schema what is known of the run.
 */
export class ArrowEncoder implements Encoder {
  readonly stride = batchRows;
  readonly #types: Required<ArrowTypes>;
  readonly #writer: ArrowWriter;
  #batches: RecordBatches | null = null;

  constructor({ format, compression, ...types }: Required<ArrowOptions>) {
    this.#types = types;
    this.#writer = arrowWriter(format, compression);
  }

  start(schema: Schema): Uint8Array {
    this.#batches = new RecordBatches(schema, this.#types);
    this.#writer.begin(this.#batches.schema);
    return joinBytes(this.#writer.take());
  }

  async encode(batch: FlowBatch, from: number, to: number): Promise<Encoded> {
    for await (const rows of this.#batches!.add(batch, from, to)) await this.#writer.write(rows);
    return this.#writer.take();
  }

  async finish(): Promise<Encoded> {
    const rest = await this.#batches!.rest();
    if (rest !== null) await this.#writer.write(rest);
    this.#writer.end();
    return this.#writer.take();
  }
}
