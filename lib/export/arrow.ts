import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';
import { sliceColumn, type FlowColumn } from '../aggregate/columns.js';
import type { FlowBatch } from '../aggregate/flow-batch.js';
import { FlowError } from '../errors.js';
import type { Field } from '../schema/fields.js';
import type { Schema } from '../schema/schema.js';
import { joinColumns } from './join-columns.js';
import type { Encoder } from './encoder.js';

/** How Arrow is written. */
export interface ArrowOptions {
  /** Arrow's IPC stream format (`.arrows`), or its IPC file format (`.arrow`, also known as Feather 2). Default 'stream'. */
  format?: 'stream' | 'file';
}

/** Every record batch but the last has this many rows. */
const batchRows = 8192;

/** The bytes that an Arrow writer gave since they were last asked for. */
interface CollectingWriter {
  writer: Arrow.RecordBatchWriter;
  take(): Uint8Array;
}

/**
 * Arrow IPC, uncompressed: integers as Int64, floats as Float64, text as Utf8. Fields carry their unit and meaning as metadata, the schema what
 * is known of the run. Rows are gathered into record batches of one size, so that the bytes don't depend on how they arrived.
 */
export class ArrowEncoder implements Encoder {
  readonly stride = batchRows;
  readonly #arrow = loadArrow();
  readonly #output: CollectingWriter;
  #schema: Arrow.Schema | null = null;
  #row: Arrow.Struct | null = null;
  /** Slices that wait until they make a whole record batch. */
  #waiting: FlowColumn[][] = [];
  #waitingRows = 0;

  constructor({ format = 'stream' }: ArrowOptions = {}) {
    this.#output = collectingWriter(this.#arrow, format);
  }

  start(schema: Schema): Uint8Array {
    const fields = schema.fields.map((field) => this.#field(field));
    this.#schema = new this.#arrow.Schema(fields, new Map(Object.entries(schema.metadata)));
    this.#row = new this.#arrow.Struct(fields);
    this.#output.writer.reset(undefined, this.#schema);
    return this.#output.take();
  }

  encode(batch: FlowBatch, from: number, to: number): Uint8Array {
    for (let row = from; row < to; ) {
      const end = Math.min(to, row + batchRows - this.#waitingRows);
      this.#waiting.push(batch.columns.map((column) => sliceColumn(column, row, end)));
      this.#waitingRows += end - row;
      row = end;
      if (this.#waitingRows === batchRows) this.#writeWaiting();
    }
    return this.#output.take();
  }

  finish(): Uint8Array {
    if (this.#waitingRows > 0) this.#writeWaiting();
    this.#output.writer.finish();
    return this.#output.take();
  }

  #writeWaiting(): void {
    const columns = this.#waiting.length === 1 ? this.#waiting[0]! : joinColumns(this.#waiting);
    const length = this.#waitingRows;
    this.#waiting = [];
    this.#waitingRows = 0;
    const children = columns.map((column, index) => this.#data(column, index, length));
    const data = this.#arrow.makeData({ type: this.#row!, length, nullCount: 0, children });
    this.#output.writer.write(new this.#arrow.RecordBatch(this.#schema!, data));
  }

  #field(field: Field): Arrow.Field {
    const metadata = new Map([['meaning', field.meaning]]);
    if (field.unit !== '') metadata.set('unit', field.unit);
    return new this.#arrow.Field(field.name, this.#type(field), field.nullable === true, metadata);
  }

  #type({ type, list }: Field): Arrow.DataType {
    const { Field: ArrowField, FixedSizeList, Float64, Int8, Int32, Int64, Utf8 } = this.#arrow;
    switch (type) {
      case 'int':
        return new Int64();
      case 'float':
        return new Float64();
      case 'text':
        return new Utf8();
      case 'list':
        return new FixedSizeList(list!.size, new ArrowField('item', { int8: new Int8(), int32: new Int32(), int64: new Int64() }[list!.item], false));
    }
  }

  #data(column: FlowColumn, index: number, length: number): Arrow.Data {
    const { name, type, nullable } = this.#schema!.fields[index]!;
    const { bitmap, nullCount } = nullBitmap(column.valid);
    if (nullCount > 0 && !nullable) throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${name} has a null, but its field can't be null; give it a value or another name.`);
    const nulls = { nullCount, nullBitmap: bitmap };
    if (column.type === 'list') {
      const item = (type as Arrow.FixedSizeList).children[0]!;
      const child = this.#arrow.makeData({ type: item.type as Arrow.Int32, length: length * column.size, nullCount: 0, data: column.items as Int32Array });
      return this.#arrow.makeData({ type: type as Arrow.FixedSizeList, length, ...nulls, child });
    }
    if (column.type === 'text') return this.#arrow.makeData({ type: type as Arrow.Utf8, length, ...nulls, valueOffsets: column.offsets, data: column.bytes });
    return this.#arrow.makeData({ type: type as Arrow.Int64, length, ...nulls, data: column.values as BigInt64Array });
  }
}

/** One byte a row to one bit a row. */
function nullBitmap(valid: Uint8Array | null): { bitmap: Uint8Array | null; nullCount: number } {
  if (valid === null) return { bitmap: null, nullCount: 0 };
  const bitmap = new Uint8Array((valid.length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] === 0) nullCount++;
    else bitmap[row >> 3]! |= 1 << (row & 7);
  }
  return { bitmap, nullCount };
}

let loaded: typeof Arrow | undefined;

/** Loads apache-arrow on first use: it takes longer than all the rest of the library together. */
function loadArrow(): typeof Arrow {
  loaded ??= createRequire(import.meta.url)('apache-arrow') as typeof Arrow;
  return loaded;
}

/** A writer whose bytes are fetched after each step, instead of queueing without a bound. */
function collectingWriter(arrow: typeof Arrow, format: 'stream' | 'file'): CollectingWriter {
  const pieces: Uint8Array[] = [];
  const collect = (chunk: Parameters<typeof arrow.util.toUint8Array>[0]): number => {
    const piece = arrow.util.toUint8Array(chunk);
    if (piece.length > 0) pieces.push(piece);
    return piece.length;
  };
  class StreamWriter extends arrow.RecordBatchStreamWriter {
    protected override _write(chunk: Parameters<typeof collect>[0]): this {
      this._position += collect(chunk);
      return this;
    }
  }
  class FileWriter extends arrow.RecordBatchFileWriter {
    protected override _write(chunk: Parameters<typeof collect>[0]): this {
      this._position += collect(chunk);
      return this;
    }
  }
  const writer = format === 'file' ? new FileWriter() : new StreamWriter();
  return {
    writer,
    take: () => Buffer.concat(pieces.splice(0)),
  };
}
